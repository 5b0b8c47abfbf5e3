# What every story loads: `load ../harness/cli`. Gives each test a folder of its own ($T, removed afterwards), the programs on PATH, and a
# store URL in it ($VOXTRUST_STORE; nothing is created). Stories run the programs only as a user would.

bats_require_minimum_version 1.5.0

setup() {
    T=$(mktemp -d "${BATS_TEST_TMPDIR:-/tmp}/story.XXXXXX")
    cd "$T" || return 1
    : "${VOX_BIN:?run by ctest, or set VOX_BIN to the folder of the programs}"
    : "${VOX_VECTORS:?run by ctest, or set VOX_VECTORS to tests/vectors}"
    export PATH="$VOX_BIN:$PATH" VOXTRUST_STORE="sqlite:$T/state/voxtrust.db" TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
    LAB=$VOX_VECTORS/lab
    if declare -F story_setup >/dev/null; then story_setup; fi
}

teardown() {
    cd / && rm -rf "$T"
}

# another_user: skips the test where nobody can become nobody, and moves it to a folder that others may enter, $T from now on.
another_user() {
    [ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
    as_nobody test -x "$VOX_BIN/voxtrust" || skip "others cannot enter $VOX_BIN"
    cd / && rm -rf "$T"
    T=$(mktemp -d /tmp/story.XXXXXX)
    chmod 755 "$T"
    cd "$T" || return 1
    VOXTRUST_STORE="sqlite:$T/state/voxtrust.db"
}

# as_nobody COMMAND...: COMMAND, one of ours or of the system's, as the user nobody.
as_nobody() {
    setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}

# status N COMMAND...: run COMMAND and demand exit status N; $output holds both streams.
status() {
    local want=$1
    shift
    run "$@"
    if [ "$status" -ne "$want" ]; then
        printf 'exit status %s, not %s, of: %s\n%s\n' "$status" "$want" "$*" "$output" >&2
        return 1
    fi
}

# says TEXT...: each TEXT stands in $output.
says() {
    local text
    for text in "$@"; do
        case $output in
        *"$text"*) ;;
        *) printf 'not said: %s\nsaid:\n%s\n' "$text" "$output" >&2; return 1 ;;
        esac
    done
}

# silent_about TEXT...: no TEXT stands in $output.
silent_about() {
    local text
    for text in "$@"; do
        case $output in
        *"$text"*) printf 'said, and should not: %s\n%s\n' "$text" "$output" >&2; return 1 ;;
        esac
    done
}

# a_cluster: a store with one node (cm1: ccm, tftp, capf, tvs) and every service's certificate.
a_cluster() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
    voxcert new ITLRecovery -q
    voxcert new CallManager --node cm1 -q
    voxcert new TVS --node cm1 -q
    voxcert new CAPF -q
}

# a_named_cluster NAME NODE: the store of one of several clusters, in the folder NAME, with every service's certificate.
# in_cluster NAME COMMAND...: there.
a_named_cluster() {
    local VOXTRUST_STORE="sqlite:$T/$1/voxtrust.db"
    export VOXTRUST_STORE
    voxtrust init --cluster "$1" -q
    voxtrust node add "$2" --dns "$2.$1.example.test" --services ccm,tftp,capf,tvs -q
    voxcert new ITLRecovery -q
    voxcert new CallManager --node "$2" -q
    voxcert new TVS --node "$2" -q
    voxcert new CAPF -q
}
in_cluster() {
    local VOXTRUST_STORE="sqlite:$T/$1/voxtrust.db"
    export VOXTRUST_STORE
    "${@:2}"
}

# later SPEC COMMAND...: COMMAND believes that so much time has passed: +30y, +400d. Skips the test where that cannot be.
later() {
    local lib spec=$1
    shift
    for lib in /usr/lib/*/faketime/libfaketime.so.1; do [ -e "$lib" ] || skip "needs libfaketime"; done
    grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt" && skip "libfaketime and sanitizers do not agree"
    LD_PRELOAD=$lib FAKETIME=$spec "$@"
}

# until_true COMMAND...: wait until COMMAND succeeds; a story that waits in vain fails after about 20 s.
until_true() {
    local i
    for ((i = 0; i < 400; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    echo "waited in vain for: $*" >&2
    [ -f d.log ] && cat d.log >&2
    return 1
}

# of_schema N DB: take out of a store what came after schema N (4 or later), as if the release of that time had made it.
of_schema() {
    local sql=
    [ "$1" -ge 10 ] || sql+="DROP TABLE ca_requests;"
    [ "$1" -ge 9 ] || sql+="DROP TABLE canary_phones; DROP TABLE canaries;"
    [ "$1" -ge 8 ] || sql+="DROP TABLE notices;"
    [ "$1" -ge 7 ] || sql+="DROP TABLE followed_logs;"
    [ "$1" -ge 6 ] || sql+="DROP VIEW v_phone_profiles; DROP TABLE phone_template; DROP TABLE phone_assignments; DROP TABLE phone_profiles;"
    [ "$1" -ge 5 ] || sql+="DROP VIEW v_trunks; DROP TABLE trunk_certificates; DROP TABLE trunk_destinations; DROP TABLE trunks;
        DROP TABLE trunk_profile_names; DROP TABLE trunk_profiles;"
    sqlite3 "$2" "$sql PRAGMA user_version=$1;"
}
