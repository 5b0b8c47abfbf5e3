#!/usr/bin/env bats
# Phones fetch their files by HTTP and by TFTP, from servers of every kind.

load ../harness/cli
load ../harness/daemon
load ../harness/boots

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish itl --to tftp -q
    echo '<device/>' >tftp/SEP000000000001.cnf.xml
    voxcert export CallManager -o cm1.pem -q
    voxsign sign tftp --recursive --key "$(ls state/keys/CallManager-cm1-*)" --cert cm1.pem -q
    PORT=$(peer port)
}

teardown() {
    [ -z "${SERVER:-}" ] || { kill "$SERVER"; wait "$SERVER" || true; }
    cd / && rm -rf "$T"
}

boot() { voxphone boot --tftp "$FROM" --state phones --name SEP000000000001 --json --timeout "${PATIENCE:-10}"; }
answers() { (exec 9<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

by_tftp() {
    FROM=tftp://127.0.0.1:$PORT
    "$VOX_BUILD/tests/tftpserver" "$PORT" "$T/tftp" >ready 3>&- &
    SERVER=$!
    until_true grep -q ready ready
}

by_http() {
    FROM=http://127.0.0.1:$PORT
    busybox httpd -f -p "127.0.0.1:$PORT" -h "$T/tftp" 3>&- &
    SERVER=$!
    until_true answers
}

@test "by HTTP" {
    by_http
    status 0 boot
    [ "$(steps)" = $'CTL absent\nITL first-trust\nconfiguration accepted' ]
    FROM=$FROM/
    status 0 boot
    [ "$(steps)" = $'CTL absent\nITL held\nconfiguration accepted' ]
}

@test "by TFTP" {
    by_tftp
    status 0 boot
    [ "$(steps)" = $'CTL absent\nITL first-trust\nconfiguration accepted' ]
    cmp phones/SEP000000000001/ITLFile.tlv tftp/ITLFile.tlv
}

@test "files that never end, servers that never answer, and none at all" {
    by_tftp
    echo ITLFile.tlv >tftp/.endless
    status 1 boot
    [ "$(steps | sed -n 2p)" = "ITL refused" ]
    rm tftp/.endless
    echo ITLFile.tlv >tftp/.silent
    PATIENCE=1
    status 1 boot
    [ "$(steps | sed -n 2p)" = "ITL failed" ]
    kill "$SERVER"; wait "$SERVER" || true
    SERVER=
    status 4 boot
    FROM=http://127.0.0.1:$PORT
    status 4 boot
    jq -e '.reached == false' <<<"$output"
}

@test "another status, and a way to another place, are no answers" {
    by_http
    mkdir tftp/CTLSEP000000000001.tlv # answered with the way to the folder
    status 1 boot
    says "CTLSEP000000000001.tlv: the server answers with status 30"
    [ "$(steps)" = $'CTL failed\nITL first-trust\nconfiguration accepted' ]
}
