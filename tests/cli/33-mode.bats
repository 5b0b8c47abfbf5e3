#!/usr/bin/env bats
# The cluster's security mode.

load ../harness/cli

story_setup() {
    voxtrust init -q
}

@test "non-secure until it is changed; a change is asked for" {
    status 0 voxlist mode
    [ "$output" = non-secure ]
    status 1 voxlist mode mixed </dev/null
    says "not changed" "--yes"
    status 0 voxlist mode
    [ "$output" = non-secure ]
    status 0 voxlist mode mixed --yes
    says "mixed mode now" "voxlist publish ctl" "voxlist publish itl"
    status 0 voxlist mode
    [ "$output" = mixed ]
    status 0 voxlist mode mixed
    says "already"
    status 0 voxtrust log
    says "voxlist mode mixed"
}

@test "JSON and misuse" {
    status 0 voxlist mode --json
    says '"mode": "non-secure"' '"changed": false'
    status 0 voxlist mode MIXED --json -y
    says '"mode": "mixed"' '"changed": true'
    status 2 voxlist mode secure
    says "mixed or non-secure"
}

# phones CTL ITL: ten phones that hold these.
phones() {
    { echo device,model,ctl,itl; for i in 0 1 2 3 4 5 6 7 8 9; do echo "SEP00000000000$i,8841,$1,$2"; done; } >ten.csv
    voxtrust phones import ten.csv -q
}

@test "what known phones would do is told before" {
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tftp,capf,tvs -q
    status 0 voxlist mode mixed --yes
    says "the lists of mixed mode cannot be made yet"
    voxlist mode non-secure --yes -q 2>/dev/null
    for service in ITLRecovery CAPF "CallManager --node cm1" "TVS --node cm1"; do
        # shellcheck disable=SC2086
        voxcert new $service -q
    done
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    phones 1 2
    printf 'device\nSEP0000000000FF\n' >more.csv
    voxtrust phones import more.csv -q
    status 1 voxlist mode mixed </dev/null
    says "of 11 known phones 10 accept it, 1 hold what is not known" "not changed"
    voxlist mode mixed --yes --json | jq -e '.changed and .known_phones.accept == 10 and .error == null'
    # one anchor that they know is enough, whichever it is
    voxcert new CallManager --node cm1 --replace --yes -q
    status 0 voxlist mode non-secure --yes
    says "of 11 known phones 10 accept it"
    voxlist mode mixed --yes -q
    # another signer, vouched for by the TVS that they know
    phones none 2
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --node cm1 --replace --yes -q
    status 0 voxlist mode non-secure --yes
    says "10 only when a TVS confirms it"
}

@test "phones that would be locked out stop it, unless their number is named" {
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tftp,capf,tvs -q
    for service in ITLRecovery CAPF "CallManager --node cm1" "TVS --node cm1"; do
        # shellcheck disable=SC2086
        voxcert new $service -q
    done
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    phones none 2
    printf 'device,ctl,itl\nSEP000000000004,none,none\n' >one.csv
    voxtrust phones import one.csv -q
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --replace --yes -q
    voxcert new TVS --replace --yes -q --force=9
    before=$(voxtrust log)
    status 1 voxlist mode mixed --yes
    says "of 10 known phones 1 take it on faith, 9 would be locked out" "9 of 10 phones would be locked out" "acceptance.md 3.7" "--force=9" "Nothing was changed"
    status 1 voxlist mode mixed --yes --force=8
    says "not 8"
    status 1 voxlist mode mixed --yes --json
    [ "$(jq -c 'select(.mode) | [.mode, .changed, .known_phones.locked_out]' <<<"${output%\}*}}")" = '["non-secure",false,9]' ]
    [ "$(voxlist mode)" = non-secure ]
    [ "$before" = "$(voxtrust log)" ]
    status 2 voxlist mode mixed --force=x
    status 0 voxlist mode mixed --yes --force=9
    [ "$(voxlist mode)" = mixed ]
    voxtrust log | grep -q 'voxlist mode mixed (9 phones locked out)'
}
