#!/usr/bin/env bats
# A cluster whose keys are on tokens: the store keeps the URI, and publishing asks the token.

load ../harness/cli
load ../harness/token

story_setup() {
    two_tokens
    new_key SAST1 one.pem && ONE="$URI?pin-source=$T/pin"
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
    voxcert new CallManager --node cm1 -q
    voxcert new TVS --node cm1 -q
    voxcert new CAPF -q
    mkdir tftp
}

@test "the anchor of the lists is on a token" {
    status 0 voxcert new ITLRecovery --key "$ONE"
    says "private key  pkcs11:token=SAST1"
    [ -z "$(find state/keys -name 'ITLRecovery*')" ]
    status 0 voxlist publish ctl --to tftp
    status 0 voxlist publish itl --to tftp
    status 0 voxlist verify tftp/CTLFile.tlv
    says "CN=ITLRECOVERY_cm1"
    status 0 voxtrust status
    silent_about "is missing"
    status 0 voxcert check || says "expir" # nothing about the key's file
    silent_about "not to be had"
    # the token is in its drawer: nothing is published, and what there is stays
    cp tftp/CTLFile.tlv before.tlv
    mv tokens away && mkdir tokens
    voxtrust node add cm2 --dns cm2.example.test --ip 192.0.2.11 --services ccm -q
    voxcert new CallManager --node cm2 -q
    status 4 voxlist publish ctl --to tftp
    says "plugged in"
    cmp before.tlv tftp/CTLFile.tlv
}

@test "a request to a CA, and its answer, for a key on a token" {
    status 0 voxcert csr TVS --key "$ONE" -o tvs.csr
    openssl req -in tvs.csr -verify -noout
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj '/CN=Lab CA' \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    openssl x509 -req -in tvs.csr -CA ca.crt -CAkey ca.key -days 900 -copy_extensions copy -out tvs.crt 2>/dev/null
    cat tvs.crt ca.crt >chain.pem
    voxcert upload tomcat-trust ca.crt -q || true
    run voxcert install TVS chain.pem --yes
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    [ "$(voxcert list TVS --json | jq -r '[.certificates[] | select(.state == "active")][0].key_file')" = "$ONE" ]
}

@test "keys that do not suit are refused" {
    new_key SAST2 ec.pem --key ec:P-256
    status 2 voxcert new ITLRecovery --key "$URI?pin-source=$T/pin"
    says "nothing but an RSA key"
    status 2 voxcert new ITLRecovery --key "$URI?pin-source=pin"
    says "must begin with '/'"
    status 4 voxcert new ITLRecovery --key "pkcs11:token=none"
    status 2 voxcert new ITLRecovery --key "pkcs11:token=SAST1?pin-value=123456"
    silent_about 123456
    [ "$(voxcert list ITLRecovery --json | jq '.certificates | length')" = 0 ]
}

@test "a rotation from a key in a file to one on a token, and from token to token: a phone follows" {
    new_key SAST2 two.pem && TWO="$URI?pin-source=$T/pin"
    voxcert new ITLRecovery -q
    voxlist publish itl --to tftp -q
    follows() { voxphone boot --tftp tftp --state phones --name SEP000000000001 --json | jq -e '.good and all(.steps[]; .verdict != "tvs")' >/dev/null; }
    follows
    for key in "$ONE" "$TWO"; do
        status 0 voxrotate stage ITLRecovery --key "$key"
        follows
        status 0 voxrotate activate ITLRecovery --no-proof
        [ "$(voxcert list ITLRecovery --json | jq -r '[.certificates[] | select(.state == "active")][0].key_file')" = "$key" ]
        follows
        status 0 voxrotate retire ITLRecovery --now
        follows
    done
    # The token is away: the step is refused before anything is recorded.
    mv tokens away && mkdir tokens
    status 4 voxrotate stage TVS
    says "plugged in"
    status 0 voxrotate status
    says "No rotation is open"
}

@test "the PIN from a descriptor, from standard input, and from a credential of the service manager" {
    status 0 voxtoken show "$URI" --pin-file /dev/fd/9 --json 9<pin
    status 0 voxtoken show "$URI" --pin-file - --json <pin
    mkdir -m 700 credentials
    install -m 400 pin credentials/token-pin # as LoadCredential= puts it there
    status 0 voxcert new ITLRecovery --key "$URI?pin-source=$T/credentials/token-pin"
    status 0 voxlist publish ctl --to tftp
}
