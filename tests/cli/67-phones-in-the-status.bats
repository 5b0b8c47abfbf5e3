#!/usr/bin/env bats
# The one screen tells how far the phones are, and what about them needs attention.

load ../harness/cli
load ../harness/phones

story_setup() { voxtrust init --cluster lab -q; }

@test "without phones nothing is said about them" {
    run voxtrust status
    silent_about "hone"
    [ "$(voxtrust status --json | jq -c '[.phones.all, .phones.states.pending]')" = '[0,0]' ]
}

@test "phones by state, and what needs attention" {
    voxcapf set SEP1 SEP2 SEP3 --install -q >/dev/null
    given SEP4 400
    given SEP5 10
    status 1 voxtrust status
    says "Phones: 5, 3 pending, 2 delivered" "Phones with a certificate: 2, of which 1 end within 60 days and 0 have ended" \
        "1 phone has a certificate that ends soon: 'voxcapf renew'"
    given SEP6 -2
    given SEP7 -3
    sqlite3 state/voxtrust.db "UPDATE phones SET locked_until = '2099-01-01T00:00:00Z' WHERE name = 'SEP1';
        UPDATE phones SET state = 'failed', reason = 'its key was refused' WHERE name < 'SEP4' AND name > 'SEP1'"
    status 1 voxtrust status --quiet
    says "2 phones have not done what was asked: 'voxcapf list --state failed'" "1 phone is locked" "2 phones have a certificate that has ended"
    [ "$(voxtrust status --json | jq -c '.phones | [.all, .states.failed, .locked, .with_lsc, .lsc_ending, .lsc_ended]')" = '[7,2,1,4,1,2]' ]
}
