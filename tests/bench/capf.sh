# Phones that enrol, beside what one handshake and one signature of the CA cost at least. Read by scripts/bench.

# phones FROM COUNT: a table of them, to be imported; all have the same string.
phones() {
    awk -v from="$1" -v count="$2" 'BEGIN {
        print "device,operation,string"
        for (i = 0; i < count; i++) printf "SEP%012X,install,12345678\n", from + i }'
}

# capf_server NAME COUNT: a store with COUNT phones that are to install, and its daemon at $at.
capf_server() {
    VOXTRUST_STORE=sqlite:$work/$1/voxtrust.db
    export VOXTRUST_STORE
    "$bin/voxtrust" init -q
    "$bin/voxcert" new CAPF -q
    "$bin/voxcapf" profile per-device-day=1000 -q
    phones 0 "$2" >"$work/phones.csv"
    begun=$(date +%s.%N)
    "$bin/voxcapf" import "$work/phones.csv" -q
    echo "$2 phones imported from a table in $(echo "$begun $(date +%s.%N)" | awk '{ printf "%.2f s", $2 - $1 }')"
    at=$(free_place)
    daemon voxcapfd "$at" --idle-timeout 600 --handshake-timeout 600
}

# installs FIRST COUNT CONNECTIONS: a second, p50, p99, failures.
installs() { "$bench/bench_capf" install "$at" "$work/keys" "$1" "$2" "$3"; }

# reached FIGURES: what that is of the bound.
reached() { echo "$1" | awk -v b="$bound" '{ printf "%s %s %s %s  %.0f %%", $1, $2, $3, $4, 100 * $1 / b }'; }

capf() {
    certificate capf
    "$bench/bench_capf" keys "$work/keys" 11000
    echo hello >"$work/request"
    ceiling "$work/capf.pem"
    handshakes=$(load full "$top" 32 | cut -d ' ' -f 1)
    signatures=$(rsa2048 -multi "$cores")
    bound=$(echo "$handshakes $signatures" | awk '{ printf "%.1f", 1 / (1 / $1 + 1 / $2) }')
    echo "bound: $handshakes handshakes/s of a minimal TLS server, $signatures RSA-2048 signatures/s (openssl speed -multi $cores):" \
        "one of each makes $bound installs/s"

    capf_server hundred 100
    row 'CAPF, 100 phones in the store' 'installs/s' 'p50 ms' 'p99 ms' failed 'of the bound'
    for n in 1 16; do
        rm -f "$work/rounds"
        for round in 1 2 3 4 5; do
            installs 0 100 "$n" >>"$work/rounds"
            "$bin/voxcapf" import "$work/phones.csv" -q
        done
        rate=$(median <"$work/rounds")
        row "$n at a time (median of 5 rounds)" $(reached "$(grep "^$rate " "$work/rounds" | head -n 1)")
    done
    full_stop "$started"

    capf_server many 100000
    row 'CAPF, 100,000 phones in the store' 'installs/s' 'p50 ms' 'p99 ms' failed 'of the bound'
    from=0
    for n in 1 16 256 1000; do
        count=$((n * 5 + 1000))
        row "$n at a time" $(reached "$(installs "$from" "$count" "$n")")
        from=$((from + count))
    done
    before=$(resident $(pgrep -P "$started"))
    hold "$bench/bench_capf" wait "$at" "$work/keys" "$from" 5000
    after=$(resident $(pgrep -P "$started"))
    echo "$(cat "$work/held") $before $after" | awk '{ printf "%d phones that make their keys: %.1f KiB each, in all processes\n", $1, ($3 - $2) / $1 }'
    let_go
    full_stop "$started"
}
