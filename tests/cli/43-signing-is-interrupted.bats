# Ctrl-C in the middle of a large tree: whole files only, nothing left behind, and the next run goes on.
load ../harness/cli

story_setup() {
    cp "$LAB/tftp.pem" tftp.pem && chmod 600 tftp.pem
    mkdir many
    for i in $(seq 3000); do echo "<device>$i</device>" >many/$i.xml; done
}

# interrupt SIGNAL: start signing, wait for the first temporary or output, then send it. Sets $status as the shell sees it.
interrupt() {
    local pid
    voxsign sign many -r --cert tftp.pem --jobs 1 >out 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        for f in many/.*.tmp many/*.sgn; do [ -e "$f" ] && break 2; done
    done
    kill -"$1" "$pid"
    status=0
    wait "$pid" || status=$?
    output=$(cat out)
}

check_what_is_left() {
    [ "$(find many -name '.*' | wc -l)" -eq 0 ]
    signed=$(find many -name '*.sgn' | wc -l)
    [ "$signed" -lt 3000 ]
    if [ "$signed" -gt 0 ]; then find many -name '*.sgn' -print0 | xargs -0 voxsign verify --cert tftp.pem -q; fi
    status 0 voxsign sign many -r --cert tftp.pem
    says "unchanged $signed," "skipped 0"
    [ "$(find many -name '*.sgn' | wc -l)" -eq 3000 ]
}

@test "Ctrl-C" {
    # A shell's background jobs ignore SIGINT: TERM and HUP go the same way.
    interrupt TERM
    [ "$status" -eq 143 ]
    says "interrupted with" "to go"
    check_what_is_left
}

@test "the terminal goes away" {
    interrupt HUP
    [ "$status" -eq 129 ]
    check_what_is_left
}

@test "SIGINT, in a process that does not ignore it" {
    # env resets what the shell set.
    env --default-signal=INT voxsign sign many -r --cert tftp.pem --jobs 1 >out 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        for f in many/.*.tmp many/*.sgn; do [ -e "$f" ] && break 2; done
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 130 ]
    check_what_is_left
}

@test "files are on the disk before they are in place, and their folders after that" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    order() { grep -oE '(fsync|syncfs|renameat)\(' trace | uniq | paste -sd' '; }
    rm -r many && mkdir one many
    echo x >one/a
    for i in $(seq 40); do echo "$i" >"many/$i"; done
    strace -f -o trace -e trace=fsync,syncfs,renameat voxsign sign one/a --cert tftp.pem -q
    [ "$(order)" = 'fsync( renameat( fsync(' ]
    strace -f -o trace -e trace=fsync,syncfs,renameat voxsign sign many -r --cert tftp.pem -q
    [ "$(order)" = 'syncfs( renameat( syncfs(' ]
}

@test "one that was told to ignore that the terminal goes away" {
    trap '' HUP
    interrupt HUP
    trap - HUP
    [ "$status" -eq 0 ]
    says "signed 3,000, unchanged 0"
    [ "$(find many -name '*.sgn' | wc -l)" -eq 3000 ]
}

@test "a full disk, a disk that fails, no thread to be had: nothing half, nothing left behind" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    rm -r many && mkdir many && echo x >many/a
    for fails in write:error=ENOSPC:when=1 fsync:error=EIO:when=1 clone,clone3:error=EAGAIN; do
        status 4 strace -f -o /dev/null -e inject="$fails" voxsign sign many/a --cert tftp.pem
        [ "$(ls -A many)" = a ]
    done
    says "no thread can be started"
    status 4 strace -f -o /dev/null -e inject=fsync:error=EIO:when=2 voxsign sign many/a --cert tftp.pem
    says "their folders cannot be synced"
}
