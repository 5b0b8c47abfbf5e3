#!/usr/bin/env bats
# The state and sign processes, and in place of a net process (or of state) a program that says what it likes: tests/harness/intruder.c.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() {
    a_capf
    printf '31415926\n' >digits
    voxcapf set SEP0011223344AA --install --string-file digits -q
}

# intruder WORD...: what it hears is in heard, the log in d.log; both processes live at the end.
intruder() { "$VOX_BUILD/tests/intruder" "$VOX_BIN/voxcapfd" "$@" >heard 2>>d.log || { cat heard d.log >&2 && false; }; }

# guesses N PEER: words for N wrong strings, each on a connection of its own.
guesses() {
    local i
    for ((i = 1; i <= $1; i++)); do printf '%s\n' "open:$i:$2" hear "auth:$i:SEP0011223344AA:$((10000000 + i))" hear; done
}

@test "strings cannot be guessed by inventing where phones are" {
    # What the store refuses as an address undid the count of the try; whoever guessed right was let in.
    local evil
    evil=hex:$(printf '01%.0s' {1..60})
    intruder "open:1:$evil" hear open:1:192.0.2.1:1 hear
    grep -qx closed heard
    grep -qx '1 AUTH_REQUEST {VERSION 3, AUTH_TYPE 0}' heard
    intruder "open:1:hex:0a" hear "open:2:hex:5a" hear "open:3:hex:$(printf '3a%.0s' {1..70})" hear
    [ "$(grep -cx closed heard)" -eq 3 ]
    mapfile -t words < <(guesses 12 192.0.2.7:7)
    intruder "${words[@]}" open:60:198.51.100.1:1 hear auth:60:SEP0011223344AA:31415926 hear
    [ "$(grep -c 'END_SESSION {REASON 9}' heard)" -eq 13 ] # locked: the right one does not help either
    [ "$(state_of SEP0011223344AA wrong)" -eq 5 ]
    never grep -q KEY_GENERATE_REQUEST heard
}

@test "a key without a proof, out of turn, or for a session of another: no certificate" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    intruder open:1:192.0.2.1:1 hear key:1:k.pem hear \
        open:2:192.0.2.2:2 hear auth:2:SEP0011223344AB:31415926 hear key:2:k.pem \
        open:3:192.0.2.3:3 hear close:3 key:3:k.pem \
        open:4:192.0.2.4:4 hear open:4:192.0.2.4:4 hear open:5:192.0.2.5:5 hear key:4:k.pem key:5:k.pem hear
    [ "$(grep -c KEY_GENERATE_REQUEST heard)" -eq 0 ]
    [ "$(db 'SELECT count(*) FROM ledger')" -eq 0 ]
    grep -qx closed heard # a connection that is opened twice
}

@test "any bytes, by the thousand: nothing is issued, nothing falls" {
    intruder flood:1:20000 sign-flood:2:20000 new open:9:192.0.2.9:9 hear
    grep -q 'AUTH_REQUEST' heard
    [ "$(db 'SELECT count(*) FROM ledger')" -eq 0 ]
    [ "$(db 'PRAGMA integrity_check')" = ok ]
    never grep -qE 'ERROR: AddressSanitizer|runtime error' d.log
    [ "$(tr -d '\n\40-\176' <d.log | wc -c)" -eq 0 ] # an event is a line
}

@test "a state process that was taken over gets no more than the caps allow" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    intruder issue:SEP0011223344AB:k.pem:25
    grep -qx 'issued 10 refused 0 later 15' heard
    grep -q 'alarm: SEP0011223344AB' d.log
    openssl genrsa -out weak.pem 1024 2>/dev/null
    intruder issue:SEP0011223344AC:weak.pem:3 issue:SEP0011223344AC:state/keys/"$(ls state/keys | grep ^CAPF-)":3
    [ "$(grep -cx 'issued 0 refused 3 later 0' heard)" -eq 2 ] # a short key, the CA's own
}
