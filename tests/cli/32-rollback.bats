#!/usr/bin/env bats
# Back to an earlier version, byte for byte, with the same question asked.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    cp tftp/CTLFile.tlv first.tlv
    voxlist mode mixed -y -q
    voxlist publish ctl --to tftp -q
}

@test "an earlier version comes back as a new one" {
    run ! cmp first.tlv tftp/CTLFile.tlv
    status 0 voxlist rollback 1
    says "published as version 3"
    cmp first.tlv tftp/CTLFile.tlv
    status 0 voxlist history --json
    says '"note": "rollback of 1"' '"version": 3'
    status 0 voxtrust log
    says "voxlist rollback $T/tftp/CTLFile.tlv"
}

@test "to another folder" {
    mkdir other
    status 0 voxlist rollback 1 --to other
    cmp first.tlv other/CTLFile.tlv
}

@test "a version that phones would refuse by now" {
    voxlist build ctl -o foreign.tlv -q --sast "$LAB/sast.pem" --ccm-tftp "$LAB/ccm.pem" 2>/dev/null
    mkdir other && cp foreign.tlv other/CTLFile.tlv
    status 1 voxlist rollback 1 --to other
    says "would refuse it" "Nothing was changed"
    cmp foreign.tlv other/CTLFile.tlv
    status 0 voxlist rollback 1 --to other --force
    cmp first.tlv other/CTLFile.tlv
}

@test "what is no version" {
    status 3 voxlist rollback 99
    says "version 99: there is no such version" "voxlist history"
    status 2 voxlist rollback
    status 2 voxlist rollback latest
    says "'latest' is no version"
    status 2 voxlist rollback 0
    status 2 voxlist rollback 1 2
}

@test "a current version that somebody overwrote is shown as such" {
    echo scratch >tftp/CTLFile.tlv
    status 0 voxlist history
    says "not in place"
    status 0 voxlist rollback 2
    status 0 voxlist history
    silent_about "not in place"
}
