#!/usr/bin/env bats
# Misuse is explained, with exit status 2, before anything is touched.

load ../harness/cli

@test "no verb, a wrong verb, a verb's help" {
    status 2 voxcert
    says "Usage: voxcert VERB" "upload" "Phone-SAST-trust"
    status 2 voxcert uplod
    says "Did you mean 'voxcert upload'?"
    for verb in new csr install upload fetch list show export delete check; do
        status 0 voxcert $verb --help
        says "Usage: voxcert $verb" "--store=URL" "--json"
        status 2 voxcert $verb --no-such-option
    done
    status 0 voxcert --version
    says "voxtrust"
}

@test "no store: what to do" {
    for command in "new TVS" "csr TVS" "list" "check" "show TVS" "export TVS" "delete TVS --yes"; do
        # shellcheck disable=SC2086
        status 4 voxcert $command
        says "voxtrust init"
    done
    status 4 voxcert upload CAPF-trust "$VOX_VECTORS/bundle/root.pem"
    says "voxtrust init"
    [ ! -e state ]
}

@test "what is missing is asked for" {
    status 2 voxcert new
    says "which SERVICE?"
    status 2 voxcert csr
    says "which SERVICE?"
    status 2 voxcert install TVS
    says "which FILE?"
    status 2 voxcert upload
    says "which STORE?"
    status 2 voxcert upload CAPF-trust
    says "which FILE?"
    status 2 voxcert show
    says "which ID or FILE?"
    status 2 voxcert export
    says "which ID, STORE or SERVICE?"
    status 2 voxcert delete
    says "which ID?"
}

@test "what is too much, or no number" {
    voxtrust init -q
    status 2 voxcert new TVS CAPF
    status 2 voxcert new TVS --days 0
    says "1 to 36500"
    status 2 voxcert new TVS --days 10y
    status 2 voxcert new TVS --days 99999999999999999999
    status 2 voxcert csr TVS --days 5
    status 2 voxcert list TVS CAPF
    status 2 voxcert list --expiring soon
    status 2 voxcert check --days -1
    status 2 voxcert check TVS
    status 2 voxcert install TVS a b
    status 2 voxcert show a b
}

@test "places that there are not" {
    voxtrust init -q
    status 2 voxcert new ccm
    says "no such service: 'ccm' (CallManager, CallManager-ECDSA, CAPF, TVS, ITLRecovery, tomcat)"
    status 2 voxcert new CAPF-trust
    says "is a trust store"
    status 2 voxcert upload trust "$VOX_VECTORS/bundle/root.pem"
    says "no such trust store: 'trust' (CallManager-trust"
    status 2 voxcert upload CAPF "$VOX_VECTORS/bundle/root.pem"
    says "is a service"
    status 2 voxcert list nowhere
    says "neither a service nor a trust store"
    status 2 voxcert delete xyz --yes
    says "neither a service nor the beginning of a SHA-256 fingerprint"
    status 2 voxcert delete abc --yes
    status 2 voxcert delete abcd --from nowhere
}

@test "names and alternative names that cannot be" {
    voxtrust init -q
    voxtrust node add cm1 --services ccm -q
    status 2 voxcert new tomcat --key ec --subject 'XX=1'
    says "--subject: "
    status 2 voxcert new tomcat --key ec --subject ''
    status 2 voxcert new tomcat --key ec --san 'a b'
    status 2 voxcert new tomcat --key ec --san '*.example.test'
    status 2 voxcert new tomcat --key ec --san IP:300.1.1.1
    [ -z "$(ls state/keys)" ]
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
}

@test "quiet is quiet, and what was asked for is still there" {
    voxtrust init -q
    voxtrust node add cm1 --services ccm -q
    [ -z "$(voxcert new TVS --key ec -q)" ]
    [ -z "$(voxcert upload CAPF-trust "$VOX_VECTORS/bundle/root.pem" -q)" ]
    [ -z "$(voxcert check -q)" ]
    [ -n "$(voxcert list -q)" ]
    [ -n "$(voxcert export TVS -q)" ]
    [ -z "$(voxcert delete ae37de10 -y -q)" ]
}
