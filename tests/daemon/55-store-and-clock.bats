#!/usr/bin/env bats
# The store is replaced, locked, damaged, gone, its disk full; the clock is wrong: phones get answers all the same.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    openssl x509 -in "$LAB/app.pem" -out app.crt
    peer request ccm.pem >request
}

teardown() {
    stop_tvsd
    if [ -n "${MOUNTED:-}" ]; then umount "$MOUNTED" || umount -l "$MOUNTED"; fi
    cd / && rm -rf "$T"
}

answers_yes() { voxtvs verify "$AT" app.crt --trust tvs.pem -q; }
answers_no() { [ "$(voxtvs verify "$AT" app.crt --trust tvs.pem --json | jq -r '.answers[0].trusted')" = false ]; }
serves() { voxtvs verify "$AT" ccm.pem --trust tvs.pem -q; }
failing() { until_true metric_is voxtvsd_store_failing 1 && serves; }
healthy() { until_true metric_is voxtvsd_store_failing 0 && serves; }

@test "the store is restored again and again under load: no question fails, the last one counts" {
    voxtrust backup before.db -q
    start_tvsd --log-level notice
    voxcert upload CallManager-trust app.crt --role app-server -q
    until_true answers_yes
    peer load "$AT" request 400 >result &
    loader=$!
    for i in 1 2 3 4 5; do
        voxtrust restore before.db --yes -q
        until_true answers_no
        voxcert upload CallManager-trust app.crt --role app-server -q
        until_true answers_yes
    done
    wait $loader
    [ "$(cat result)" = "0 failed" ]
    metric_is voxtvsd_store_failing 0
    never logged 'cannot be read'
}

@test "the store is deleted, becomes something else, comes back" {
    voxtrust backup before.db -q
    start_tvsd
    rm -f state/voxtrust.db*
    failing
    logged "answering from the last data: .*not there: make a store with 'voxtrust init'"
    mkdir state/voxtrust.db
    failing
    rmdir state/voxtrust.db
    mkfifo state/voxtrust.db
    failing
    rm state/voxtrust.db
    head -c 100000 /dev/urandom >state/voxtrust.db
    failing
    [ ! -e state/voxtrust.db-journal ]
    voxtrust restore before.db --yes -q
    healthy
    logged_times 1 'the store cannot be read'
    logged_times 1 'the store can be read again'
}

@test "another store is moved into its place: answers are those of the new one" {
    # The log of the old one would be taken for the new one's.
    move_in() { rm -f state/voxtrust.db-wal state/voxtrust.db-shm && mv "$1" state/voxtrust.db; }
    start_tvsd
    voxtrust backup without.db -q
    voxcert upload CallManager-trust app.crt --role app-server -q
    until_true answers_yes
    voxtrust backup with.db -q
    move_in without.db
    until_true answers_no
    move_in with.db
    until_true answers_yes
    serves
}

@test "a certificate that is damaged in the store: nothing of it is answered from" {
    voxcert export CallManager --node cm1 --format der -o ccm.der -q || openssl x509 -in ccm.pem -outform der -out ccm.der
    start_tvsd
    sqlite3 state/voxtrust.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
    # 16 bytes of the certificate are looked for in the file, and overwritten.
    at=$(sqlite3 :memory: "SELECT instr(readfile('state/voxtrust.db'), x'$(od -An -tx1 -j300 -N16 ccm.der | tr -d ' \n')') - 1")
    [ "$at" -gt 0 ]
    printf '\0\0\0\0\0\0\0\0' | dd of=state/voxtrust.db bs=1 seek="$at" conv=notrunc status=none
    sqlite3 state/voxtrust.db "INSERT INTO settings (key, value) VALUES ('a', 'commit')"
    failing
    logged 'the store is damaged: the certificate recorded as'
    # A new start has nothing to answer from, and says so.
    status 4 voxtvsd --check-config
    says "damaged"
    kill -HUP "$DAEMON"
    until_true logged ': reload'
    serves
}

@test "another program holds the store: answers and reloads go on" {
    start_tvsd
    mkfifo ask
    sqlite3 state/voxtrust.db <ask >held 2>&1 3>&- &
    holder=$!
    exec 7>ask
    echo "BEGIN EXCLUSIVE; INSERT INTO settings (key, value) VALUES ('a', 'b'); SELECT 'locked';" >&7
    until_true grep -q locked held
    serves
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    serves
    metric_is voxtvsd_store_failing 0
    echo "COMMIT;" >&7
    exec 7>&-
    wait $holder
    voxcert upload CallManager-trust app.crt --role app-server -q
    until_true answers_yes
}

@test "the disk is full: answers and reloads go on" {
    mkdir full
    mount -t tmpfs -o size=1m tmpfs full 2>/dev/null || skip "cannot mount"
    MOUNTED=$T/full
    cp -r state/. full/
    export VOXTRUST_STORE=sqlite:$T/full/voxtrust.db
    start_tvsd
    cat /dev/zero >full/fill 2>/dev/null || true
    status 4 voxcert upload CallManager-trust app.crt --role app-server
    says "no space left"
    serves
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    serves
    rm full/fill
    voxcert upload CallManager-trust app.crt --role app-server -q
    until_true answers_yes
}

# at TIME: what follows believes that time. The daemon's own calls go through it too.
at_time() {
    for lib in /usr/lib/*/faketime/libfaketime.so.1; do
        [ -e "$lib" ] || skip "needs libfaketime"
    done
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "libfaketime and sanitizers do not agree"
    export FAKETIME="@$1"
    CLOCK=$lib
}

@test "the clock stands at 1970: answered and logged, or refused when asked to" {
    at_time '1970-01-01 00:00:10'
    LD_PRELOAD=$CLOCK start_tvsd
    logged '^1970-01-01T'
    logged 'the certificate that is shown is valid from .*: is the clock of this machine right\?'
    serves
    logged ' trusted by=certificate .*outside-its-validity'
    [ "$(peer load "$AT" request 20)" = "0 failed" ]
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    serves
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
    LD_PRELOAD=$CLOCK start_tvsd --refuse-expired
    run serves
    [ "$status" -eq 1 ]
    logged 'untrusted by=expired'
}

@test "everything has expired, its own certificate too" {
    at_time '2050-06-01 12:00:00'
    LD_PRELOAD=$CLOCK start_tvsd
    logged 'the certificate that is shown was valid until 20[0-9-]*T.*: peers that check dates refuse it'
    serves
    logged ' trusted by=certificate .*outside-its-validity'
    # Who looks at the dates refuses it.
    run env LD_PRELOAD="$CLOCK" voxtvs verify "$AT" ccm.pem --trust tvs.pem
    [ "$status" -eq 4 ]
    says "certificate has expired"
}
