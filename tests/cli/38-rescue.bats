#!/usr/bin/env bats
# The accident has happened: which key can still sign something that phones take, and a list by it.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    cp tftp/CTLFile.tlv held.ctl
    cp tftp/ITLFile.tlv held.itl
}

# the_accident: everything that phones know is replaced, and published by force.
the_accident() {
    for service in ITLRecovery CallManager TVS; do voxcert new $service --replace --yes -q; done
    voxlist publish ctl --to tftp --force -q 2>/dev/null
    voxlist publish itl --to tftp --force -q 2>/dev/null
}
boot() { voxphone boot --tftp tftp --state phones --name SEP000000000001 "$@"; }

@test "the retired key, that is still there, signs a list that brings the phones back" {
    the_accident
    status 1 boot
    status 0 voxlist rescue itl --held held.ctl,held.itl -o rescue.tlv
    says "ITLRecovery (retired)" "accepted (4.1)" "CallManager of cm1 (active)" "All of them take a list signed by the key of ITLRecovery (retired)" \
        "voxlist publish itl --list rescue.tlv"
    voxlist verify rescue.tlv --against held.itl -q
    cp rescue.tlv tftp/ITLFile.tlv
    status 1 boot --json # the CTL comes first, and its signer is still a stranger
    jq -e '.steps[1].verdict == "accepted"' <<<"$output"
    status 0 boot # now the ITL vouches for it
    # From there on they follow what the cluster signs today.
    voxlist publish itl --to tftp --force -q 2>/dev/null
    voxlist publish ctl --to tftp --force -q 2>/dev/null
    status 0 boot --json
    [ "$(jq -r '[.steps[:2][].verdict] | unique | inside(["accepted", "held"])' <<<"$output")" = true ]
}

@test "the keys are gone from the store: a copy in a file does, another does not" {
    cp state/keys/CallManager-cm1-*.pem copy.key
    voxcert export CallManager -o copy.crt -q
    the_accident
    for id in $(voxcert list --all --json | jq -r '.certificates[] | select(.state == "retired") | .sha256'); do
        voxcert delete "$id" --yes -q
    done
    status 1 voxlist rescue itl --held held.itl -o rescue.tlv
    says "no key that is there can sign a list that such phones take by themselves"
    [ ! -e rescue.tlv ]
    status 0 voxlist rescue itl --held held.itl --have copy.crt,copy.key -o rescue.tlv --json
    jq -e '.all and (.tried | any(.where == "copy.crt" and .verdict == "accepted"))' <<<"$output"
    voxlist verify rescue.tlv --against held.itl -q
    status 3 voxlist rescue itl --held held.itl --have copy.crt -o other.tlv # no key in it
    [ ! -e other.tlv ]
}

@test "groups of phones that no one key helps" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.pem -out other.crt -subj /CN=other -days 30 2>/dev/null
    chmod 600 other.pem
    cat other.crt >>other.pem
    voxlist build itl -o other.itl --sast other.pem --tftp other.crt -q 2>/dev/null
    status 1 voxlist rescue itl --held held.itl --held other.itl --have other.pem
    says "no one key does for all of them" "--held for one group at a time"
    status 0 voxlist rescue itl --held other.itl --have other.pem -o rescue.tlv
    says "by the key of other.pem"
    voxlist verify rescue.tlv --against other.itl -q
}

@test "wrong arguments" {
    status 2 voxlist rescue itl
    says "what do phones hold"
    status 2 voxlist rescue --held held.itl
    status 2 voxlist rescue itl --held held.itl,held.itl
    says "one CTL and one ITL"
    status 4 voxlist rescue itl --held missing.tlv
    echo x >bad.tlv
    status 3 voxlist rescue itl --held bad.tlv
}
