# Output that did not arrive is not success.
load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 -q
}

# into FILE COMMAND...: standard output into FILE; what is said stands in $output.
into() {
    local where=$1
    shift
    "$@" 2>&1 >"$where"
}

@test "a full disk is an error with a sentence, wherever the program ends" {
    for c in 'node list' 'node list --json' log 'log --json' 'status --json' --help --version 'node list --help' 'log --version'; do
        # shellcheck disable=SC2086
        status 4 into /dev/full voxtrust $c
        [ "$output" = "voxtrust: standard output cannot be written: No space left on device" ]
    done
}

@test "a long document, too" {
    for i in $(seq 2 30); do voxtrust node add "cm$i" -q; done
    status 4 into /dev/full voxtrust log --json
    says "standard output cannot be written"
}

@test "a closed output is an error only for who has something to say" {
    closed() { "$@" >&-; }
    status 4 closed voxtrust node list
    says "standard output cannot be written"
    status 0 closed voxtrust node add cm2 -q
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 2 ]
}

@test "a database never takes the place of a closed stream" {
    for i in 1 2 3; do voxtrust node add "early$i" >&- 2>&- <&- || true; done
    [ "$(sqlite3 state/voxtrust.db 'PRAGMA integrity_check')" = ok ]
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 4 ]
    status 0 voxtrust log --verify
}

@test "a reader that left: exit status 4, without a word" {
    mkfifo pipe
    exec 8<>pipe 9>pipe 8>&- # a pipe whose reader has gone
    left() { "$@" >&9; }
    for c in 'node list' 'log --json' --help 'node list --help'; do
        # shellcheck disable=SC2086
        status 4 left voxtrust $c
        [ -z "$output" ]
    done
}
