# Completion for bash. Verbs, words and options are what the programs' own --help says, so the two cannot disagree.

# _voxtrust_verbs PROGRAM: a line each, "VERB<tab>ARGUMENTS", verbs of one word or two.
_voxtrust_verbs() {
    "$1" --help 2>/dev/null | sed -nE '/^Verbs:/,/^$/{
        s/^  ([^ ]+( [^ ]+)*)  +.*/\1/
        s/^([a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?)( (.*))?$/\1\t\4/p
    }'
}

_voxtrust() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} typed= verb= known arguments word words=
    local -i i

    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] || typed+="${COMP_WORDS[i]} "
    done
    while IFS=$'\t' read -r known arguments; do
        if [[ $typed == "$known "* ]]; then # the verb stands there: its words, as ctl|itl
            verb=$known
            if [[ $typed == "$known " ]]; then
                for word in ${arguments//[][|]/ }; do
                    [[ $word =~ ^[a-z][a-z-]*$ ]] && words+="$word "
                done
            fi
        elif [[ $known == "$typed"* ]]; then # its first word does, or none yet
            known=${known#"$typed"}
            words+="${known%% *} "
        fi
    done < <(_voxtrust_verbs "$program")
    if [[ $current == -* ]]; then
        # shellcheck disable=SC2086  # a verb of two words
        words=$("$program" $verb --help 2>/dev/null | sed -nE 's/^ {2,6}(-[^-], )?(--[a-z0-9-]+)(\[?=?).*/\2\3/p' | tr -d '[')
        [ -n "$words" ] || words='--help --version'
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u)
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -o default -F _voxtrust voxtrust voxcert voxlist voxsign voxcapf voxcapfd voxtoken voxtvs voxtvsd voxtls voxrotate voxphone voxtrunk
