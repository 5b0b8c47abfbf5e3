#!/usr/bin/env bats
# Killed anywhere, an import of a CA's certificates has recorded all of them or none, and once more finishes it without doing anything twice.

load ../harness/cli

story_setup() {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    voxtrust init --cluster lab -q
    voxcert new CAPF -q
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj "/CN=elsewhere" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
    chmod 600 ca.key
    voxcert upload CAPF-trust ca.crt -q
    voxcapf ca mode offline "$(openssl x509 -in ca.crt -outform der | sha256sum | cut -d ' ' -f 1)" -q
    for n in 1 2 3; do
        voxcapf set "SEP$n" --install --auth null --key ec:P-256 -q 2>/dev/null
        openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout -outform der -out spki.der
        sqlite3 state/voxtrust.db "INSERT INTO ca_requests SELECT name, '$(openssl rand -hex 16)', operation_id, key,
            '$(openssl rand -hex 32)', '2026-11-01T10:00:00Z', readfile('spki.der') FROM phones WHERE name = 'SEP$n'"
    done
    voxcapf ca dump -o r.json -q
    voxcapf ca sign r.json --issuer ca.crt --issuer-key ca.key -o a.pem -q
    cp -r state state.old
}

recorded() { sqlite3 state/voxtrust.db 'SELECT (SELECT count(*) FROM ledger) || (SELECT count(*) FROM phones WHERE state = '"'issued'"')'; }

restore() {
    rm -rf state
    cp -r state.old state
}

@test "killed at every system call that writes" {
    local points=0 none=0
    for call in openat write pwrite64 fsync fdatasync unlink; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:signal=KILL:when=$k voxcapf ca import a.pem -q
            [ "$status" -eq 0 ] && break
            [ "$call" = openat ] && ((k += 9)) # most are libraries and configuration
            points=$((points + 1))
            case $(recorded) in
            00) none=$((none + 1)) ;;
            33) ;;
            *) return 1 ;;
            esac
            voxtrust log --verify -q >/dev/null
            status 0 voxcapf ca import a.pem -q
            [ "$(recorded)" = 33 ]
        done
    done
    [ "$points" -gt 10 ] && [ "$none" -gt 0 ]
}

@test "an error at every system call that writes leaves nothing" {
    for call in pwrite64 fsync; do
        for ((k = 1; ; k++)); do
            restore
            run strace -f -o trace -e trace=$call -e inject=$call:error=ENOSPC:when=$k voxcapf ca import a.pem
            [ "$status" -eq 0 ] && break
            [ "$status" -eq 4 ]
            [ "$(recorded)" = 00 ]
        done
    done
}

@test "signing that cannot write its file leaves none behind" {
    for call in fsync renameat; do
        run strace -f -o trace -e trace=$call -e inject=$call:error=ENOSPC:when=1 \
            voxcapf ca sign r.json --issuer ca.crt --issuer-key ca.key -o out.pem
        [ "$status" -eq 4 ]
        [ ! -e out.pem ]
        [ -z "$(find . -maxdepth 1 -name '.out.pem*')" ]
    done
    status 0 voxcapf ca sign r.json --issuer ca.crt --issuer-key ca.key -o out.pem
}
