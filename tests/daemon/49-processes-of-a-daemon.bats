#!/usr/bin/env bats
# The skeleton alone: messages pass through every process, any of which may fall.

load ../harness/cli
load ../harness/daemon

: "${VOX_ECHOD:=$(dirname "$VOX_PEER")/echod}"

setup() {
    T=$(mktemp -d "${BATS_TEST_TMPDIR:-/tmp}/echo.XXXXXX")
    cd "$T"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=echo -days 2 2>/dev/null
    (umask 077; cat key.pem cert.pem >both.pem)
    mkdir -m 700 state
    AT=127.0.0.1:$(peer port)
    METRICS=127.0.0.1:$(peer port)
    start_echod
}

start_echod() {
    : >d.log
    "$VOX_ECHOD" both.pem "$AT" state "$METRICS" "$@" 2>>d.log 3>&- &
    DAEMON=$!
    until_true started
}

# say WORD...: a connection that sends each word and leaves what came back in `heard`, without the lengths.
say() {
    rm -f words closed
    mkfifo words
    : >raw
    { for word; do printf "\\x$(printf %02x ${#word})%s" "$word"; done; until [ -e closed ] || [ ! -e raw ]; do sleep 0.05; done; } >words 3>&- &
    timeout 30 openssl s_client -quiet -no_ign_eof -connect "$AT" <words 2>/dev/null >raw 3>&- &
    TALK=$!
}

# heard WORD: the connection has brought it.
heard() { tr -d '\000-\037' <raw | grep -q "$1"; }

hang_up() { touch closed; wait "$TALK" || true; }

pids_of() { pgrep -P "$DAEMON" | while read -r p; do [ "$(cat "/proc/$p/comm" 2>/dev/null)" != "echod-$1" ] || echo "$p"; done; }

metric() { [ "$(curl_metrics | awk -v m="echod_$1" '$1 == m { print $2 }')" = "$2" ]; }
curl_metrics() { exec 9<>"/dev/tcp/${METRICS%:*}/${METRICS##*:}" && printf 'GET /metrics HTTP/1.0\r\n\r\n' >&9 && cat <&9; }

@test "the server speaks first, and each message passes through every process" {
    say abc quit
    until_true heard hello
    until_true heard cba
    wait "$TALK" || true # it ends the connection itself
    [ "$(cat state/said)" = $'abc\nquit' ]
    until_true logged ': over: done'
    until_true metric closed_total 1
    [ -n "$(pids_of front)" ] && [ -n "$(pids_of back)" ] && [ "$(pids_of net | wc -l)" -eq 2 ]
}

@test "whichever process falls, the daemon serves on" {
    for who in net front back; do
        old=$(pids_of "$who" | head -n 1)
        kill -KILL "$old"
        until_true logged "process $old .* ended by signal 9"
        until_true its_set_is_whole
        say abc
        until_true heard cba
        hang_up
    done
    kill -0 "$DAEMON"
}
its_set_is_whole() { [ "$(pids_of net | wc -l)" -eq 2 ] && [ "$(pids_of front | wc -l)" -eq 1 ] && [ "$(pids_of back | wc -l)" -eq 1 ] && metric net_processes_ready 2; }

@test "a service that the others can wait for is started anew alone: its peers notice nothing but that" {
    front=$(pids_of front) back=$(pids_of back) nets=$(pids_of net)
    say count abc
    until_true heard 'asked 1'
    until_true heard cba
    hang_up
    touch state/lame
    kill -KILL "$(pids_of aide)"
    until_true logged 'aide is gone'
    until_true metric net_processes_ready 0
    say count
    until_true grep -q count state/said
    until_true logged_times 3 'aide is lame' # it is tried again and again
    never heard asked
    rm state/lame
    until_true heard 'asked 1' # the connection has waited
    hang_up
    logged_times 2 'aide is there$'
    logged 'the aide process is ready again'
    until_true metric net_processes_ready 2
    [ "$(pids_of front)" = "$front" ] && [ "$(pids_of back)" = "$back" ] && [ "$(pids_of net)" = "$nets" ]
    never logged 'there twice|ready again: '
    kill -HUP "$DAEMON"
    until_true logged "front's set ends"
    until_true never kill -0 "$front"
    kill -KILL "$(pids_of aide)"
    say count
    until_true heard 'asked 1'
    hang_up
}

@test "a session that is open at a reload is finished by the old processes" {
    touch state/hold
    say slow
    until_true heard hello
    until_true [ -s state/said ]
    old=$(pids_of front)
    kill -HUP "$DAEMON"
    until_true logged 'reloaded: 2 new net processes'
    kill -0 "$old"
    rm state/hold
    until_true heard wols
    hang_up
    until_true never kill -0 "$old"
    say abc
    until_true heard cba
    hang_up
    until_true its_set_is_whole
}

@test "a message that is longer than the daemon takes ends its connection at once, whole or only begun" {
    say "$(printf 'x%.0s' {1..199})" # with its length as long as is taken
    until_true heard xxx
    [ "$(wc -c <state/said)" -eq 200 ]
    hang_up
    rm state/said
    say "$(printf 'y%.0s' {1..200})"
    until_true logged_times 1 '[0-9]: closed: the message is longer than the limit'
    hang_up
    { printf '\xc8'; until [ -e begun ]; do sleep 0.05; done; } | timeout 30 openssl s_client -quiet -connect "$AT" >/dev/null 2>&1 3>&- &
    TALK=$!
    until_true logged_times 2 '[0-9]: closed: the message is longer than the limit'
    touch begun closed
    wait "$TALK" || true
    [ ! -e state/said ]
}

@test "a peer that leaves is told of once; a stop ends all processes" {
    say abc
    until_true heard cba
    hang_up
    until_true logged_times 1 ': over: the peer closed the connection'
    kill -TERM "$DAEMON"
    wait "$DAEMON"
    DAEMON=
    logged ': stopped'
    never pgrep -f "echod both.pem $AT"
}

@test "an answer that never comes is waited for only so long as a stop allows" {
    touch state/hold
    say slow
    until_true [ -s state/said ]
    kill -TERM "$DAEMON"
    wait "$DAEMON"
    DAEMON=
    logged_times 1 ': over: stopping'
    hang_up
}

@test "a stop waits for an answer that is being made" {
    touch state/hold
    say slow
    until_true [ -s state/said ]
    kill -TERM "$DAEMON"
    until_true logged 'stopping: open messages'
    rm state/hold
    until_true heard wols
    hang_up
    wait "$DAEMON"
    DAEMON=
    [ "$(grep -oE 'front has ended|back has ended' d.log)" = $'front has ended\nback has ended' ] # who asks goes first
    never logged 'back is gone'
}

@test "the last answer arrives though more was said than is read" {
    say quit "$(printf 'x%.0s' {1..250})" "$(printf 'y%.0s' {1..250})"
    until_true heard tiuq
    wait "$TALK" || true
    until_true logged_times 1 ': over: done'
}

@test "an answer that is not made in time ends the connection" {
    stop_tvsd
    touch state/hold
    start_echod 1
    say slow
    until_true logged_times 1 ': over: closed: the daemon did not answer in time'
    wait "$TALK" || true
    rm state/hold
    say abc
    until_true heard cba
    hang_up
}

@test "a net process that speaks no sense is replaced, alone" {
    front=$(pids_of front)
    say rude
    until_true logged 'the net process speaks no sense: too short'
    wait "$TALK" || true
    until_true its_set_is_whole
    [ "$(pids_of front)" = "$front" ]
    say abc
    until_true heard cba
    hang_up
}

@test "a reload that waits for a service, and then fails, loses no connection" {
    touch state/stall
    kill -HUP "$DAEMON"
    until_true logged ': reloading'
    until_true two_backs
    for i in 1 2 3 4 5 6 7 8; do
        say abc
        until_true heard cba
        hang_up
    done
    [ "$(pids_of back | wc -l)" -eq 2 ] # still waiting
    touch state/unwell
    rm state/stall
    until_true logged 'reload refused'
    say abc
    until_true heard cba
    hang_up
    rm state/unwell
    kill -HUP "$DAEMON"
    until_true logged 'reloaded: 2 new net processes'
}
two_backs() { [ "$(pids_of back | wc -l)" -eq 2 ]; }

@test "a service that cannot start again is tried with growing waits, and health says that nobody serves" {
    touch state/unwell
    kill -KILL "$(pids_of back)"
    until_true logged_times 5 'the processes could not be started again'
    first=$(stamp 1) fifth=$(stamp 5)
    [ $((fifth - first)) -ge 2 ] # 200, 400, 800, 1,600 ms at least
    until_true metric net_processes_ready 0
    rm state/unwell
    until_true its_set_is_whole
    say abc
    until_true heard cba
    hang_up
}
# stamp N: when it could not be started for the Nth time, in seconds.
stamp() { date -d "$(grep 'could not be started again' d.log | sed -n "$1p" | cut -d' ' -f1)" +%s; }

@test "a service of an old set that never ends is ended" {
    touch state/stuck
    old=$(pids_of front)
    kill -HUP "$DAEMON"
    until_true logged 'reloaded: 2 new net processes'
    until_true never kill -0 "$old"
    logged "process $old \\(front\\) ended by signal 9"
    rm state/stuck
    until_true its_set_is_whole
}

@test "each process gives up what it does not need" {
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "sanitizer builds have no filter of calls"
    "$VOX_ECHOD" both.pem 127.0.0.1:1 state 127.0.0.1:1 --sandbox-test >tried || { cat tried; false; }
    [ "$(grep -c '^forbidden.*net: ' tried)" -eq 15 ]
    [ "$(grep -c '^forbidden.*back: ' tried)" -eq 15 ]
    [ "$(grep -cE '^(forbidden|no kernel).*front: ' tried)" -eq 15 ]
    never grep ALLOWED tried
}
