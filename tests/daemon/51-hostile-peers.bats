#!/usr/bin/env bats
# Whatever a peer sends or does not send: one log line at most, and the others are served.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
    peer request ccm.pem >request
}

serves() { voxtvs verify "$AT" ccm.pem --trust tvs.pem -q; }

@test "messages in pieces, and two in one" {
    start_tvsd
    whole=$(peer send "$AT" request)
    [[ $whole == 5701020001020304* ]]
    [ "$(peer split "$AT" request)" = "$whole" ]
    [ "$(peer joined "$AT" request)" = "$whole"$'\n'"$whole" ]
}

@test "no TVS, damaged, over-long: closed with one line each" {
    start_tvsd
    printf 'GET / HTTP/1.0\r\n\r\n' >get
    printf 'W\x01\x09\x00\x00\x00\x00\x01\x00\x00' >command
    printf 'W\x01\x01\x00\x00\x00\x00\x01\x00\x00' >empty
    printf 'W\x02\x01\x00\x00\x00\x00\x01\x00\x00' >version
    for bad in get command empty version; do [ "$(peer send "$AT" $bad)" = closed ]; done
    until_true logged_times 4 'tvs\.md'
    serves
}

@test "a device name cannot forge a log line" {
    start_tvsd
    { printf 'W\x01\x03\x00\x00\x00\x00\x01\x00\x29\x01\x00\x1d\x01SEP\n2026 forged\x1b[31m\x9b1mABC\x80\xff'
        printf '\x05\x00\x06\x01\x02\x03\x04\x05\x06'; } >hostile
    peer send "$AT" hostile
    until_true logged 'device=SEP.x0a2026 forged.x1b.31m.x9b1mABC.x80.xff'
    never grep -q "$(printf '\x1b')" d.log
    never grep -q '^2026 forged' d.log
    serves
}

@test "silence and half messages end by the clock, others are served meanwhile" {
    start_tvsd --handshake-timeout 1 --idle-timeout 1
    peer silent "$AT" >silent &
    peer half "$AT" request >half &
    serves
    wait %2 %3
    [ "$(cat silent)" = closed ]
    [ "$(cat half)" = closed ]
    logged 'the TLS handshake took too long'
    logged 'a message took too long'
}

@test "a peer that never reads is closed in the end" {
    start_tvsd --idle-timeout 1
    [ "$(peer stop-reading "$AT" request 20000)" = closed ]
    serves
}

@test "above the limits new connections are refused, established ones go on" {
    start_tvsd --max-per-source 8 --max-connections 100 --handshake-timeout 60 --idle-timeout 60
    mkfifo end
    peer hold "$AT" 20 8 tls <end >held &
    holder=$!
    exec 7>end
    until_true test -s held
    [ "$(cat held)" = 8 ]
    run serves
    [ "$status" -ne 0 ]
    logged 'refused: too many connections from this address'
    metric_is voxtvsd_connections_open 8
    exec 7>&-
    wait $holder
    until_true metric_is voxtvsd_connections_open 0
    serves
}

@test "in all: the limit over every source" {
    start_tvsd --max-connections 5 --handshake-timeout 60
    mkfifo end
    peer hold "$AT" 12 5 <end >held &
    holder=$!
    exec 7>end
    until_true test -s held
    [ "$(cat held)" = 5 ]
    logged 'refused: too many connections in all'
    exec 7>&-
    wait $holder
    until_true serves
}

@test "peers that hang up on their answers end no process" {
    start_tvsd
    peer reset "$AT" request 20
    serves
    metric_is voxtvsd_restarts_total 0
    [ "$(metric voxtvsd_messages_total)" -gt 20 ]
}

@test "a flood of new keys is closed: it costs the others nothing" {
    start_tvsd --workers 1
    [ "$(peer rekey "$AT")" = closed ]
    logged 'asks for new keys again and again'
    serves
}

@test "a handshake that trickles in ends by the clock" {
    start_tvsd --handshake-timeout 1
    printf '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' >hello
    [ "$(peer dribble "$AT" hello)" = closed ]
    logged 'the TLS handshake took too long'
}

@test "a message that trickles in ends by the clock, however alive its peer is" {
    start_tvsd --idle-timeout 1
    peer large ccm.pem >large # would take two hours
    [ "$(peer dribble "$AT" large tls)" = closed ]
    logged 'a message took too long'
    serves
}

@test "a message as long as there can be is answered" {
    start_tvsd
    peer large ccm.pem >large
    [ "$(wc -c <large)" -eq $((65535 + 10)) ]
    [[ $(peer send "$AT" large) == 5701020001020304* ]]
    logged 'unknown-tags=200'
}
