#!/usr/bin/env bats
# From the store to the folder that phones fetch from, without stranding any.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
}

@test "a CTL and an ITL are published, verify, and stay in the history" {
    status 0 voxlist publish ctl --to tftp
    says "CTLFile.tlv: published as version 1" "take it on faith"
    status 0 voxlist publish itl --to tftp
    says "ITLFile.tlv: published as version 2" "phones that hold version 1 take it by themselves"
    status 0 voxlist verify tftp/CTLFile.tlv
    status 0 voxlist verify tftp/ITLFile.tlv --against tftp/CTLFile.tlv
    [ "$(stat -c %a tftp/CTLFile.tlv)" = 644 ]
    status 0 voxlist history
    says "$T/tftp/CTLFile.tlv" "$T/tftp/ITLFile.tlv" current
    status 0 voxlist history itl
    silent_about CTLFile
    status 0 voxtrust log
    says "voxlist publish $T/tftp/CTLFile.tlv" "done: version 1, phones: first-trust"
    [ "$(ls -A tftp)" = $'CTLFile.tlv\nITLFile.tlv' ] # nothing is left over
}

@test "a mixed CTL and ITL hold what they should" {
    voxlist mode mixed -y -q
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    run voxlist show tftp/CTLFile.tlv
    [[ $output == *"Record 1: SAST"*ITLRECOVERY*"Record 2: SAST"*"Record 3: CCM+TFTP"*cm1.example.test*192.0.2.10*"Record 4: CAPF"* ]]
    run voxlist show tftp/ITLFile.tlv
    [[ $output == *"Record 1: SAST"*"Record 2: SAST"*"Record 3: CCM+TFTP"*"Record 4: CAPF"*"Record 5: TVS"* ]]
    silent_about 192.0.2.10 # an ITL has no addresses
}

@test "in non-secure mode call managers' records are emptied, and the ITL names a TFTP server" {
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    status 0 voxlist show tftp/CTLFile.tlv
    says "Record 3: CCM+TFTP" "certificate   none"
    status 0 voxlist show tftp/ITLFile.tlv
    says "Record 3: TFTP"
}

@test "what would strand phones is refused, explained, and changes nothing" {
    voxlist publish ctl --to tftp -q
    voxlist build ctl -o foreign.tlv -q --sast "$LAB/sast.pem" --ccm-tftp "$LAB/ccm.pem" 2>/dev/null
    mkdir other && cp foreign.tlv other/CTLFile.tlv # phones there hold another system's list
    cp -r state before
    status 1 voxlist publish ctl --to other
    says "phones that hold the CTLFile.tlv that stands there would refuse it" "acceptance.md" "Nothing was changed"
    cmp foreign.tlv other/CTLFile.tlv
    run voxlist history
    silent_about "$T/other"
    status 1 voxlist publish ctl --to other --json
    says '"published": false' '"verdict": "refused"'
    status 0 voxlist publish ctl --to other --force
    says "published by --force, but phones that hold the CTLFile.tlv that stands there will refuse it"
    status 0 voxtrust log
    says "phones: refused (forced)"
}

@test "an ITLRecovery certificate that comes late is introduced under the signature that phones know" {
    export VOXTRUST_STORE="sqlite:$T/late/voxtrust.db"
    voxtrust init -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tftp -q
    voxcert new CallManager --node cm1 -q
    status 0 voxlist publish ctl --to tftp
    says "there is no ITLRecovery certificate"
    voxcert new ITLRecovery -q
    status 0 voxlist publish ctl --to tftp
    says "which phones know" "take it by themselves"
    status 0 voxlist publish ctl --to tftp
    silent_about "which phones know"
    status 0 voxlist show tftp/CTLFile.tlv
    [[ $output == *"signer "*ITLRECOVERY* ]]
}

@test "per-device files: their own names, judged by what that device holds" {
    voxlist publish itl --to tftp -q
    status 0 voxlist publish itl --to tftp --device SEP0123456789AB --device SEPAABBCCDDEEFF
    says "ITLSEP0123456789AB.tlv: published" "ITLSEPAABBCCDDEEFF.tlv: published" "phones that hold version 1 take it"
    status 0 voxlist show tftp/ITLSEP0123456789AB.tlv
    says "ITLFile.tlv"
    status 0 voxlist publish itl --to tftp --device SEP0123456789AB
    says "phones that hold version 2 take it"
    status 2 voxlist publish itl --to tftp --device ../../etc/x
}

@test "the same list again is no new version" {
    voxlist publish ctl --to tftp -q --timestamp @1795468806
    status 0 voxlist publish ctl --to tftp --timestamp @1795468806
    says "stands there already as version 1: nothing to do"
    run voxlist history
    silent_about "      2 "
}

@test "several TFTP nodes: each has its own ITL" {
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tftp -q
    voxcert new CallManager --node cm2 -q
    status 3 voxlist publish itl --to tftp
    says "2 nodes run tftp" "--node"
    status 0 voxlist publish itl --to tftp --node cm2
    status 0 voxlist show tftp/ITLFile.tlv
    says cm2.example.test
    status 3 voxlist publish itl --to tftp --node cm3
    says "there is no node cm3"
    voxlist mode mixed -y -q
    status 0 voxlist publish ctl --to tftp
    status 0 voxlist show tftp/CTLFile.tlv
    [[ $output == *"Record 3: CCM+TFTP"*cm1.example.test*"Record 4: CCM+TFTP"*cm2.example.test* ]]
}

@test "what is missing is said with the command that mends it" {
    export VOXTRUST_STORE="sqlite:$T/bare/voxtrust.db"
    status 4 voxlist publish ctl --to tftp
    says "voxtrust init"
    voxtrust init -q
    status 3 voxlist publish ctl --to tftp
    says "voxtrust node add"
    voxtrust node add cm1 --services ccm,tftp -q
    status 3 voxlist publish ctl --to tftp
    says "voxcert new CallManager --node cm1"
    [ -z "$(ls -A tftp)" ]
}

@test "a folder that is not there, or cannot be written, changes nothing" {
    status 4 voxlist publish ctl --to nowhere
    says nowhere
    : >plain
    status 4 voxlist publish ctl --to plain
    status 0 voxlist history
    says "Nothing has been published yet"
    status 2 voxlist publish ctl
    says "--to DIR"
}
