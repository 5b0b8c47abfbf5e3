#!/usr/bin/env bats
# What somebody gets who runs code of his own inside a process of voxcapfd: tried in the running processes themselves (tests/harness/incall.c).

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    [ "$(uname -m)" = x86_64 ] || skip "calls inside others are made on x86_64 only"
    a_capf
}

# inside ROLE CALL ARG...: the result of a system call made in that process. A process that is at work just now is tried again.
inside() {
    local role=$1 i
    shift
    for ((i = 0; i < 50; i++)); do
        run "$VOX_BUILD/tests/incall" "$(pid_of "$role")" "$@"
        [ "$status" -eq 2 ] || break
    done
}

forbidden() {
    inside "$@"
    [ "$status" -eq 1 ] && [[ $output = E@(PERM|ACCES) ]] || { echo "$*: $status, $output" >&2; return 1; }
}
possible() {
    inside "$@"
    [ "$status" -eq 0 ] || { echo "$*: $status, $output" >&2; return 1; }
}

filtered() { ! grep -q '^VOX_SANITIZE:BOOL=ON' "$VOX_BUILD/CMakeCache.txt"; }

here=-100 # AT_FDCWD
truncate=$((01000)) rdwr=2 create=$((0102))

@test "the state process opens the store, and none of the keys beside it" {
    start_capfd
    possible state openat $here "text:$T/state/voxtrust.db" $rdwr
    possible state openat $here "text:$T/state/voxtrust.db-wal" $rdwr
    possible state openat $here "text:$T/state/voxtrust.db-shm" $rdwr
    possible state openat $here "text:$T/state/fetched/new.pem" $create 0600
    local key
    key=$(echo state/keys/CAPF-*.pem)
    forbidden state openat $here "text:$T/$key" 0
    forbidden state openat $here "text:$T/state/keys/capf-strings.key" 0
    forbidden state openat $here "text:$T/state/keys/mine.pem" $create 0600
    forbidden state openat $here "text:$T/state/voxtrust.db.before-restore" $create 0600
    forbidden state unlink "text:$T/$key"
    forbidden state rename "text:$T/$key" "text:$T/state/fetched/key.pem"
    forbidden state openat $here "text:$T/state/capf/issue.journal" 0
    forbidden state openat $here text:/etc/shadow 0
    forbidden state mkdirat $here "text:$T/state/hooks.d" 0755 # what lies there is run by others
    [ -s "$key" ]
}

@test "the state process changes nothing elsewhere, also where its user could" {
    start_capfd
    local mine=/usr/local/share/voxtrust-test-$$
    echo content >"$mine"
    forbidden state openat $here "text:$mine" $truncate # a file that it may read
    local left
    left=$(cat "$mine")
    rm -f "$mine"
    [ "$left" = content ]
    filtered || skip "sanitizer builds have no filter of calls"
    echo content >other
    chmod 600 other
    forbidden state chmod "text:$T/other" 0644
    forbidden state fchmodat $here "text:$T/other" 0644
    forbidden state link "text:$T/other" "text:$T/state/fetched/other"
    [ "$(stat -c %a other)" = 600 ]
}

@test "no process connects to anybody, whatever it makes of its sockets" {
    filtered || skip "sanitizer builds have no filter of calls"
    start_capfd --workers 1
    local role port inode listening
    port=$(peer port)
    # A listening socket that is shut down would take an address with the first bytes (fast open).
    inode=$(awk -v at=":$(printf %04X "${AT##*:}")" '$4 == "0A" && index($2, at) { print $10; exit }' /proc/net/tcp)
    listening=$(ls -l "/proc/$(pid_of net)/fd" | awk -v s="socket:[$inode]" '$NF == s { print $9; exit }')
    [ -n "$listening" ]
    possible net shutdown "$listening" 2
    for role in net status sign state; do
        forbidden $role sendto "$listening" text:x 1 $((0x20000000)) "addr:127.0.0.1:$port" size
        forbidden $role sendto "$listening" text:x 1 0 "addr:127.0.0.1:$port" size
        forbidden $role sendmsg "$listening" text:x $((0x20000000))
        forbidden $role connect "$listening" "addr:127.0.0.1:$port" size
        forbidden $role socket 2 1 0
        forbidden $role setsockopt "$listening" 1 26 text:x 16 # SO_ATTACH_FILTER
        forbidden $role setsockopt "$listening" 6 31 text:x 3  # TCP_ULP
    done
}

@test "no process starts, watches or ends another one, or asks the kernel for more" {
    filtered || skip "sanitizer builds have no filter of calls"
    start_capfd
    local role call
    for role in net status sign state; do
        for call in "kill $(pid_of net) 9" "tgkill $(pid_of net) $(pid_of net) 9" "ptrace 16 $(pid_of net) 0 0" "process_vm_readv $(pid_of net) 0 0 0 0 0" \
            "pidfd_open $(pid_of net) 0" "execve text:/bin/true 0 0" "execveat $here text:/bin/true 0 0 0" "memfd_create text:x 0" "clone 17 0 0 0 0" "clone3 0 88" fork vfork \
            "io_uring_setup 8 0" "userfaultfd 0" "bpf 0 0 0" "perf_event_open 0 0 0 0 0" "openat2 $here text:/etc/passwd 0 0" "open_by_handle_at 3 0 0" \
            "mount text:none text:/mnt text:tmpfs 0 0" "umount2 text:/proc 0" "unshare 0x10000000" "setns 0 0" "chroot text:/" "keyctl 0 0 0 0 0" "add_key 0 0 0 0 0" \
            "prctl 4 1 0 0 0" "personality 0x0400000" "mprotect 0 4096 7" "mmap 0 4096 7 34 -1 0" "pkey_mprotect 0 4096 7 0" "setuid 0" "setresuid 0 0 0" "truncate text:/etc/hostname 0" \
            "mknod text:/tmp/x 0100600 0" "symlink text:/etc text:/tmp/x" "setrlimit 4 0" "ioctl 0 0x5413 0" "socketpair 1 1 0 0" "bind 0 0 0" "listen 0 1" "seccomp 0 0 0" "kexec_load 0 0 0 0" "init_module 0 0 0" "sched_setaffinity 0 0 0"; do
            # shellcheck disable=SC2086 # words
            forbidden $role $call
        done
        [ "$role" = state ] || forbidden $role openat $here text:/etc/passwd 0
    done
}

@test "an authentication string does not stay in anybody's memory" {
    filtered || skip "the memory of sanitizer builds is too large to look at, and keeps what was freed"
    local word
    printf '314159265358979\n' >right
    printf '271828182845904\n' >wrong
    voxcapf set SEP0011223344AA --install --string-file right -q
    start_capfd --workers 1
    status 1 enroll SEP0011223344AA --string-file wrong
    status 0 enroll SEP0011223344AA --string-file right
    phone auth:SEP0011223344AA:161803398874989 hear # ends with the message that has it
    for word in 314159265358979 271828182845904 161803398874989; do
        # shellcheck disable=SC2046 # words
        "$VOX_BUILD/tests/memscan" "text:$word" "$DAEMON" $(its_pids) >scan
        [ "$(grep -c ' clean$' scan)" -eq 5 ] || { echo "$word" && cat scan; } >&2
        [ "$(grep -c ' clean$' scan)" -eq 5 ]
    done
    for word in 314159265358979 271828182845904 161803398874989; do never grep -r "$word" state d.log; done
}

@test "where files cannot be confined the log says what that means" {
    AT=127.0.0.1:$(peer port)
    : >d.log
    "$VOX_BUILD/tests/incall" --without landlock_create_ruleset -- voxcapfd --listen "$AT" 2>>d.log 3>&- &
    DAEMON=$!
    until_true started
    logged 'the kernel has no Landlock, or a filter of the service manager forbids it: the state process can open'
    possible state openat $here "text:$(echo "$T"/state/keys/CAPF-*.pem)" 0 # so it is
    stop_tvsd
    start_capfd
    never logged Landlock
}

@test "secrets of TLS sessions are the net processes' alone" {
    start_capfd --workers 1
    local role
    for role in state sign status; do
        never grep -E 'r.* 00000000 .*memfd:voxtrust-shared' "/proc/$(pid_of $role)/maps"
        grep -q 'memfd:voxtrust-shared' "/proc/$(pid_of $role)/maps"
        [ -z "$(ls -l "/proc/$(pid_of $role)/fd" | grep voxtrust-shared)" ]
    done
    grep -qE 'rw-s 00000000 .*memfd:voxtrust-shared' "/proc/$(pid_of net)/maps"
}

@test "what was open where the daemon was started, its processes do not hold" {
    exec 8<capf.crt
    start_capfd
    exec 8<&-
    local p
    for p in $(its_pids); do
        never grep -q 'capf\.crt' <(ls -l "/proc/$p/fd")
    done
}

@test "no folder for what phones show: the others are served" {
    ln -s nowhere state/fetched
    string_for SEP0011223344AA
    voxcapf set SEP0011223344AB --fetch --auth null -q
    start_capfd
    logged 'certificates that phones show cannot be kept: '
    status 0 enroll SEP0011223344AA --string-file SEP0011223344AA.string
    cp SEP0011223344AA.pem shown.pem
    phone auth:SEP0011223344AB hear fetched:1:shown.pem hear
    grep -qx 'RETRY_LATER {}' heard
    is SEP0011223344AB pending fetch
}

@test "another store in its place: served after a moment, without the keys again" {
    string_for SEP0011223344AA
    voxtrust backup before.db -q
    start_capfd
    local before
    before=$(pid_of state)
    voxtrust restore before.db --yes -q # over the old content: nothing is opened anew
    until_true enroll SEP0011223344AA --string-file SEP0011223344AA.string
    [ "$(pid_of state)" = "$before" ]
    mkdir aside
    mv state/voxtrust.db* aside/
    voxtrust restore before.db --yes -q
    until_true logged 'the store was replaced: starting anew'
    until_true logged 'ready again'
    [ "$(pid_of state)" != "$before" ]
    until_true possible state openat $here "text:$T/state/voxtrust.db" $rdwr
    forbidden state openat $here "text:$(echo "$T"/state/keys/CAPF-*.pem)" 0
    until_true enroll SEP0011223344AA --string-file SEP0011223344AA.string
    is SEP0011223344AA delivered none
    [ "$(ledger SEP0011223344AA)" -eq 2 ] # the signer's journal gave back what the other store had
    stop_tvsd
    [ "$STOPPED" -eq 0 ]
    [ "$(sqlite3 state/voxtrust.db 'PRAGMA integrity_check')" = ok ]
    [ "$(ledger SEP0011223344AA)" -eq 2 ]
}
