#!/bin/sh
# Goal: names say the room. No catch-all files; libraries neither print nor exit; no file exports a name without a prefix of its room.
cd "${VOX_SOURCE:?}" || exit 1
bad=0
complain() { echo "$*" >&2; bad=1; }

catch_all=$(find libcert ctl capf tvs tools -regextype posix-extended -iregex '.*/(util|utils|misc|helper|helpers|common)(_[a-z]*)?\.[ch]')
[ -z "$catch_all" ] || complain "catch-all file names: $catch_all"

# (f)printf to the standard streams, exit and abort belong to programs.
found=$(grep -nE '\b(stdout|stderr)\b|\b(exit|_exit|abort|puts|printf|perror)\(' -r libcert/src ctl/src capf/src tvs/src --include='*.c' |
    grep -vE 'v?snprintf|fprintf\(out|format\(printf|^[^:]*:[0-9]+: *(\*|/\*)|^libcert/src/serve/(options|process|sandbox_test|serve)\.c:|^libcert/src/token/(agent|child)\.c:') # serve and token run whole processes
[ -z "$found" ] || complain "a library prints or exits:
$found"

# Only tlv_read.c turns bytes into lengths.
found=$(grep -nE '\] *<< *(8|16|24)' -r libcert/src ctl/src capf tvs tools --include='*.c' | grep -v '^libcert/src/base/tlv_read.c')
[ -z "$found" ] || complain "bytes are put together outside tlv_read.c:
$found"

# Exported names carry their subject.
libcert_prefixes='vox|bytes|hex|tlv|file|gzip|clock|cert|name|role|service|trust|bundle|ca|key|password|digest|certbuild|certcheck|followed|weakkey|store|node|bind|audit|serial|extensions|extension|pkcs12|log|mistyped|printable|phone|phones|inventory|canary|canaries|rotation|rotations|ledger|identity|token|tls|tlsconn|tlsctx|tlspolicy|tlsports|tlsscan|tlssuite|scan|ctx|ticket|trunk|trunks|peercheck|notice'
ctl_prefixes='ctl|header|record|list|tags|tag|signed|sgn|encsgn|accept|lint|show|diff|stub|xml'
exported() { nm --defined-only -g "$1" 2>/dev/null | awk 'NF == 3 && $2 ~ /[TDBRV]/ { print $3 }'; }
build=${VOX_BUILD:?}
for lib in "$build/libcert/libvoxcert_core.a:$libcert_prefixes" "$build/ctl/libctl.a:$ctl_prefixes" "$build/capf/libcapf.a:capf|issue" "$build/tvs/libtvs.a:tvs"; do
    archive=${lib%%:*}
    [ -f "$archive" ] || complain "no $archive to look at"
    found=$(exported "$archive" | grep -vE "^(${lib#*:})(_|$)|^__|^_?[A-Z]|gcov|sanitizer|asan")
    [ -z "$found" ] || complain "$archive exports names without a prefix of its subject: $found"
done
exit $bad
