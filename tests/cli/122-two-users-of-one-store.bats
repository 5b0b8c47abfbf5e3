#!/usr/bin/env bats
# A store belongs to one user, whom the daemons run as. Root who works on it leaves no key that they cannot read, and is told what to type.
load ../harness/cli

story_setup() {
    [ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
    home=$(mktemp -d /tmp/story-home.XXXXXX)
    chown nobody "$home"
    cd "$home" || return 1
    export VOXTRUST_STORE=sqlite:$home/state/voxtrust.db
    as_nobody voxtrust init -q
    as_nobody voxtrust node add cm1 --services ccm,tftp,tvs -q
    for s in ITLRecovery CallManager TVS; do as_nobody voxcert new $s -q; done
}

teardown() { cd / && rm -rf "$T" "$home"; }

as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$home" "$@"; }

@test "root makes no key in a folder of somebody else" {
    before=$(ls state/keys)
    for c in 'voxcert new tomcat' 'voxcert new TVS --replace --yes' 'voxcert csr tomcat' 'voxrotate stage TVS' 'voxcapf set SEP001122334455 --install'; do
        # shellcheck disable=SC2086
        status 4 $c
        says "its folder belongs to nobody" "run this as nobody (sudo -u 'nobody' ...)"
        [ "$(ls state/keys)" = "$before" ]
    done
    status 0 as_nobody voxcert new tomcat
    status 0 as_nobody voxcapf set SEP001122334455 --install
}

@test "root signs with no key of somebody else, and is told who may" {
    mkdir tftp
    status 4 voxlist publish ctl --to tftp
    says "belongs to another user (nobody)" "run this as nobody"
    [ -z "$(ls tftp)" ]
    chown nobody tftp
    status 0 as_nobody voxlist publish ctl --to tftp
}

@test "a key that the store's user cannot read is found" {
    chown root state/keys/TVS*
    for who in as_nobody env; do
        status 1 $who voxcert check
        says "its private key cannot be read by nobody, whose folder it is in: chown nobody $home/state/keys/TVS"
        run $who voxtrust status
        says "TVS of cm1: its private key cannot be read by nobody"
    done
    chown nobody state/keys/TVS*
    status 0 voxcert check
}
