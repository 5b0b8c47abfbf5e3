#!/bin/sh
# Goal: every public header compiles alone, and every function in it stands below a comment that is its contract.
cd "${VOX_SOURCE:?}" || exit 1
bad=0
flags=$(pkg-config --cflags libcrypto jansson)
for header in libcert/include/*/*.h ctl/include/*/*.h capf/include/*/*.h tvs/include/*/*.h tools/cli/*.h tools/cluster/*.h tools/endpoint/*.h; do
    # shellcheck disable=SC2086
    printf '#include "%s"\n' "$PWD/$header" |
        ${CC:-gcc} -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only $flags \
            -Ilibcert/include -Ictl/include -Icapf/include -Itvs/include -Itools -x c - || { echo "$header does not stand alone" >&2; bad=1; }
    # A prototype is described when its name stands in a comment of the header, or a comment ends right above it or beside it.
    awk -v file="$header" '
        /\/\*/ { open = 1 }
        open { text = text "\n" $0 }
        { line = $0 }
        !open && /^[a-z].*\(/ && !/^(static|typedef)/ {
            name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
            if (index(text, name) == 0 && !commented && !/\/\*/) { print file ": " name " has no contract"; bad = 1 }
        }
        commented = 0
        /\*\// { if (open) { open = 0; above = NR } }
        { commented = (above == NR) || (was && /^[a-z].*[(,]/) ; was = commented }
        END { exit bad }' "$header" >"${TMPDIR:-/tmp}/header-alone.$$" || { cat "${TMPDIR:-/tmp}/header-alone.$$" >&2; bad=1; }
    rm -f "${TMPDIR:-/tmp}/header-alone.$$"
done
exit $bad
