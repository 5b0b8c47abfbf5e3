# One screen says what needs attention; the exit status says whether something does.
load ../harness/cli

# published: a cluster with both lists where phones fetch them.
published() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
}

# attention TEXT...: status says no, and each TEXT is among what needs attention.
attention() {
    status 1 voxtrust status --quiet
    says "$@"
}

@test "each step of a new cluster is the next thing that needs attention" {
    voxtrust init -q
    attention "there is no node yet: voxtrust node add"
    voxtrust node add cm1 --services ccm,tftp,capf,tvs -q
    attention "voxcert new CallManager --node cm1" "voxcert new TVS --node cm1" "voxcert new CAPF" "voxcert new ITLRecovery" "voxlist publish itl"
}

@test "all well: exit status 0, and nothing said to who asked quietly" {
    published
    status 0 voxtrust status
    says "Cluster lab" mixed cm1 CallManager ITLRecovery CTLFile.tlv ITLFile.tlv "up to date" "Nothing needs attention."
    status 0 voxtrust status --quiet
    [ -z "$output" ]
}

@test "a certificate that changed after the lists were published" {
    published
    voxcert new CAPF --replace --yes -q
    attention "CTLFile.tlv: the cluster changed after it was published" CAPF "publish it again: voxlist publish ctl --to $T/tftp" \
        "ITLFile.tlv: the cluster changed"
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    status 0 voxtrust status
}

@test "a server that joined after the lists were published" {
    published
    voxtrust node add cm2 --dns cm2.example.test --services ccm -q
    voxcert new CallManager --node cm2 -q
    attention "CTLFile.tlv: the cluster changed after it was published (+ " cm2
}

@test "each server's ITL is compared with that server" {
    published
    voxtrust node add cm2 --dns cm2.example.test --services tftp -q
    voxcert new CallManager --node cm2 -q
    mkdir tftp2
    voxlist publish ctl --to tftp -q
    voxlist publish itl --node cm1 --to tftp -q
    voxlist publish itl --node cm2 --to tftp2 -q
    status 0 voxtrust status
    voxcert new CallManager --node cm2 --replace --yes -q
    attention "ITLFile.tlv: the cluster changed" "voxlist publish itl --to $T/tftp2 --node NODE"
    silent_about "voxlist publish itl --to $T/tftp --node"
}

@test "a published file that is gone, or that somebody else wrote" {
    published
    rm tftp/ITLFile.tlv
    attention "$T/tftp/ITLFile.tlv cannot be read"
    cp tftp/CTLFile.tlv tftp/ITLFile.tlv
    attention "$T/tftp/ITLFile.tlv is not version 2 of the history: somebody else wrote it"
}

@test "a private key that is missing, or that others can read" {
    published
    key=$(ls state/keys/*CAPF*)
    chmod 644 "$key"
    attention "CAPF: others can read its private key: chmod 600 $T/$key"
    rm "$key"
    attention "CAPF: its private key is missing: put $T/$key back"
}

@test "mixed mode without a CTL" {
    a_cluster
    mkdir tftp
    voxlist publish itl --to tftp -q
    status 0 voxtrust status
    voxlist mode mixed --yes -q
    attention "the cluster is in mixed mode, but no CTL is published"
}

@test "JSON says the same" {
    published
    voxtrust status --json >ok.json
    [ "$(jq -c '[.cluster, .mode, (.nodes | length), (.certificates | length), [.lists[].matches], .attention]' ok.json)" = \
        '["lab","mixed",1,4,[true,true],[]]' ]
    [ "$(jq '[.certificates[] | select(.place == "CAPF") | .days_left > 1800, .node == null] | all' ok.json)" = true ]
    rm tftp/CTLFile.tlv
    status 1 voxtrust status --json
    [ "$(jq -c '[[.lists[] | select(.name == "CTLFile.tlv") | .matches], (.attention | length)]' <<<"$output")" = '[[false],1]' ]
}

@test "uploaded certificates take one line per trust store" {
    published
    for i in 1 2 3; do
        openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out "peer$i.pem" -subj "/CN=peer$i" -days $((100 * i)) 2>/dev/null
    done
    voxcert upload CallManager-trust peer1.pem peer2.pem peer3.pem -q
    run voxtrust status
    [[ $output =~ "CallManager-trust: 3 certificates, the first ends in "(99|100)" days" ]]
    silent_about CN=peer
}
