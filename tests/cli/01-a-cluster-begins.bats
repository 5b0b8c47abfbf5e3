# A store is made once, closed to others, and says what to do next.
load ../harness/cli

teardown() {
    cd / && rm -rf "$T" ${home:+"$home"}
}

@test "init makes a store and a folder for keys, both closed to others whatever the umask" {
    umask 000
    status 0 voxtrust init --cluster lab
    says "cluster lab" "$T/state/voxtrust.db" "$T/state/keys" "voxtrust node add"
    [ "$(stat -c %a state)" = 700 ]
    [ "$(stat -c %a state/keys)" = 700 ]
    [ "$(stat -c %a state/voxtrust.db)" = 600 ]
}

@test "a store that is there is not touched" {
    voxtrust init --cluster first -q
    voxtrust node add cm1 -q
    before=$(sha256sum state/voxtrust.db)
    status 3 voxtrust init --cluster second
    says "there is a store already"
    [ "$(sha256sum state/voxtrust.db)" = "$before" ]
    [ "$(voxtrust status --json | jq -r .cluster)" = first ]
}

@test "a file that is no store is not touched either" {
    mkdir -m 700 state
    echo precious >state/voxtrust.db
    status 3 voxtrust init
    [ "$(cat state/voxtrust.db)" = precious ]
    status 4 voxtrust status
}

@test "the first entry of the audit log is the store's own" {
    voxtrust init --cluster lab -q
    [ "$(voxtrust log --json | jq -r '.entries | length, .[0].what, .[0].result' | paste -sd'|')" = "1|voxtrust init lab|done" ]
}

@test "names that no certificate could carry are refused" {
    status 2 voxtrust init --cluster ''
    status 2 voxtrust init --cluster "$(printf '%065d' 0)"
    status 2 voxtrust init --cluster $'two\nlines'
    says "1 to 64 characters"
    [ ! -e state ]
}

@test "without a store every verb says how to begin" {
    for verb in 'node list' 'node add cm1' 'node remove cm1' status log 'log --verify' 'backup b.db'; do
        # shellcheck disable=SC2086
        status 4 voxtrust $verb
        says "run 'voxtrust init' first"
    done
    [ -z "$(ls -A)" ]
}

@test "a user who is not root has a store of his own" {
    another_user
    unset VOXTRUST_STORE
    mkdir home
    chown nobody home
    as_owner() { as_nobody env -u XDG_STATE_HOME HOME="$T/home" "$@"; }
    status 0 as_owner voxtrust init --cluster mine
    [ -f home/.local/state/voxtrust/voxtrust.db ]
    status 0 as_owner env XDG_STATE_HOME="$T/home/xdg" voxtrust init --cluster other
    [ -f home/xdg/voxtrust/voxtrust.db ]
    [ "$(as_owner env XDG_STATE_HOME="$T/home/xdg" voxtrust status --json | jq -r .cluster)" = other ]
}

@test "a folder that cannot be entered is said so" {
    another_user
    voxtrust init -q
    status 4 as_nobody voxtrust status
    says "Permission denied"
    status 4 as_nobody voxtrust init --store "$T/mine/v.db"
    says "Permission denied"
}

@test "a folder that others can write to is refused" {
    mkdir shared
    chmod 777 shared
    status 4 voxtrust init --store "$T/shared/v.db"
    says "others can write to folder" "chmod go-w"
}
