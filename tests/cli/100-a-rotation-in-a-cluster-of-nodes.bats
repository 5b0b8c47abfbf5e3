#!/usr/bin/env bats
# Rotations where several nodes have their own ITLs in their own folders, and where something is missing.

load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxcert new CAPF -q
    voxcert new ITLRecovery -q
    for i in 1 2; do
        voxtrust node add cm$i --dns cm$i.example.test --services ccm,tftp,capf,tvs -q
        voxcert new CallManager --node cm$i -q
        voxcert new TVS --node cm$i -q
    done
    voxlist mode mixed --yes -q
    for i in 1 2; do
        mkdir tftp$i
        voxlist publish ctl --to tftp$i -q
        voxlist publish itl --node cm$i --to tftp$i -q
    done
}

certs() { voxcert list --all --json | jq -c "[.certificates[] | [.sha256, .state]]"; }
# served: every list and the keys, to be compared.
served() { sha256sum tftp?/*; ls state/keys; certs; }

@test "what is told to be typed names the node" {
    status 0 voxrotate plan TVS --node cm2
    says "voxrotate stage TVS --node cm2" "voxrotate activate TVS --node cm2" "voxrotate rollback TVS --node cm2"
    voxrotate stage TVS --node cm2 -q
    status 1 voxrotate stage CallManager --node cm1
    says "voxrotate rollback TVS --node cm2"
}

@test "while one anchor is replaced, voxcert replaces no other" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Lab Root' -days 99 2>/dev/null
    voxcert csr CallManager --node cm1 -o cm1.csr -q
    openssl x509 -req -in cm1.csr -CA root.pem -CAkey root.key -CAcreateserial -days 90 -copy_extensions copy -out cm1.pem 2>/dev/null
    voxrotate stage TVS --node cm1 -q
    before=$(served)
    for which in ITLRecovery "CallManager --node cm1" "TVS --node cm2"; do
        # shellcheck disable=SC2086  # words on purpose
        status 1 voxcert new $which --replace --yes
        says "TVS of node cm1 is being replaced (staged)" "voxrotate retire TVS --node cm1"
    done
    status 1 voxcert install CallManager cm1.pem --node cm1
    says "TVS of node cm1 is being replaced (staged)"
    [ "$before" = "$(served)" ]
    status 0 voxcert new CAPF --replace --yes # no anchor
    voxtrust node add cm3 --dns cm3.example.test --services ccm,tvs -q
    status 0 voxcert new TVS --node cm3 # nothing is taken away
    voxrotate rollback TVS --node cm1 -q
    status 0 voxcert install CallManager cm1.pem --node cm1
    status 0 voxcert new ITLRecovery --replace --yes
}

@test "a folder or a signer's key that is not there: said, nothing begun, no key left" {
    before=$(served)
    mv tftp2 away
    status 4 voxrotate stage CAPF
    says "tftp2: there is no such folder any more" "voxlist forget"
    mv away tftp2
    mv state/keys/ITLRecovery-* .
    status 4 voxrotate stage CAPF
    says "ITLRecovery-"
    mv ITLRecovery-* state/keys
    [ "$before" = "$(served)" ]
    status 0 voxrotate status
    says "No rotation is open"
    status 0 voxrotate stage CAPF
}

@test "an ITL of which it cannot be told whose it is: named, with what to type" {
    voxcert delete CallManager --node cm2 --force --yes -q
    voxcert new CallManager --node cm2 -q
    status 3 voxrotate stage CAPF
    says "tftp2/ITLFile.tlv: it cannot be told which node's it is" "voxlist publish itl --node NODE --to $T/tftp2"
    status 0 voxlist publish itl --node cm2 --to tftp2
    status 0 voxrotate stage CAPF
}

@test "rolled back: what is to be done depends on how far it was" {
    voxrotate stage CallManager --node cm1 -q
    status 0 voxrotate rollback CallManager --node cm1
    says "Rolled back: the old certificate is the service's"
    silent_about "trunk peers" "instead-of"
    voxrotate stage CallManager --node cm1 -q
    voxrotate activate CallManager --node cm1 --no-proof -q
    status 0 voxrotate rollback CallManager --node cm1
    says "Whatever took the new one up goes back to the old one" "trunk peers"
}
