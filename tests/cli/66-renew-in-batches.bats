#!/usr/bin/env bats
# Phones whose certificates end soon renew them, some at a time.

load ../harness/cli
load ../harness/phones

story_setup() { voxtrust init --cluster lab -q; }

# Phones SEP001 to SEPn whose certificates end in 21, 22 ... days and 6 hours, without the certificates.
many() {
    sqlite3 state/voxtrust.db "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
        INSERT INTO phones SELECT printf('SEP%03d', i), 'none', 'string', 'rsa:2048', '', '', '', '', '', 'delivered', '', '2026-01-01T00:00:00Z', 0,
        '', printf('%064d', i), strftime('%Y-%m-%dT%H:%M:%SZ', 'now', (20 + i) || ' days', '6 hours') FROM n"
}

turn() { date -d "$(sqlite3 -readonly state/voxtrust.db "SELECT not_before FROM phones WHERE name = '$1'")" +%s; }

@test "those that end within the days, soonest first, paced" {
    many 50
    status 0 voxcapf renew --expiring 60 --per-hour 60
    says "39 phones to be renewed" # 21 to 59 days
    [ "$(sqlite3 -readonly state/voxtrust.db "SELECT count(*) FROM phones WHERE operation = 'install' AND proof = 'lsc' AND state = 'pending'")" = 39 ]
    [ $(($(turn SEP002) - $(turn SEP001))) = 60 ]
    [ $(($(turn SEP039) - $(turn SEP001))) = $((38 * 60)) ]
    status 0 voxcapf list SEP039
    says "its turn is at"
    status 0 voxtrust log --last 1
    says "voxcapf renew (39 phones, expiring within 60 days, 60 per hour, by lsc)"
}

@test "again finds nobody twice, and new ones queue behind" {
    many 10
    voxcapf renew --expiring 25 --per-hour 60 -q # 21 to 24
    status 0 voxcapf renew --expiring 28 --per-hour 60
    says "3 phones to be renewed" "4 with something to do already"
    [ $(($(turn SEP005) - $(turn SEP004))) = 60 ]
    status 0 voxcapf renew --expiring 28
    says "No phone is to be renewed."
    [ "$(voxtrust log --json | jq '[.entries[] | select(.what | startswith("voxcapf renew"))] | length')" = 2 ]
}

@test "one that has ended proves nothing; one that ends before its turn is told" {
    given SEP1 -1
    many 3
    status 0 voxcapf renew
    says "1 certificates have ended" "3 phones"
    [ "$(state_of SEP1 operation)" = none ]
    status 0 voxcapf renew --auth mic
    says "1 phone to be renewed"
    [ "$(state_of SEP1 "operation || proof")" = installmic ]
    sqlite3 state/voxtrust.db "DELETE FROM phones"
    many 600
    sqlite3 state/voxtrust.db "UPDATE phones SET lsc_not_after = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '1 days')"
    status 0 voxcapf renew --per-hour 1
    says "end before their turn comes"
}

@test "--check changes nothing; JSON says it in numbers" {
    many 5
    status 0 voxcapf renew --check --json
    [ "$(jq -c '[.scheduled, .phones, .ended, .waiting_already, .too_late]' <<<"$output")" = '[false,5,0,0,0]' ]
    [ "$(sqlite3 -readonly state/voxtrust.db "SELECT count(*) FROM phones WHERE operation <> 'none'")" = 0 ]
    status 2 voxcapf renew --per-hour 0
    status 2 voxcapf renew --expiring x
    status 2 voxcapf renew --auth string
    status 2 voxcapf renew SEP1
}
