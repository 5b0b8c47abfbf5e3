#!/usr/bin/env bats
# Phones move from one cluster to another: over a bridge, with nobody locked out; without it they are refused, as was foretold.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

# a_cluster_of NAME NODE [non-secure]: a cluster, with lists and a signed configuration in NAME.tftp. Without mixed mode there is no CTL.
a_cluster_of() {
    a_named_cluster "$1" "$2"
    mkdir "$1.tftp"
    if [ "${3:-}" != non-secure ]; then
        in_cluster "$1" voxlist mode mixed --yes -q
        in_cluster "$1" voxlist publish ctl --to "$1.tftp" -q
    fi
    in_cluster "$1" voxlist publish itl --to "$1.tftp" -q
    in_cluster "$1" voxcert export CallManager -o "$1.pem" -q
    echo "<device><cluster>$1</cluster></device>" >"$1.tftp/SEP000000000000.cnf.xml"
    voxsign sign "$1.tftp/SEP000000000000.cnf.xml" --key "$(ls "$1"/keys/CallManager-"$2"-*)" --cert "$1.pem" -q
}

# tells FROM TO: one's bundle goes to the other.
tells() {
    in_cluster "$1" voxtrust bundle export "$1.bundle" -q
    in_cluster "$2" voxtrust bundle import "$1.bundle" --digest "$(sha256sum "$1.bundle" | cut -d ' ' -f 1)" -q
}

# boot CLUSTER: the phone starts with the TFTP server of that cluster. steps: what became of it.
boot() { voxphone boot --tftp "$1.tftp" --state phones --name SEP000000000000 --json; }
steps() { jq -r '[.steps[] | "\(.step) \(.verdict)"] | join(", ")' <<<"$output"; }

# learnt CLUSTER: its inventory has what the phones hold in their folders.
learnt() {
    {
        echo device,model,ctl,itl
        for phone in phones/SEP*; do
            printf '%s,8841' "$(basename "$phone")"
            for list in CTLFile.tlv ITLFile.tlv; do
                if [ -e "$phone/$list" ]; then printf ',%s' "$(sha256sum <"$phone/$list" | cut -d ' ' -f 1)"; else printf ',none'; fi
            done
            echo
        done
    } >learnt.csv
    in_cluster "$1" voxtrust phones import learnt.csv -q
}
# foretold N: check's JSON into $output, with exit status N.
foretold() {
    run --separate-stderr check --json "${@:2}"
    [ "$status" -eq "$1" ]
}
check() { in_cluster old voxtrust bundle check new.bundle "$@"; }

@test "mixed mode: foretold refused, refused; over the bridge foretold accepted, accepted" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    status 0 boot old
    learnt old
    in_cluster new voxtrust bundle export new.bundle -q
    status 1 check
    says "1 of 1 phones would refuse the lists of cluster new" "voxtrust bundle import new.bundle"
    foretold 1
    jq -e '.phones == {all: 1, accept: 0, first_trust: 0, by_tvs: 0, locked_out: 1, unknown: 0} and .groups[0].verdict == "refused"' <<<"$output"
    cp -r phones before
    status 1 boot new
    [[ "$(steps)" == "CTL refused, ITL refused"* ]]
    cmp phones/SEP000000000000/ITLFile.tlv old.tftp/ITLFile.tlv
    # The bridge.
    tells new old
    tells old new
    in_cluster new voxlist publish ctl --to new.tftp -q
    tells new old
    in_cluster old voxlist publish ctl --to old.tftp -q
    status 0 boot old
    learnt old
    foretold 0
    jq -e '.phones.accept == 1 and .groups[0].rule == "3.1" and ([.steps[] | select(.state == "done").step] == ["import", "import-there", "ctl", "fetched"])' <<<"$output"
    status 0 boot new
    [ "$(steps)" = "CTL accepted, ITL accepted, configuration accepted" ]
    cmp phones/SEP000000000000/ITLFile.tlv new.tftp/ITLFile.tlv
    cmp phones/SEP000000000000/CTLFile.tlv new.tftp/CTLFile.tlv
    # They live there: what is published next they take.
    in_cluster new voxcert new TVS --node cn1 --replace --yes -q
    in_cluster new voxlist publish itl --to new.tftp -q
    status 0 boot new
    [ "$(steps)" = "CTL held, ITL accepted, configuration accepted" ]
    # And back: the CTL over there names the signers here.
    status 0 boot old
    [ "$(steps)" = "CTL accepted, ITL accepted, configuration accepted" ]
    # A phone that was away, and never saw the bridge.
    rm -r phones && mv before phones
    status 1 boot new
}

@test "without a CTL it is the ITL that names the others' signers" {
    a_cluster_of old cm1 non-secure
    a_cluster_of new cn1 non-secure
    status 0 boot old
    learnt old
    tells new old
    in_cluster old voxlist publish itl --to old.tftp -q
    status 0 boot old
    learnt old
    foretold 0 # a TVS from here could carry them over
    jq -e '.phones.by_tvs == 1 and (.steps | any(.step == "itl" and .state == "to do" and (.command | contains("voxlist bridge on"))))' <<<"$output"
    cp -r phones before
    status 1 boot new # but none runs
    [[ "$(steps)" == "CTL absent, ITL refused"* ]]
    status 0 in_cluster old voxlist bridge on
    says "the 2 certificates of Phone-SAST-trust"
    status 1 in_cluster old voxtrust status
    says "ITLFile.tlv" # is not what the cluster is
    in_cluster old voxlist publish itl --to old.tftp -q
    status 0 boot old
    learnt old
    foretold 0
    jq -e '.phones.accept == 1 and .groups[0].rule == "3.2"' <<<"$output"
    status 0 boot new
    [ "$(steps)" = "CTL absent, ITL accepted, configuration accepted" ]
    cmp phones/SEP000000000000/ITLFile.tlv new.tftp/ITLFile.tlv
    status 0 boot new
    # When all are through.
    in_cluster old voxlist bridge off -q
    status 0 in_cluster old voxlist bridge
    [ "$output" = off ]
    in_cluster old voxlist publish itl --to old.tftp -q
    status 0 in_cluster old voxlist show old.tftp/ITLFile.tlv --json
    [ "$(jq '[.records[] | select(.role == "sast")] | length' <<<"$output")" = 2 ]
    in_cluster old voxtrust log --json | jq -e '[.entries[].what] | index("voxlist bridge on") and index("voxlist bridge off")'
}

@test "from mixed mode to a cluster without a CTL: the old one stays on the phone, and that is said" {
    a_cluster_of old cm1
    a_cluster_of new cn1 non-secure
    tells new old
    in_cluster old voxlist publish ctl --to old.tftp -q
    status 0 boot old
    learnt old
    status 0 check
    says "it keeps its CTL"
    status 0 boot new
    [ "$(steps)" = "CTL absent, ITL accepted, configuration accepted" ]
    cmp phones/SEP000000000000/CTLFile.tlv old.tftp/CTLFile.tlv
}

@test "groups: who may go, who must not, of whom nothing is known" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    tells new old
    in_cluster old voxlist publish ctl --to old.tftp -q # version 3; the first were 1 and 2
    cat >phones.csv <<'CSV'
device,model,ctl,itl
SEP000000000001,8841,3,2
SEP000000000002,8841,3,2
SEP000000000003,7940,1,none
SEP000000000004,8841,1,2
SEP000000000005,8841,none,none
SEP000000000006,7942,,
CSV
    in_cluster old voxtrust phones import phones.csv -q
    foretold 1
    jq -e '.phones == {all: 6, accept: 2, first_trust: 1, by_tvs: 1, locked_out: 1, unknown: 1}' <<<"$output"
    [ "$(jq -r '.groups[] | select(.verdict == "refused") | "\(.model) \(.ctl) \(.rule)"' <<<"$output")" = "7940 1 3.6" ]
    status 1 check
    says "what they hold is not known" "1 of 6 phones would refuse" "voxtrust bundle check --phones=refused new.bundle"
    status 1 check --phones=refused
    says "SEP000000000003 7940"
    silent_about SEP000000000001 "To move them"
    foretold 1 --phones
    jq -e '[.groups[] | select(.verdict == "accepted").names[]] == ["SEP000000000001", "SEP000000000002"]' <<<"$output"
    status 2 check --phones=lost
}

@test "what is refused at the first start is vouched for by what was taken, and taken at the second" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    # Over there the ITL is signed by the call manager's key, the CTL by ITLRecovery's. Here the call manager's certificate alone is known.
    in_cluster new voxcert export ITLRecovery -o recovery.pem -q
    cat new.pem "$(ls new/keys/CallManager-cn1-*)" >signer.pem
    chmod 600 signer.pem
    voxlist build itl -o signed.tlv --sast signer.pem --sast recovery.pem --ccm-tftp new.pem -q 2>/dev/null
    in_cluster new voxlist publish itl --to new.tftp --list signed.tlv -q 2>/dev/null
    in_cluster new voxtrust bundle export new.bundle -q
    in_cluster old voxcert upload Phone-SAST-trust new.pem -q
    in_cluster old voxlist publish ctl --to old.tftp -q
    status 0 boot old
    learnt old
    foretold 0
    jq -e '.phones.accept == 1' <<<"$output"
    status 1 boot new
    [[ "$(steps)" == "CTL refused, ITL accepted"* ]]
    status 0 boot new
    [[ "$(steps)" == "CTL accepted, ITL held"* ]]
}

@test "nothing to go by" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    in_cluster new voxtrust bundle export new.bundle -q
    status 0 check
    says "What phones hold is not known"
    jq '.lists = []' new.bundle >no-lists.bundle
    status 3 in_cluster old voxtrust bundle check no-lists.bundle
    says "has published none"
    status 3 in_cluster old voxtrust bundle check old.pem
    status 2 in_cluster old voxtrust bundle check
    status 2 in_cluster old voxlist bridge sometimes
}

# boot_by_tvs CLUSTER PHONE: it starts there, and asks the responder.
boot_by_tvs() { voxphone boot --tftp "$1.tftp" --state phones --name "$2" --json --tvs "$AT"; }

@test "phones that never saw the bridge: refused before the import, taken by the word of the old TVS after it, lost without that TVS" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    in_cluster new voxtrust bundle export new.bundle -q
    rm -f {old,new}.tftp/SEP*
    export VOXTRUST_STORE="sqlite:$T/old/voxtrust.db"
    start_tvsd
    for i in 0 1 2; do voxphone boot --tftp old.tftp --state phones --name "SEP00000000000$i" -q --tvs "$AT"; done
    status 1 boot_by_tvs new SEP000000000000
    [[ "$(steps)" == "CTL refused, ITL refused"* ]]
    voxtrust bundle import new.bundle --digest "$(sha256sum new.bundle | cut -d ' ' -f 1)" -q
    in_cluster new voxcert export ITLRecovery -o signer.pem -q
    until_true voxtvs verify "$AT" signer.pem --insecure -q
    status 0 boot_by_tvs new SEP000000000001
    [ "$(steps)" = "CTL tvs, ITL accepted, configuration absent" ]
    cmp phones/SEP000000000001/ITLFile.tlv new.tftp/ITLFile.tlv
    status 0 boot_by_tvs new SEP000000000001
    [ "$(steps)" = "CTL held, ITL held, configuration absent" ]
    # One that starts over there when the old cluster has been switched off.
    stop_tvsd
    status 1 boot_by_tvs new SEP000000000002
    [[ "$(steps)" == "CTL refused, ITL refused"* ]]
    cmp phones/SEP000000000002/ITLFile.tlv old.tftp/ITLFile.tlv
}

@test "a phone's certificate from over here is a proof over there, once both know each other; then it has one from there" {
    a_cluster_of old cm1
    a_cluster_of new cn1
    tells new old
    in_cluster old voxlist publish ctl --to old.tftp -q
    export VOXTRUST_STORE="sqlite:$T/old/voxtrust.db"
    start_capfd
    voxcapf set SEP000000000000 --install --auth null -q 2>/dev/null
    status 0 voxphone boot --tftp old.tftp --state phones --name SEP000000000000 --null --capf "$AT"
    stop_tvsd # whichever daemon it is
    first=$(sha256sum phones/SEP000000000000/lsc.pem)
    export VOXTRUST_STORE="sqlite:$T/new/voxtrust.db"
    start_capfd
    voxcapf set SEP000000000000 --install --auth lsc -q
    voxphone boot --tftp new.tftp --state phones --name SEP000000000000 --capf "$AT" -q || true
    [ "$first" = "$(sha256sum phones/SEP000000000000/lsc.pem)" ] # nobody over there knows who issued it
    tells old new
    voxcapf set SEP000000000000 --install --auth lsc -q
    try_there() {
        voxphone boot --tftp new.tftp --state phones --name SEP000000000000 --capf "$AT" -q || true
        [ "$first" != "$(sha256sum phones/SEP000000000000/lsc.pem)" ]
    }
    until_true try_there
    in_cluster new voxcert export CAPF -o capf.pem -q
    openssl verify -partial_chain -CAfile capf.pem <(openssl x509 -in phones/SEP000000000000/lsc.pem)
}

# comes_true: what check says of the phone in phones/ is what happens, with the old cluster's TVS and without it.
comes_true() {
    local verdict with without closed
    learnt old
    run --separate-stderr check --json
    verdict=$(jq -r '.groups[0].verdict' <<<"$output")
    rm -rf kept && cp -r phones kept
    # A second start may mend the first.
    if boot_at "$AT" || boot_at "$AT"; then with=taken; else with=refused; fi
    rm -rf phones && cp -r kept phones
    closed=127.0.0.1:$(peer port)
    if boot_at "$closed" || boot_at "$closed"; then without=taken; else without=refused; fi
    rm -rf phones && mv kept phones
    echo "$1: $verdict: $with with the TVS, $without without"
    case $verdict in
    accepted) [ "$with $without" = "taken taken" ] ;;
    tvs) [ "$with $without" = "taken refused" ] ;;
    refused) [ "$with $without" = "refused refused" ] ;;
    *) false ;;
    esac
    seen+="$verdict "
}
boot_at() { voxphone boot --tftp new.tftp --state phones --name SEP000000000000 --tvs "$1" -q >/dev/null; }

@test "whatever is done, and with CTLs or without: what is foretold comes true" {
    seen=
    for modes in "mixed mixed" "mixed non-secure" "non-secure mixed" "non-secure non-secure"; do
        rm -rf old new old.tftp new.tftp phones
        a_cluster_of old cm1 ${modes% *}
        a_cluster_of new cn1 ${modes#* }
        in_cluster new voxtrust bundle export new.bundle -q
        in_cluster new voxcert export ITLRecovery -o signer.pem -q
        VOXTRUST_STORE="sqlite:$T/old/voxtrust.db" start_tvsd
        boot old >/dev/null
        comes_true "$modes, nothing done"
        tells new old
        until_true voxtvs verify "$AT" signer.pem --insecure -q
        comes_true "$modes, imported"
        in_cluster old voxlist publish ctl --to old.tftp -q 2>/dev/null
        boot old >/dev/null
        comes_true "$modes, CTL published"
        in_cluster old voxlist bridge on -q
        in_cluster old voxlist publish itl --to old.tftp -q
        boot old >/dev/null
        comes_true "$modes, ITL of the bridge"
        stop_tvsd
    done
    for verdict in accepted tvs refused; do [[ $seen == *"$verdict "* ]]; done
}
