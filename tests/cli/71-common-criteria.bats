#!/usr/bin/env bats
# Common Criteria mode: TLS 1.0 is off, and what contradicts that is refused with the reason.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

effective() { voxtls show --json | jq -r .effective.min_version; }

@test "on and off, with a minimum of 1.1 or 1.2" {
    status 0 voxtls common-criteria on
    says "Common Criteria mode: on"
    [ "$(voxtls show common-criteria)" = on ]
    [ "$(effective)" = 1.2 ]
    status 0 voxtls common-criteria on
    says already
    status 0 voxtls set min-version 1.1 -y
    [ "$(effective)" = 1.1 ]
    status 0 voxtls set min-version 1.2 -y
    [ "$(voxtls common-criteria off --json | jq -c '[.common_criteria, .was, .changed]')" = '[false,true,true]' ]
    status 0 voxtrust log
    says "voxtls common-criteria on (was off)" "voxtls common-criteria off (was on)"
}

@test "1.0 and 1.3 cannot be set in it" {
    voxtls common-criteria on -q
    status 3 voxtls set min-version 1.0 -y
    says "has TLS 1.0 off" "1.1 or 1.2"
    status 3 voxtls set min-version 1.3 -y
    says "1.1 or 1.2, not 1.3"
    [ "$(voxtls show min-version)" = 1.2 ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 2 ]
    voxtls common-criteria off -q
    status 0 voxtls set min-version 1.0 -y
}

@test "it is not switched on where 1.3 is the minimum" {
    voxtls set min-version 1.3 -q -y
    status 3 voxtls common-criteria on -y
    says "1.1 or 1.2, not 1.3"
    [ "$(voxtls show common-criteria)" = off ]
}

@test "a minimum of 1.0 that is set already behaves as 1.1, after a question" {
    voxtls set min-version 1.0 -q -y
    status 1 voxtls common-criteria on </dev/null
    says "not switched on" "--yes"
    [ "$(voxtls show common-criteria)" = off ]
    status 0 voxtls common-criteria on -y
    [ "$(effective)" = 1.1 ]
    run --separate-stderr voxtls show min-version
    [ "$output" = 1.0 ]
    [[ $stderr == *"in effect: 1.1, by Common Criteria mode"* ]]
    status 0 voxtls matrix
    says "CC 1.0"
    status 0 voxtls common-criteria off
    [ "$(effective)" = 1.0 ]
}
