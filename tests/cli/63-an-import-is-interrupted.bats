#!/usr/bin/env bats
# Killed anywhere, an import has done all of it or nothing, and whoever has a string can be told it.

load ../harness/cli

story_setup() {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    voxtrust init --cluster lab -q
    { echo device; seq -f 'SEP%04.0f' 1 300; } >p.csv
    cp -r state state.old
}

phones() { sqlite3 state/voxtrust.db 'SELECT count(*) FROM phones'; }

restore() {
    rm -rf state strings.csv more.csv .strings.csv*
    cp -r state.old state
}

@test "killed at every system call that writes" {
    local points=0 all=0 none=0
    for call in openat write pwrite64 fsync fdatasync link linkat rename unlink; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:signal=KILL:when=$k voxcapf import p.csv --strings-to strings.csv -q
            [ "$status" -eq 0 ] && break
            [ "$call" = openat ] && ((k += 9)) # most are libraries and configuration
            points=$((points + 1))
            case $(phones) in
            0) none=$((none + 1)) ;;
            300) all=$((all + 1)) && [ "$(wc -l <strings.csv)" = 301 ] ;;
            *) return 1 ;;
            esac
            voxtrust log --verify -q >/dev/null
            status 0 voxcapf import p.csv --strings-to more.csv
            [ "$(phones)" = 300 ]
            [ "$(wc -l <more.csv)" = 301 ]
        done
    done
    [ "$points" -gt 10 ] && [ "$none" -gt 0 ]
}

@test "an error at every system call that writes leaves nothing, not even the strings" {
    for call in pwrite64 fsync link; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:error=ENOSPC:when=$k voxcapf import p.csv --strings-to strings.csv
            [ "$status" -eq 0 ] && break
            [ "$status" -eq 4 ]
            [ "$(phones)" = 0 ]
            [ ! -e strings.csv ]
            [ -z "$(find . -maxdepth 1 -name '.strings.csv*')" ]
        done
    done
}
