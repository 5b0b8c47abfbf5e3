#!/usr/bin/env bats
# The CA of phones' certificates is not on this machine: keys are carried there, certificates come back, and each phone gets its own.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

# a_ca NAME: a CA that is elsewhere, in NAME.crt and NAME.key; its certificate is in CAPF-trust. Its ID is in $CA.
a_ca() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 3000 -subj "/CN=$1/O=Lab" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
    chmod 600 "$1.key"
    voxcert upload CAPF-trust "$1.crt" -q
    CA=$(openssl x509 -in "$1.crt" -outform der | sha256sum | cut -d ' ' -f 1)
}

story_setup() {
    a_capf
    a_ca elsewhere
    voxcapf ca mode offline "${CA:0:12}" -q
    cat capf.crt elsewhere.crt >trust.pem
}

# comes DEVICE [OPTION]...: our phone, that trusts the CA as issuer.
comes() {
    local device=$1
    shift
    enroll "$device" --issuer elsewhere.crt --string-file "$device.string" "$@"
}

# at_the_ca FILE OUT: on the other machine, which has no store.
at_the_ca() { env -u VOXTRUST_STORE HOME="$T/none" voxcapf ca sign "$1" --issuer elsewhere.crt --issuer-key elsewhere.key -o "$2" "${@:3}"; }

waiting() { voxcapf ca mode --json | jq -r .waiting; }

@test "a key goes there, its certificate comes back, the phone gets it once" {
    string_for SEP0011223344AA
    string_for SEP0011223344AB --key ec:P-384
    start_capfd
    status 1 voxcapf ca dump -o none.json
    says "no phone waits for the CA"
    status 1 comes SEP0011223344AA
    status 1 comes SEP0011223344AB
    is SEP0011223344AA pending install
    [ "$(state_of SEP0011223344AA reason)" = "its key waits for the CA (voxcapf ca dump)" ]
    until_true ends SEP0011223344AA retry-later
    [ "$(ledger SEP0011223344AA)" -eq 0 ]
    [ "$(waiting)" = 2 ]
    status 0 voxcapf ca dump -o requests.json
    says "2 requests"
    status 0 voxcapf ca dump -o again.json
    cmp requests.json again.json
    status 0 at_the_ca requests.json answers.pem
    says "answers.pem: 2 certificates for phones of lab"
    status 0 voxcapf ca import answers.pem
    says "2 certificates taken"
    [ "$(waiting)" = 0 ]
    is SEP0011223344AA issued install
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    status 0 voxcapf ca import answers.pem
    says "0 certificates taken, 2 had been before"
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    status 0 comes SEP0011223344AA
    says "installed: SEP0011223344AA.pem, RSA 2048"
    is SEP0011223344AA delivered none
    status 0 comes SEP0011223344AB
    [ "$(db 'SELECT count(*) FROM ca_requests')" -eq 0 ]
    openssl x509 -in SEP0011223344AA.pem -out lsc.crt
    openssl verify -x509_strict -CAfile elsewhere.crt lsc.crt
    openssl x509 -in SEP0011223344AA.pem -outform der -out lsc.der
    in_ledger lsc.der
    status 0 voxcapf ca import answers.pem
    says "2 had been before"
    status 0 comes SEP0011223344AA
    says nothing
    status 0 voxcapf log SEP0011223344AA
    says "voxcapfd keep SEP0011223344AA: request" "voxcapf ca import SEP0011223344AA: certificate" "voxcapfd deliver SEP0011223344AA"
    status 0 voxtrust log --verify
}

@test "the same key waits on, another one takes its place and its certificate is refused" {
    string_for SEP0011223344AC
    string_for SEP0011223344AD
    start_capfd
    status 1 comes SEP0011223344AC
    status 1 comes SEP0011223344AD
    voxcapf ca dump -o first.json -q
    status 1 comes SEP0011223344AC
    voxcapf ca dump -o second.json -q
    cmp first.json second.json
    rm SEP0011223344AC.pem.pending
    status 1 comes SEP0011223344AC
    voxcapf ca dump -o third.json -q
    never cmp -s first.json third.json
    at_the_ca first.json first.pem -q
    at_the_ca third.json third.pem -q
    status 3 voxcapf ca import first.pem
    says "certificate 1, SEP0011223344AC: no phone of this name waits with this key" "1 of 2 certificates are refused, so none is taken" \
        "--skip-refused"
    [ "$(ledger SEP0011223344AD)" -eq 0 ]
    status 1 voxcapf ca import first.pem --skip-refused
    [ "$(ledger SEP0011223344AD)" -eq 1 ]
    status 3 voxcapf ca import third.pem # another certificate for what is answered
    says "certificate 2, SEP0011223344AD: no phone of this name waits with this key"
    status 1 voxcapf ca import third.pem --skip-refused
    status 0 comes SEP0011223344AC
    status 0 comes SEP0011223344AD
    [ "$(ledger SEP0011223344AC)" -eq 1 ]
    [ "$(ledger SEP0011223344AD)" -eq 1 ]
}

@test "a phone that has lost its key makes another one" {
    string_for SEP0011223344AE
    start_capfd
    openssl genrsa -out k.pem 2048 2>/dev/null
    openssl genrsa -out k2.pem 2048 2>/dev/null
    string=$(cat SEP0011223344AE.string)
    phone "auth:SEP0011223344AE:$string" hear key:k.pem hear
    grep -q '^RETRY_LATER' heard
    voxcapf ca dump -o r.json -q
    at_the_ca r.json a.pem -q
    voxcapf ca import a.pem -q
    phone "auth:SEP0011223344AE:$string" hear vanish
    until_true ends SEP0011223344AE lost
    is SEP0011223344AE issued install
    phone "auth:SEP0011223344AE:$string" hear stored:7 hear
    grep -q '^STORE_CERTIFICATE_REQUEST' heard
    is SEP0011223344AE failed install
    phone "auth:SEP0011223344AE:$string" hear key:k2.pem hear
    grep -q '^KEY_GENERATE_REQUEST' heard
    grep -q '^RETRY_LATER' heard
    [ "$(waiting)" = 1 ]
    voxcapf ca dump -o r.json -q
    at_the_ca r.json a.pem -q
    voxcapf ca import a.pem -q
    phone "auth:SEP0011223344AE:$string" hear stored:1 hear
    grep -qx 'END_SESSION {REASON 1}' heard
    is SEP0011223344AE delivered none
}

@test "nothing but what the CA made for this key, this name and this profile is taken" {
    string_for SEP0011223344AF
    start_capfd
    status 1 comes SEP0011223344AF
    voxcapf ca dump -o r.json -q
    jq -r '.requests[0].public_key' r.json >public.pem
    # made NAME CA OPTION...: the answer of a program that is not ours
    made() {
        printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature,keyEncipherment' \
            'extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.5.5.7.3.5' "subjectAltName=URI:$1" subjectKeyIdentifier=hash \
            authorityKeyIdentifier=keyid "${@:3}" >ext
        openssl x509 -new -force_pubkey public.pem -subj "/CN=$1/O=Lab" -CA "$2.crt" -CAkey "$2.key" -days "${days:-90}" \
            -set_serial "0x5$(openssl rand -hex 15)" -extfile ext -sha256 -out made.pem
    }
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -days 3000 -subj "/CN=elsewhere/O=Lab" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
    made SEP0011223344AF other
    status 3 voxcapf ca import made.pem
    says "the CA's key did not sign this certificate"
    made SEP0011223344B0 elsewhere
    status 3 voxcapf ca import made.pem
    says "no phone of this name waits with this key"
    days=2000 made SEP0011223344AF elsewhere
    status 3 voxcapf ca import made.pem
    says "as many days as the profile says"
    made SEP0011223344AF elsewhere certificatePolicies=1.2.3.4
    status 3 voxcapf ca import made.pem
    says "no other extensions"
    sed -i 's/CA:FALSE/CA:TRUE/' ext
    openssl x509 -new -force_pubkey public.pem -subj /CN=SEP0011223344AF/O=Lab -CA elsewhere.crt -CAkey elsewhere.key -days 90 \
        -set_serial 0x5123456789abcdef5123456789abcdef -extfile ext -sha256 -out made.pem
    status 3 voxcapf ca import made.pem
    openssl genrsa -out k.pem 2048 2>/dev/null
    openssl rsa -in k.pem -pubout -out public.pem 2>/dev/null
    made SEP0011223344AF elsewhere
    status 3 voxcapf ca import made.pem
    says "no phone of this name waits with this key"
    [ "$(db 'SELECT count(*) FROM ledger')" -eq 0 ]
    is SEP0011223344AF pending install
    jq -r '.requests[0].public_key' r.json >public.pem
    made SEP0011223344AF elsewhere
    status 0 voxcapf ca import made.pem # what another program made well is as good
    status 0 comes SEP0011223344AF
}

@test "an LSC of that CA proves its phone, and is no manufacturer's; bad keys are refused at the door" {
    string_for SEP0011223344B1
    start_capfd
    status 1 comes SEP0011223344B1
    voxcapf ca dump -o r.json -q
    at_the_ca r.json a.pem -q
    voxcapf ca import a.pem -q
    status 0 comes SEP0011223344B1
    cp SEP0011223344B1.pem old.pem
    voxcapf set SEP0011223344B1 --install --auth mic -q
    status 1 enroll SEP0011223344B1 --issuer elsewhere.crt --proof old.pem --kind mic
    until_true ends SEP0011223344B1 refused
    voxcapf set SEP0011223344B1 --install --auth lsc -q
    status 1 enroll SEP0011223344B1 --issuer elsewhere.crt --proof old.pem
    until_true ends SEP0011223344B1 retry-later
    [ "$(waiting)" = 1 ]
    string_for SEP0011223344B2
    openssl genrsa -out small.pem 1024 2>/dev/null
    phone "auth:SEP0011223344B2:$(cat SEP0011223344B2.string)" hear key:small.pem hear
    is SEP0011223344B2 failed install
    [ "$(waiting)" = 1 ]
    voxcapf set SEP0011223344B1 --none -q
    [ "$(waiting)" = 0 ]
    voxcapf remove SEP0011223344B1 -y -q
    [ "$(db 'SELECT count(*) FROM ca_requests')" -eq 0 ]
}

@test "back to CAPF's own key, without a reload" {
    string_for SEP0011223344B3
    start_capfd
    status 1 comes SEP0011223344B3
    status 0 voxcapf ca mode here
    until_true enroll SEP0011223344B3 --string-file SEP0011223344B3.string # the signer reads its key first
    is SEP0011223344B3 delivered none
    logged_times 1 'who issues .voxcapf ca mode. has changed'
}

@test "no process has the key of CAPF's own CA, unless it issues" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "a sanitizer maps terabytes"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj '/O=Lab/CN=Phones CA' \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    cat ca.key ca.crt >ca.pem
    chmod 600 ca.pem
    # with_the_key N: so many processes have it.
    with_the_key() {
        # shellcheck disable=SC2046
        "$VOX_BUILD/tests/memscan" ca.key "$DAEMON" $(its_pids) >scan || true
        [ "$(grep -vc clean scan)" -eq "$1" ]
    }
    string_for SEP0011223344B4
    start_capfd --issuer ca.pem
    status 1 comes SEP0011223344B4
    with_the_key 0
    status 0 voxcapf ca mode here
    until_true enroll SEP0011223344B4 --issuer ca.crt --string-file SEP0011223344B4.string
    until_true with_the_key 1
    status 0 voxcapf ca mode offline "${CA:0:12}"
    until_true with_the_key 0
}
