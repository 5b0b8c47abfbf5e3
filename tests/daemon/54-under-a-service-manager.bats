#!/usr/bin/env bats
# Sockets that are handed over, and what the manager is told.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    peer request ccm.pem >request
}

serves() { voxtvs verify "$AT" ccm.pem --trust tvs.pem -q; }
told() { grep -qE -- "$1" told; }

# A manager's ear at ./notify, what it hears in ./told.
ear() {
    "$VOX_MANAGER" notified "$T/notify" >told 2>ear.log 3>&- &
    EAR=$!
    until_true test -S notify
    export NOTIFY_SOCKET=$T/notify
}

teardown() {
    stop_tvsd
    if [ -n "${EAR:-}" ]; then kill "$EAR"; fi
    cd / && rm -rf "$T"
}

@test "the manager hears of the start, reloads, the store, the watchdog and the end" {
    ear
    WATCHDOG_USEC=200000 start_tvsd
    until_true told '^READY=1$'
    told '^STATUS=2 net processes$' || told '^STATUS=[0-9]+ net processes$'
    until_true told '^WATCHDOG=1$'
    : >told
    kill -HUP "$DAEMON"
    until_true told '^RELOADING=1$'
    told '^MONOTONIC_USEC=[0-9]+$'
    until_true told '^READY=1$'
    mv state state.away
    until_true told '^STATUS=.*the store cannot be read'
    : >told
    mv state.away state
    until_true told '^STATUS=[0-9]+ net processes$'
    stop_tvsd
    told '^STOPPING=1$'
    [ "$STOPPED" -eq 0 ]
}

@test "a start that fails tells nobody that it is ready" {
    ear
    status 4 voxtvsd --cert nowhere.pem --listen 127.0.0.1:0
    never told READY
}

@test "a refused reload is over for the manager too" {
    ear
    cp "$LAB/tvs.pem" shown.pem
    chmod 600 shown.pem
    start_tvsd --cert shown.pem
    until_true told READY
    : >told
    rm shown.pem
    kill -HUP "$DAEMON"
    until_true told '^RELOADING=1$'
    until_true told '^READY=1$'
    logged 'reload refused'
}

@test "sockets from the manager, one of them for old phones" {
    port=$(peer port) legacy=$(peer port) METRICS=127.0.0.1:$(peer port)
    "$VOX_MANAGER" activate "$port" "$legacy=legacy" -- voxtvsd --listen 127.0.0.1:1 --status "$METRICS" --workers 2 2>d.log 3>&- &
    DAEMON=$!
    until_true started
    AT=127.0.0.1:$port
    never logged 'listening on 127.0.0.1:1$'
    [ "$(peer load "$AT" request 40)" = "0 failed" ]
    old() { openssl s_client -connect "$1" -tls1 -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1 | grep -q 'Cipher is [A-Z]'; }
    old "127.0.0.1:$legacy"
    never old "$AT"
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    serves
    kill -KILL "$(pgrep -P "$DAEMON" -x voxtvsd-net | head -n 1)"
    [ "$(peer load "$AT" request 40)" = "0 failed" ]
    # Not handed on: the processes that it starts have other descriptors.
    for p in $(its_pids); do never grep -qz '^LISTEN_' "/proc/$p/environ"; done
}
