# Trust lists of 10, 100 and 1,000 records. Read by scripts/bench.

lists() {
    one=$(rsa2048)
    printf 'RSA-2048 signatures/s of this machine, one core (openssl speed): %s, so %s ms each\n\n' "$one" \
        "$(awk -v s="$one" 'BEGIN { printf "%.2f", 1000 / s }')"
    printf '%-9s %10s %18s %26s %20s\n' records bytes 'build+sign+verify' 'in signatures of the bound' 'read+verify'
    for n in 10 100 1000; do
        "$bench/bench_list" "$n" | {
            read -r records build read bytes
            printf '%-9s %10s %15s ms %26s %17s ms\n' "$records" "$bytes" "$build" \
                "$(awk -v b="$build" -v s="$one" 'BEGIN { printf "%.1f", b * s / 1000 }')" "$read"
        }
    done
}
