#!/usr/bin/env bats
# What bash offers when somebody presses the tabulator.

load ../harness/cli

story_setup() {
    . "$VOX_SOURCE/packaging/completion/voxtrust.bash"
}

# offered WORD...: what is offered for the last word, which may be empty, sorted, in one line.
offered() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _voxtrust "$1" "${!#}"
    printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}

@test "verbs, and the second words of those that have two" {
    [ "$(offered voxrotate '')" = "activate plan retire rollback run stage status" ]
    [ "$(offered voxrotate st)" = "stage status" ]
    [ "$(offered voxlist canary '')" = "promote start status withdraw" ]
    [ "$(offered voxcapf security-profile ch)" = change ]
}

@test "words that a verb takes" {
    [ "$(offered voxlist publish '')" = "ctl itl" ]
    [ "$(offered voxlist mode m)" = mixed ]
    [ "$(offered voxlist canary start c)" = ctl ]
    [ "$(offered voxlist publish itl '')" = "" ] # files from here on
}

@test "options of the verb, of the program when there are no verbs" {
    [ "$(offered voxlist publish itl --to)" = --to= ]
    [ "$(offered voxlist --quiet publish itl --dry)" = "$(offered voxlist publish --dry)" ]
    [ "$(offered voxcapf set --gen)" = --generate= ]
    [ "$(offered voxcapf security-profile add NAME --key-o)" = --key-order= ]
    [ "$(offered voxtvsd --sandbox)" = --sandbox-test ]
    [ "$(offered voxcapfd --list)" = --listen= ]
}

@test "every verb of every program is offered, and every option of it" {
    for program in "$VOX_BIN"/vox*; do
        name=$(basename "$program")
        complete -p "$name" | grep -q _voxtrust
        [ "$(offered "$name" --help)" = --help ]
        while read -r verb; do
            [ -n "$verb" ] || continue
            set -- $verb
            case " $(offered "$name" "${@:1:$#-1}" "${!#}") " in *" ${!#} "*) ;; *) echo "$name $verb" >&2; return 1 ;; esac
            all=" $(offered "$name" "$@" --) "
            for option in $("$name" "$@" --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--.*'); do
                [[ $all == *" $option"[\ =]* ]] || { echo "$name $verb $option" >&2; return 1; }
            done
        done < <(_voxtrust_verbs "$name" | cut -f 1)
    done
}
