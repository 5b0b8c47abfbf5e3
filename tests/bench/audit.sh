# An audit of 100 hosts with 16 ports each, beside the same number of connections that do nothing but send a hello. Read by scripts/bench.

audit() {
    certificate audit
    "$bench/bench_audit" serve 100 16 "$work/audit.pem" "$cores" >"$work/first" &
    running="$running $!"
    server=$!
    until [ -s "$work/first" ]; do
        kill -0 "$server" 2>/dev/null || exit 4
        sleep 0.1
    done
    first=$(cat "$work/first")
    seq 100 | sed 's/^/127.0.0./' >"$work/hosts"
    ports=$(seq "$first" $((first + 15)) | sed 's/^/--port /')
    for round in 1 2 3; do
        begun=$(date +%s.%N)
        # shellcheck disable=SC2086
        "$bin/voxtls" audit --inventory "$work/hosts" --min-version 1.2 $ports --json >"$work/audit.json" || exit 4
        echo "$begun $(date +%s.%N)" | awk '{ print $2 - $1 }' >>"$work/audit.took"
        # A suite and each of two handshakes for certificates is a yes; each version ends with a no.
        counts=$(jq -r '[.hosts[].ports[]] | "\(map([.versions[].ciphers | length] | add + 2) | add) \(length * 5)"' "$work/audit.json")
        # shellcheck disable=SC2086
        "$bench/bench_audit" bound "$first" 100 16 $counts 64 >>"$work/audit.bound"
    done
    echo "$(median <"$work/audit.took") $(median <"$work/audit.bound") $counts" | awk '{
        printf "voxtls audit, 100 hosts with 16 ports: %.2f s for %d connections that are taken and %d that are refused\n", $1, $3, $4
        printf "bound: as many bare connections with a hello, closed at the first bytes: %.2f s; the audit takes %.2f times that\n", $2, $1 / $2 }'
    jq -r '"all conforming: \(.ok); ports: \(.summary.ports)"' "$work/audit.json"
    full_stop "$server" 2>/dev/null
}
