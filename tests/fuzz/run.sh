#!/bin/sh
# Run one fuzz harness for a while on a corpus that it may grow.
# Usage: run.sh HARNESS SUBJECT SECONDS BUILDDIR
# Seeds: seeds/SUBJECT and the vectors that fit. The corpus is BUILDDIR/SUBJECT. Status non-zero on any finding, with the file that shows it.
set -eu

harness=$1 subject=$2 seconds=$3 build=$4
here=$(cd "$(dirname "$0")" && pwd)
vectors=$here/../vectors
corpus=$build/$subject
findings=$build/findings
mkdir -p "$corpus" "$findings"

# Seeds keep their folder's name, so that two of the same name both come along.
take() {
    for seed; do
        [ -f "$seed" ] || continue
        folder=$(basename "$(dirname "$seed")")
        cp "$seed" "$corpus/seed-$folder-$(basename "$seed")"
    done
}
take "$here/seeds/$subject"/*
case $subject in
bundle) take "$vectors"/bundle/* "$vectors"/lab/*.pem "$vectors"/weak/*.pem ;;
cert) take "$vectors"/bundle/*.der ;;
key) take "$vectors"/lab/*.pem "$vectors"/weak/*.pem ;;
list | tlv | view) take "$vectors"/lab/*.tlv "$vectors"/hostile/*.tlv ;;
sgn | encsgn) take "$vectors"/lab/*.sgn "$vectors"/hostile/*.sgn ;;
esac

# A finding of this run is one that is newer than this file.
since=$findings/.$subject
: >"$since"
log=$build/$subject.log
status=0
"$harness" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=65540 -print_final_stats=1 \
    -artifact_prefix="$findings/$subject-" "$corpus" >"$log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
    grep -E '^(==[0-9]+==ERROR|SUMMARY|ALARM|.*runtime error|    #[0-9] )' "$log" | head -n 20 >&2 || true
    tail -n 5 "$log" >&2
    echo "fuzz $subject: a finding; again with: $harness FILE" >&2
    find "$findings" -name "$subject-*" -newer "$since" >&2
    exit 1
fi
echo "fuzz $subject: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no finding"
