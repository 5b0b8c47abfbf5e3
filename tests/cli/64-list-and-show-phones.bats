#!/usr/bin/env bats
# What an operator sees of the phones, and of one of them.

load ../harness/cli
load ../harness/phones

story_setup() {
    voxtrust init --cluster lab -q
    voxcapf set SEP1 --install -q >/dev/null
    voxcapf set SEP2 --install --auth mic --by +1d -q
    given SEP3 30
    given SEP4 400
    given ATA1 -1
    sqlite3 state/voxtrust.db "UPDATE phones SET state = 'failed', reason = 'its key was refused' WHERE name = 'SEP2';
        UPDATE phones SET wrong = 5, locked_until = '2099-01-01T00:00:00Z' WHERE name = 'SEP1'"
}

names() { voxcapf list "$@" --json | jq -r .device | paste -sd, -; }

@test "a line for each, with what is to be known" {
    status 0 voxcapf list
    [ "$(wc -l <<<"$output")" = 6 ]
    says "DEVICE" "LSC DAYS" "locked until 2099-01-01T00:00:00Z (5 wrong strings)" "failed      install   mic" "its key was refused"
    grep -qE '^SEP3 +delivered +none +string +2026-01-01T00:00:05Z +30$' <<<"$output"
    grep -qE '^ATA1 .* -1$' <<<"$output"
}

@test "only those that are asked for" {
    [ "$(names)" = ATA1,SEP1,SEP2,SEP3,SEP4 ]
    [ "$(names SEP)" = SEP1,SEP2,SEP3,SEP4 ]
    [ "$(names --state delivered)" = ATA1,SEP3,SEP4 ]
    [ "$(names --state delivered SEP)" = SEP3,SEP4 ]
    [ "$(names --state failed)" = SEP2 ]
    [ "$(names --locked)" = SEP1 ]
    [ "$(names --expiring 60)" = ATA1,SEP3 ]
    [ "$(names --expiring 0)" = ATA1 ]
    [ -z "$(names --state issued)" ]
    status 0 voxcapf list --state issued
    says "no such phone"
    status 2 voxcapf list --state locked
    says "there is --locked"
    status 2 voxcapf list --expiring soon
    status 2 voxcapf list SEP ATA
    status 0 voxcapf list "SEP%"
    says "no such phone"
}

@test "JSON is a document per line" {
    voxcapf list --json >lines
    [ "$(wc -l <lines)" = 5 ]
    jq -es 'all(has("device") and has("state") and has("locked_until") and has("days_left"))' lines
    [ "$(jq -c 'select(.device == "SEP3") | [.state, .operation, .days_left, .locked_until, .string]' lines)" = '["delivered","none",30,null,false]' ]
}

@test "all about one, with the certificates that it was given" {
    status 0 voxcapf show SEP3
    says "delivered since 2026-01-01T00:00:05Z" "LSC             $(sha256sum <SEP3.der | cut -d ' ' -f 1)" "(30 days)" "EC P-256" "issued 2026-01-01T00:00:00Z, delivered "
    given SEP3 700 undelivered
    status 0 voxcapf show SEP3 SEP2
    says "not confirmed by the phone" "complete by" "its key was refused"
    [ "$(grep -c "its key was refused" <<<"$output")" = 1 ]
    [ "$(voxcapf show SEP3 --json | jq '.phones[0].certificates | length')" = 2 ]
    [ "$(voxcapf show SEP3 --json | jq -r '.phones[0].certificates[0].delivered')" = null ]
    status 3 voxcapf show SEP9
    says "there is no phone 'SEP9'" "voxcapf list"
    status 3 voxcapf show ../x
}

@test "what happened to it, in its order" {
    voxcapf set SEP3 --install --auth lsc -q
    status 0 voxcapf log SEP3
    says "voxcapf set SEP3: install by lsc" "issued" "delivered"
    [ "$(voxcapf log SEP3 --json | jq -r '[.events[].result] | join(",")')" = issued,delivered,done ]
    silent_about SEP1
    status 0 voxcapf log SEP99
    says "Nothing is recorded"
    status 2 voxcapf log
}

@test "a reader that leaves early, and a full disk, are noticed" {
    run bash -c 'set -o pipefail; voxcapf list | head -n 1'
    says DEVICE
    [ -e /dev/full ] || skip
    status 4 bash -c 'voxcapf list --json >/dev/full'
    status 4 bash -c 'voxcapf set SEP7 --install -q >/dev/full'
}
