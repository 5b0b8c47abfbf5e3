#!/usr/bin/env bats
# Private keys stay where they belong: in files that only their owner can read.

load ../harness/cli

story_setup() {
    voxtrust init -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tvs -q
}

# lines_of KEY: the key's base64 lines, one per line.
lines_of() {
    grep -v -- ----- "$1"
}

# secret_of KEY: the number that is the secret, in hex.
secret_of() {
    openssl pkey -in "$1" -noout -text | sed -nE '/^(priv|privateExponent):/,/^(pub|prime1):/{/^ /p}' | tr -d ' :\n'
}

@test "keys are 0600 in a 0700 folder whatever the umask" {
    for mask in 000 022 077; do
        (umask $mask && voxcert new TVS --key ec --replace -y -q && voxcert csr tomcat --key ec --replace -y -q >/dev/null)
    done
    [ "$(stat -c %a state/keys)" = 700 ]
    [ "$(ls state/keys | wc -l)" = 4 ] # three of TVS; of the requests only the last
    [ "$(stat -c %a state/keys/* | sort -u)" = 600 ]
}

@test "the key is the certificate's" {
    voxcert new TVS --key ec -q
    voxcert export TVS | openssl x509 -noout -pubkey >a
    openssl pkey -in state/keys/TVS-cm1-*.pem -pubout >b
    cmp a b
}

@test "no key is in the store, the log, or an output" {
    voxcert new TVS --key ec -q
    voxcert new CallManager -q
    {
        voxcert csr tomcat --key ec
        voxcert list --json
        voxcert show TVS
        voxcert show CallManager --json
        voxcert export CallManager --format bundle
        voxcert check -v
        voxtrust log --json
        voxtrust status || true
    } >out 2>&1
    voxtrust backup copy.db -q
    od -An -v -tx1 state/voxtrust.db | tr -d ' \n' >db.hex
    for key in state/keys/*; do
        lines_of "$key" >lines
        [ -s lines ]
        run ! grep -aFf lines out state/voxtrust.db copy.db
        # Nor as bytes: the secret number itself.
        secret=$(secret_of "$key")
        [ ${#secret} -ge 60 ]
        run ! grep -F "${secret:2:58}" db.hex
    done
    # The comparison finds what is there: the public half.
    public=$(openssl pkey -in state/keys/TVS-*.pem -noout -text | sed '1,/^pub:/d;/^ASN1/,$d' | tr -d ' :\n')
    grep -qF "${public:2:58}" db.hex
}

@test "a key that others can read is reported, and not used" {
    voxcert csr TVS --key ec -o tvs.csr -q
    voxcert new tomcat --key ec -q
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 9 2>/dev/null
    openssl x509 -req -in tvs.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days 9 -out tvs.pem 2>/dev/null
    chmod 640 state/keys/*
    status 4 voxcert install TVS tvs.pem
    says "private key is open to others (mode 0640)" "chmod 600"
    [ "$(voxcert list TVS --json | jq -r '.certificates[0].state')" = pending ]
    status 1 voxcert check
    says "key-file" "can be read by others"
    chmod 600 state/keys/*
    status 0 voxcert install TVS tvs.pem
}

@test "a key that is gone is reported" {
    voxcert new TVS --key ec -q
    rm state/keys/TVS-*
    status 1 voxcert check
    says "key-file" "No such file"
}

@test "a loose folder stops the making of keys, and nothing is recorded" {
    chmod 755 state/keys
    status 4 voxcert new TVS --key ec
    [ -z "$(ls state/keys)" ]
    chmod 700 state/keys
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
}

@test "when the store does not take the certificate its key goes again" {
    strace -qq -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # two cannot trace one process
    # The disk fails under the database; the key's file has been written by then.
    status 4 strace -qq -o trace -e trace=fdatasync -e inject=fdatasync:error=EIO voxcert new TVS --key ec
    grep -q INJECTED trace
    [ -z "$(ls state/keys)" ]
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
    status 4 strace -qq -o trace -e trace=fdatasync -e inject=fdatasync:error=EIO voxcert csr TVS --key ec
    [ -z "$(ls state/keys)" ]
}

@test "a key that a killed command left is told of, an hour later; keys of others are not" {
    voxcert new TVS --key ec -q
    voxcert new TVS --key ec --replace --yes -q
    voxcert csr tomcat --key ec -o tomcat.csr -q
    cp "$(ls state/keys/TVS-* | head -n 1)" state/keys/TVS-cm1-00000000.pem
    cp "$(ls state/keys/TVS-* | head -n 1)" state/keys/CallManager-ECDSA-cm1-00000000.pem
    cp "$(ls state/keys/TVS-* | head -n 1)" state/keys/of-somebody-else.pem
    run voxtrust status
    silent_about "belongs to no certificate"
    touch -d '2 hours ago' state/keys/*
    status 1 voxtrust status
    says "state/keys/TVS-cm1-00000000.pem belongs to no certificate" "CallManager-ECDSA-cm1-00000000.pem belongs to no certificate"
    [ "$(grep -c 'belongs to no certificate' <<<"$output")" -eq 2 ]
}
