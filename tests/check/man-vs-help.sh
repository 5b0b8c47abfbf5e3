#!/bin/sh
# Goal: a manual page says what --help says: every verb and every option of each program stands in its page, the page has no other, and
# mandoc has nothing to complain about.
cd "${VOX_SOURCE:?}/docs/man" || exit 1
: "${VOX_BIN:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
complain() { echo "$*" >&2; bad=1; }

# options: the long options that a --help text on standard input defines.
options() { sed -nE 's/^ +(-[^-], )? *(--[a-z][a-z0-9-]*).*/\2/p' | sort -u; }

# page_options FILE: the long options that a page defines: lines that begin with an option in bold.
page_options() { grep -E '^\*-' "$1" | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u; }

# section FILE VERB: the text below the verb's heading, up to the next heading of its rank.
section() { awk -v verb="## $2" '/^##? / { on = ($0 == verb || index($0, verb " ") == 1) } on' "$1"; }

# verbs PROGRAM: what its --help lists, one per line; second words in lower case belong to the verb ("node add").
verbs() {
    "$1" --help | awk '/^Verbs:/ { on = 1; next } on && !/^  / { exit } on {
        verb = $1; if ($2 ~ /^[a-z][a-z-]*$/ && $0 ~ ("^  " $1 " " $2 "( |$)")) verb = verb " " $2; print verb }'
}

check_page() {
    page=$1 program=$2
    : >"$work/help"
    verbs "$program" >"$work/verbs"
    [ -s "$work/verbs" ] || "$program" --help | options >"$work/help"
    while read -r verb; do
        grep -qE "^## $verb( |\$)" "$page" || { complain "$page: no heading '## $verb'"; continue; }
        # shellcheck disable=SC2086
        "$program" $verb --help 2>&1 | sed '/Common to all verbs:/,$d' | options >"$work/own"
        section "$page" "$verb" >"$work/section"
        page_options "$work/section" >"$work/said"
        for option in $(comm -23 "$work/own" "$work/said"); do complain "$page: '$verb' has $option, its section does not"; done
        for option in $(comm -13 "$work/own" "$work/said"); do complain "$page: '$verb' has no $option"; done
        # shellcheck disable=SC2086
        "$program" $verb --help 2>&1 | options >>"$work/help"
    done <"$work/verbs"
    sort -u "$work/help" -o "$work/help"
    page_options "$page" >"$work/page"
    for option in $(comm -23 "$work/help" "$work/page"); do complain "$page: $option is in --help, not in the page"; done
    for option in $(comm -13 "$work/help" "$work/page"); do complain "$page: $option is in the page, not in --help"; done
    grep -E '^## [a-z]' "$page" | sed 's/^## //' >"$work/headings"
    [ ! -s "$work/verbs" ] || while read -r heading; do
        while read -r verb; do
            case "$heading " in "$verb "*) continue 2 ;; esac
        done <"$work/verbs"
        complain "$page: '$heading' is no verb"
    done <"$work/headings"
    for needed in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -qx "# $needed" "$page" || complain "$page: no section $needed"
    done
}

for program in "$VOX_BIN"/vox*; do
    [ -x "$program" ] || continue
    name=${program##*/}
    page=$(find . -name "$name.[0-9].scd")
    if [ -n "$page" ]; then check_page "$page" "$program"; else complain "$name has no manual page"; fi
done

if command -v scdoc >/dev/null && command -v mandoc >/dev/null; then
    for page in *.scd; do
        scdoc <"$page" >"$work/${page%.scd}" || complain "$page: scdoc refuses it"
        # scdoc writes a .PP after every heading and list; that is not the page's doing.
        mandoc -T lint -W warning "$work/${page%.scd}" |
            grep -vE 'skipping paragraph macro: PP (empty|after S[HS])$' >"$work/lint" && complain "$(cat "$work/lint")"
    done
fi
exit $bad
