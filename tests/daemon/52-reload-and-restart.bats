#!/usr/bin/env bats
# A reload loses no question, a bad one changes nothing, a fallen process is replaced, and nobody is left behind.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    peer request ccm.pem >request
}

serves() { voxtvs verify "$AT" ccm.pem --trust tvs.pem -q; }
net_processes() { pgrep -P "$DAEMON" -x voxtvsd-net; }

@test "reloads under load: no question fails" {
    start_tvsd
    peer load "$AT" request 400 >result &
    loader=$!
    for i in 1 2 3; do
        kill -HUP "$DAEMON"
        until_true logged_times $i ': reloaded: '
    done
    wait $loader
    [ "$(cat result)" = "0 failed" ]
}

@test "a new certificate comes with HUP, a broken one is refused and the old one stays" {
    cp "$LAB/tvs.pem" shown.pem
    chmod 600 shown.pem
    start_tvsd --cert shown.pem
    voxtvs verify "$AT" ccm.pem --trust "$LAB/tvs.pem" -q
    cp "$LAB/app.pem" shown.pem
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    voxtvs verify "$AT" ccm.pem --trust "$LAB/app.pem" -q
    echo "no certificate" >shown.pem
    kill -HUP "$DAEMON"
    until_true logged 'reload refused: the old configuration stays in use'
    logged 'shown.pem: '
    voxtvs verify "$AT" ccm.pem --trust "$LAB/app.pem" -q
    metric_is voxtvsd_reloads_refused_total 1
}

@test "limits from the configuration file follow HUP" {
    printf 'max-connections = 100\nidle-timeout = 20 ; seconds\n' >conf
    start_tvsd --config conf
    echo 'max-connections = 0' >conf
    kill -HUP "$DAEMON"
    until_true logged 'reload refused'
    logged 'conf: line 1: max-connections: 0: not a number from 1'
    echo 'max-connections = 1' >conf
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    mkfifo end
    peer hold "$AT" 3 1 <end >held &
    holder=$!
    exec 7>end
    until_true test -s held
    [ "$(cat held)" = 1 ]
    exec 7>&-
    wait $holder
}

@test "a storm of signals" {
    start_tvsd
    for ((i = 0; i < 1000; i++)); do kill -HUP "$DAEMON"; done
    until_true logged ': reloaded: '
    until_true serves
    serves
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
}

@test "a net process that is killed is replaced, and others serve on" {
    start_tvsd --workers 2
    victim=$(net_processes | head -n 1)
    peer load "$AT" request 300 >result &
    loader=$!
    kill -KILL "$victim"
    until_true logged 'ended by signal 9'
    until_true metric_is voxtvsd_net_processes_ready 2
    wait $loader
    # What the victim had open at that moment is lost, and nothing else.
    [ "$(cut -d' ' -f1 result)" -le 1 ]
    metric_is voxtvsd_restarts_total 1
    never grep -qx "$victim" <(net_processes)
}

@test "one that cannot come back leaves its connections to the others" {
    cp "$LAB/tvs.pem" shown.pem
    chmod 600 shown.pem
    start_tvsd --workers 2 --cert shown.pem
    mv shown.pem away
    kill -KILL "$(net_processes | head -n 1)"
    until_true logged_times 2 'ended with status 4'
    metric_is voxtvsd_net_processes_ready 1
    [ "$(peer load "$AT" request 50)" = "0 failed" ]
    mv away shown.pem
    until_true metric_is voxtvsd_net_processes_ready 2
    [ "$(peer load "$AT" request 50)" = "0 failed" ]
}

@test "what a killed process held open is not counted for ever" {
    start_tvsd --workers 1 --idle-timeout 60
    mkfifo end
    peer hold "$AT" 3 3 tls <end >held &
    exec 7>end
    until_true test -s held
    old=$(net_processes)
    kill -HUP "$DAEMON"
    until_true logged ': reloaded: '
    mkfifo end2
    peer hold "$AT" 4 4 tls <end2 >held2 &
    exec 8>end2
    until_true test -s held2
    metric_is voxtvsd_connections_open 7
    kill -KILL $(net_processes | grep -vx "$old")
    until_true metric_is voxtvsd_connections_open 3
    until_true metric_is voxtvsd_net_processes_ready 1
    serves
    exec 7>&- 8>&-
    until_true metric_is voxtvsd_connections_open 0
}

@test "the parent is killed: nobody is left behind" {
    start_tvsd
    mkfifo end
    peer hold "$AT" 3 3 tls <end >held &
    exec 7>end
    until_true test -s held
    all=$(its_pids)
    [ "$(wc -w <<<"$all")" -ge 2 ]
    kill -KILL "$DAEMON"
    wait "$DAEMON" || true
    DAEMON=
    gone() { for p in $all; do never kill -0 "$p" 2>/dev/null || return 1; done; }
    until_true gone
    exec 7>&-
}

@test "TERM: a message that has begun is answered, idle peers are let go" {
    start_tvsd
    mkfifo end more
    peer hold "$AT" 3 3 tls <end >held &
    exec 7>end
    peer halves "$AT" request <more >answer &
    exec 8>more
    until_true test -s held
    until_true grep -q half answer
    kill -TERM "$DAEMON"
    until_true logged ': stopping: '
    echo >&8
    until_true grep -q ^5701020001020304 answer
    STOPPED=0
    wait "$DAEMON" || STOPPED=$?
    DAEMON=
    [ "$STOPPED" -eq 0 ]
    exec 7>&- 8>&-
}

@test "TERM stops it with status 0" {
    start_tvsd
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
    logged ': stopped$'
}
