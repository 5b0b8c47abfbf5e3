#!/usr/bin/env bats
# What there is, and all about one of them.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tvs -q
    voxtrust node add cm2 --services ccm,tvs -q
}

# Two certificates whose fingerprints begin with 8ef8.
twins() {
    cat <<'END'
-----BEGIN CERTIFICATE-----
MIIBCDCBrwICAOgwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEdHdpbjAgFw0yNjEx
MjQwMDM3MTBaGA8yMTI2MTAzMTAwMzcxMFowDzENMAsGA1UEAwwEdHdpbjBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABO3bhCwAXyIK1IzKmcPd6lOSft4IlDlmUZQF
xrtiLW0TwXg39S93l6xP4gDDJXAd29/Rk+JMShj9l1Gq4Vjb0wgwCgYIKoZIzj0E
AwIDSAAwRQIgWsicNgUgzY3ifc1ns4q3HVlXfBo04XaWpXFjEY7yN4ACIQDJIErv
Iwz5chTfLfv2q12PV8SC2QWYaV39kNGHUwhINg==
-----END CERTIFICATE-----
-----BEGIN CERTIFICATE-----
MIIBCDCBrwICAScwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEdHdpbjAgFw0yNjEx
MjQwMDM3MTNaGA8yMTI2MTAzMTAwMzcxM1owDzENMAsGA1UEAwwEdHdpbjBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABO3bhCwAXyIK1IzKmcPd6lOSft4IlDlmUZQF
xrtiLW0TwXg39S93l6xP4gDDJXAd29/Rk+JMShj9l1Gq4Vjb0wgwCgYIKoZIzj0E
AwIDSAAwRQIhALhYnOpeOstJM+82DPwMPNfc1zLNgbpPZtIz/Bc3F7GTAiABzegv
+CkW3eflsb690YlZpI7TN5vLIfXMtlkPRrSPCA==
-----END CERTIFICATE-----
END
}

@test "an empty store says what to do" {
    status 0 voxcert list
    says "voxcert new SERVICE"
    status 0 voxcert list --json
    [ "$(jq -c . <<<"$output")" = '{"certificates":[]}' ]
    status 0 voxcert check
    says "nothing found"
}

@test "a table with what one needs to know" {
    voxcert new TVS --node cm1 --key ec --days 100 -q
    voxcert upload tomcat-trust "$(B chain.pem)" -q
    status 0 voxcert list
    says "ID " "PLACE" "NODE" "STATE" "KEY" "UNTIL" "DAYS LEFT" "SUBJECT" "e0581c5c9f20 tomcat-trust" "TVS" "CN=cm1.example.test,O=lab"
    [ "$(wc -l <<<"$output")" = 5 ]
    status 0 voxcert list tvs
    [ "$(wc -l <<<"$output")" = 2 ]
    status 0 voxcert list TOMCAT-TRUST
    [ "$(wc -l <<<"$output")" = 4 ]
    status 0 voxcert list --node cm2
    says "no certificates"
    status 3 voxcert list --node cm9
    says "nodes: cm1, cm2"
}

@test "what ends soon, and what has ended" {
    voxcert new TVS --node cm1 --key ec --days 20 -q
    voxcert new TVS --node cm2 --key ec --days 40 -q
    [ "$(voxcert list --expiring 30 --json | jq -r '[.certificates[].node] | join(",")')" = cm1 ]
    [ "$(voxcert list --expiring 60 --json | jq '.certificates | length')" = 2 ]
    status 0 voxcert list --expiring 5
    says "none ends within 5 days"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj /CN=past -out r 2>/dev/null
    openssl x509 -req -in r -signkey k -days -1 -out past.pem 2>/dev/null
    voxcert upload tomcat-trust past.pem --force -q
    [ "$(voxcert list --expiring 0 --json | jq -r '.certificates[].subject')" = CN=past ]
    status 0 voxcert show past.pem
    says "(ended " " day ago)" "[expired]"
}

@test "retired ones with --all only" {
    voxcert new TVS --node cm1 --key ec -q
    voxcert new TVS --node cm1 --key ec --replace -y -q
    [ "$(voxcert list --json | jq '.certificates | length')" = 1 ]
    [ "$(voxcert list --all --json | jq -r '[.certificates[].state] | sort | join(",")')" = active,retired ]
}

@test "show tells names, dates, key, fingerprints, usages, and where it stands" {
    voxcert new TVS --node cm1 -q
    voxcert export TVS -o tvs.pem -q
    f() { openssl x509 -in tvs.pem -noout -fingerprint "-$1" | cut -d = -f 2 | tr -d : | tr A-F a-f; }
    voxcert upload TVS-trust tvs.pem -q
    status 0 voxcert show TVS --node cm1
    says "subject         CN=cm1.example.test,O=lab" "issuer          itself" "days left)" "key             RSA 2048" \
        "SHA-256         $(f sha256)" "SHA-1           $(f sha1)" "MD5             $(f md5)" \
        "other names     DNS:cm1.example.test, IP:192.0.2.10" "digitalSignature" "serverAuth, clientAuth" \
        "serial          $(openssl x509 -in tvs.pem -noout -serial | cut -d = -f 2 | tr A-F a-f)" \
        "TVS of node cm1, active, private key in TVS-cm1-"
    silent_about findings "PRIVATE KEY"
    # The same by its fingerprint, as its owner would write it, and then every place.
    status 0 voxcert show "$(openssl x509 -in tvs.pem -noout -fingerprint -sha256 | cut -d = -f 2)"
    says "TVS of node cm1, active" "TVS-trust, active"
    status 0 voxcert show "$(f sha256 | head -c 4)" --json
    [ "$(jq -r '[.bound[].place] | join(",")' <<<"$output")" = TVS,TVS-trust ]
    jq -r .pem <<<"$output" | openssl x509 | cmp - <(openssl x509 -in tvs.pem)
}

@test "a file needs no store" {
    status 0 env -u VOXTRUST_STORE voxcert show "$(B leaf.der)" --store sqlite:/no/such/store
    says "CN=cm1.example.com" "CN=Example Issuing CA"
    silent_about chain
    status 0 voxcert show - <"$(B chain.pem)"
    says "Certificate 1 of 3" "Certificate 3 of 3"
    status 0 voxcert show "$LAB/sast.pem"
    says "CN=vector-sast" "warning: a private key stands in it"
    status 0 voxcert show "$LAB/sast.pem" --json
    says '"private_key": true'
    status 3 voxcert show "$(B leaf.csr)"
    says "signing request"
    # A file whose name could be an ID.
    cp "$(B leaf.pem)" cafe
    status 0 voxcert show cafe
    says CN=cm1.example.com
    status 0 voxcert show ./cafe
}

@test "hostile names do not reach the terminal" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out evil.pem -days 9 -utf8 \
        -subj "/CN=$(printf 'a\033[2Jb\nc')" 2>/dev/null
    status 0 voxcert show evil.pem
    silent_about $'\033'
    voxcert upload tomcat-trust evil.pem -q
    status 0 voxcert list
    silent_about $'\033'
    [ "$(wc -l <<<"$output")" = 2 ]
    voxtrust log --verify -q
}

@test "an ID that fits two is not guessed: the candidates are listed" {
    twins >twins.pem
    voxcert upload tomcat-trust twins.pem -q
    status 3 voxcert show 8ef8
    says "'8ef8' is not enough" "8ef8" "CN=twin" "tomcat-trust, active"
    [ "$(grep -o 'CN=twin' <<<"$output" | wc -l)" = 2 ]
    status 3 voxcert delete 8ef8 --yes
    status 3 voxcert export 8ef8
    one=$(voxcert list tomcat-trust --json | jq -r '.certificates[0].sha256')
    status 0 voxcert show "${one:0:6}"
    voxcert new TVS --node cm1 --key ec -q
    voxcert new TVS --node cm2 --key ec -q
    status 3 voxcert show TVS
    says "'TVS' is not enough, use --node" "TVS of node cm1" "TVS of node cm2"
    status 0 voxcert show TVS --node cm2
    says "CN=cm2"
}

@test "what is not there" {
    status 3 voxcert show 0000
    says "no certificate whose fingerprint begins with 0000"
    status 3 voxcert show CAPF
    says "CAPF has no certificate: 'voxcert new CAPF'"
    status 3 voxcert show TVS --node cm9
    says "nodes: cm1, cm2"
    status 4 voxcert show no-such-file.pem
    says "no such file"
    status 2 voxcert show tomcat-trust
    says "voxcert list tomcat-trust"
}

@test "a request that waits is shown as one" {
    voxcert csr TVS --node cm1 --key ec -o tvs.csr -q
    status 0 voxcert show TVS --node cm1
    says "waits for its certificate"
    [ "$(voxcert show TVS --node cm1 -q)" = "$(cat tvs.csr)" ]
    status 3 voxcert export TVS --node cm1
    says "no certificate yet"
    # Once there is a certificate, the service means that one.
    voxcert new TVS --node cm1 --key ec -q
    status 0 voxcert show TVS --node cm1
    says "TVS of node cm1, active"
    status 0 voxcert export TVS --node cm1
    [ "$(voxcert csr TVS --node cm1 --again)" = "$(cat tvs.csr)" ]
}
