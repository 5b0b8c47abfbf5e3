#!/usr/bin/env bats
# One cluster tells another of itself in a file: certificates and lists, never a key. Its digest makes it believed.

load ../harness/cli
load ../harness/terminal

# a_cluster_of NAME NODE: a cluster, with lists in NAME.tftp.
a_cluster_of() {
    a_named_cluster "$@"
    mkdir "$1.tftp"
    in_cluster "$1" voxlist publish ctl --to "$1.tftp" -q
    in_cluster "$1" voxlist publish itl --to "$1.tftp" -q
}

story_setup() {
    a_cluster_of old cm1
    a_cluster_of new cn1
    in_cluster new voxtrust bundle export new.bundle -q
    DIGEST=$(sha256sum new.bundle | cut -d ' ' -f 1)
    export VOXTRUST_STORE="sqlite:$T/old/voxtrust.db"
}

import() { voxtrust bundle import new.bundle "$@"; }
trusted() { voxcert list --json | jq -r '[.certificates[] | select(.place | endswith("-trust"))] | length'; }
nothing_changed() { [ "$(trusted)" = 0 ] && voxtrust log --json | jq -e '[.entries[].what | select(contains("bundle"))] == []'; }

@test "each certificate goes where phones that move need it" {
    status 0 import --dry-run
    says "Cluster new, in non-secure mode" "6 would be taken"
    nothing_changed
    status 0 import --digest "$DIGEST"
    says "6 taken; 0 stood there already"
    voxcert list --json | jq -r '.certificates[] | select(.place | endswith("-trust")) | "\(.place) \(.role) \(.subject | sub(",.*"; ""))"' | sort >got
    [ "$(cut -d ' ' -f 1,2 got)" = "CAPF-trust null
CallManager-trust null
CallManager-trust null
Phone-SAST-trust sast
Phone-SAST-trust sast
TVS-trust tvs" ]
    grep -q "^Phone-SAST-trust sast CN=ITLRECOVERY_cn1" got
    grep -q "^Phone-SAST-trust sast CN=cn1.new" got
    grep -q "^CAPF-trust null CN=CAPF-" got
    grep -q "^CallManager-trust null CN=CAPF-" got # certificates of phones that come from there
    voxtrust log --json | jq -e --arg d "$DIGEST" '.entries[-1].what | contains("cluster new") and contains($d)'
    # The lists there are known here from now on.
    [ "$(sqlite3 old/voxtrust.db 'SELECT count(*) FROM known_lists')" = 2 ]
}

@test "what stands there already is told, and stays" {
    voxcert upload CallManager-trust <(in_cluster new voxcert export CallManager) -q
    status 0 import --digest "$DIGEST"
    says "5 taken; 1 stood there already" "there already"
    status 0 import --digest "$DIGEST" --json
    jq -e '.taken == 0 and ([.certificates[].what] | unique == ["duplicate"])' <<<"$output"
    # A certificate that was renewed over there: both are kept, and that is said.
    in_cluster new voxcert new TVS --node cn1 --replace --yes -q
    in_cluster new voxtrust bundle export new.bundle -q
    status 0 import --digest "$(sha256sum new.bundle | cut -d ' ' -f 1)"
    says "has the subject and issuer of" "1 taken"
}

@test "only with its digest" {
    status 2 import --yes
    says "nobody confirmed the digest" "--digest"
    status 1 import --digest "${DIGEST/?/x}"
    says "not the bundle with that digest"
    status 1 import --digest "${DIGEST:0:15}" # too short to mean anything
    status 1 import --digest ""
    nothing_changed
    upper=$(tr a-f A-F <<<"${DIGEST:0:16}")
    status 0 import --digest "${upper:0:4} ${upper:4:4}:${upper:8}"
}

@test "a person types it, read from the other side's screen" {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    in_cluster new voxtrust bundle export new.bundle >said
    groups=$(tail -n 1 said)
    DIGEST=$(sha256sum new.bundle | cut -d ' ' -f 1)
    [ "$(tr -d ' ' <<<"$groups")" = "$DIGEST" ]
    answer "0000 0000 0000 0000"
    says "Phone-SAST-trust" "told you" "the digest of another file" # what it is about comes first
    nothing_changed
    answer "${groups:2:19}"
    says "6 taken"
}
# answer TEXT: typed at the question of an import on a terminal; $output what was seen.
answer() { at_terminal 'told you' "$1" -- voxtrust bundle import new.bundle; }

# changed FILTER: the bundle, changed by jq, with its right digest; hostile STATUS FILTER SAYS...: is refused.
changed() {
    jq "$1" new.bundle >bad.bundle
    voxtrust bundle import bad.bundle --digest "$(sha256sum bad.bundle | cut -d ' ' -f 1)"
}
hostile() {
    status 3 changed "$1"
    says "${@:2}"
    nothing_changed
}

@test "hostile bundles: refused whole, with the place in the file" {
    hostile '.voxtrust_bundle = 2' "version 2"
    hostile 'del(.voxtrust_bundle)' "no bundle of a cluster"
    hostile '.surprise = 1' "holds more than is known of"
    hostile 'del(.lists)' 'has no "lists"'
    hostile '.cluster = "x" * 1025' "cluster: over 1024 bytes"
    hostile '.cluster = "a\u001b[2Jb"' "characters that no name has"
    hostile '.cluster = "a\u202eb"' "characters that no name has"
    hostile '.mode = "sometimes"' "mode"
    hostile '.created = "yesterday"' "created"
    hostile '.nodes[0].services += ["ccm"]' "nodes[0].services"
    hostile '.nodes[0].services = ["ccm", "ccm"]' "each once"
    hostile '.nodes += .nodes' "there is a node cn1 already"
    hostile '.certificates = []' "there is none"
    hostile '.certificates += .certificates' "stands there twice"
    hostile '.certificates[1].node = "other"' "certificates[1].node" "no such node"
    hostile '.certificates[0].service = "Root"' "no such service"
    hostile '.certificates[0].service |= ascii_downcase' "no such service"
    hostile '.certificates[0].pem |= .[0:200]' "certificates[0].pem"
    hostile '.certificates[0].pem += .certificates[1].pem' "must be one certificate"
    jq -r '.certificates[0].pem' new.bundle | openssl crl2pkcs7 -nocrl -certfile /dev/stdin >one.p7
    hostile ".certificates[0].pem = $(jq -Rs . one.p7)" "must be one certificate in PEM"
    hostile '.lists[0].base64 |= .[0:400]' "lists[0]"
    hostile '.lists[0].base64 |= "Z" + .[1:]' "lists[0]"
    hostile '.lists[0].kind = (if .lists[0].kind == "ctl" then "itl" else "ctl" end)' "lists[0]"
    hostile '.lists[0] |= if .kind == "ctl" then .kind = "itl" | .name = "ITLFile.tlv" else .kind = "ctl" | .name = "CTLFile.tlv" end' "of the other kind"
    hostile '.lists[0].name = "../../etc/passwd"' "lists[0].name"
    hostile '[range(51) as $i | .lists[0]] as $l | .lists = $l' "over 50"
    hostile '.trusted = [{store: "Phone-SAST-trust", sha256: "00"}]' "64 digits"
    hostile '.trusted = [{store: "Phone-SAST-trust", sha256: ("00" * 33)}]' "64 digits"
    hostile '.trusted = [{store: "phone-sast-trust", sha256: ("00" * 32)}]' "no such trust store"
    hostile '.voxtrust_bundle = 0' "version 0"
    sed '0,/{/s//{ "cluster": "another",/' new.bundle >bad.bundle # a key that stands there twice: which one counts?
    status 3 voxtrust bundle show bad.bundle
    says "duplicate"
    # A list whose signature is not its signer's.
    base64 -d <<<"$(jq -r '.lists[0].base64' new.bundle)" >l.tlv
    size=$(stat -c %s l.tlv)
    printf 'X' | dd of=l.tlv bs=1 seek=$((size - 20)) conv=notrunc status=none
    hostile ".lists[0].base64 = \"$(base64 -w 0 l.tlv)\"" "lists[0]"
    head -c 5000000 /dev/zero | tr '\0' '[' >bad.bundle
    status 3 voxtrust bundle show bad.bundle
    head -c 100000 /dev/zero | tr '\0' '[' >bad.bundle
    status 3 voxtrust bundle show bad.bundle
    says "no JSON"
    : >bad.bundle
    status 3 voxtrust bundle show bad.bundle
    status 4 voxtrust bundle show missing.bundle
}

@test "a private key in it, and certificates that are no good" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 30 -subj /CN=k 2>/dev/null
    hostile ".certificates[0].pem = $(cat c.pem k.pem | jq -Rs .)" "a private key stands in it"
    hostile ".certificates[0].pem = $(jq -Rs . <k.pem)" "certificates[0].pem"
    openssl req -x509 -newkey rsa:512 -nodes -keyout w.key -out w.pem -days 30 -subj /CN=w 2>/dev/null || true
    [ ! -s w.pem ] || hostile ".certificates[0].pem = $(jq -Rs . <w.pem)" "weak key"
    hostile ".certificates[0].pem = $(openssl x509 -in c.pem -days -1 -signkey k.pem 2>/dev/null | jq -Rs .)" "expired"
}

@test "no key leaves the cluster" {
    grep -qF "PRIVATE KEY" new/keys/*.pem
    status 1 grep -F "PRIVATE KEY" new.bundle
    for key in new/keys/*.pem; do status 1 grep -F -e "$(sed -n 2p "$key")" new.bundle; done
    status 0 voxtrust bundle show new.bundle
    says "node cn1: cn1.new.example.test (ccm,tftp,capf,tvs)" "list ITLFile.tlv" "ITLRecovery" "${DIGEST:0:4} ${DIGEST:4:4}"
    status 0 voxtrust bundle show new.bundle --json
    jq -e --arg d "$DIGEST" '.digest == $d and .cluster == "new" and (.certificates | length) == 4 and (.lists | length) == 2' <<<"$output"
    # jq and openssl open it as well.
    jq -r '.certificates[0].pem' new.bundle | openssl x509 -noout -subject
}

@test "the cluster's own bundle, and one of a cluster without anything" {
    voxtrust bundle export own.bundle -q
    status 3 voxtrust bundle import own.bundle --digest "$(sha256sum own.bundle | cut -d ' ' -f 1)"
    says "of this very cluster"
    VOXTRUST_STORE=sqlite:$T/none/voxtrust.db voxtrust init -q
    VOXTRUST_STORE=sqlite:$T/none/voxtrust.db status 3 voxtrust bundle export none.bundle
    says "voxcert new"
    [ ! -e none.bundle ]
}

@test "cleaning up: what was imported goes, what a trunk relies on stays" {
    status 3 voxtrust bundle remove new.bundle --yes
    says "no certificate of cluster new is to be removed"
    import --digest "$DIGEST" -q
    voxcert upload CAPF-trust <(openssl x509 -in "$LAB/capf.pem") -q
    status 0 voxtrust bundle remove new.bundle --dry-run
    says "these 6 would go"
    status 1 voxtrust bundle remove new.bundle </dev/null
    says "--yes answers"
    [ "$(trusted)" = 7 ]
    status 0 voxtrust bundle remove new.bundle --yes --json
    jq -e '(.removed | length) == 6 and .kept == 0' <<<"$output"
    [ "$(trusted)" = 1 ]
    voxtrust log --verify -q
    import --digest "$DIGEST" -q
    voxtrunk profile add far --mode encrypted --subject-name cn1.new.example.test -q
    voxtrunk add far --profile far --destination cn1.new.example.test -q
    in_cluster new voxcert export CallManager -o far.pem -q
    voxtrunk upload far far.pem -q
    status 0 voxtrust bundle remove new.bundle --yes
    says "in CallManager-trust stays: trunk far relies on it" "5 certificates of cluster new are not trusted any more"
}
