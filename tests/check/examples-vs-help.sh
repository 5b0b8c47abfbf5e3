#!/bin/sh
# Commands that the README, the howtos and the EXAMPLES of manual pages print are there: each verb, and each long option of it.
: "${VOX_BIN:?}"
cd "${VOX_SOURCE:?}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Lines of code blocks and words in backquotes; a command ends at ; | && > and #. First lines of files (", version 1") are none.
for file in README.md docs/howto/*.md docs/formats/*.md docs/daemons.md docs/man/*.scd; do
    awk -v file="$file" '
        /^```/ { code = !code; next }
        code { line = $0; while (sub(/\\$/, "", line) && (getline more) > 0) line = line more; print file "\t" line; next }
        { while (match($0, /`[^`]+`/)) { print file "\t" substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }' "$file"
done | sed -E 's/ #.*//; s/\t[[:space:]]*/\t/' | awk -F '\t' '{ n = split($2, part, /[;|>]|&&/); for (i = 1; i <= n; i++) print $1 "\t" part[i] }' |
    grep -v ', version [0-9]*$' | sed -E 's/\t[[:space:]]*(sudo (-u [a-z]+ )?)?/\t/' | grep -E '	vox[a-z]+ [^ ]' | sort -u >"$work/commands"

[ "$(wc -l <"$work/commands")" -gt 100 ] || { echo "hardly a command was found: is this check still right?" >&2; exit 1; }
bad=0
while IFS='	' read -r file command; do
    set -f
    # shellcheck disable=SC2086
    set -- $command
    set +f
    name=$1
    shift
    [ -x "$VOX_BIN/$name" ] || continue # prose about something else
    "$VOX_BIN/$name" --help >"$work/program"
    verb=
    if grep -q '^Verbs:' "$work/program"; then
        case $1 in -* | '') continue ;; esac
        verb=$1
        case $1 in *[!a-z-]*) continue ;; esac
        case $2 in '' | -* | *[!a-z-]*) ;; *) if grep -qE "^  $1 $2( |\$)" "$work/program"; then verb="$1 $2"; fi ;; esac
        grep -qE "^  $verb( |\$)" "$work/program" || { echo "$file: no such verb: $command" >&2; bad=1; continue; }
    fi
    # shellcheck disable=SC2086
    "$VOX_BIN/$name" $verb --help >"$work/help"
    for word; do
        case $word in --[a-z]*) option=${word%%[=\]]*} ;; *) continue ;; esac
        grep -qE -- "^ +(-[^-], )? *$option([^a-z0-9-]|\$)" "$work/help" || { echo "$file: no such option $option: $command" >&2; bad=1; }
    done
done <"$work/commands"
exit $bad
