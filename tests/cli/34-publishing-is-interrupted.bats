#!/usr/bin/env bats
# Killed at any step, publishing leaves the old list or the new one, whole; running it again mends the rest.

load ../harness/cli

story_setup() {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    cp tftp/CTLFile.tlv old.tlv
    cp -r state state.old
}

# Back to version 1, published and recorded.
restore() {
    rm -rf state tftp
    cp -r state.old state
    mkdir tftp
    cp old.tlv tftp/CTLFile.tlv
}

@test "killed at every system call that writes" {
    local points=0
    for call in openat pwrite64 write fsync fdatasync rename unlink; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:signal=KILL:when=$k voxlist publish ctl --to tftp -q
            [ "$status" -eq 0 ] && break
            [ "$call" = openat ] && ((k += 9)) # most are libraries and configuration
            points=$((points + 1))
            voxlist verify tftp/CTLFile.tlv -q # the old one or the new one, whole
            voxlist history -q >/dev/null
            voxtrust log --verify -q >/dev/null
            status 0 voxlist publish ctl --to tftp
            [ "$(ls -A tftp)" = CTLFile.tlv ]
            status 0 voxlist history
            silent_about "not in place"
        done
    done
    [ "$points" -gt 10 ]
}

@test "an error at every system call that writes changes nothing" {
    for call in pwrite64 fsync rename; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:error=ENOSPC:when=$k voxlist publish ctl --to tftp
            [ "$status" -eq 0 ] && break
            voxlist verify tftp/CTLFile.tlv -q
            status 0 voxlist publish ctl --to tftp
            [ "$(ls -A tftp)" = CTLFile.tlv ]
        done
    done
}

@test "the new list is on the disk before it takes the place of the old one, and its folder after that" {
    strace -y -o trace -e trace=fsync,rename voxlist publish ctl --to tftp -q --timestamp @1795468806
    grep -oE 'fsync\([0-9]+<[^>]*/tftp(/[^>]*)?>|rename\(.*CTLFile.tlv"' trace | sed -E 's/.*publishing>$/file/; s/^fsync.*/folder/; s/^rename.*/rename/' >order
    [ "$(grep -A9 file order | paste -sd' ')" = 'file folder rename folder' ]
}

@test "recorded but not in place: the next run with the same list finishes it" {
    voxlist publish ctl --to tftp -q --timestamp @1795468806
    cp tftp/CTLFile.tlv tftp/.CTLFile.tlv.publishing
    cp old.tlv tftp/CTLFile.tlv
    status 0 voxlist history
    says "not in place"
    status 0 voxlist publish ctl --to tftp --timestamp @1795468806
    says "finished an earlier publication that was interrupted" "as version 2: nothing to do"
    [ "$(ls -A tftp)" = CTLFile.tlv ]
}

@test "a left-over that was not recorded is cleared away" {
    echo half >tftp/.CTLFile.tlv.publishing
    status 0 voxlist publish ctl --to tftp
    [ "$(ls -A tftp)" = CTLFile.tlv ]
}
