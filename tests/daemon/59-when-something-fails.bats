#!/usr/bin/env bats
# Processes are killed, disks are full, the store is locked: what a phone ever saw is in the ledger, and the phone gets through in the end.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_capf
    voxcapf set SEP0011223344AA --install --auth null -q
    openssl genrsa -out k.pem 2048 2>/dev/null
}

# at_rest: the daemon has all its processes.
at_rest() { [ -n "$(pid_of state)" ] && [ -n "$(pid_of sign)" ] && [ "$(pgrep -P "$DAEMON" -x voxcapfd-net | wc -l)" -ge 1 ]; }

# alive: a phone with nothing to do is served.
alive() { at_rest && phone auth:SEP001122334400 hear 2>/dev/null && grep -q END_SESSION heard; }

# begin WORD...: a phone that waits for "go" where it is told to.
begin() {
    mkfifo go
    phone "$@" <go &
    PHONE=$!
    exec 8>go
}

go_on() {
    echo >&8
    exec 8>&-
    wait "$PHONE" || true
    rm go
}

# said TEXT: the phone got so far.
said() { until_true grep -q "^$1" heard; }

@test "net or state is killed while the phone makes its key: the phone comes again" {
    start_capfd --workers 1
    for role in net state; do
        rm -f heard
        begin auth:SEP0011223344AA hear say:ordered wait key:k.pem hear
        said ordered
        kill -KILL "$(pid_of "$role")"
        until_true alive
        go_on
        [ "$(ledger SEP0011223344AA)" -eq 0 ]
        [ "$(state_of SEP0011223344AA operation)" = install ]
    done
    status 0 enroll SEP0011223344AA --null
    is SEP0011223344AA delivered none
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
}

@test "the signer is killed again and again: no phone notices, whatever it is about" {
    local n before
    voxcapf profile per-device-day=100 -q
    start_capfd --workers 1
    before=$(pid_of state)
    for n in 1 2 3; do
        begin auth:SEP0011223344AA hear say:ordered wait key:k.pem hear say:certificate stored:1 hear
        said ordered
        kill -KILL "$(pid_of sign)"
        go_on
        grep -qx 'END_SESSION {REASON 1}' heard
        in_ledger heard.der
        is SEP0011223344AA delivered none
        until_true logged_times "$n" 'the sign process is ready again'
        voxcapf set SEP0011223344AA --install --auth null -q
    done
    [ "$(pid_of state)" = "$before" ]
    [ "$(ledger SEP0011223344AA)" -eq 3 ]
}

@test "the signer is killed while it signs: its successor answers, with what stands in the journal if it does" {
    local n signer tracer
    voxcapf profile per-device-day=100 -q
    start_capfd --workers 1
    for n in 1 2; do # its first sync is that of the intents, the second that of the results
        signer=$(pid_of sign)
        strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:signal=KILL:when=$n -p "$signer" 3>&- &
        tracer=$!
        until_true grep -q 'TracerPid:.[1-9]' "/proc/$signer/status"
        phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
        grep -qx 'END_SESSION {REASON 1}' heard
        in_ledger heard.der
        is SEP0011223344AA delivered none
        [ "$(ledger SEP0011223344AA)" -eq "$n" ]
        never kill -0 "$signer" 2>/dev/null
        wait "$tracer" || true
        until_true at_rest
        voxcapf set SEP0011223344AA --install --auth null -q
    done
    [ "$(db 'SELECT count(DISTINCT serial) = count(*) FROM ledger')" -eq 1 ]
}

@test "a signer that does not come back: the phone is told to come again, and a stop does not wait" {
    start_capfd --workers 1
    voxcapf set SEP0011223344AB --install --auth null -q
    mv state/keys keys.aside
    begin auth:SEP0011223344AA hear say:ordered wait key:k.pem hear
    said ordered
    kill -KILL "$(pid_of sign)"
    go_on
    grep -qx 'RETRY_LATER {}' heard
    is SEP0011223344AA pending install
    begin auth:SEP0011223344AB hear say:ordered wait key:k.pem say:sent hear
    said ordered
    echo >&8
    exec 8>&-
    until_true said sent
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
    wait "$PHONE" || true
    rm go
    grep -qx 'RETRY_LATER {}' heard # not cut off
    mv keys.aside state/keys
    start_capfd
    status 0 enroll SEP0011223344AA --null
}

@test "any process is killed while the phone stores its certificate: it comes again and gets the same" {
    start_capfd --workers 1
    for role in net state sign; do
        rm -f heard
        begin auth:SEP0011223344AA hear key:k.pem hear say:certificate wait stored:1 hear
        said certificate
        in_ledger heard.der
        [ ! -f first.der ] || cmp first.der heard.der
        cp heard.der first.der
        kill -KILL "$(pid_of "$role")"
        until_true alive
        go_on
        # Without a signer the others may still finish what has begun.
        if grep -qx 'END_SESSION {REASON 1}' heard; then [ "$role" = sign ]; else is SEP0011223344AA issued install; fi
    done
    if is SEP0011223344AA issued install; then
        phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
        cmp first.der heard.der
    fi
    is SEP0011223344AA delivered none
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    [ "$(db 'SELECT count(DISTINCT serial) = count(*) FROM ledger')" -eq 1 ]
}

@test "all are killed at once, the parent too" {
    start_capfd
    begin auth:SEP0011223344AA hear key:k.pem hear say:certificate wait stored:1 hear
    said certificate
    cp heard.der first.der
    # shellcheck disable=SC2046
    kill -KILL "$DAEMON" $(its_pids)
    wait "$DAEMON" || true
    go_on
    in_ledger first.der
    is SEP0011223344AA issued install
    sqlite3 state/voxtrust.db "UPDATE phones SET state = 'in-progress' WHERE name = 'SEP0011223344AA'"
    start_capfd
    until_true is SEP0011223344AA pending install
    phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
    cmp first.der heard.der
    is SEP0011223344AA delivered none
}

@test "what the signer signed and the ledger lacks is put there before the first phone is served" {
    local n trace
    voxcapf profile per-device-day=100 -q
    voxcapf set SEP0011223344AA --install --auth null --key ec:P-256 -q
    start_capfd --workers 1
    for n in 1 2 3 4 5 6; do # the state process dies at one of its commits: one of them is the certificate's
        openssl ecparam -name prime256v1 -genkey -noout -out "$n.pem"
        rm -f heard.der
        strace -f -qq -o trace -e trace=fdatasync,fsync -e inject=fdatasync,fsync:signal=KILL:when=$n -p "$(pid_of state)" 3>&- &
        trace=$!
        until_true grep -q 'TracerPid:.[1-9]' "/proc/$(pid_of state)/status"
        phone auth:SEP0011223344AA hear "key:$n.pem" hear stored:1 hear 2>/dev/null || true
        [ ! -f heard.der ] || in_ledger heard.der
        kill -KILL "$(pid_of state)" 2>/dev/null || true
        wait "$trace" || true
        until_true alive
        rm -f heard.der
        voxcapf set SEP0011223344AA --install --auth null --key ec:P-256 -q
    done
    logged 'certificates of the journal are compared with the store'
    [ "$(ledger SEP0011223344AA)" -eq "$(grep -c 'SEP0011223344AA: signed a certificate' d.log)" ]
    [ "$(db 'SELECT count(DISTINCT serial) = count(*) FROM ledger')" -eq 1 ]
    phone auth:SEP0011223344AA hear key:k.pem hear
    openssl ecparam -name prime256v1 -genkey -noout -out last.pem
    phone auth:SEP0011223344AA hear key:last.pem hear stored:1 hear
    in_ledger heard.der
    is SEP0011223344AA delivered none
}

@test "the state process falls while the signer signs: nothing that is signed stays unrecorded" {
    local signer tracer
    start_capfd --workers 1
    signer=$(pid_of sign)
    strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:delay_enter=300000 -p "$signer" 3>&- &
    tracer=$!
    until_true grep -q 'TracerPid:.[1-9]' "/proc/$signer/status"
    phone auth:SEP0011223344AA hear key:k.pem hear 3>&- &
    PHONE=$!
    in_sync() { grep -qE '^(75|83) ' "/proc/$signer/syscall"; } # fdatasync on amd64 and arm64
    until_true in_sync
    kill -KILL "$(pid_of state)"
    wait "$PHONE" || true
    until_true alive
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    is SEP0011223344AA issued install
    wait "$tracer" || true
}

@test "the store is locked by another program: come again, and nothing is done halfway" {
    start_capfd
    mkfifo lock
    sqlite3 state/voxtrust.db <lock >locked 3>&- &
    exec 7>lock
    printf 'BEGIN IMMEDIATE;\nSELECT 1;\n' >&7
    until_true grep -q 1 locked
    phone auth:SEP0011223344AA hear hear
    heard 'RETRY_LATER {}' closed
    until_true metric_is voxcapfd_store_unusable 1
    is SEP0011223344AA pending install
    printf 'ROLLBACK;\n' >&7
    exec 7>&-
    wait $!
    status 0 enroll SEP0011223344AA --null
    logged 'the store can be written again'
    until_true metric_is voxcapfd_store_unusable 0
    metric_is 'voxcapfd_sessions_total{result="retry-later"}' 1
}

@test "the store is locked when the certificate is made: it comes again and gets the same" {
    start_capfd
    begin auth:SEP0011223344AA hear say:ordered wait key:k.pem hear hear
    said ordered
    mkfifo lock
    sqlite3 state/voxtrust.db <lock >locked 3>&- &
    exec 7>lock
    printf 'BEGIN IMMEDIATE;\nSELECT 1;\n' >&7
    until_true grep -q 1 locked
    go_on
    grep -qx 'RETRY_LATER {}' heard
    printf 'ROLLBACK;\n' >&7
    exec 7>&-
    status 0 enroll SEP0011223344AA --null
}

@test "the store goes away and comes back; another one takes its place" {
    start_capfd
    mv state state.away
    phone auth:SEP0011223344AA hear hear
    heard 'RETRY_LATER {}' closed
    mv state.away state
    status 0 enroll SEP0011223344AA --null
    voxtrust backup copy.db -q
    rm state/voxtrust.db*
    cp copy.db state/voxtrust.db
    chmod 600 state/voxtrust.db
    voxcapf set SEP0011223344AA --install --auth null -q
    until_true logged 'the store was replaced: starting anew' # it may open no other files than those of its start
    until_true logged 'ready again'
    status 0 enroll SEP0011223344AA --null
    [ "$(ledger SEP0011223344AA)" -eq 2 ]
}

# a_small_disk FOLDER: with room for little.
a_small_disk() {
    [ "$(id -u)" -eq 0 ] && mkdir -p "$1" && mount -t tmpfs -o size=2m,mode=0700 tmpfs "$1" 2>/dev/null || skip "needs to mount"
}

# fill FOLDER: to the last byte.
fill() { dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true; }

@test "the signer's disk is full: come again; with room it goes on" {
    a_small_disk journal
    start_capfd --journal "$T/journal"
    fill journal
    for i in $(seq 1 40); do # what the journal has set aside may hold some
        openssl ecparam -name prime256v1 -genkey -noout -out e.pem
        voxcapf set SEP0011223344AA --install --auth null --key ec:P-256 -q
        voxcapf profile per-device-day=1000 -q
        phone auth:SEP0011223344AA hear key:e.pem hear stored:1 hear
        if grep -q RETRY_LATER heard; then break; fi
        in_ledger heard.der
    done
    grep -qx 'RETRY_LATER {}' heard || skip "the journal has set aside more than this story fills"
    [ "$(state_of SEP0011223344AA operation)" = install ]
    rm journal/filler
    phone auth:SEP0011223344AA hear key:e.pem hear stored:1 hear
    is SEP0011223344AA delivered none
    stop_tvsd
    umount journal
}

@test "the store's disk is full: come again; with room it goes on" {
    stop_tvsd
    cp -a state saved
    rm -r state
    a_small_disk state
    cp -a saved/. state
    start_capfd --journal "$T/journal"
    fill state
    local before
    before=$(ledger SEP0011223344AA)
    for i in $(seq 1 60); do
        phone auth:SEP0011223344AA hear key:k.pem hear
        if grep -q RETRY_LATER heard; then break; fi
    done
    grep -q RETRY_LATER heard
    rm state/filler
    phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
    is SEP0011223344AA delivered none
    in_ledger heard.der
    stop_tvsd
    umount state
}

@test "a reload while a phone makes its key: the phone notices nothing" {
    start_capfd
    begin auth:SEP0011223344AA hear say:ordered wait key:k.pem hear stored:1 hear
    said ordered
    old=$(pid_of state)
    kill -HUP "$DAEMON"
    renewed() { logged_times 2 'ready: ' || logged 'reloaded'; }
    until_true renewed
    go_on
    grep -qx 'END_SESSION {REASON 1}' heard
    in_ledger heard.der
    is SEP0011223344AA delivered none
    voxcapf set SEP0011223344AA --install --auth null -q
    status 0 enroll SEP0011223344AA --null
    [ "$(ledger SEP0011223344AA)" -eq 2 ]
    gone() { ! kill -0 "$old" 2>/dev/null; }
    until_true gone
}

@test "a stop in the middle: exit 0, and the phone comes again" {
    start_capfd
    begin auth:SEP0011223344AA hear say:ordered wait hear
    said ordered
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
    go_on
    [ "$(state_of SEP0011223344AA operation)" = install ]
    never is SEP0011223344AA in-progress install
    start_capfd
    status 0 enroll SEP0011223344AA --null
}

@test "no byte of the CA's key in a process other than the signer" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "a sanitizer maps terabytes"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj '/O=Lab/CN=Phones CA' \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    cat ca.key ca.crt >ca.pem
    chmod 600 ca.pem
    start_capfd --issuer ca.pem
    status 0 enroll SEP0011223344AA --null --issuer ca.crt
    # shellcheck disable=SC2046
    "$VOX_BUILD/tests/memscan" ca.key "$DAEMON" $(its_pids) >scan
    [ "$(grep -vc clean scan)" -eq 1 ]
    grep -q "^$(pid_of sign) [a-z]" scan
}

@test "what it cannot start with is said" {
    status 0 voxcapfd --check-config
    says "could start"
    status 4 voxcapfd --store sqlite:none/x.db --check-config
    cp "$LAB/web-ec.pem" ec.pem
    chmod 600 ec.pem
    status 4 voxcapfd --cert ec.pem --check-config
    says "RSA"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.crt -subj /CN=leaf -addext basicConstraints=critical,CA:FALSE 2>/dev/null
    cat leaf.crt leaf.key >leaf.pem
    chmod 600 leaf.pem
    status 4 voxcapfd --issuer leaf.pem --check-config
    status 2 voxcapfd --key-timeout 0
    echo 'key-timeout = soon' >conf
    status 3 voxcapfd --config conf
    says "conf: line 1: key-timeout: soon: not a number from 1 to 86400"
    printf 'key-timeout = 60\naccept-expired-mic = yes\n' >conf
    status 0 voxcapfd --config conf --check-config
    voxcapfd --sandbox-test >said || { cat said; grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt"; }
}
