# For stories at a terminal: `load ../harness/terminal` after cli. `script` makes one.

until_seen() {
    local i
    for ((i = 0; i < 400; i++)); do
        grep -qF -- "$1" screen 2>/dev/null && return 0
        kill -0 "$SCRIPT" 2>/dev/null || break
        sleep 0.05
    done
    grep -qF -- "$1" screen
}

# Background jobs of a shell ignore Ctrl-C: not this one.
# at_terminal PROMPT ANSWER... -- COMMAND...: COMMAND at a terminal; each ANSWER is typed when its PROMPT stands there. $status as with run.
at_terminal() {
    local answers=()
    while [ "$1" != -- ]; do answers+=("$1"); shift; done
    shift
    rm -f keys screen
    mkfifo keys
    printf -v command '%q ' "$@"
    env --default-signal=INT,QUIT script -qec "$command" /dev/null <keys >screen 3>&- 8<&- &
    SCRIPT=$!
    exec 8>keys
    set -- "${answers[@]}"
    while [ $# -gt 0 ]; do
        until_seen "$1" || { exec 8>&-; break; } # it asks something else, and hears that nobody is there
        echo "$2" >&8
        shift 2
    done
    status=0
    wait "$SCRIPT" || status=$?
    exec 8>&-
    output=$(cat screen)
}
