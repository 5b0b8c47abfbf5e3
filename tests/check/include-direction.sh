#!/bin/sh
# Goal: a room includes only what lies below it (docs/architecture.md). The build refuses most of it too; this says it in words.
cd "${VOX_SOURCE:?}" || exit 1
bad=0
# forbid ROOM PATTERN: no file of ROOM includes a header that matches.
forbid() {
    if grep -rnE "^#include [<\"]($2)" "$1" --include='*.c' --include='*.h'; then
        echo "^ $1 must not include $2" >&2
        bad=1
    fi
}
forbid libcert '(ctl|capf|tvs|cli|cluster|endpoint)/'
forbid ctl '(capf|tvs|cli|cluster|endpoint)/|libcert/(store|audit)\.h|sqlite3'
forbid capf/src '(ctl|tvs|cli|cluster|endpoint|serve)/|libcert/(store|audit|serve)\.h'
forbid capf/include '(ctl|tvs|cli|cluster|endpoint|serve)/|libcert/(store|audit|serve)\.h'
forbid capf/daemon '(ctl|tvs|cli|cluster|endpoint)/'
forbid tvs/src '(ctl|capf|cli|cluster|endpoint|serve)/|libcert/(store|audit|serve)\.h'
forbid tools/cli '(ctl|capf|tvs|cluster|endpoint)/'
forbid tools/cluster '(cli|endpoint)/'
# Layers of libcert: base <- x509 <- key, token <- store.
forbid libcert/src/base 'libcert/(cert|name|bundle|role|key|password|certbuild|certcheck|store|audit)\.h'
forbid libcert/src/x509 'libcert/(store|audit)\.h'
forbid libcert/src/key 'libcert/(store|audit)\.h'
forbid libcert/src/token 'libcert/(store|audit)\.h'
forbid libcert/src/tls 'libcert/(store|audit|serve)\.h'
forbid libcert/src/serve 'libcert/(store|audit)\.h'
# One engine, one file.
others=$(grep -rlE '^#include <sqlite3.h>' libcert ctl capf tvs tools | grep -v '^libcert/src/store/sqlite')
[ -z "$others" ] || { echo "sqlite3.h belongs to libcert/src/store/sqlite*.c alone: $others" >&2; bad=1; }
exit $bad
