# For stories in which a person is asked: `load ../harness/terminal` after cli.

needs_a_terminal() { script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"; }

# answers WORD COMMAND...: COMMAND on a terminal, where WORD is typed once the question stands there; $output what was seen.
answers() {
    local word=$1 seen=
    shift
    mkfifo keys screen
    script -qec "$*" /dev/null <keys >screen 3>&- 8<&- &
    exec 6>keys 7<screen
    while IFS= read -r -u 7 -d ']' piece; do
        seen+="$piece]"
        case $piece in *'[y/N') break ;; esac
    done
    printf '%s\n' "$word" >&6
    output=$seen$(cat <&7)
    exec 6>&- 7<&-
    rm keys screen
}
