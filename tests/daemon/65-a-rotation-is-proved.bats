#!/usr/bin/env bats
# The new certificate is the service's when the service shows it: proved by a handshake.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish itl --to tftp -q
}

@test "a responder that goes on with the old one is found out; after a reload it shows the new one" {
    start_tvsd
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000001 --tvs "$AT"
    voxrotate stage TVS -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 --tvs "$AT" -q
    status 0 voxrotate activate TVS --no-proof
    status 4 voxrotate activate TVS --at "127.0.0.1:1"
    says "it is activated, but not shown" "127.0.0.1:1"
    voxrotate activate TVS --at "$AT" -q || kill -HUP "$DAEMON"
    status 0 voxrotate activate TVS --at "$AT" --wait 20
    says "$AT shows the new certificate"
    voxrotate retire TVS --now -q
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000001 --tvs "$AT"
    # Phones that hold the new ITL ask the new TVS about a signer that they do not know.
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --replace --yes -q
    voxlist publish itl --to tftp -q
    the_tvs_knows
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000001 --tvs "$AT" --json
    jq -e '.steps[1].verdict == "tvs"' <<<"$output"
}
