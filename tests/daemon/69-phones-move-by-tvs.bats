#!/usr/bin/env bats
# Phones that never saw a list of the bridge: the TVS of the old cluster carries them over, if it knows the new one's signers, and if it is there.

load ../harness/cli
load ../harness/daemon

# a_named_cluster NAME NODE: the store of a cluster, with lists in NAME.tftp. in_cluster NAME COMMAND...: there.
a_named_cluster() {
    local VOXTRUST_STORE="sqlite:$T/$1/voxtrust.db"
    export VOXTRUST_STORE
    voxtrust init --cluster "$1" -q
    voxtrust node add "$2" --dns "$2.$1.example.test" --services ccm,tftp,capf,tvs -q
    for service in ITLRecovery CallManager TVS CAPF; do voxcert new $service -q; done
    mkdir "$1.tftp"
    voxlist publish ctl --to "$1.tftp" -q
    voxlist publish itl --to "$1.tftp" -q
}
in_cluster() {
    local VOXTRUST_STORE="sqlite:$T/$1/voxtrust.db"
    export VOXTRUST_STORE
    "${@:2}"
}

story_setup() {
    a_named_cluster old cm1
    a_named_cluster new cn1
    in_cluster new voxtrust bundle export new.bundle -q
    export VOXTRUST_STORE="sqlite:$T/old/voxtrust.db"
}

boot() { voxphone boot --tftp "$1.tftp" --state phones --name "$2" --json --tvs "$AT"; }
steps() { jq -r '[.steps[] | "\(.step) \(.verdict)"] | join(", ")' <<<"$output"; }

@test "phones: refused before the import, taken by the word of the old TVS after it, lost without that TVS" {
    start_tvsd
    for i in 0 1 2; do voxphone boot --tftp old.tftp --state phones --name "SEP00000000000$i" -q --tvs "$AT"; done
    status 1 boot new SEP000000000000
    [[ "$(steps)" == "CTL refused, ITL refused"* ]]
    voxtrust bundle import new.bundle --digest "$(sha256sum new.bundle | cut -d ' ' -f 1)" -q
    in_cluster new voxcert export ITLRecovery -o signer.pem -q
    until_true voxtvs verify "$AT" signer.pem --insecure -q
    status 0 boot new SEP000000000001
    [ "$(steps)" = "CTL tvs, ITL accepted, configuration absent" ]
    cmp phones/SEP000000000001/ITLFile.tlv new.tftp/ITLFile.tlv
    status 0 boot new SEP000000000001
    [ "$(steps)" = "CTL held, ITL held, configuration absent" ]
    # One that starts over there when the old cluster has been switched off.
    stop_tvsd
    status 1 boot new SEP000000000002
    [[ "$(steps)" == "CTL refused, ITL refused"* ]]
    cmp phones/SEP000000000002/ITLFile.tlv old.tftp/ITLFile.tlv
}
