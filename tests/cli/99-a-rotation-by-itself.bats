#!/usr/bin/env bats
# One command does all steps of a rotation, each when its time has come; from a terminal or a timer.

load ../harness/cli

story_setup() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
}

# phones_hold ITL FIRST LAST: phones FIRST to LAST hold that version, all the CTL that is out.
phones_hold() {
    { echo device,model,ctl,itl; for i in $(seq "$2" "$3"); do echo "SEP00000000000$i,8841,$(newest ctl),$1"; done; } >held.csv
    voxtrust phones import held.csv -q
}
newest() { voxlist history "$1" --json | jq -r '[.[] | select(.current)][0].version'; }
step() { voxrotate status --all --json | jq -r '.rotations[-1].step'; }
at_step() { [ "$(step)" = "$1" ]; }
once() { status 0 voxrotate run TVS --once --no-proof "$@"; }

@test "step by step, from a timer" {
    phones_hold 2 0 9
    once
    says "new certificate" "Waits: 10 known phones do not believe the new certificate yet, SEP000000000000 first"
    at_step staged
    phones_hold "$(newest itl)" 0 8
    once --until 50
    says "Waits: 1 known phone does not believe" "SEP000000000009 first (9 accept it, 1 would be locked out)"
    once --or-after 0 # no phone is given up by time
    at_step staged
    phones_hold "$(newest itl)" 9 9
    once
    says "10 accept it" "Waits: the old certificate is to be believed until"
    at_step activated
    phones_hold "$(newest itl)" 0 9
    once --grace 0
    says "Retired"
    at_step retired
    status 0 voxtrust log --verify
}

@test "where no phone is known, time decides, if it is told how much" {
    once
    says "no phones are known" "--or-after DAYS"
    at_step staged
    once --or-after 30
    at_step staged
    once --or-after 0 --grace 0
    at_step retired
}

@test "the percentage is of all known phones; the number typed in is the most that may be lost" {
    phones_hold 2 0 9
    once
    phones_hold "$(newest itl)" 0 7
    once --force=1
    says "2 known phones do not believe"
    once --force=3 --until 90
    says "90 % of the phones are to believe" "8 accept it, 2 would be locked out"
    at_step staged
    once --force=2 --until 80
    at_step activated
}

@test "in a terminal that stays open: it goes on when phones have followed, and was killed in between" {
    phones_hold 2 0 9
    voxrotate run TVS --every 1 --no-proof --grace 0 >run.log 2>&1 &
    runner=$!
    until_true grep -q '^Waits: 10 known phones' run.log
    kill -KILL "$runner"
    wait "$runner" || true
    at_step staged
    voxrotate run TVS --every 1 --no-proof --grace 0 >run.log 2>&1 &
    runner=$!
    phones_hold "$(newest itl)" 0 9
    wait "$runner"
    at_step retired
    grep -q '^Retired' run.log
}

@test "what is rolled back meanwhile is not begun again; errors end it" {
    phones_hold 2 0 9
    voxrotate run TVS --every 1 --no-proof >run.log 2>&1 &
    runner=$!
    until_true grep -q '^Waits' run.log
    voxrotate rollback TVS -q
    ended=0
    wait "$runner" || ended=$?
    [ "$ended" -eq 1 ]
    grep -q 'somebody else has ended the rotation' run.log
    status 3 voxrotate run tomcat --once
    says "there is no tomcat certificate to be replaced"
    status 2 voxrotate run TVS --until 0
    says "1 to 100 percent"
    status 2 voxrotate run TVS --until 101%
    status 2 voxrotate run TVS --or-after never
    status 2 voxrotate run TVS --every 0
    status 2 voxrotate run
}

@test "what it waits for, as JSON" {
    phones_hold 2 0 9
    [ "$(voxrotate run TVS --once --no-proof --json | jq -r '"\(.service) \(.node) \(.step) \(.waits | length > 9)"')" = "TVS cm1 staged true" ]
}
