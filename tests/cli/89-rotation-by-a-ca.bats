#!/usr/bin/env bats
# A company's CA gives a service its next certificate, and phones follow.

load ../harness/cli

story_setup() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Lab Root' -days 3650 \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# answer CSR OUT [OPTION...]: the CA signs, its own certificate goes with it.
answer() {
    local csr=$1 out=$2
    shift 2
    openssl x509 -req -in "$csr" -CA root.pem -CAkey root.key -CAcreateserial -days 900 -copy_extensions copy -out leaf.pem "$@" 2>/dev/null
    cat root.pem leaf.pem >"$out"
}
follows() { voxphone boot --tftp tftp --state phones --name SEP000000000001 --json | jq -e '.good and all(.steps[]; .verdict != "tvs")' >/dev/null; }
states() { voxcert list "$1" --all --json | jq -r '[.certificates[].state] | sort | join(" ")'; }
active() { voxcert list "$1" --json | jq -r '.certificates[] | select(.state == "active") | .sha256'; }

@test "request, answer, and the steps as with any other" {
    follows
    voxcert csr CallManager -o next.csr -q
    answer next.csr answer.pem
    [ "$(states CallManager)" = "active pending" ]
    status 0 voxrotate stage CallManager --answer answer.pem
    new=$(openssl x509 -in leaf.pem -noout -fingerprint -sha256 | cut -d = -f 2 | tr -d : | tr A-F a-f)
    says "new certificate $new" "Staged"
    [ "$(states CallManager)" = "active pending" ]
    [ "$(voxcert list CallManager-trust --json | jq -r '.certificates[].subject')" = "CN=Lab Root" ]
    follows
    status 0 voxrotate activate CallManager --no-proof
    [ "$(active CallManager)" = "$new" ]
    follows
    status 0 voxrotate retire CallManager --now
    [ "$(states CallManager)" = "active retired" ]
    follows
    status 0 voxtrust log --verify
}

@test "rolled back, the request is answered no more" {
    cp tftp/ITLFile.tlv itl.before
    voxcert csr TVS -o next.csr -q
    answer next.csr answer.pem
    voxrotate stage TVS --answer answer.pem -q
    status 3 voxcert install TVS answer.pem
    status 3 voxcert csr TVS --again
    says "no request for TVS of node cm1 waits"
    status 0 voxrotate rollback TVS
    cmp tftp/ITLFile.tlv itl.before
    [ "$(states TVS)" = "active retired" ]
    status 3 voxrotate stage TVS --answer answer.pem
    says "answer.pem" "no request for TVS of node cm1 waits"
}

@test "answers that are none: nothing is begun, and the request goes on waiting" {
    status 3 voxrotate stage TVS --answer root.pem
    says "no request for TVS of node cm1 waits" "voxcert csr TVS"
    voxcert csr TVS -o next.csr -q
    status 3 voxrotate stage TVS --answer root.pem
    says "no certificate in it is for the key of the request"
    answer next.csr answer.pem -days -1
    status 3 voxrotate stage TVS --answer answer.pem
    says "expired"
    cat state/keys/TVS-* >>answer.pem
    status 3 voxrotate stage TVS --answer answer.pem
    says "a private key stands in it"
    head -c 3000 /dev/urandom >noise
    status 3 voxrotate stage TVS --answer noise
    status 4 voxrotate stage TVS --answer missing
    status 2 voxrotate stage TVS --answer answer.pem --key rsa:4096
    says "those of the CA's answer"
    [ "$(states TVS)" = "active pending" ]
    status 0 voxrotate status
    says "No rotation is open"
    [ "$(voxcert list TVS-trust --json | jq '.certificates | length')" -eq 0 ]
    answer next.csr answer.pem
    status 0 voxrotate stage TVS --answer answer.pem
}
