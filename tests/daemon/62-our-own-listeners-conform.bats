#!/usr/bin/env bats
# What voxtls audit finds at our own listeners is what the policy says, whatever the policy is.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() { a_cluster; }

# conforms WORDS: an audit of $AT finds nothing but the policy, and it is the one of these words.
conforms() {
    voxtls audit "$AT" >report 2>&1 3>&- && grep -q "^Policy: $1" report
}

policies() {
    until_true conforms 'normal 1.2, ciphers medium'
    voxtls set ciphers strongest -q
    until_true conforms 'normal 1.2, ciphers strongest'
    voxtls set min-version 1.3 -q -y
    until_true conforms 'normal 1.3, ciphers strongest'
    voxtls set min-version 1.0 -q -y
    until_true conforms 'normal 1.0, ciphers all'
    voxtls common-criteria on -q -y
    until_true conforms 'CC 1.0, ciphers all'
    voxtls set min-version 1.1 -q -y
    until_true conforms 'CC 1.1, ciphers all'
}

@test "voxtvsd" {
    start_tvsd
    policies
}

@test "voxcapfd" {
    start_capfd
    policies
}
