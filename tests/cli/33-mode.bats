#!/usr/bin/env bats
# The cluster's security mode.

load ../harness/cli

story_setup() {
    voxtrust init -q
}

@test "non-secure until it is changed; a change is asked for" {
    status 0 voxlist mode
    [ "$output" = non-secure ]
    status 1 voxlist mode mixed </dev/null
    says "not changed" "--yes"
    status 0 voxlist mode
    [ "$output" = non-secure ]
    status 0 voxlist mode mixed --yes
    says "mixed mode now" "voxlist publish ctl" "voxlist publish itl"
    status 0 voxlist mode
    [ "$output" = mixed ]
    status 0 voxlist mode mixed
    says "already"
    status 0 voxtrust log
    says "voxlist mode mixed"
}

@test "JSON and misuse" {
    status 0 voxlist mode --json
    says '"mode": "non-secure"' '"changed": false'
    status 0 voxlist mode MIXED --json -y
    says '"mode": "mixed"' '"changed": true'
    status 2 voxlist mode secure
    says "mixed or non-secure"
}
