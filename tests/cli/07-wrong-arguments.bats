# Misuse is told on standard error with exit status 2, and where help is.
load ../harness/cli

# misuse COMMAND...: exit status 2, nothing on standard output, a hint.
misuse() {
    run --separate-stderr "$@"
    [ "$status" -eq 2 ] || { echo "exit status $status of: $*" >&2; return 1; }
    [ -z "$output" ]
    case $stderr in *Try*--help*) ;; *) printf 'no hint: %s\n' "$stderr" >&2; return 1 ;; esac
}

programs() { find "$VOX_BIN" -name 'vox*' -type f -executable -printf '%f\n' | sort; }

@test "a program alone, or with a verb that it does not have" {
    for p in $(programs); do
        "$p" --help | grep -q '^Verbs:' || continue # daemons
        run --separate-stderr "$p"
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [[ $stderr == "Usage: $p"* ]]
        misuse "$p" no-such-verb
        misuse "$p" --no-such-option
        misuse "$p" ''
    done
}

@test "every verb tells its options, and refuses others" {
    for p in $(programs); do
        while read -r first second _; do
            verb=$first
            [[ $second =~ ^[a-z][a-z-]*$ ]] && "$p" "$first" "$second" --help >/dev/null 2>&1 && verb="$first $second"
            # shellcheck disable=SC2086
            run --separate-stderr "$p" $verb --help
            [ "$status" -eq 0 ] || { echo "$p $verb --help: $status" >&2; return 1; }
            [[ $output == "Usage: $p "* ]]
            [ -z "$stderr" ]
            # shellcheck disable=SC2086
            misuse "$p" $verb --no-such-option
        done < <("$p" --help | sed -n '/^Verbs:/,/^$/{/^  /p}')
    done
}

@test "the nearest verb is named" {
    status 2 voxtrust stauts
    says "no such verb: 'stauts'" "Did you mean 'voxtrust status'?"
    status 2 voxtrust node lst
    says "Did you mean 'voxtrust node list'?"
    status 2 voxtrust certificates
    silent_about "Did you mean"
}

@test "the first word of two says which there are" {
    status 2 voxtrust node
    says "voxtrust node add NAME" "voxtrust node list" "voxtrust node remove NAME"
    status 0 voxtrust node --help
    says "voxtrust node add NAME"
}

@test "too few and too many arguments" {
    voxtrust init -q
    for c in 'init x' 'node add' 'node add a b' 'node remove' 'node remove a b' 'node list x' 'status x' 'log x' 'log --last' \
        'backup' 'backup a b' 'restore' 'restore a b'; do
        # shellcheck disable=SC2086
        misuse voxtrust $c
    done
}

@test "versions say what they are made of" {
    for p in $(programs); do
        status 0 "$p" --version
        says "$p (voxtrust) " "OpenSSL 3"
    done
    status 0 voxtrust status --version
    says SQLite
}

@test "a name cannot colour the terminal or forge a line" {
    status 2 voxtrust $'\033[31mred'
    says '\x1b[31mred'
    voxtrust init -q
    status 4 voxtrust restore $'a\nvoxtrust: all is well'
    says 'a\x0avoxtrust: all is well'
}

@test "a store of a kind that is not known" {
    status 2 voxtrust status --store mysql:x
    says "stores of the kind 'mysql' are not known"
    status 2 voxtrust init --store mysql://user:opensesame@host/db
    silent_about opensesame
    status 2 voxtrust status --store sqlite:
}
