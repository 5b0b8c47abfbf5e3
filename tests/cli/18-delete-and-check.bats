#!/usr/bin/env bats
# Certificates go, with their keys; and what is wrong with those in use.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tvs -q
}

@test "from a trust store, when the question is answered" {
    voxcert upload tomcat-trust "$(B chain.pem)" -q
    status 1 voxcert delete ae37de10 </dev/null
    says "nothing was deleted"
    [ "$(voxcert list --json | jq '.certificates | length')" = 3 ]
    status 0 voxcert delete AE:37:DE:10 --yes
    says "deleted: CN=Example Root CA,O=Example Voice,C=NZ (SHA-256 ae37de10" "tomcat-trust"
    silent_about "private key"
    [ "$(voxcert list --json | jq '.certificates | length')" = 2 ]
    status 3 voxcert delete ae37de10 --yes
    says "no certificate"
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxcert delete tomcat-trust (ae37de10d201, active)" ]
}

@test "one that stands in several places, from the one that is said" {
    voxcert upload tomcat-trust "$(B root.pem)" -q
    voxcert upload CAPF-trust "$(B root.pem)" -q
    status 3 voxcert delete ae37de10 --yes
    says "stands in several places" "CAPF-trust" "tomcat-trust" "--from"
    status 3 voxcert delete ae37de10 --yes --from TVS-trust
    says "does not stand in TVS-trust"
    status 0 voxcert delete ae37de10 --yes --from capf-trust --json
    [ "$(jq -r .place <<<"$output")" = CAPF-trust ]
    [ "$(voxcert list --json | jq -r '.certificates[].place')" = tomcat-trust ]
}

@test "a service's active certificate stays unless forced; its key goes with it" {
    voxcert new TVS --key ec -q
    status 3 voxcert delete TVS --yes
    says "TVS of node cm1 is in use" "voxcert new TVS --replace" "--force"
    id=$(voxcert list --json | jq -r '.certificates[0].sha256')
    status 3 voxcert delete "${id:0:8}" --yes
    [ "$(ls state/keys | wc -l)" = 1 ]
    key=$T/state/keys/$(ls state/keys)
    status 0 voxcert delete TVS --yes --force
    says "its private key is removed: $key" "published again"
    [ ! -e "$key" ]
    [ "$(voxcert list --all --json | jq '.certificates | length')" = 0 ]
}

@test "a retired one goes without force, and the active one's key stays" {
    voxcert new TVS --key ec -q
    old=$(voxcert show TVS --json | jq -r .sha256)
    voxcert new TVS --key ec --replace -y -q
    active=$(voxcert show TVS --json | jq -r '.bound[0].key_file')
    status 0 voxcert delete "$old" --yes
    [ "$(ls state/keys)" = "$active" ]
    status 0 voxcert check
}

@test "with several nodes, of the node that is said" {
    voxtrust node add cm2 --services ccm,tvs -q
    voxcert new TVS --node cm1 --key ec -q
    voxcert new TVS --node cm2 --key ec -q
    status 3 voxcert delete TVS --yes --force
    says "TVS of node cm1" "TVS of node cm2"
    status 0 voxcert delete TVS --node cm2 --yes --force
    [ "$(voxcert list --json | jq -r '.certificates[].node')" = cm1 ]
    status 0 voxtrust node remove cm2
}

@test "a key that cannot be removed is told, the certificate is gone" {
    voxcert new TVS --key ec -q
    key=$(ls state/keys)
    rm "state/keys/$key" && mkdir "state/keys/$key" # nobody can unlink a folder, not even root
    status 4 voxcert delete TVS --yes --force
    says "$key: " "its private key is not"
}

@test "check finds nothing in a new cluster" {
    for service in ITLRecovery CallManager TVS CAPF; do voxcert new $service -q; done
    voxcert new CallManager-ECDSA -q
    status 0 voxcert check
    says "5 certificates checked, nothing found"
    status 0 voxcert check --json
    [ "$(jq -c . <<<"$output")" = '{"ok":true,"checked":5,"findings":[]}' ]
}

@test "check finds what ends, by the days that are named" {
    voxcert new TVS --key ec --days 40 -q
    status 0 voxcert check
    status 1 voxcert check --days 41
    says "expiring" "TVS" "cm1" "days: replace it before"
    status 1 voxcert check --days 41 -q
    says expiring
    status 1 voxcert check --days 41 --json
    [ "$(jq -r '.findings[] | .code + " " + .place + " " + .node' <<<"$output")" = "expiring TVS cm1" ]
}

@test "check finds chains without a root, and old signatures" {
    voxcert upload tomcat-trust "$(B leaf.pem)" -q
    status 1 voxcert check
    says "chain" "its issuer Example Issuing CA is not among the trusted certificates"
    voxcert upload CAPF-trust "$(B issuing.pem)" "$(B root.pem)" -q
    status 0 voxcert check
    openssl req -x509 -newkey rsa:1024 -nodes -keyout k -subj /CN=sha1root -days 9 -sha1 -out sha1root.pem 2>/dev/null
    voxcert upload tomcat-trust sha1root.pem -q
    status 0 voxcert check --days 0
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k2 -subj /CN=below -out r 2>/dev/null
    openssl x509 -req -in r -CA sha1root.pem -CAkey k -CAcreateserial -sha1 -days 8 -out below.pem 2>/dev/null
    voxcert upload tomcat-trust below.pem -q
    status 1 voxcert check --days 0
    says "weak-signature"
}

@test "check finds what a service's certificate lacks" {
    # No verb puts such a certificate there; an older program or a hand in the database can.
    voxcert upload CAPF-trust "$(B chain.pem)" -q
    status 0 voxcert check
    sqlite3 state/voxtrust.db "UPDATE bindings SET place = 'CAPF' WHERE fingerprint LIKE 'e0581c5c%'"
    status 1 voxcert check
    says "key-type" "is no RSA key" "extension" "is no CA"
    status 0 voxcert show CAPF
    says "findings" "[key-type]" "[extension]"
}
