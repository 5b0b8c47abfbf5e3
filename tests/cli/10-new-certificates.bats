#!/usr/bin/env bats
# An operator makes the cluster's own certificates; phones take them because of what is in them.

load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
}

# text SERVICE: its certificate as openssl reads it, blanks squeezed.
text() {
    voxcert export "$1" | openssl x509 -noout -text | tr -s ' '
}

@test "a CallManager certificate names its node and may do what call managers do" {
    status 0 voxcert new CallManager
    says "CallManager of node cm1: new certificate CN=cm1.example.test,O=lab" "RSA 2048" "$T/state/keys/CallManager-cm1-"
    output=$(text CallManager)
    says "Subject: CN = cm1.example.test, O = lab" "Public-Key: (2048 bit)" "Exponent: 65537" "sha256WithRSAEncryption" \
        "DNS:cm1.example.test, IP Address:192.0.2.10" "Key Usage: critical" \
        "Digital Signature, Key Encipherment, Data Encipherment" \
        "TLS Web Server Authentication, TLS Web Client Authentication" "Version: 3"
    voxcert export CallManager -o c.pem -q
    openssl verify -CAfile c.pem c.pem
}

@test "CallManager-ECDSA has an EC key and a name of its own" {
    status 0 voxcert new callmanager-ecdsa
    output=$(text CallManager-ECDSA)
    says "Subject: CN = cm1-EC.example.test, O = lab" "NIST CURVE: P-384" "ecdsa-with-SHA384" "Digital Signature, Key Agreement"
}

@test "CAPF is a CA for phones and nothing below" {
    status 0 voxcert new CAPF
    output=$(text CAPF)
    says "Subject: CN = CAPF-" "CA:TRUE, pathlen:0" "Digital Signature, Certificate Sign" "TLS Web Server Authentication, TLS Web Client Authentication"
    silent_about "Alternative Name"
    [[ $output =~ "CN = CAPF-"[0-9a-f]{8}, ]]
}

@test "ITLRecovery lasts twenty years, TVS and tomcat five" {
    for service in ITLRecovery TVS tomcat; do status 0 voxcert new $service; done
    [ "$(voxcert list --json | jq -r '.certificates[] | "\(.place) \((.days_left + 1) / 365 | floor) \(.subject)"')" = "ITLRecovery 20 CN=ITLRECOVERY_cm1,O=lab
TVS 5 CN=cm1.example.test,O=lab
tomcat 5 CN=cm1.example.test,O=lab" ]
    output=$(text ITLRecovery)
    silent_about "TLS Web" "Alternative Name"
}

@test "subject, names, key and days can be chosen" {
    status 0 voxcert new tomcat --subject 'CN=web, O="Ex, Ltd", C=NZ' --san web.example.test --san 2001:db8::1 --key ec:P-256 --days 90 --json
    [ "$(jq -r '.subject + "|" + .key + "|" + (.alternative_names | join(" ")) + "|" + .place + "|" + .node' <<<"$output")" = \
        'CN=web,O=Ex\, Ltd,C=NZ|EC P-256|DNS:web.example.test IP:2001:db8::1|tomcat|cm1' ]
    [ -f "state/keys/$(jq -r .key_file <<<"$output")" ]
    voxcert export tomcat -o web.pem -q
    openssl x509 -in web.pem -noout -checkend $((89 * 86400))
    run ! openssl x509 -in web.pem -noout -checkend $((91 * 86400))
}

@test "serial numbers are random, 128 bits" {
    voxcert new TVS --key ec -q
    one=$(voxcert show TVS --json | jq -r .serial)
    voxcert new TVS --key ec --replace -y -q
    two=$(voxcert show TVS --json | jq -r .serial)
    [ "$one" != "$two" ]
    [ ${#one} -ge 16 ] && [ ${#one} -le 32 ]
}

@test "an active certificate is not replaced by accident" {
    voxcert new TVS --key ec -q
    before=$(voxcert export TVS)
    status 3 voxcert new TVS --key ec
    says "TVS of node cm1 has an active certificate: CN=cm1.example.test,O=lab (SHA-256 " "locks phones out" "--replace"
    status 1 voxcert new TVS --key ec --replace </dev/null
    says "nothing was replaced"
    [ "$(voxcert export TVS)" = "$before" ]
    [ "$(ls state/keys | wc -l)" = 1 ]
}

@test "replacing retires the old one, keeps its key, and says what to do next" {
    voxcert new TVS --key ec -q
    old=$(voxcert list TVS --json | jq -r '.certificates[0].sha256')
    status 0 voxcert new TVS --key ec --replace --yes
    says "The old one is retired" "voxlist publish itl"
    [ "$(voxcert list TVS --json | jq '.certificates | length')" = 1 ]
    [ "$(voxcert list TVS --all --json | jq -r '.certificates[] | select(.state == "retired") | .sha256')" = "$old" ]
    [ "$(ls state/keys | wc -l)" = 2 ]
}

@test "with several nodes the node must be named" {
    voxtrust node add cm2 --services ccm -q
    status 2 voxcert new CallManager
    says "which node's CallManager? --node NAME (nodes: cm1, cm2)"
    status 0 voxcert new TVS --node cm2 --key ec
    says "TVS of node cm2: new certificate CN=cm2,O=lab"
    status 3 voxcert new TVS --node cm3
    says "no such node: 'cm3' (nodes: cm1, cm2)"
    status 2 voxcert new CAPF --node cm1
    says "belongs to the whole cluster"
}

@test "a cluster without nodes is told to get one" {
    voxtrust node remove cm1 -q
    status 3 voxcert new TVS
    says "voxtrust node add"
    status 0 voxcert new ITLRecovery
    says "CN=ITLRECOVERY_lab"
}

@test "keys that phones do not take are refused before they are made" {
    status 2 voxcert new CallManager --key ec:P-256
    says "nothing but an RSA key" "CallManager-ECDSA"
    status 2 voxcert new CAPF --key ec
    status 2 voxcert new ITLRecovery --key rsa:3072
    says "trust lists" "3072 bits"
    status 2 voxcert new CallManager-ECDSA --key rsa
    status 2 voxcert new TVS --key rsa:512
    status 2 voxcert new TVS --key dsa
    status 2 voxcert new TVS --key 'pkcs11:token=x;pin-value=123456'
    says "list of processes"
    silent_about 123456
    [ -z "$(ls state/keys)" ]
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
}

@test "every change is in the audit log, refusals are not" {
    voxcert new TVS --key ec -q
    voxcert new TVS -q || true
    id=$(voxcert list TVS --json | jq -r '.certificates[0].sha256[:12]')
    [ "$(voxtrust log --json | jq -r '.entries[].what' | grep voxcert)" = "voxcert new TVS cm1 ($id)" ]
    voxtrust log --verify -q
}

@test "of several at the same time one makes the certificate, and no key of the others stays" {
    for i in 1 2 3 4; do
        voxcert new CallManager >"out$i" 2>&1 3>&- &
    done
    wait
    [ "$(grep -l 'new certificate' out? | wc -l)" = 1 ]
    [ "$(grep -l 'has an active certificate' out? | wc -l)" = 3 ]
    [ "$(voxcert list --all --json | jq '.certificates | length')" = 1 ]
    [ "$(ls state/keys)" = "$(voxcert show CallManager --json | jq -r '.bound[0].key_file')" ]
}
