#!/usr/bin/env bats
# An older store is put back under voxcapfd: what phones were given since the backup is in the signer's journal, and comes into the ledger again.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

# a_phone DEVICE: it gets a certificate, in DEVICE.der, with the key DEVICE.key.
a_phone() {
    [ -f "$1.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    rm -f heard.der
    phone "auth:$1" hear "key:$1.key" hear stored:1 hear
    mv heard.der "$1.der"
}

story_setup() {
    a_capf
    voxcapf set SEP00112233440{1,2,3} --install --auth null --key ec:P-256 -q
    start_capfd
    a_phone SEP001122334401
    voxtrust backup copy.db -q
    a_phone SEP001122334402
    a_phone SEP001122334403
}

# whole: the ledger has what each phone saw, once.
whole() {
    in_ledger SEP001122334401.der && in_ledger SEP001122334402.der && in_ledger SEP001122334403.der &&
        [ "$(db 'SELECT count(*), count(DISTINCT serial) FROM ledger')" = '3|3' ]
}

# another_start: the daemon, with the store that is there now.
another_start() {
    kill -TERM "$DAEMON"
    wait "$DAEMON"
    "$@"
    start_capfd
}

goes_on() {
    local before
    until_true whole
    logged_times 1 'the store is another than before, as after a restore'
    is SEP001122334402 issued install # that it was confirmed the store has forgotten
    before=$(sha256sum SEP001122334402.der)
    a_phone SEP001122334402
    [ "$(sha256sum SEP001122334402.der)" = "$before" ]
    is SEP001122334402 delivered none
    openssl ecparam -name prime256v1 -genkey -noout -out SEP001122334403.key
    cp SEP001122334403.der first.der
    a_phone SEP001122334403
    in_ledger first.der
    in_ledger SEP001122334403.der
    [ "$(db 'SELECT count(*) - count(DISTINCT serial) FROM ledger')" -eq 0 ]
    status 0 voxtrust log --verify
}

@test "while it runs" {
    voxtrust restore copy.db --yes -q
    goes_on
}

@test "while it runs, and nothing but a phone that comes at once tells it so" {
    kill -STOP "$(pid_of state)" # its next look at the store is the phone's
    voxtrust restore copy.db --yes -q
    openssl ecparam -name prime256v1 -genkey -noout -out another.key
    phone auth:SEP001122334402 hear key:another.key hear &
    PHONE=$!
    kill -CONT "$(pid_of state)"
    wait "$PHONE"
    in_ledger heard.der
    until_true in_ledger SEP001122334402.der
    until_true in_ledger SEP001122334403.der
}

@test "as a file in its place" {
    rm state/voxtrust.db*
    cp copy.db state/voxtrust.db
    chmod 600 state/voxtrust.db
    goes_on
}

@test "while it stands" {
    another_start voxtrust restore copy.db --yes -q
    goes_on
}

@test "killed before all of it is compared: the next start goes on with it" {
    another_start voxtrust restore copy.db --yes -q
    until_true whole
    # shellcheck disable=SC2046
    kill -KILL "$DAEMON" $(its_pids)
    wait "$DAEMON" || true
    voxtrust restore copy.db --yes -q
    start_capfd
    until_true whole
    another_start true
    never logged 'the store is another than before'
    whole
}

@test "the journal is an older one, or gone: nothing is issued twice, phones get through" {
    cp -a state/capf older
    voxcapf set SEP001122334404 --install --auth null --key ec:P-256 -q
    a_phone SEP001122334404
    an_older_journal() { rm -r state/capf && mv older state/capf; }
    another_start an_older_journal
    voxcapf set SEP001122334405 --install --auth null --key ec:P-256 -q
    a_phone SEP001122334405
    another_start rm -r state/capf
    voxcapf set SEP001122334406 --install --auth null --key ec:P-256 -q
    a_phone SEP001122334406
    for n in 1 2 3 4 5 6; do in_ledger "SEP00112233440$n.der"; done
    [ "$(db 'SELECT count(*), count(DISTINCT serial) FROM ledger')" = '6|6' ]
    never logged 'the store is another than before'
}
