#!/usr/bin/env bats
# Daemons whose keys are on tokens: the CA of voxcapfd, the certificate of voxtvsd. The token is pulled out, and comes back.

load ../harness/cli
load ../harness/daemon
load ../harness/capf
load ../harness/token

story_setup() {
    two_tokens
    new_key SAST1 ca.crt
    KEY="$URI?pin-source=$T/pin"
    a_capf
    export P11_LOG=$T/calls P11_GONE=$T/gone P11_WRONG=$T/wrong
    : >calls
    chmod 711 "$T" .
}

# ask DEVICE: it enrols.
ask() { voxcapf enroll "$AT" --device "$1" --trust capf.crt --issuer ca.crt --null "${@:2}"; }
to_install() { voxcapf set "$1" --install --auth null --key ec:P-256 -q 2>/dev/null; }

@test "the CA's key is on a token: phones get certificates that it signed" {
    start_capfd --issuer ca.crt --issuer-key "$KEY"
    to_install SEP0011223344AA
    status 0 ask SEP0011223344AA
    openssl x509 -in SEP0011223344AA.pem -out lsc.crt
    openssl verify -x509_strict -CAfile ca.crt lsc.crt
    is SEP0011223344AA delivered none
    status 0 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
}

@test "the token is pulled out: come again; it is back: on it goes, with one try of the PIN" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so
    start_capfd --issuer ca.crt --issuer-key "$KEY"
    to_install SEP0011223344AA
    status 0 ask SEP0011223344AA
    to_install SEP0011223344AA
    touch gone
    status 1 ask SEP0011223344AA
    says "later"
    logged 'SEP0011223344AA: no certificate now: the token "SAST1" .*(is not plugged in|was pulled out)'
    is SEP0011223344AA pending install
    before=$(grep -c '^login' calls)
    status 1 ask SEP0011223344AA
    [ "$(grep -c '^login' calls)" -eq "$before" ]
    rm gone
    status 0 ask SEP0011223344AA
    [ "$(grep -c '^login' calls)" -eq $((before + 1)) ]
    is SEP0011223344AA delivered none
    never logged 'ended'
}

@test "the PIN was changed while the token was away: one try, and no other" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so
    start_capfd --issuer ca.crt --issuer-key "$KEY"
    to_install SEP0011223344AA
    touch gone
    status 1 ask SEP0011223344AA
    touch wrong
    rm gone
    before=$(grep -c '^login' calls)
    status 1 ask SEP0011223344AA
    status 1 ask SEP0011223344AA
    [ "$(grep -c '^login' calls)" -eq $((before + 1)) ]
    logged 'wrong PIN'
}

@test "a module that hangs is ended, and the signer is started anew" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so VOXTRUST_TOKEN_SECONDS=2 P11_FAULT=C_Sign@1=hang
    start_capfd --issuer ca.crt --issuer-key "$KEY" --workers 1
    to_install SEP0011223344AA
    agent=$(pgrep -P "$(pid_of sign)" -x voxtrust-token)
    ask SEP0011223344AA || true # cut off, or told to come again
    until_true logged 'did not answer within 2 seconds and was ended.*: starting anew'
    until_true logged 'ready again'
    until_true never kill -0 "$agent" 2>/dev/null
    is SEP0011223344AA pending install || is SEP0011223344AA failed install
}

@test "while the token takes its time for one phone, others shake hands and are answered" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so VOXTRUST_TOKEN_SECONDS=60 P11_GATE=$T/gate
    start_capfd --issuer ca.crt --issuer-key "$KEY" --workers 1
    to_install SEP0011223344AA
    touch gate
    chmod 777 "$T"
    ask SEP0011223344AA --timeout 60 >first 2>&1 &
    first=$!
    until_true test -e gate.at
    for i in 1 2 3; do
        status 1 ask SEP0011223344BB
        says "SEP0011223344BB"
    done
    kill -0 "$first" # still waiting for its signature
    is SEP0011223344AA in-progress install || is SEP0011223344AA pending install
    rm gate
    wait "$first"
    is SEP0011223344AA delivered none
}

@test "what is nothing for a daemon is refused at the start" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so
    P11_ALWAYS=1 status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "nothing for a daemon"
    P11_FLAGS=0x100 status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "nobody is there"
    status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$URI"
    says "nobody is there"
    P11_FLAGS=0x20000 status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "the next wrong PIN locks"
    cp wrong-pin pin
    status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "wrong PIN"
}

@test "voxtvsd shows a certificate whose key is on a token" {
    start_tvsd --cert ca.crt --key "$KEY"
    status 1 voxtvs verify "$AT" "$LAB/tftp.pem" --trust ca.crt
    says "not trusted"
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
}

@test "a token that is not seen at first is looked for again: the module is loaded anew" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so P11_BLIND=$T/blind
    echo 2 >blind
    status 0 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    echo 3 >blind
    status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "no token is plugged in"
    [ "$(cat blind)" -eq 0 ]
    export P11_BLIND_TO=info # as SoftHSM is while another process writes the token's file
    echo 2 >blind
    status 0 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    echo 3 >blind
    status 4 voxcapfd --check-config --issuer ca.crt --issuer-key "$KEY"
    says "CKR_GENERAL_ERROR"
}
