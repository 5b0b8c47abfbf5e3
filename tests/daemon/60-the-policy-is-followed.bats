#!/usr/bin/env bats
# Both daemons follow the TLS policy of the store by themselves: new connections are judged by it, open ones go on.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    voxcert export CAPF -o capf.crt -q
    peer request ccm.pem >request
}

# takes VERSION [OPTION]...: a handshake with that version alone succeeds. refuses VERSION [OPTION]...: the server says that it is the version.
client() { openssl s_client -connect "$AT" "$@" </dev/null 2>&1 3>&- 7>&- 8>&-; }
takes() { client "$@" | grep -q 'Cipher is [A-Z]'; }
refuses() { client "$@" | grep -q 'alert protocol version'; }
old() { echo "-$1" -cipher 'ALL:@SECLEVEL=0'; }

policy() { voxtls "$@" --yes -q 7>&- 8>&-; }

@test "voxtvsd: TLS 1.3 is set, 1.2 is refused, a connection with 1.2 goes on" {
    start_tvsd
    takes -tls1_2
    mkfifo questions
    openssl s_client -quiet -no_ign_eof -connect "$AT" -tls1_2 <questions >answers 2>/dev/null 3>&- &
    asker=$!
    exec 7>questions
    answered() { [ "$(stat -c %s answers)" -eq "$1" ]; }
    cat request >&7
    until_true test -s answers
    one=$(stat -c %s answers)
    policy set min-version 1.3
    until_true refuses -tls1_2
    takes -tls1_3
    cat request >&7
    until_true answered $((2 * one))
    kill -0 "$asker"
    exec 7>&-
    wait "$asker" || true
    logged_times 1 'the TLS policy has changed'
    logged_times 1 ': reloaded: '
    voxtvs verify "$AT" ccm.pem --trust tvs.pem --tls-min 1.3 -q
    policy set min-version 1.2
    until_true takes -tls1_2
}

@test "voxcapfd: TLS 1.3 is set while a phone enrols: it gets its certificate, and 1.2 is refused" {
    voxcapf set SEP0011223344CC --install --auth null -q
    openssl genrsa -out k.pem 2048 2>/dev/null
    start_capfd
    takes -tls1_2
    mkfifo go
    phone auth:SEP0011223344CC hear say:ordered wait key:k.pem hear stored:1 hear <go 3>&- &
    waiting=$!
    exec 8>go
    until_true grep -q ordered heard
    policy set min-version 1.3
    until_true refuses -tls1_2
    takes -tls1_3
    echo >&8
    wait "$waiting"
    exec 8>&-
    is SEP0011223344CC delivered none
    [ "$(ledger SEP0011223344CC)" -eq 1 ]
    logged_times 1 'the TLS policy has changed'
    policy set min-version 1.2
    until_true takes -tls1_2
    string_for SEP0011223344CD
    enroll SEP0011223344CD --string-file SEP0011223344CD.string -q
}

@test "what is not the TLS policy starts no new processes; what is, once" {
    start_tvsd --idle-timeout 3
    voxlist mode mixed --yes -q
    voxtrust node add cm2 --dns cm2.example.test --ip 192.0.2.11 --services ccm -q
    policy set ciphers strongest
    until_true logged ': reloaded: '
    logged_times 1 'the TLS policy has changed'
    never takes -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
    takes -tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384
    [ "$(peer silent "$AT")" = closed ] # by then an attempt that was not done with would have been repeated
    logged_times 1 ': reloaded: '
}

@test "changes under load: no question fails, and the last one counts" {
    start_tvsd
    peer load "$AT" request 400 >result 3>&- &
    loader=$!
    for i in 1 2 3; do
        policy set ciphers strongest
        until_true logged_times $((2 * i - 1)) ': reloaded: '
        policy set ciphers medium
        until_true logged_times $((2 * i)) ': reloaded: '
    done
    wait $loader
    [ "$(cat result)" = "0 failed" ]
    takes -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
}

@test "Common Criteria mode holds for old phones, too" {
    LEGACY=127.0.0.1:$(peer port)
    policy set min-version 1.0
    start_tvsd --legacy-listen "$LEGACY"
    MAIN=$AT
    # shellcheck disable=SC2046
    for AT in "$MAIN" "$LEGACY"; do client $(old tls1) | grep -q 'Cipher is [A-Z]'; done
    policy common-criteria on
    # shellcheck disable=SC2046
    for AT in "$MAIN" "$LEGACY"; do
        until_true refuses $(old tls1)
        takes $(old tls1_1)
    done
    AT=$MAIN
    policy set min-version 1.2
    # shellcheck disable=SC2046
    until_true refuses $(old tls1_1)
    # shellcheck disable=SC2046
    AT=$LEGACY takes $(old tls1_1)
}

@test "a restored store brings its policy" {
    voxtrust backup before.db -q
    policy set min-version 1.3
    start_tvsd
    refuses -tls1_2
    voxtrust restore before.db --yes -q
    until_true takes -tls1_2
}

@test "processes that cannot start are tried again, without a signal" {
    cp "$LAB/tvs.pem" shown.pem
    chmod 600 shown.pem
    start_tvsd --cert shown.pem
    mv shown.pem away.pem
    policy set min-version 1.3
    until_true logged 'reload refused: the old configuration stays in use'
    takes -tls1_2
    mv away.pem shown.pem
    until_true refuses -tls1_2
    takes -tls1_3
}

@test "a setting without a meaning changes nothing, and is told" {
    start_capfd
    sqlite3 state/voxtrust.db "INSERT INTO settings VALUES ('tls.min-version', 'high')"
    until_true logged 'changes in the store cannot be seen: setting tls.min-version of the store: not a TLS version: high'
    takes -tls1_2
    sqlite3 state/voxtrust.db "UPDATE settings SET value = '1.3' WHERE key = 'tls.min-version'"
    until_true refuses -tls1_2
    logged_times 1 'cannot be seen'
    logged_times 1 'can be seen again'
}
