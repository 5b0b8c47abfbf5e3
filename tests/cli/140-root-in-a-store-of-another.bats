#!/usr/bin/env bats
# Daemons run as a user of their own, whose the store is; an administrator works on it as root all the same, and takes nothing away from them.

load ../harness/cli

story_setup() {
    another_user
    mkdir -m 700 state
    chown nobody:nogroup state
    as_nobody voxtrust init -q --cluster lab
}

# All of the store is its owner's.
nothing_of_roots() {
    [ -z "$(find state ! \( -user nobody -group nogroup \) -printf '%p of %u:%g\n' | tee /dev/stderr)" ]
}

certificates() {
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
    voxcert new ITLRecovery -q
    voxcert new CallManager --node cm1 -q
    voxcert new TVS --node cm1 -q
    voxcert new CAPF -q
}

@test "what root makes in it is the owner's: keys, the key of strings, the database" {
    certificates
    voxcapf set SEP001122334455 --install -q
    nothing_of_roots
    [ "$(stat -c %a state/keys/* | sort -u)" = 600 ]
    as_nobody voxcapf set SEP001122334456 --install -q
}

@test "both can use what the other made" {
    certificates
    as_nobody voxcert new TVS --node cm1 --replace -y -q
    mkdir out mine
    chown nobody mine
    voxlist publish itl --to out -q
    as_nobody voxlist publish itl --to mine -q
    voxlist verify out/ITLFile.tlv
    voxlist verify mine/ITLFile.tlv
    as_nobody voxtvsd --check-config
    as_nobody voxcapfd --check-config
    nothing_of_roots
}

@test "a rotation and a restored store, too" {
    certificates
    mkdir out
    voxlist publish itl --to out -q
    voxrotate stage TVS -q
    run voxrotate run TVS --once
    [ -e state/voxrotate.lock ]
    voxtrust backup kept.db -q
    [ "$(stat -c %U kept.db)" = root ] # a file of root's own
    voxtrust restore kept.db -y -q
    nothing_of_roots
    mkdir -m 700 other
    chown nobody:nogroup other
    voxtrust restore kept.db --store other/v.db -y -q
    [ "$(stat -c %U:%G other/v.db)" = nobody:nogroup ]
}

@test "a key of a third one is not used, not even by root" {
    certificates
    chown games state/keys/ITLRecovery-*
    mkdir out
    status 4 voxlist publish itl --to out
    says "belongs to another user (games)" "run this as games"
    [ ! -e out/ITLFile.tlv ]
}

@test "a key that the store's user cannot read is found" {
    certificates
    chown root state/keys/TVS*
    for who in as_nobody env; do
        status 1 $who voxcert check
        says "its private key cannot be read by nobody, whose folder it is in: chown nobody $T/state/keys/TVS"
        run $who voxtrust status
        says "TVS of cm1: its private key cannot be read by nobody"
    done
    chown nobody state/keys/TVS*
    status 0 voxcert check
}
