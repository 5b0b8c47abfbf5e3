#!/usr/bin/env bats
# Tokens are found, looked at, and given keys.

load ../harness/cli
load ../harness/token

story_setup() { two_tokens; }

@test "the tokens that are plugged in, without a PIN" {
    status 0 voxtoken list
    says SAST1 SAST2 "SoftHSM v2" " ok "
    silent_about "not initialized" # the one that SoftHSM keeps ready
    status 0 voxtoken list --json
    [ "$(jq -r '[.[] | select(.initialized)] | length' <<<"$output")" -eq 2 ]
    status 0 voxtoken list --module "$P11_REAL"
    says SAST1
}

@test "no module, no token, no such token" {
    VOXTRUST_PKCS11_MODULE=$T/none.so status 4 voxtoken list
    says "cannot be loaded" "none.so"
    cp "$LAB"/*.pem . 2>/dev/null
    VOXTRUST_PKCS11_MODULE=$(find /lib /usr/lib -name 'libz.so.1' | head -n 1) status 4 voxtoken list
    says "C_GetFunctionList"
    rm -r tokens/*
    status 0 voxtoken list
    says "No token is plugged in"
    status 4 voxtoken show pkcs11:token=SAST1
    says "no token is plugged in, or no reader can be seen"
}

@test "a token that is not there is named beside those that are" {
    status 4 voxtoken show pkcs11:token=SAST3
    says 'the token is not plugged in; there is "SAST' '"SAST1" (serial number ' '"SAST2" (serial number '
    status 2 voxtoken show pkcs11:model=SoftHSM%20v2
    says "several tokens are meant" "say serial= as well"
}

@test "a key is made, and its certificate beside it; neither leaves the token but the certificate" {
    new_key SAST1 one.pem
    openssl verify -CAfile one.pem one.pem
    [ "$(openssl x509 -in one.pem -noout -subject | tr -d ' ')" = "subject=CN=SAST-$(voxtoken list --json | jq -r '.[] | select(.label == "SAST1").serial')" ]
    status 0 voxtoken show pkcs11:token=SAST1 --login --pin-file pin --json
    [ "$(jq -r '.objects[] | select(.class == "private key") | [.signs, .extractable, .never_extractable, .made_here] | join(" ")' <<<"$output")" = "true false true true" ]
    status 0 voxtoken show "$URI" --pin-file pin -o again.pem
    cmp one.pem again.pem
    # another program sees the same
    pkcs11-tool --module "$P11_REAL" --token-label SAST1 --list-objects --type cert | grep -q 'label: *SAST'
    # and that the private key can neither be read nor taken out wrapped, and never could
    pkcs11-tool --module "$P11_REAL" --token-label SAST1 --login --pin 123456 --list-objects --type privkey >objects
    grep -q 'Access: *sensitive, always sensitive, never extractable, local' objects
}

@test "without the PIN the private key is not seen" {
    new_key SAST1 one.pem
    status 0 voxtoken show pkcs11:token=SAST1
    silent_about "private key"
    says "certificate" "public key" "RSA 2048"
}

@test "keys of curves, labels, names" {
    new_key SAST1 ec.pem --key ec:P-384 --label curve --subject 'CN=Two,O=Example' --days 10
    openssl verify -CAfile ec.pem ec.pem
    openssl x509 -in ec.pem -noout -text | grep -q 'NIST CURVE: P-384'
    status 0 voxtoken show "pkcs11:token=SAST1;object=curve" --pin-file pin -o again.pem
    cmp ec.pem again.pem
}

@test "wrong arguments are told what to type" {
    status 2 voxtoken show
    says "which token?"
    status 2 voxtoken show SAST1
    says "no pkcs11: URI"
    status 2 voxtoken new-key pkcs11:token=SAST1 --days 0
    status 2 voxtoken new-key pkcs11:token=SAST1 --key rsa:100 --pin-file pin
    status 2 voxtoken list SAST1
    status 2 voxtoken sho
    says "show"
}

@test "URIs are taken strictly" {
    local uri
    for uri in 'pkcs11:token=SAST1;foo=bar' 'pkcs11:token=SAST1;token=SAST2' 'pkcs11:token=SAST1?pin-value=123456' \
        'pkcs11:token=SAST1?pin-source=|cat' 'pkcs11:slot-id=0' 'pkcs11:token=%zz' 'pkcs11:token' 'pkcs11:pin-source=pin' \
        'pkcs11:token=SAST1?id=%01' 'pkcs11:token=a b' 'pkcs11:type=bogus' 'pkcs11:token=123456789012345678901234567890123'; do
        status 2 voxtoken show "$uri"
    done
    says "32 bytes"
}

@test "a PIN is in no output" {
    new_key SAST1 one.pem
    for words in "voxtoken show $URI?pin-source=$T/pin --login -v" "voxtoken show $URI?pin-source=$T/wrong-pin --login -v" \
        "voxtoken show $URI?pin-value=123456"; do
        run $words
        silent_about 654321 "1234"56
    done
}

@test "a label with bytes that are no text: the URI that is shown finds the token" {
    softhsm2-util --init-token --free --label $'odd\xff\xfe\t1' --so-pin 87654321 --pin 123456 >/dev/null
    uri=$(voxtoken list --json | jq -r '.. | .uri? // empty' | grep odd)
    [[ $uri == "pkcs11:token=odd%FF%FE%091;serial="* ]]
    status 0 voxtoken list
    says 'odd\xff\xfe\x091 ' # escaped once
    status 0 voxtoken show "$uri" -q
    status 0 voxtoken new-key "$uri" --pin-file pin
    says "$uri;id=%"
    status 0 voxtoken show "${output%%$'\n'*}" -l --pin-file pin
}
