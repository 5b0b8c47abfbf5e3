#!/usr/bin/env bats
# A rehearsal has the steps of the ceremony, with two software tokens that are thrown away; nothing of it stays but its transcript.

load ../harness/cli
load ../harness/token
load ../harness/terminal

story_setup() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    two_tokens
    new_key SAST1 one.pem && ONE="$URI?pin-source=$T/pin"
    new_key SAST2 two.pem && TWO="$URI?pin-source=$T/pin"
    a_cluster
    mkdir tftp tmp
    export TMPDIR=$T/tmp
    voxlist build ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm0" --signer "$ONE" --timestamp 2026-01-01T00:00:00Z -o held.tlv -q
    voxlist publish ctl --to tftp --list held.tlv -q
    voxlist prepare ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --against held.tlv -o list.txt -q
    CHECK=$(sed -n '/^Check number/,/^$/p' list.txt | tail -n +2 | tr -d ' \n')
}

rehearsal=(voxtoken ceremony list.txt --present "A. Keeper" --present "B. Witness" --rehearsal --transcript r.jsonl)
PINS=('the token "REHEARSAL 1"' 246810 'the token "REHEARSAL 2"' 246810)
DIGITS="The first 8 digits:" SIGN='Type "sign":' PUBLISH='Type "publish":'

state_of_things() {
    sqlite3 state/voxtrust.db .dump | sha256sum
    find tftp tokens -type f -exec sha256sum {} + | sort
    find . -path ./tmp -prune -o -type f -print | grep -v -e screen -e r.jsonl | sort
}
left_over() { find tmp -mindepth 1; }

@test "the same steps, the PINs among them; tokens, list, store and folder stay as they were" {
    local before steps
    before=$(state_of_things)
    at_terminal "${PINS[@]}" "$DIGITS" "${CHECK:0:8}" "$SIGN" sign "$PUBLISH" publish -- \
        "${rehearsal[@]}" --key "$ONE" --second "$TWO" -o next.tlv --publish-to tftp
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    says "Two software tokens stand for yours" "SAST CN=REHEARSAL 1" "verified with the certificate" "published as version 1" "It was a REHEARSAL"
    silent_about "$T/tftp"
    [ "$(grep -c 'REHEARSAL: nothing that comes out is valid' screen)" -eq 9 ]
    [ "$(state_of_things)" = "$before" ]
    [ -z "$(left_over)" ]
    # its transcript says so, and proves nothing
    grep -q '"rehearsal":true' r.jsonl
    status 1 voxtoken verify-transcript r.jsonl
    says '"REHEARSAL 1"' "a rehearsal: it proves nothing"
    # the steps are those of the ceremony
    steps=$(jq -r .what r.jsonl)
    at_terminal "$DIGITS" "${CHECK:0:8}" "$SIGN" sign "$PUBLISH" publish -- \
        voxtoken ceremony list.txt --present "A. Keeper" --present "B. Witness" --transcript t.jsonl --key "$ONE" --second "$TWO" -o next.tlv --publish-to tftp
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    [ "$(jq -r .what t.jsonl)" = "$steps" ]
    # and the one does not go on with the other's transcript
    status 2 "${rehearsal[@]}" --resume
    says "begin another one"
}

@test "stopped by a wrong answer, a wrong PIN, Ctrl-C or a kill: the tokens are gone" {
    local before
    before=$(state_of_things)
    at_terminal "${PINS[@]}" "$DIGITS" 00000000 -- "${rehearsal[@]}"
    [ "$status" -eq 1 ]
    says "another check number"
    [ -z "$(left_over)" ]
    rm r.jsonl
    at_terminal "${PINS[0]}" 999999 -- "${rehearsal[@]}"
    [ "$status" -eq 3 ]
    [ -z "$(left_over)" ]
    rm r.jsonl
    at_terminal "${PINS[0]}" $'\x03' -- "${rehearsal[@]}"
    [ "$status" -ge 128 ]
    [ -z "$(left_over)" ]
    rm r.jsonl
    at_terminal "${PINS[@]}" "$DIGITS" $'\x03' -- "${rehearsal[@]}" --publish-to tftp
    [ "$status" -ge 128 ]
    [ -z "$(left_over)" ]
    rm r.jsonl
    # the one that plays is killed: the other one tidies up
    at_terminal "${PINS[@]}" "$DIGITS" "${CHECK:0:8}" "$SIGN" sign -- \
        strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=8 "${rehearsal[@]}"
    [ "$status" -ne 0 ]
    [ -z "$(left_over)" ]
    [ "$(state_of_things)" = "$before" ]
}

@test "without SoftHSM: what to install; with one SAST: as the ceremony would say" {
    mkdir bin
    ln -s "$(command -v voxtoken)" bin/voxtoken
    PATH=$T/bin status 4 voxtoken ceremony list.txt --present A --present B --rehearsal --transcript r.jsonl
    says "apt install softhsm2"
    [ ! -e r.jsonl ]
    [ -z "$(left_over)" ]
    voxlist prepare ctl --sast one.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" -o list.txt -q
    at_terminal "${PINS[@]}" -- "${rehearsal[@]}"
    [ "$status" -eq 3 ]
    says 'the certificate on the token "REHEARSAL 2" is no SAST of this list'
    [ -z "$(left_over)" ]
}
