#!/bin/sh
# Goal: one form for all code. Mend with: clang-format-14 -i FILE
cd "${VOX_SOURCE:?}" || exit 1
tool=$(command -v clang-format-14 || command -v clang-format) || exit 77
find libcert ctl capf tvs tools tests -name '*.[ch]' -exec "$tool" --dry-run -Werror {} + 2>&1 | grep -E 'error:' | sed 's/: error:.*//' | sort -u | head -20 | {
    bad=0
    while read -r line; do echo "not in the house form: $line"; bad=1; done
    exit $bad
}
