#!/usr/bin/env bats
# Roles by what a server runs and by the cluster's mode; whose ITL can be made; addresses that the format cannot hold.

load ../harness/cli

# cluster_of NODE=SERVICES...: these nodes, and all certificates.
cluster_of() {
    voxtrust init --cluster lab -q
    for word in "$@"; do
        voxtrust node add "${word%%=*}" --dns "${word%%=*}.example.test" --services "${word#*=}" -q
        voxcert new CallManager --node "${word%%=*}" -q
        voxcert new TVS --node "${word%%=*}" -q
    done
    voxcert new ITLRecovery -q
    voxcert new CAPF -q
    mkdir tftp
}

# roles: "NAME ROLE" of each record that is no SAST's.
roles() { voxlist show tftp/CTLFile.tlv --format json | jq -r '.records[] | select(.role != "sast") | "\(.dns) \(.role)"'; }

@test "a node's role is what it runs, in either mode" {
    cluster_of both=ccm,tftp files=tftp calls=ccm
    voxlist mode mixed --yes -q
    voxlist publish ctl --to tftp -q
    [ "$(roles | sort)" = "$(printf '%s\n' 'both.example.test capf' 'both.example.test ccm-tftp' 'calls.example.test ccm' 'files.example.test tftp')" ]
    voxlist mode non-secure --yes -q
    voxlist publish ctl --to tftp -q
    [ "$(roles | sort)" = "$(printf '%s\n' 'both.example.test capf' 'both.example.test ccm-tftp' 'calls.example.test ccm' 'files.example.test tftp')" ]
    [ "$(voxlist show tftp/CTLFile.tlv --format json | jq '[.records[] | select(.role | test("ccm|tftp")) | .certificate] | all(. == null)')" = true ]
}

@test "an ITL is made for a node that phones fetch files from" {
    cluster_of both=ccm,tftp calls=ccm
    status 3 voxlist publish itl --to tftp --node calls
    says "node calls does not run tftp, so phones fetch no ITL from it"
    status 3 voxlist publish itl --to tftp --node nobody
    says "there is no node nobody"
    [ -z "$(ls tftp)" ]
    status 0 voxlist publish itl --to tftp --node both
}

@test "another cluster's call managers stand in the CTL in mixed mode alone" {
    cluster_of cm1=ccm,tftp
    local name
    for name in ccm ccm-tftp tftp; do
        openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj "/CN=theirs-$name" -days 300 -out "$name.pem" 2>/dev/null
        voxcert upload CallManager-trust "$name.pem" --role "$name" -q
    done
    voxlist mode mixed --yes -q
    voxlist publish ctl --to tftp -q
    for name in ccm ccm-tftp tftp; do roles | grep -qx "theirs-$name $name"; done
    voxlist mode non-secure --yes -q
    voxlist publish ctl --to tftp -q
    output=$(voxlist show tftp/CTLFile.tlv)
    silent_about theirs-
}

@test "of a node with an IPv6 address the CTL says that its address is not known" {
    voxtrust init --cluster lab -q
    voxtrust node add cm6 --dns cm6.example.test --ip 2001:db8::6 --services ccm,tftp -q
    voxcert new CallManager -q
    mkdir tftp
    voxlist publish ctl --to tftp -q 2>/dev/null
    [ "$(voxlist show tftp/CTLFile.tlv --format json | jq -r '[.records[].ip] | unique | join(" ")')" = 0.0.0.0 ]
}
