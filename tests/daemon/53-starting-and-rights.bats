#!/usr/bin/env bats
# What it needs to start, what it gives up, and which TLS it speaks.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
}

# tls OPTION...: does the responder finish a handshake with these?
tls() { openssl s_client -connect "$AT" "$@" </dev/null 2>&1 | grep -q 'Cipher is [A-Z0-9-]*[A-Z]' ; }

@test "fifteen things are forbidden" {
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "sanitizer builds have no filter of calls"
    voxtvsd --sandbox-test >said || { cat said; false; }
    [ "$(grep -c '^forbidden' said)" -eq 15 ]
}

@test "a net process is another user and holds no file" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    start_tvsd
    for p in $(pgrep -P "$DAEMON"); do
        [ "$(awk '/^Uid:/ { print $2 }' "/proc/$p/status")" != 0 ]
        [ "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$p/status")" = 1 ]
        [ -z "$(ls -l "/proc/$p/fd" | grep -E 'voxtrust\.db|\.pem')" ]
    done
}

@test "what it cannot start with is said" {
    status 4 voxtvsd --store sqlite:none/x.db --check-config
    status 2 voxtvsd --listen nowhere
    says "Try" "not an address with a port"
    status 2 voxtvsd --legacy-from 1.2.3.4/40
    status 2 voxtvsd extra
    status 2 voxtvsd --status 192.0.2.1:9000 --listen 127.0.0.1:0
    says "loopback"
    echo 'nonsense = 1' >conf
    status 3 voxtvsd --config conf
    says "conf: line 1: nonsense: no such option"
    status 4 voxtvsd --cert ccm.pem --check-config
    says "ccm.pem"
    cp "$LAB/web-ec.pem" ec.pem
    chmod 600 ec.pem
    status 4 voxtvsd --cert ec.pem --check-config
    says "RSA"
    status 0 voxtvsd --check-config
    says "could start"
}

@test "few descriptors are enough, and too few are said" {
    AT=127.0.0.1:$(peer port)
    : >d.log
    (ulimit -n 100 && exec voxtvsd --workers 1 --listen "$AT" 2>>d.log 3>&-) &
    DAEMON=$!
    until_true started
    stop_tvsd
    status 4 bash -c 'ulimit -n 40; exec voxtvsd --listen 127.0.0.1:0'
    says "40 files may be open at once" "ulimit -n 64"
}

@test "the command line goes before the configuration file, and root serves nobody" {
    printf 'cert = none.pem\nlog-level = error\n' >conf
    status 4 voxtvsd --config conf --check-config
    says "none.pem"
    cp "$LAB/tvs.pem" tvs-of-lab.pem
    chmod 600 tvs-of-lab.pem
    status 0 voxtvsd --config conf --cert tvs-of-lab.pem --check-config
    start_tvsd --config conf --log-level info --cert tvs-of-lab.pem
    stop_tvsd
    [ "$(id -u)" -eq 0 ] || return 0
    status 4 timeout 30 voxtvsd --listen 127.0.0.1:0 --user root
    says "refusing to serve the network as root"
}

@test "a second one on the same address is refused" {
    start_tvsd
    status 4 voxtvsd --listen "$AT"
    says "$AT cannot be listened on" "in use"
    status 4 voxtvsd --listen "$AT" --workers 1
    voxtvs verify "$AT" ccm.pem --trust tvs.pem -q
}

@test "port 0: the system chooses, the log says what, and every process has it" {
    voxtvsd --listen 127.0.0.1:0 --workers 3 2>d.log 3>&- &
    DAEMON=$!
    until_true started
    AT=$(sed -n 's/.*listening on //p' d.log)
    [ "$(peer request ccm.pem >request && peer load "$AT" request 30)" = "0 failed" ]
}

@test "a key that others can read is warned about, and no key stands in the log" {
    cp "$LAB/tvs.pem" open.pem
    chmod 644 open.pem
    start_tvsd --cert open.pem
    logged 'open.pem: the private key is open to others'
    sed -n '/BEGIN PRIVATE/,/END PRIVATE/p' open.pem | sed '1d;$d' | head -n 3 >lines
    never grep -qFf lines d.log
}

@test "TLS by the policy: nothing below 1.2, an RSA certificate, no renegotiation, no compression" {
    start_tvsd
    tls -tls1_2
    tls -tls1_3
    never tls -tls1 -cipher 'ALL:@SECLEVEL=0'
    never tls -tls1_1 -cipher 'ALL:@SECLEVEL=0'
    never tls -tls1_2 -cipher AES128-SHA
    run openssl s_client -connect "$AT" -tls1_2 </dev/null
    says "Compression: NONE"
    printf 'R\n' >renegotiate
    run timeout 20 openssl s_client -connect "$AT" -tls1_2 <renegotiate
    says "no renegotiation"
}

@test "the legacy listener speaks TLS 1.0, to its networks only" {
    LEGACY=127.0.0.1:$(peer port)
    start_tvsd --legacy-listen "$LEGACY" --legacy-from 127.0.0.0/8
    never tls -tls1 -cipher 'ALL:@SECLEVEL=0'
    AT=$LEGACY tls -tls1 -cipher 'ALL:@SECLEVEL=0'
    stop_tvsd
    LEGACY=127.0.0.1:$(peer port)
    start_tvsd --legacy-listen "$LEGACY" --legacy-from 192.0.2.0/24
    AT=$LEGACY
    never tls -tls1 -cipher 'ALL:@SECLEVEL=0'
    logged 'not among the networks of the legacy listener'
}

@test "sessions resume, whichever process they meet" {
    start_tvsd --workers 2
    openssl s_client -connect "$AT" -tls1_2 -sess_out session </dev/null >/dev/null 2>&1
    for i in 1 2 3 4 5 6; do
        openssl s_client -connect "$AT" -tls1_2 -sess_in session </dev/null 2>&1 | grep -q '^Reused'
    done
}

@test "IPv6, several addresses, an EC certificate beside the RSA one" {
    port=$(peer port)
    cp "$LAB/web-ec.pem" ec.pem
    chmod 600 ec.pem
    start_tvsd --listen "[::1]:$port" --ec-cert ec.pem
    status 0 voxtvs verify "[::1]:$port" ccm.pem --trust tvs.pem
    status 0 voxtvs verify "$AT" ccm.pem --trust tvs.pem
    openssl s_client -connect "$AT" -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 </dev/null 2>&1 | grep -q 'vector-web-ec'
    openssl s_client -connect "$AT" -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 </dev/null 2>&1 | grep -q 'cm1.example.test'
}
