#!/bin/sh
# Goal: no source file grows over 500 lines. Where is the seam?
cd "${VOX_SOURCE:?}" || exit 1
find libcert ctl capf tvs tools tests -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 500 { print; bad = 1 } END { exit bad }'
