#!/usr/bin/env bats
# Certificates of phones for other programs; phones that are gone.

load ../harness/cli
load ../harness/phones

story_setup() {
    voxtrust init --cluster lab -q
    given SEP1 100
    given SEP2 200
    cp SEP2.der SEP2-delivered.der
    given SEP2 300 undelivered
    given SEP3 300 undelivered
    voxcapf set SEP4 --install -q >/dev/null
}

@test "one certificate" {
    voxcapf export SEP1 | openssl x509 -outform DER | cmp - SEP1.der
    status 0 voxcapf export SEP1 -o one.der --format der
    says "one.der: 1 certificate"
    cmp one.der SEP1.der
    [ "$(stat -c %a one.der)" = 644 ]
    # The one that the phone has, not the one that it never confirmed.
    voxcapf export SEP2 --format der -o two.der -q
    cmp two.der SEP2-delivered.der
    status 0 voxcapf export SEP3 -o three.pem
    says "SEP3: warning: it has not confirmed"
    status 3 voxcapf export SEP4
    says "SEP4 was never given a certificate"
    status 3 voxcapf export ../x
}

@test "many, into a folder" {
    mkdir out
    status 0 voxcapf export SEP1 SEP2 --to out
    [ "$(ls out)" = $'SEP1.pem\nSEP2.pem' ]
    status 0 voxcapf export --all --to out --format der
    says "out: 3 certificates"
    cmp out/SEP1.der SEP1.der
    cmp out/SEP2.der SEP2-delivered.der
    cmp out/SEP3.der SEP3.der
    [ "$(voxcapf export --all --to out --json | jq -r '[.certificates[] | select(.delivered) | .device] | join(",")')" = SEP1,SEP2 ]
    status 2 voxcapf export --all
    says "--to DIR"
    status 2 voxcapf export SEP1 SEP2
    status 2 voxcapf export
    status 2 voxcapf export SEP1 --all --to out
    status 2 voxcapf export SEP1 --json
    status 4 voxcapf export SEP1 --to nowhere
    says "nowhere"
}

@test "a phone is removed, its certificates stay" {
    status 1 voxcapf remove SEP1 </dev/null
    says "nothing was removed"
    status 0 voxcapf remove SEP1 SEP4 --yes
    says "SEP1: removed; the certificates that it was given stay in the ledger"
    status 3 voxcapf show SEP1
    voxcapf export SEP1 --format der | cmp - SEP1.der
    status 0 voxcapf log SEP1
    says "voxcapf remove SEP1 SEP4" issued
    # All or none.
    status 3 voxcapf remove SEP2 SEP9 --yes
    says "there is no phone 'SEP9'"
    voxcapf show SEP2 -q >/dev/null
    [ "$(voxcapf remove SEP2 -y --json | jq -c .)" = '{"removed":["SEP2"]}' ]
    voxtrust log --verify -q
}
