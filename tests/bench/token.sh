# A CA's key on a software token, beside calling its module directly. Read by scripts/bench.

token() {
    module=$(find /usr/lib /usr/local/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
    if [ -z "$module" ]; then
        echo "no SoftHSM here: no figures of tokens"
        return
    fi
    mkdir -m 700 "$work/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$work/tokens" >"$work/softhsm.conf"
    (umask 077 && echo 123456 >"$work/pin")
    SOFTHSM2_CONF=$work/softhsm.conf
    export SOFTHSM2_CONF
    softhsm2-util --init-token --free --label BENCH --so-pin 87654321 --pin 123456 >/dev/null
    "$bin/voxtoken" new-key pkcs11:token=BENCH --module "$module" --pin-file "$work/pin" -q
    "$bench/bench_token" "$module" BENCH "$work/pin" | awk '{
        printf "SoftHSM, RSA 2048, one after the other: %d signatures/s by C_SignInit and C_Sign on the module, which is the bound\n", $1
        printf "  %-44s %6d/s %4.0f %% of the bound\n", "through the agent, each one verified", $2, 100 * $2 / $1
        printf "  %-44s %6d/s %4.0f %% of the bound\n", "certificates issued", $3, 100 * $3 / $1
        printf "  %-44s %6d/s\n", "of these, all but the token: key, draft, linter", $4 }'
}
