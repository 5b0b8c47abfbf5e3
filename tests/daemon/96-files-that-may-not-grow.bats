#!/usr/bin/env bats
# A limit on the size of files (ulimit -f) is a full disk: an error to report, and the end of no process.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_capf
    openssl genrsa -out k.pem 2048 2>/dev/null
}

# may_grow BYTES: the files that the state process writes.
may_grow() { prlimit --pid "$(pid_of state)" --fsize="$1:"; }

@test "voxcapfd: come again, and no process ends; without the limit the phone gets through" {
    voxcapf set SEP0011223344AA --install --auth null -q
    start_capfd
    phone auth:SEP0011223344AA hear vanish
    until_true ends SEP0011223344AA lost
    may_grow 1000
    for i in $(seq 1 60); do
        phone auth:SEP0011223344AA hear key:k.pem hear
        if grep -q RETRY_LATER heard; then break; fi
    done
    grep -qx 'RETRY_LATER {}' heard
    phone auth:SEP0011223344AA hear
    grep -qx 'RETRY_LATER {}' heard
    never logged 'ended by signal'
    [ "$(state_of SEP0011223344AA operation)" = install ]
    may_grow unlimited
    phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
    in_ledger heard.der
    is SEP0011223344AA delivered none
    never logged 'ended by signal'
}

@test "a table that is too much is imported not at all, and what was there stays" {
    { echo device,auth; printf 'SEP%012X,null\n' $(seq 1 5000); } >p.csv
    # tight COMMAND...: it may write 1 KiB into a file.
    tight() { (ulimit -f 1 && "$@"); }
    status 4 tight voxcapf import p.csv
    says "(File too large)"
    [ "$(db 'SELECT count(*) FROM phones')" -eq 0 ]
    sed 's/null/string/' p.csv >s.csv
    status 4 tight voxcapf import s.csv --strings-to strings.csv
    says "File too large"
    [ ! -e strings.csv ]
    status 0 voxcapf import p.csv
}
