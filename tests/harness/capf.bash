# For stories of voxcapfd: `load ../harness/capf` after cli and daemon.

# start_capfd [OPTION]...: a CAPF server on a free port of loopback ($AT) with /metrics at $METRICS; its log is d.log.
start_capfd() {
    AT=127.0.0.1:$(peer port)
    METRICS=127.0.0.1:$(peer port)
    : >d.log
    voxcapfd --listen "$AT" --status "$METRICS" "$@" 2>>d.log 3>&- &
    DAEMON=$!
    until_true started
}

# a_capf: a store with the certificate of CAPF, in capf.crt for phones.
a_capf() {
    voxtrust init --cluster lab -q
    voxcert new CAPF -q
    voxcert export CAPF -o capf.crt -q
}

# phone WORD...: a phone that does as it is told; what it hears is in heard. See capfpeer.c.
phone() { ASAN_OPTIONS=detect_leaks=0 "${VOX_BUILD:?}/tests/capfpeer" "$AT" "$@" >heard; }

# enroll DEVICE [OPTION]...: our own phone; its certificate and key are in DEVICE.pem.
enroll() {
    local device=$1
    shift
    voxcapf enroll "$AT" --device "$device" --trust capf.crt "$@"
}

# string_for DEVICE [OPTION]...: DEVICE is to install; its authentication string is in DEVICE.string.
string_for() {
    voxcapf set "$1" --install -q "${@:2}" | cut -d ' ' -f 2 >"$1.string"
}

# heard LINE...: these lines, and no others, in this order (the greeting first is taken for granted).
heard() {
    { echo 'AUTH_REQUEST {VERSION 3, AUTH_TYPE 0}'; printf '%s\n' "$@"; } >expected
    diff expected heard >&2
}

db() { sqlite3 -readonly "$T/state/voxtrust.db" "$1"; }

# state_of DEVICE COLUMN: what the store has of a phone. is DEVICE STATE OPERATION: both.
state_of() { db "SELECT $2 FROM phones WHERE name = '$1'"; }
is() { [ "$(state_of "$1" "state || ' ' || operation")" = "$2 $3" ] || { db "SELECT * FROM phones" >&2; return 1; }; }

# ledger DEVICE: how many certificates it was issued. in_ledger DER: is it there?
ledger() { db "SELECT count(*) FROM ledger WHERE device = '$1'"; }
in_ledger() { [ "$(db "SELECT count(*) FROM ledger WHERE fingerprint = '$(sha256sum <"$1" | cut -d ' ' -f 1)'")" -eq 1 ]; }

# pid_of ROLE: the process of the daemon with that role: net, state, sign, status.
pid_of() { pgrep -P "$DAEMON" -x "voxcapfd-$1" | head -n 1; }

# ends DEVICE RESULT: the log has a line on a session of DEVICE that ended so.
ends() { logged "device=$1 .*result=$2"; }
