#!/usr/bin/env bats
# What does not belong into a trust store is refused with the reason and the fingerprint, and nothing is changed.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    voxtrust init -q
    voxcert upload tomcat-trust "$(B root.pem)" -q
    voxcert list --json >before
}

# refused TEXT... -- FILE...: exit 3, every TEXT said, nothing changed.
refused() {
    local texts=()
    while [ "$1" != -- ]; do
        texts+=("$1")
        shift
    done
    shift
    status 3 voxcert upload tomcat-trust "$@"
    says "${texts[@]}"
    [ "$(voxcert list --json | jq 'del(.certificates[].days_left)')" = "$(jq 'del(.certificates[].days_left)' before)" ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 2 ]
}

# cert NAME DAYS KEYOPTION...: a self-signed certificate in NAME.pem.
cert() {
    local name=$1 days=$2
    shift 2
    openssl req -new -nodes -keyout "$name.key" -subj "/CN=$name" "$@" -out "$name.csr" 2>/dev/null
    openssl x509 -req -in "$name.csr" -signkey "$name.key" -days "$days" -out "$name.pem" 2>/dev/null
}

fingerprint() {
    openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1
}

@test "not a certificate: it says what it is instead" {
    refused "leaf.csr: no certificate in it" "signing request" -- "$(B leaf.csr)"
    refused "leaf.key: no certificate in it" "private key" -- "$(B leaf.key)"
    refused "trust list" "voxlist show" -- "$LAB/CTLFile-sha1.tlv"
    echo "dear sirs" >letter
    refused "letter: no certificate in it" "text" -- letter
    : >nothing
    refused "nothing: " "empty" -- nothing
    head -c 300 "$(B leaf.der)" >cut.der
    refused "cut.der: " -- cut.der
}

@test "a damaged one among good ones" {
    sed '20,24s/[a-z]/A/g' "$(B chain.pem)" >damaged.pem
    refused "damaged.pem: " -- damaged.pem
}

@test "a private key inside, in PEM and in PKCS#12" {
    refused "a private key stands in it, beside CN=" "SHA-256 ae37de10" -- "$(B chain-with-text-and-key.pem)"
    echo secret >password
    refused "a private key stands in it" -- "$(B chain-aes.p12)" --password-file password
    silent_about "$(sed -n 3p "$(B leaf.key)")"
}

@test "expired: refused, --force keeps it" {
    cert old -1 -newkey ec -pkeyopt ec_paramgen_curve:P-256
    refused "old.pem: CN=old (SHA-256 $(fingerprint old.pem)): expired, it ended on 20" "--force" -- old.pem
    status 0 voxcert upload tomcat-trust old.pem --force
    says "1 certificate taken"
    status 1 voxcert check
    says "expired"
}

@test "RSA under 1024 bits" {
    cert short 9 -newkey rsa:1016
    refused "short.pem: CN=short (SHA-256 $(fingerprint short.pem)): weak key: " "1016" -- short.pem
    status 3 voxcert upload tomcat-trust short.pem --force
    cert enough 9 -newkey rsa:1024
    status 0 voxcert upload tomcat-trust enough.pem
}

@test "known weak keys: explicit parameters, off the curve, small exponent, other algorithms" {
    refused "CN=weak (SHA-256 d667b5dc6b9d2673656dea583b0ad270382d746d54fc52b1819b0253523ddc36): weak key: " "certificates.md 5.6" -- "$VOX_VECTORS/weak/ec-explicit.pem"
    refused "no point of its curve" -- "$VOX_VECTORS/weak/ec-off-curve.pem"
    cert three 9 -newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:3
    refused "CN=three (SHA-256 $(fingerprint three.pem)): weak key: " "certificates.md 5.2" -- three.pem
    openssl genpkey -algorithm ed25519 -out ed.key 2>/dev/null
    openssl req -x509 -key ed.key -subj /CN=ed -days 9 -out ed.pem
    refused "CN=ed (SHA-256 $(fingerprint ed.pem)): weak key: " -- ed.pem
}

@test "a duplicate: it says where it is" {
    refused "CN=Example Root CA,O=Example Voice,C=NZ (SHA-256 ae37de10" "a duplicate: it stands in tomcat-trust already, since 20" -- "$(B root.pem)"
    # In another store it is none.
    status 0 voxcert upload CAPF-trust "$(B root.pem)"
}

@test "all or nothing: the good ones stay outside with the bad one, and each bad one is named" {
    cert old -1 -newkey ec -pkeyopt ec_paramgen_curve:P-256
    echo letter >letter
    refused "old.pem: CN=old" "letter: no certificate" "nothing was changed" -- "$(B leaf.pem)" old.pem "$(B issuing.pem)" letter
    silent_about "leaf.pem" "issuing.pem"
}

@test "a near-duplicate is told and taken" {
    cert twin 9 -newkey ec -pkeyopt ec_paramgen_curve:P-256
    cp twin.pem first.pem
    voxcert upload tomcat-trust first.pem -q
    openssl x509 -req -in twin.csr -signkey twin.key -days 9 -out again.pem 2>/dev/null
    status 0 voxcert upload tomcat-trust again.pem
    says "again.pem: warning: CN=twin (SHA-256 $(fingerprint again.pem)): has the subject and issuer of $(fingerprint first.pem | head -c 12) in tomcat-trust" "the same key and another serial number"
    cert twin 9 -newkey ec -pkeyopt ec_paramgen_curve:P-256
    status 0 voxcert upload tomcat-trust twin.pem --json
    [[ "$(sed -n '/^{/,$p' <<<"$output" | jq -r '.near_duplicates[0]')" == *"another key"* ]]
}

@test "missing files are the environment's fault" {
    status 4 voxcert upload tomcat-trust missing.pem
    says "missing.pem: no such file"
    status 4 voxcert upload tomcat-trust "$(B leaf.pem)" /
    [ "$(voxcert list --json | jq '.certificates | length')" = 1 ]
}

@test "a manufacturer's root with the exponent 3 goes into CAPF-trust, and nowhere else" {
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out three.key 2>/dev/null
    openssl req -x509 -key three.key -subj "/CN=Old root" -days 30 -addext keyUsage=keyCertSign -out three.pem 2>/dev/null
    refused "exponent 3" -- three.pem
    voxcert upload CAPF-trust three.pem
    voxcert check --json | jq -e '[.. | .code? // empty] | index("weak-key") == null'
    openssl req -x509 -key three.key -subj "/CN=Phone" -days 30 -addext basicConstraints=critical,CA:FALSE -out leaf.pem 2>/dev/null
    status 3 voxcert upload CAPF-trust leaf.pem
    says "exponent 3"
}
