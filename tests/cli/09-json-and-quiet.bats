# What scripts rely on: one JSON document, silence when asked for, the same exit status either way.
load ../harness/cli

@test "every verb that shows something prints one JSON document and nothing else" {
    one() {
        run --separate-stderr voxtrust "$@" --json
        [ "$status" -le 1 ] || { printf '%s: %s\n' "$*" "$stderr" >&2; return 1; }
        [ "$(jq -s 'length, (.[0] | type)' <<<"$output" | paste -sd' ')" = '1 "object"' ] || { echo "$*: $output" >&2; return 1; }
    }
    one init --cluster lab
    one node add cm1 --dns cm1.example.test
    one node list
    one status
    one log
    one log --verify
    one backup b.db
    one restore b.db --yes
    one node remove cm1
}

@test "names with all that a text can hold come back from JSON" {
    voxtrust init --cluster 'Übung "eins" \ 1' -q
    [ "$(voxtrust status --json | jq -r .cluster)" = 'Übung "eins" \ 1' ]
    [ "$(voxtrust log --json | jq -r '.entries[0].what')" = 'voxtrust init Übung "eins" \ 1' ]
}

@test "a file whose name is no UTF-8 text" {
    mkdir -m 700 $'d\xff'
    export VOXTRUST_STORE=sqlite:$T/$'d\xff'/v.db
    [ "$(voxtrust init --json | jq -r .keys)" = "$T/"'d\xff/keys' ]
    [ "$(voxtrust backup $'b\xff.db' --json | jq -r .backup)" = 'b\xff.db' ]
    [ "$(voxtrust restore $'b\xff.db' --yes --json | jq -r .kept)" = "$T/"'d\xff/v.db.before-restore' ]
    [ -f $'b\xff.db' ]
}

@test "quiet says nothing when all went well, and errors all the same" {
    for c in 'init' 'node add cm1' 'node add cm2' 'node remove cm2' 'backup b.db' 'restore b.db --yes' 'log --verify'; do
        # shellcheck disable=SC2086
        status 0 voxtrust $c -q
        [ -z "$output" ] || { echo "$c: $output" >&2; return 1; }
    done
    status 3 voxtrust init -q
    says "there is a store already"
}

@test "errors go to standard error, JSON or not" {
    run --separate-stderr voxtrust status --json
    [ "$status" -eq 4 ]
    [ -z "$output" ]
    [[ $stderr == voxtrust:* ]]
}

@test "times are RFC 3339 in UTC whatever the time zone" {
    TZ=Pacific/Auckland voxtrust init -q
    [[ $(voxtrust log --json | jq -r '.entries[0].time') =~ ^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}Z$ ]]
    drift=$(($(date +%s) - $(date -d "$(voxtrust log --json | jq -r '.entries[0].time')" +%s)))
    [ "$drift" -ge 0 ] && [ "$drift" -lt 3600 ]
}
