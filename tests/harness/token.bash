# For stories of tokens: `load ../harness/token` after cli. SoftHSM in the story's own folder, two tokens with PIN 123456.

two_tokens() {
    export P11_REAL SOFTHSM2_CONF=$T/softhsm.conf
    P11_REAL=$(find /usr/lib -name libsofthsm2.so | head -n 1)
    [ -n "$P11_REAL" ] && command -v softhsm2-util >/dev/null || skip "no SoftHSM here"
    export VOXTRUST_PKCS11_MODULE=$P11_REAL
    mkdir -m 700 tokens
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$T/tokens" >softhsm.conf
    for name in SAST1 SAST2; do
        softhsm2-util --init-token --free --label $name --so-pin 87654321 --pin 123456 >/dev/null
    done
    (umask 077 && echo 123456 >pin && echo 654321 >wrong-pin)
}

# new_key TOKEN FILE [OPTION]...: a signer's key and certificate there; the certificate in FILE, the key's URI in $URI.
new_key() {
    URI=$(voxtoken new-key "pkcs11:token=$1" --pin-file pin -o "$2" --json "${@:3}" | jq -r .uri)
    [ -n "$URI" ]
}

# Through a module that goes wrong as P11_FAULT and the like say; its calls are in calls.
faulty() {
    : >calls
    env VOXTRUST_PKCS11_MODULE="${VOX_BUILD:?}/tests/faultp11.so" P11_LOG="$T/calls" "$@"
}
