# For stories of daemons: `load ../harness/daemon` after `load ../harness/cli`. A daemon is waited for by what it says, never by seconds, and
# stopped by its own process id.

: "${VOX_PEER:?run by ctest, or set VOX_PEER to build/.../tests/tlspeer}"

# What it holds open it holds to its end: no leak.
peer() { ASAN_OPTIONS=detect_leaks=0 "$VOX_PEER" "$@"; }

# What a service manager does: see tests/harness/manager.c. To be run in the background without a function around it, so that $! is its own.
: "${VOX_MANAGER:=$(dirname "$VOX_PEER")/manager}"

# never COMMAND...: COMMAND must fail ("! COMMAND" alone fails no test).
never() { ! "$@"; }

logged() { grep -qE -- "$1" d.log; }

# logged_times N PATTERN: PATTERN stands in the log N times.
logged_times() { [ "$(grep -cE -- "$2" d.log)" -eq "$1" ]; }

# start_tvsd [OPTION]...: a responder on a free port of loopback ($AT) with /metrics at $METRICS; its log is d.log.
start_tvsd() {
    AT=127.0.0.1:$(peer port)
    METRICS=127.0.0.1:$(peer port)
    : >d.log
    voxtvsd --listen "$AT" --status "$METRICS" "$@" 2>>d.log 3>&- &
    DAEMON=$!
    until_true started
}

# its_pids: net and status processes, one a line.
its_pids() { pgrep -P "$DAEMON"; }

started() { logged ': ready: ' || { ! kill -0 "$DAEMON" 2>/dev/null && cat d.log >&2 && exit 1; }; }

# the_tvs_knows: the responder at $AT vouches for what the store's lists are signed with now: it follows the store within a second.
the_tvs_knows() {
    local service
    for service in ITLRecovery CallManager; do voxcert export "$service" -o "known-$service.pem" -q; done
    until_true voxtvs verify "$AT" known-ITLRecovery.pem known-CallManager.pem --insecure -q
}

# stop_tvsd: TERM, and wait; its exit status is $STOPPED.
stop_tvsd() {
    [ -n "${DAEMON:-}" ] || return 0
    kill -TERM "$DAEMON" 2>/dev/null || true
    STOPPED=0
    wait "$DAEMON" 2>/dev/null || STOPPED=$?
    DAEMON=
}

teardown() {
    stop_tvsd
    cd / && rm -rf "$T"
}

# fetch PATH: the body that the status process serves; http_status PATH: its status.
fetch() {
    { exec 9<>"/dev/tcp/${METRICS%:*}/${METRICS##*:}"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&9
    cat <&9
    exec 9>&-
}

# metric NAME: its value.
metric() { fetch /metrics | awk -v name="$1" '$1 == name { print $2 }'; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }
