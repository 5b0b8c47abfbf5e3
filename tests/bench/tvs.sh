# The TVS responder beside a minimal TLS server, and under burdens. Read by scripts/bench.

# compare WHAT: from the files with and without, a line for each round: what is left of the throughput, by the median of
# the rounds.
compare() {
    echo "$(median <"$work/with") $(median <"$work/without") $(paste "$work/with" "$work/without" | awk '{ print $1 / $5 }' | median)" |
        awk -v what="$1" '{ printf "%s: %.0f queries/s, %.0f without them; round by round %.1f %% of it\n", what, $1, $2, 100 * $3 }'
    rm "$work/with" "$work/without"
}

# What idle and dripping peers cost the others. Measured in turn with and without them, in changing order: a machine's
# speed drifts by more than that within a minute.
burdens() {
    before=$(resident $(pgrep -P "$responder"))
    hold "$bench/bench_tvs" idle "$at" - 0 9000
    after=$(resident $(pgrep -P "$responder"))
    echo "$(cat "$work/held") $before $after" | awk '{ printf "%d idle connections: %.1f KiB each\n", $1, ($3 - $2) / $1 }'
    for round in 1 2 3 4 5; do
        load full "$at" 32 2 >>"$work/with"
        load full "$second" 32 2 >>"$work/without"
        load full "$second" 32 2 >>"$work/without"
        load full "$at" 32 2 >>"$work/with"
    done
    let_go
    compare "full handshakes beside 9000 idle connections"

    for round in 1 2 3 4 5; do
        load full "$second" 288 2 >>"$work/without"
        hold "$bench/bench_tvs" drip "$second" "$work/request" 0 32
        load full "$second" 288 2 >>"$work/with"
        load full "$second" 288 2 >>"$work/with"
        let_go
        load full "$second" 288 2 >>"$work/without"
    done
    compare "288 connections beside 32 that send a byte every 100 ms"
}

tvs() {
    VOXTRUST_STORE=sqlite:$work/tvs/voxtrust.db
    export VOXTRUST_STORE
    "$bin/voxtrust" init -q
    certificate tvs
    build/release/tests/tlspeer request "$work/tvs.crt" >"$work/request"
    at=$(free_place)
    daemon voxtvsd "$at" --cert "$work/tvs.pem" --idle-timeout 600 --handshake-timeout 600
    responder=$started
    second=$(free_place)
    daemon voxtvsd "$second" --cert "$work/tvs.pem" --idle-timeout 600 --handshake-timeout 600
    ceiling "$work/tvs.pem"

    row 'TVS, TLS 1.2, 32 connections' 'queries/s' 'p50 ms' 'p99 ms' failed
    best=$(load full "$top" 32)
    row 'ceiling: minimal TLS server' $best
    full=$(load full "$at" 32)
    row 'a full handshake each' $full
    row 'a resumed handshake each' $(load resume "$at" 32)
    row '100 queries a connection' $(load keep "$at" 32)
    echo "$full $best" | awk '{ printf "full handshakes reach %.0f %% of the ceiling\n\n", 100 * $1 / $5 }'
    burdens
    full_stop "$responder"
    full_stop "$started"
}
