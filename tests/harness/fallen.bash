# For scripts that let voxcapfd fall and look what is left: sourced by scripts/kill-points and scripts/power-cuts. The caller sets $build and
# $bin and has $VOXTRUST_STORE exported; $store is the folder of the store, under the current one.

db() { sqlite3 "$store/voxtrust.db" ".timeout 10000" "$1"; }
pid_of() { pgrep -P "$daemon" -x "voxcapfd-$1" | head -n 1; }
# until_true N COMMAND...: wait for COMMAND, N times 20 ms at most.
until_true() {
    local n=$1
    shift
    while ! "$@"; do
        n=$((n - 1))
        [ "$n" -gt 0 ] || return 1
        sleep 0.02
    done
}
ready() { grep -q ': ready: ' d.log || ! kill -0 "$daemon" 2>/dev/null; }
start() {
    : >d.log
    at=127.0.0.1:$("$build/tests/tlspeer" port)
    voxcapfd --listen "$at" --workers 1 2>>d.log &
    daemon=$!
    until_true 500 ready && grep -q ': ready: ' d.log
}
stop() {
    pkill -KILL -P "$daemon"
    kill -KILL "$daemon"
    wait "$daemon"
    cat d.log >>all.log
    daemon=
} 2>/dev/null
phone() { timeout 30 "$build/tests/capfpeer" "$at" "$@" >heard 2>/dev/null; }
alive() { phone auth:SEPFFFFFFFFFFFF hear && grep -q '^END_SESSION' heard; }
traced() { grep -q 'TracerPid:.[1-9]' "/proc/$1/status" 2>/dev/null; }
dead() { ! kill -0 "$1" 2>/dev/null; }
fingerprint() { sha256sum <"$1" | cut -d ' ' -f 1; }

# tidy: no temporary file; a signer that is just starting has one.
tidy() { [ -z "$(find "$store" -name '*.tmp*' -o -name '.*.??????' | head -n 1)" ]; }

# sound: the serial numbers, the database, the audit log and the folder are in order; else wrong is called.
sound() {
    [ "$(db 'SELECT count(*) - count(DISTINCT serial) FROM ledger')" = 0 ] || wrong "a serial number is there twice"
    [ "$(db 'PRAGMA integrity_check')" = ok ] || wrong "the database is not sound"
    voxtrust log --verify -q >/dev/null 2>&1 || wrong "the audit log's chain is broken"
    until_true 200 tidy || wrong "a temporary file is left"
}

# in_ledger FILE: is the certificate there?
in_ledger() { [ "$(db "SELECT count(*) FROM ledger WHERE fingerprint = '$(fingerprint "$1")'")" = 1 ]; }

# all_made DEVICE LOG...: every certificate of which the logs say that it was signed for it is in the ledger.
all_made() {
    local device=$1 serial
    shift
    while read -r serial; do
        [ "$(db "SELECT count(*) FROM ledger WHERE lower(serial) = '$serial' OR lower(serial) = ltrim('$serial', '0')")" = 1 ] ||
            wrong "the signer made $serial, which the ledger lacks"
    done < <(cat "$@" 2>/dev/null | sed -n "s/.*: $device: signed a certificate with serial number //p" | sort -u)
}
