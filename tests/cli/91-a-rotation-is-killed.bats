#!/usr/bin/env bats
# Killed at any step, a rotation goes on with the same command, and ends as if it had not been.

load ../harness/cli

story_setup() {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    for list in CTL ITL; do cp "tftp/${list}File.tlv" "$list.unstaged"; done
    voxcert list CallManager --json | jq -r '.certificates[] | select(.state == "active").sha256' >active.unstaged
    UNDO=no
}

keep() { rm -rf "kept.$1" && mkdir "kept.$1" && cp -r state tftp phones "kept.$1/"; }
restore() { rm -rf state tftp phones && cp -r "kept.$1/." .; }
step() { voxrotate status --all --json | jq -r '.rotations[-1].step'; }
states() { voxcert list "$1" --all --json | jq -r '[.certificates[].state] | sort | join(" ")'; }

# sound WANTED: as it has to be at the end: the step, whole lists that phones take, no left-overs, the log's chain.
sound() {
    [ "$(step)" = "$1" ]
    voxlist verify tftp/CTLFile.tlv -q
    voxlist verify tftp/ITLFile.tlv -q
    [ "$(ls -A tftp | tr '\n' ' ')" = "CTLFile.tlv ITLFile.tlv " ]
    voxphone boot --tftp tftp --state phones --name SEP000000000001 --json | jq -e .good >/dev/null
    voxtrust log --verify -q
    [ "$(voxlist history --json | jq length)" -eq "$VERSIONS" ] # what was out already is not published twice
}

# taken_back VERB SERVICE: what the killed command left can be undone as well: bytes and certificates are as before 'stage'.
taken_back() {
    keep killed
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    if [ "$1" = activate ] || [ "$(voxrotate status --json | jq '.rotations | length')" -eq 1 ]; then
        status 0 voxrotate rollback "$2"
    fi
    for list in CTL ITL; do cmp "tftp/${list}File.tlv" "$list.unstaged"; done
    [ "$(voxcert list "$2" --json | jq -r '.certificates[] | select(.state == "active").sha256')" = "$(cat active.unstaged)" ]
    voxphone boot --tftp tftp --state phones --name SEP000000000001 --json | jq -e .good >/dev/null
    voxtrust log --verify -q
    restore killed
}

# killed_at WANTED COMMAND...: at every third system call that changes something, from what is kept as "before".
killed_at() {
    local wanted=$1 points=0 call k
    shift
    "$@" -q
    VERSIONS=$(voxlist history --json | jq length)
    for call in pwrite64 fsync fdatasync rename; do
        for ((k = 1; ; k += 3)); do
            restore before
            run strace -f -o trace -e trace=$call -e inject=$call:signal=KILL:when=$k "$@" -q
            [ "$status" -eq 0 ] && break
            points=$((points + 1))
            if [ "$UNDO" = yes ]; then taken_back "$2" "$3"; fi
            voxphone boot --tftp tftp --state phones --name SEP000000000001 -q # whatever lies there now
            if [ "$(step)" != "$wanted" ]; then status 0 "$@"; fi
            sound "$wanted"
        done
    done
    [ "$points" -gt 5 ]
}

@test "stage" {
    keep before
    UNDO=yes
    killed_at staged voxrotate stage CallManager
    [ "$(states CallManager)" = "active pending" ]
}

@test "activate" {
    UNDO=yes
    voxrotate stage CallManager -q
    keep before
    killed_at activated voxrotate activate CallManager --no-proof
    [ "$(states CallManager)" = "active retiring" ]
}

@test "retire" {
    voxrotate stage ITLRecovery -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    voxrotate activate ITLRecovery --no-proof -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    keep before
    killed_at retired voxrotate retire ITLRecovery --now
}

@test "rollback" {
    voxrotate stage ITLRecovery -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    voxrotate activate ITLRecovery --no-proof -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    keep before
    killed_at rolled-back voxrotate rollback ITLRecovery
}

is_stopped() { grep -qs 'stopped by SIGSTOP' trace; }

@test "stopped between two lists, rolled back by somebody else, and woken: it leaves alone what is no longer its own" {
    voxrotate stage CallManager -q
    voxphone boot --tftp tftp --state phones --name SEP000000000001 -q
    keep before
    for k in 1 2; do
        rm -f trace
        restore before
        strace -f -o trace -e trace=rename -e inject=rename:signal=STOP:when=$k voxrotate activate CallManager --no-proof -q &
        tracer=$!
        until_true is_stopped
        status 0 voxrotate rollback CallManager
        cp tftp/CTLFile.tlv ctl.rolled-back
        cp tftp/ITLFile.tlv itl.rolled-back
        kill -CONT "$(grep 'stopped by SIGSTOP' trace | cut -d ' ' -f 1)"
        wait "$tracer" || true # it says no
        [ "$(step)" = rolled-back ]
        cmp tftp/CTLFile.tlv ctl.rolled-back
        cmp tftp/ITLFile.tlv itl.rolled-back
        VERSIONS=$(voxlist history --json | jq length)
        sound rolled-back
    done
}
