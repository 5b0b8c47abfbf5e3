#!/usr/bin/env bats
# An operator says what a phone is to do, and how it has to prove who it is.

load ../harness/cli
load ../harness/phones

story_setup() { voxtrust init --cluster lab -q; }

@test "an installation gets a string of 8 digits, which is shown once and never again" {
    status 0 voxcapf set SEP0123456789AB --install
    says "SEP0123456789AB: install rsa:2048, proof: string" "shown only now"
    string=$(grep -oE 'string [0-9]{8},' <<<"$output" | tr -dc 0-9)
    [ "${#string}" = 8 ]
    status 0 voxcapf show SEP0123456789AB
    says "pending" "install" "string          until "
    silent_about "$string"
    for out in "$(voxcapf list)" "$(voxcapf list --json)" "$(voxcapf show SEP0123456789AB --json)" "$(voxtrust log)" "$(voxcapf log SEP0123456789AB)"; do
        [[ $out != *$string* ]]
    done
    run ! grep -aq "$string" state/voxtrust.db state/voxtrust.db-wal
}

@test "several at once get different strings; --quiet says nothing else" {
    voxcapf set SEP1 SEP2 SEP3 --install --quiet >strings
    [ "$(wc -l <strings)" = 3 ]
    [ "$(cut -d ' ' -f 2 strings | sort -u | wc -l)" = 3 ]
    grep -qxE 'SEP2 [0-9]{8}' strings
    voxcapf set SEP4 --install --json | jq -e '.phones[0] | .device == "SEP4" and (.authentication_string | test("^[0-9]{8}$"))'
    voxcapf set SEP5 --install -q --generate=15 | grep -qxE 'SEP5 [0-9]{15}'
}

@test "a string of one's own comes from a file or standard input; as an argument it is warned about" {
    echo 445566 >string
    status 0 voxcapf set SEP1 --install --string-file string
    silent_about 445566
    one=$(state_of SEP1 string)
    [ "${#one}" = 64 ]
    status 0 voxcapf set SEP1 --install --string-file - <<<445566
    [ "$(state_of SEP1 string)" = "$one" ]
    status 0 voxcapf set SEP1 --install --string 445566
    says "can be read by others" "--string-file"
    [ "$(state_of SEP1 string)" = "$one" ]
    voxcapf set SEP1 --install -q
    [ "$(state_of SEP1 string)" != "$one" ]
    # Without a terminal there is nobody to ask.
    status 2 setsid voxcapf set SEP1 --install --string - </dev/null
    says "be at a terminal, or use --string-file"
    for bad in 123 1234567890123456 12a4; do
        echo "$bad" >string
        status 2 voxcapf set SEP1 --install --string-file string
        says "4 to 15 digits"
        silent_about "$bad"
    done
}

@test "other proofs have no string" {
    for proof in null lsc mic; do
        status 0 voxcapf set SEP1 --install --auth $proof
        says "proof: $proof"
        silent_about "authentication string"
        [ -z "$(state_of SEP1 string)" ]
    done
    status 0 voxcapf set SEP1 --install --auth null
    says "warning: without a proof"
    echo 1234 >string
    status 2 voxcapf set SEP1 --install --auth lsc --string-file string
    says "the proof 'string' only"
    # A string that was set goes with the proof.
    voxcapf set SEP1 --install -q
    voxcapf set SEP1 --install --auth mic -q
    [ -z "$(state_of SEP1 string)" ]
}

@test "key, deadline and life of the string are as asked, and stay what they were when nothing is said" {
    status 0 voxcapf set SEP1 --install --key ec:P-384 --by 2099-01-01 --json
    [ "$(jq -c '.phones[0] | [.key, .by, .string_expires]' <<<"$output")" = '["ec:P-384","2099-01-01T00:00:00Z","2099-01-01T00:00:00Z"]' ]
    status 0 voxcapf set SEP1 --install --expires 2098-01-01T12:00:00Z --json
    [ "$(jq -c '.phones[0] | [.key, .by, .string_expires]' <<<"$output")" = '["ec:P-384",null,"2098-01-01T12:00:00Z"]' ]
    status 0 voxcapf set SEP2 --install --key rsa:512 --json
    [ "$(jq -r '.phones[0].key' <<<"$output")" = rsa:512 ]
    week=$(($(date -d "$(jq -r '.phones[0].string_expires' <<<"$output")" +%s) - $(date +%s)))
    [ "$week" -gt $((7 * 86400 - 600)) ] && [ "$week" -le $((7 * 86400)) ]
    for bad in 2001-01-01 +0d +7 +7y 7d tomorrow; do
        status 2 voxcapf set SEP1 --install --by "$bad"
    done
    status 2 voxcapf set SEP1 --install --key dsa
    says "rsa:BITS or ec:CURVE"
}

@test "every operation, and taking one back" {
    for operation in fetch delete install; do
        voxcapf set SEP1 --$operation --auth lsc -q
        [ "$(state_of SEP1 "operation || ' ' || state")" = "$operation pending" ]
    done
    id=$(state_of SEP1 operation_id)
    voxcapf set SEP1 --install --auth lsc -q
    [ "$(state_of SEP1 operation_id)" != "$id" ]
    status 0 voxcapf set SEP1 --none
    says "nothing to do"
    [ "$(state_of SEP1 "operation || ' ' || state")" = "none none" ]
    status 2 voxcapf set SEP1 --none --by +1d
}

@test "a new order ends a lock" {
    voxcapf set SEP1 --install -q
    sqlite3 state/voxtrust.db "UPDATE phones SET wrong = 7, locked_until = '2099-01-01T00:00:00Z'"
    status 0 voxcapf list --locked
    says "SEP1" "locked until 2099-01-01T00:00:00Z (7 wrong strings)"
    voxcapf set SEP1 --install -q
    [ "$(state_of SEP1 "wrong || locked_until")" = 0 ]
    status 0 voxcapf list --locked
    says "no such phone"
}

@test "the audit log has an entry for each call, without secrets" {
    voxcapf set SEP1 SEP2 --install --key ec -q
    voxcapf set SEP1 --none -q
    status 0 voxtrust log
    says "voxcapf set SEP1 SEP2: install by string, ec:P-256" "voxcapf set SEP1: none"
    voxtrust log --verify -q
    status 0 voxcapf log SEP2
    says "install by string"
    silent_about "SEP1: none"
}

@test "wrong arguments, and nothing is changed" {
    status 2 voxcapf set SEP1
    says "--install, --fetch, --delete or --none"
    status 2 voxcapf set --install
    says "which DEVICE?"
    status 2 voxcapf set SEP1 --install --fetch
    status 2 voxcapf set SEP1 --install --auth password
    status 2 voxcapf set SEP1 --install --generate=3
    status 2 voxcapf set SEP1 --install --generate --string-file x
    status 2 voxcapf set SEP1 --install --generate 6
    says "--generate=6"
    status 2 voxcapf set SEP1 SEP2 SEP1 --install
    says "SEP1 is named twice"
    status 2 voxcapf frobnicate
    for name in sep1 '../SEP1' '' 'SEP 1' 'SEP1;--' '%s' SEP0123456789ABCD $'SEP\e[2J' $'SEP\xe2\x80\xae1' $'SEP1\nSEP2'; do
        status 3 voxcapf set SEP2 "$name" --install
        silent_about $'\e'
        [ "$(wc -l <<<"$output")" = 1 ]
    done
    status 0 voxcapf list
    says "There are no phones yet"
    status 4 voxcapf set SEP1 --install --store sqlite:nowhere.db
    says "voxtrust init"
}

@test "the key of the strings is a file of its own that others cannot read" {
    voxcapf set SEP1 --install -q
    [ "$(stat -c %a state/keys/capf-strings.key)" = 600 ]
    chmod 644 state/keys/capf-strings.key
    status 4 voxcapf set SEP1 --install
    says "capf-strings.key" "chmod"
}
