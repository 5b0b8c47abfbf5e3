#!/usr/bin/env bats
# Who proves to CAPF who it is was seen; who only says so was not. Who asks a TVS stands in its log, which is followed.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_cluster
    voxcert export CAPF -o capf.crt -q
    FOLLOWER=
}

teardown() {
    [ -z "$FOLLOWER" ] || kill "$FOLLOWER" 2>/dev/null || true
    stop_tvsd
    cd / && rm -rf "$T"
}

seen() { [ "$(voxtrust phones list "$1" --json | jq -r '"\(.how) \(.address) \(.seen != null)"')" = "$2 127.0.0.1 true" ]; }
never_seen() { [ "$(voxtrust phones list "$1" --json | jq -r '"\(.how) \(.seen)"')" = "null null" ]; }

@test "a phone that proved itself was seen, with the LSC that it has now" {
    start_capfd
    string_for SEP000000000001 --key ec:P-256
    never_seen SEP000000000001
    status 0 enroll SEP000000000001 --string-file SEP000000000001.string -o lsc.pem
    seen SEP000000000001 capf
    voxtrust phones list SEP000000000001 --json | jq -e '.lsc == "valid" and .capf_state == "delivered"'
    [ "$(voxtrust phones count --by seen --json | jq -c '.groups')" = '[{"seen":"day","phones":1}]' ]
    # again with the certificate as proof, long after
    sqlite3 state/voxtrust.db "UPDATE inventory SET seen = '2026-01-01T00:00:00Z'"
    voxcapf set SEP000000000001 --install --auth lsc -q
    status 0 enroll SEP000000000001 --proof lsc.pem -o lsc2.pem
    voxtrust phones list --unseen 1 --json >unseen
    [ ! -s unseen ]
}

@test "a name alone was not seen: a wrong string, an unknown phone, a null string, nothing to do" {
    start_capfd
    string_for SEP000000000001
    echo 00000 >wrong
    status 1 enroll SEP000000000001 --string-file wrong -o lsc.pem
    status 1 enroll SEP0000000000FF --string-file wrong -o lsc.pem
    voxcapf set SEP000000000002 --install --auth null --key ec:P-256 -q 2>/dev/null
    status 0 enroll SEP000000000002 --null -o lsc.pem
    voxcapf set SEP000000000003 --none -q
    run enroll SEP000000000003 -o lsc.pem
    never_seen SEP000000000001
    never_seen SEP000000000002
    never_seen SEP000000000003
    [ "$(db 'SELECT count(*) FROM inventory')" -eq 0 ]
}

@test "who asks the TVS stands in its log, and the log is followed" {
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    start_tvsd
    voxtrust phones follow d.log -q 3>&- &
    FOLLOWER=$!
    status 0 voxtvs verify "$AT" ccm.pem --trust tvs.pem --device CP-8845-SEP000000000007
    until_true seen SEP000000000007 tvs
    [ "$(voxtrust phones list SEP000000000007 --json | jq -r .model)" = CP-8845 ]
}
