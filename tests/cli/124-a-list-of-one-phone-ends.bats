#!/usr/bin/env bats
# A list that was published for one phone comes to an end: the file is removed, and nobody asks for it any more.
load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish itl --to tftp -q
    voxlist publish itl --to tftp --device SEP001122334455 -q
}

@test "the file is removed, the status says how to forget it, and then is content" {
    status 0 voxtrust status
    rm tftp/ITLSEP001122334455.tlv
    status 1 voxtrust status
    says "ITLSEP001122334455.tlv cannot be read" "voxlist forget $T/tftp/ITLSEP001122334455.tlv"
    status 1 voxlist forget tftp/ITLSEP001122334455.tlv </dev/null
    status 0 voxlist forget tftp/ITLSEP001122334455.tlv --yes
    says "$T/tftp/ITLSEP001122334455.tlv: 1 list, served from there no longer"
    status 0 voxtrust status
    silent_about ITLSEP001122334455
    [ "$(voxlist history --json | jq '[.[] | select(.current)] | length')" = 1 ]
    voxtrust log | grep -q "voxlist forget $T/tftp/ITLSEP001122334455.tlv"
}

@test "a list that is still there, one that never was, and a folder" {
    status 3 voxlist forget tftp/ITLSEP001122334455.tlv --yes
    says "$T/tftp/ITLSEP001122334455.tlv: it is there, and phones fetch it: remove the file first"
    status 3 voxlist forget tftp/ITLSEP000000000001.tlv --yes
    says "no list is served from there"
    status 0 voxtrust status
    (cd tftp && rm ITLSEP001122334455.tlv && status 0 voxlist forget ITLSEP001122334455.tlv --yes)
    status 0 voxtrust status
    [ "$(voxlist forget tftp --yes --json | jq -c .)" = "{\"forgotten\":\"$T/tftp\",\"lists\":1}" ]
}
