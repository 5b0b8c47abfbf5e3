# A tree of configuration files, signed. Read by scripts/bench.

tree() {
    mkdir "$work/tree"
    head -c 20000 /dev/zero | tr '\0' 'x' >"$work/content"
    i=0
    while [ "$i" -lt "$files" ]; do
        cp "$work/content" "$work/tree/SEP$(printf %012d "$i").cnf.xml"
        i=$((i + 1))
    done
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -subj /CN=bench -days 30 2>/dev/null
    all=$(rsa2048 -multi "$cores")
    whole=$(openssl speed -seconds 2 -multi "$cores" rsa2048 2>/dev/null | awk '$1 == "rsa" && $2 == 2048 { print $(NF - 1), $NF }')
    hashed=$(openssl speed -seconds 2 -multi "$cores" -bytes 20000 -evp sha512 2>/dev/null | awk '$1 == "sha512" { print $2 + 0 }')
    sync
    start=$(date +%s.%N)
    "$bin/voxsign" sign "$work/tree" --recursive --key "$work/key.pem" --cert "$work/cert.pem" -q
    end=$(date +%s.%N)
    awk -v f="$files" -v s="$start" -v e="$end" -v b="$all" -v c="$cores" 'BEGIN {
        printf "signing %d files of 20 KB: %.2f s, %.0f files/s on %d cores\n", f, e - s, f / (e - s), c
        printf "bound (openssl speed -multi %d, RSA 2048): %s signatures/s; reached: %.0f %%\n", c, b, 100 * f / (e - s) / b }'
    echo "$whole $hashed" | awk -v f="$files" -v s="$start" -v e="$end" '{
        b = 1 / (1 / $1 + 1 / $2 + 20 / $3)
        printf "bound with what each file needs besides, the digest of 20 KB and a verification: %.0f files/s; reached: %.0f %%\n", b, 100 * f / (e - s) / b }'
    start=$(date +%s.%N)
    "$bin/voxsign" sign "$work/tree" --recursive --key "$work/key.pem" --cert "$work/cert.pem" -q
    end=$(date +%s.%N)
    awk -v f="$files" -v s="$start" -v e="$end" 'BEGIN { printf "again, all unchanged: %.2f s, %.0f files/s\n", e - s, f / (e - s) }'
}
