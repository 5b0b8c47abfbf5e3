#!/usr/bin/env bats
# A company's CA signs the services' certificates: request, answer, installation.

load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
    ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl req -x509 $ec -keyout root.key -out root.pem -subj '/CN=Lab Root' -days 3650 \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    openssl req $ec -keyout issuing.key -out issuing.csr -subj '/CN=Lab Issuing' 2>/dev/null
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' >ca.ext
    openssl x509 -req -in issuing.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650 -extfile ca.ext -out issuing.pem 2>/dev/null
}

# answer CSR OUT [OPTION...]: the issuing CA signs.
answer() {
    local csr=$1 out=$2
    shift 2
    openssl x509 -req -in "$csr" -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 900 -copy_extensions copy -out "$out" "$@" 2>/dev/null
}

@test "the request asks for what the service needs" {
    status 0 voxcert csr TVS -o tvs.csr
    says "request in tvs.csr" "voxcert install TVS FILE --node cm1"
    output=$(openssl req -in tvs.csr -verify -noout -text 2>&1 | tr -s ' ')
    says "verify OK" "Subject: CN = cm1.example.test, O = lab" "CA:FALSE" "Digital Signature, Key Encipherment, Data Encipherment" \
        "DNS:cm1.example.test, IP Address:192.0.2.10" "TLS Web Server Authentication, TLS Web Client Authentication"
    status 0 voxcert list TVS
    says "pending" "waits for the CA's answer"
    [ "$(stat -c %a tvs.csr)" = 644 ]
}

@test "on standard output there is nothing but the request" {
    voxcert csr TVS --key ec >tvs.csr
    [ "$(head -n 1 tvs.csr)" = "-----BEGIN CERTIFICATE REQUEST-----" ]
    [ "$(tail -n 1 tvs.csr)" = "-----END CERTIFICATE REQUEST-----" ]
    voxcert csr TVS --again | cmp - tvs.csr
    [ "$(voxcert csr TVS --again --json | jq -r .request)" = "$(cat tvs.csr)" ]
}

@test "the answer is installed with its chain in any order; issuers go to the trust store" {
    voxcert new CallManager -q
    old=$(voxcert show CallManager --json | jq -r .sha256)
    voxcert csr CallManager -o cm.csr -q
    answer cm.csr cm.pem
    cat root.pem cm.pem issuing.pem >answer.pem
    status 0 voxcert install CallManager answer.pem
    says "installed CN=cm1.example.test,O=lab" "CallManager-trust: CN=Lab Issuing" "CallManager-trust: CN=Lab Root" "old certificate is retired"
    silent_about warning
    voxcert export CallManager | openssl x509 | cmp - <(openssl x509 -in cm.pem)
    [ "$(voxcert show "${old:0:16}" --json | jq -r '.bound[0].state')" = retired ]
    [ "$(voxcert list CallManager-trust --json | jq '.certificates | length')" = 2 ]
    # What comes out is usable: the leaf with its issuers, and a key that fits.
    voxcert export CallManager --format bundle -o chain.pem -q
    [ "$(grep -c BEGIN chain.pem)" = 3 ]
    openssl verify -CAfile root.pem -untrusted chain.pem chain.pem
    status 0 voxcert check
    status 0 voxcert list CallManager --json
    [ -f "state/keys/$(jq -r '.certificates[0].key_file' <<<"$output")" ]
}

@test "PKCS#7 and DER are answers, too; issuers that are there already are left" {
    voxcert upload TVS-trust root.pem -q
    voxcert csr TVS --key ec -o tvs.csr -q
    answer tvs.csr tvs.pem
    openssl crl2pkcs7 -nocrl -certfile issuing.pem -certfile root.pem -certfile tvs.pem -outform DER -out tvs.p7b
    status 0 voxcert install TVS tvs.p7b --json
    [ "$(jq -r '[.issuers[].subject] | join(";")' <<<"$output")" = "CN=Lab Issuing" ]
    voxcert csr tomcat --key ec -o web.csr -q
    answer web.csr web.pem
    openssl x509 -in web.pem -outform DER -out web.der
    status 0 voxcert install tomcat - <web.der
    says "installed"
    silent_about warning
}

@test "a chain that is not complete is installed with a warning" {
    voxcert csr tomcat --key ec -o web.csr -q
    answer web.csr web.pem
    status 0 voxcert install tomcat web.pem
    says "warning:" "Lab Issuing" "[chain]" "installed"
    status 1 voxcert check
    says "chain"
}

@test "CAPF's answer must be a CA" {
    voxcert csr CAPF -o capf.csr -q
    openssl x509 -req -in capf.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 900 -out capf.pem 2>/dev/null
    status 3 voxcert install CAPF capf.pem
    says "the CA changed what was asked for" "CA:TRUE lost"
    answer capf.csr capf.pem
    status 0 voxcert install CAPF capf.pem -q
}

@test "what the CA changed is named, and nothing is installed" {
    voxcert csr TVS --key ec -o tvs.csr -q
    answer tvs.csr other-name.pem -subj /CN=somebody
    status 3 voxcert install TVS other-name.pem
    says "other-name.pem: CN=somebody (SHA-256 " "the subject is another"
    openssl x509 -req -in tvs.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 900 -extfile ca.ext -out bare.pem 2>/dev/null
    status 3 voxcert install TVS bare.pem
    says "alternative name left out: " "cm1.example.test"
    [ "$(voxcert list --json | jq -r '[.certificates[].state] | join(",")')" = pending ]
}

@test "an answer to another request, or to none, is refused" {
    status 3 voxcert install TVS root.pem
    says "no request for TVS of node cm1 waits"
    voxcert csr TVS --key ec -o first.csr -q
    answer first.csr first.pem
    status 3 voxcert csr TVS --key ec
    says "waits for its answer" "--replace"
    status 1 voxcert csr TVS --key ec --replace </dev/null
    voxcert csr TVS --key ec --replace -y -o second.csr -q
    [ "$(ls state/keys | wc -l)" = 1 ]
    status 3 voxcert install TVS first.pem
    says "no certificate in it is for the key of the request" "CN=cm1.example.test"
    answer second.csr second.pem
    status 0 voxcert install TVS second.pem -q
    status 3 voxcert install TVS second.pem
    says "no request"
}

@test "an expired answer, a private key, a stray certificate, and junk are refused" {
    voxcert csr TVS --key ec -o tvs.csr -q
    openssl x509 -req -in tvs.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days -1 -copy_extensions copy -out old.pem 2>/dev/null
    status 3 voxcert install TVS old.pem
    says "expired"
    answer tvs.csr tvs.pem
    cat tvs.pem root.key >with-key.pem
    status 3 voxcert install TVS with-key.pem
    says "private key"
    cat tvs.pem "$VOX_VECTORS/bundle/other-root.pem" >stray.pem
    status 3 voxcert install TVS stray.pem
    says "stray.pem"
    # an issuer that has ended goes into no trust store, and nothing is installed
    openssl x509 -req -in issuing.csr -CA root.pem -CAkey root.key -CAcreateserial -days -1 -extfile ca.ext -out ended.pem 2>/dev/null
    cat tvs.pem ended.pem root.pem >chain.pem
    status 3 voxcert install TVS chain.pem
    says "CN=Lab Issuing (SHA-256 " "): expired, it ended on "
    silent_about "--force" # which here is about phones
    [ "$(voxcert list TVS-trust --json | jq '.certificates | length')" = 0 ]
    [ "$(voxcert list TVS --json | jq '[.certificates[] | select(.state == "active")] | length')" = 0 ]
    echo hello >junk
    status 3 voxcert install TVS junk
    status 4 voxcert install TVS missing.pem
    says "missing.pem"
    status 0 voxcert install TVS tvs.pem -q
}

@test "a request can be given up" {
    voxcert csr TVS --key ec -q >/dev/null
    status 0 voxcert delete TVS --pending --yes
    says "private key is removed"
    [ -z "$(ls state/keys)" ]
    status 3 voxcert csr TVS --again
    says "no request"
}

@test "a request that cannot be written leaves nothing behind" {
    status 4 voxcert csr TVS --key ec -o no/such/folder.csr
    says "no/such/folder.csr"
    [ -z "$(ls state/keys)" ]
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
}
