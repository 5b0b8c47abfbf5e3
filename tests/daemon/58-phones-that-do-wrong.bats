#!/usr/bin/env bats
# What is no CAPF, comes out of turn, or does not come: one line in the log, END_SESSION with reason 7, and the next phone is served.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_capf
    voxcapf set SEP0011223344AA --install --auth null -q
}

# refused WORD...: a phone that says this is sent away with reason 7, and the log has one line on it.
refused() {
    local before
    before=$(grep -c 'result=' d.log || true)
    phone "$@" hear hear
    tail -n 2 heard >last
    printf 'END_SESSION {REASON 7}\nclosed\n' | diff - last >&2
    until_true logged_times $((before + 1)) 'result='
    [ "$(ledger SEP0011223344AA)" -eq 0 ]
}

@test "bytes that are no CAPF" {
    start_capfd
    refused raw:474554202f20485454502f312e300d0a0d0a                     # GET / HTTP/1.0
    refused raw:00
    refused raw:5502SSSSSSSS0001ff                                       # one byte is no element
    refused raw:5502SSSSSSSSffff                                         # longer than is taken
    refused raw:5502SSSSSSSS000407000200                                 # a length that disagrees
    refused raw:5502SSSSSSSS0004070001030000
    refused message:2:07000103070001030d00105345503030313132323333343441410000      # VERSION twice
    refused message:2:0d0010534550303031313232333334344141                  # DEVICE_NAME without its NUL, longer than it says
    refused message:2:0700010300
    refused message:2
    refused message:2:07000103                                           # no DEVICE_NAME
    refused message:2:0d001053455030303131323233333434414100             # no VERSION
    refused message:2:0700020303
    refused message:2:070001010d001053455030303131323233333434414100     # version 1
    until_true logged_times 14 'result=protocol: '
    status 0 enroll SEP0011223344AA --null
}

@test "every command where it does not belong; another session" {
    start_capfd
    for command in 0 1 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 255; do
        refused "message:$command:01000101"
    done
    for command in 0 1 2 3 5 6 7 8 9 10 11 12 13 14 15 16 18 19 20 21 22 23 24 255; do
        refused auth:SEP0011223344AA hear "message:$command:01000101"
        is SEP0011223344AA failed install
    done
    refused session auth:SEP0011223344AA
    refused auth:SEP0011223344AA hear session progress
    refused auth:SEP0011223344AA hear key-reason:2
    refused auth:SEP0011223344AA hear message:4
    until_true logged "device=SEP0011223344AA operation=install result=declined: the phone made no key: reason 2"
    status 0 enroll SEP0011223344AA --null
}

@test "a certificate that the phone does not store, or does not confirm: it comes again and gets the same one" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    start_capfd
    phone auth:SEP0011223344AA hear key:k.pem hear stored:7 hear
    mv heard.der first.der
    in_ledger first.der
    is SEP0011223344AA failed install
    [ -z "$(db 'SELECT delivered FROM ledger')" ]
    phone auth:SEP0011223344AA hear key:k.pem hear vanish
    until_true ends SEP0011223344AA lost
    is SEP0011223344AA issued install
    cmp first.der heard.der
    phone auth:SEP0011223344AA hear key:k.pem hear message:14:01000101 hear
    is SEP0011223344AA failed install
    phone auth:SEP0011223344AA hear key:k.pem hear stored:1 hear
    cmp first.der heard.der
    is SEP0011223344AA delivered none
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
}

@test "a phone that comes again with another key gets another certificate, and both are recorded" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    openssl genrsa -out k2.pem 2048 2>/dev/null
    start_capfd
    phone auth:SEP0011223344AA hear key:k.pem hear vanish
    mv heard.der first.der
    phone auth:SEP0011223344AA hear key:k2.pem hear stored:1 hear
    never cmp -s first.der heard.der
    in_ledger first.der
    in_ledger heard.der
    [ "$(db 'SELECT count(*) FROM ledger WHERE delivered <> "" ')" -eq 1 ]
}

@test "names that are none are an unknown device, and forge no line" {
    start_capfd
    for name in 'sep0011223344aa' '../../etc/passwd' '%s%s%n' "A'; DROP TABLE phones; --" $'SEP\r\nvoxcapfd[1]: device=X' $'\e[31mRED' $'SEP\xff' 'SEP 1' '' '-rf'; do
        phone "auth:$name" hear hear
        heard 'END_SESSION {REASON 9}' closed
    done
    until_true logged_times 10 'device=- operation=- result=refused: '
    never logged '^voxcapfd'
    never grep -q $'\e' d.log
    [ "$(db 'SELECT count(*) FROM phones')" -eq 1 ]
    status 0 enroll SEP0011223344AA --null
}

@test "a message byte by byte, two at once, unknown elements" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    start_capfd
    phone split auth:SEP0011223344AA hear progress key:k.pem hear stored:1 hear
    is SEP0011223344AA delivered none
    voxcapf set SEP0011223344AA --install --auth null -q
    phone message:2:6300020102070001030d001053455030303131323233333434414100fe0000 hear
    grep -q KEY_GENERATE_REQUEST heard
    until_true logged 'unknown-tags=99,254'
}

@test "phones that say nothing, or half of it, do not stay; the time for a key is another one" {
    start_capfd --idle-timeout 1 --key-timeout 4
    phone hear
    heard closed
    phone raw:5502SSSSSSSS hear
    heard closed
    until_true logged_times 2 'device=- operation=- result=lost: .* .greeted.'
    status 0 enroll SEP0011223344AA --null --in-progress 2
    voxcapf set SEP0011223344AA --install --auth null -q
    phone auth:SEP0011223344AA hear hear
    tail -n 1 heard | grep -qx closed
    until_true is SEP0011223344AA failed install # the connection ends first
    state_of SEP0011223344AA reason | grep -q '^lost: '
}

@test "an authentication string stands in no line, whatever the level" {
    string_for SEP0011223344AB
    start_capfd --log-level debug
    phone auth:SEP0011223344AB:87654321 hear
    status 0 enroll SEP0011223344AB --string-file SEP0011223344AB.string
    logged 'says AUTH_RESPONSE'
    never grep -qE "87654321|$(cat SEP0011223344AB.string)" d.log
    never grep -rqF "$(cat SEP0011223344AB.string)" state
}

@test "a session of a phone cannot be played again by another connection" {
    start_capfd
    voxcapf set SEP0011223344AC --install --auth null -q
    phone auth:SEP0011223344AC hear say:x
    first=$(grep -c AUTH_REQUEST heard)
    [ "$first" -eq 1 ]
    # A recorded answer carries the session of then.
    phone raw:550200000001001b070001030d00105345503030313132323333343441430001000101 hear
    until_true logged 'result=protocol: a message of another session'
}
