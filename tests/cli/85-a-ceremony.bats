#!/usr/bin/env bats
# Two people, two tokens, a list: a ceremony at a terminal, and what it leaves behind.

load ../harness/cli
load ../harness/token
load ../harness/terminal

story_setup() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    two_tokens
    new_key SAST1 one.pem && ONE="$URI?pin-source=$T/pin"
    new_key SAST2 two.pem && TWO="$URI?pin-source=$T/pin"
    voxlist prepare ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --timestamp 2027-01-01T00:00:00Z -o list.txt -q
    CHECK=$(sed -n '/^Check number/,/^$/p' list.txt | tail -n +2 | tr -d ' \n')
}

ceremony() { at_terminal "The first 8 digits:" "${CHECK:0:8}" 'Type "sign":' sign -- voxtoken ceremony list.txt "$@"; }
WITNESSES=(--present "A. Keeper" --present "B. Witness")
never() { ! "$@"; }

@test "from the list to the proof" {
    ceremony --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    says "1. Who is present" "A. Keeper" "2. The list" "CTL of 3 records" "3. The two tokens" '"SAST1", serial number' "4. The check number" \
        "5. The first token signs" "verified with the certificate" "6. The signed list" "7. Both tokens sign the transcript" "Done."
    voxlist verify CTLFile.tlv
    status 0 voxtoken verify-transcript t.jsonl --list CTLFile.tlv
    says "present: A. Keeper, B. Witness" 'signer: "SAST1"' 'second: "SAST2"' "The transcript holds"
    status 0 voxtoken verify-transcript t.jsonl --list CTLFile.tlv --json
    [ "$(jq -r .ok <<<"$output")" = true ]
    # nothing secret is in it
    never grep -q 123456 t.jsonl
    # the same bytes as without the ceremony
    voxlist build ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --timestamp 2027-01-01T00:00:00Z --signer "$ONE" -o direct.tlv -q
    cmp direct.tlv CTLFile.tlv
}

@test "every change of the transcript is noticed" {
    ceremony --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv
    local n i
    n=$(grep -c '' t.jsonl)
    [ "$n" -ge 8 ]
    for i in $(seq 1 "$n"); do
        sed "${i}d" t.jsonl >bad.jsonl # a line is missing
        run voxtoken verify-transcript bad.jsonl -q
        [ "$status" -eq 3 ] || [ "$status" -eq 1 ]
        sed "${i}s/\"time\":\"2/\"time\":\"1/" t.jsonl >bad.jsonl # another time
        run voxtoken verify-transcript bad.jsonl -q
        [ "$status" -eq 3 ] || { [ "$status" -eq 0 ] && [ "$i" -eq "$n" ]; }
        sed "${i}p" t.jsonl >bad.jsonl # a line is there twice
        status 3 voxtoken verify-transcript bad.jsonl -q
    done
    sed 's/A\. Keeper/C. Nobody/' t.jsonl >bad.jsonl
    status 3 voxtoken verify-transcript bad.jsonl
    says "the chain breaks at line 3"
    head -n -1 t.jsonl >bad.jsonl
    status 1 voxtoken verify-transcript bad.jsonl
    says "not brought to its end"
    # another list
    voxlist build ctl --sast one.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$ONE" -o other.tlv -q
    status 1 voxtoken verify-transcript t.jsonl --list other.tlv
    says "not the list that came out"
    : >empty
    status 3 voxtoken verify-transcript empty
    status 3 voxtoken verify-transcript list.txt
}

@test "a wrong check number, or no agreement: nothing is signed, nothing is written" {
    at_terminal "The first 8 digits:" 00000000 -- voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o x.tlv
    [ "$status" -eq 1 ]
    says "another check number: nothing was signed"
    at_terminal "The first 8 digits:" "${CHECK:0:8}" 'Type "sign":' yes -- voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t2.jsonl -o x.tlv
    [ "$status" -eq 1 ]
    says "nobody agreed"
    [ ! -e x.tlv ]
    never grep -q '"what":"signed"' t.jsonl t2.jsonl
    grep -q '"what":"stopped"' t.jsonl
    status 1 voxtoken verify-transcript t.jsonl
    status 1 setsid voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t3.jsonl -o x.tlv
    says "nobody typed"
}

@test "stopped behind the signature, and resumed: the token signs the list once" {
    export VOXTRUST_PKCS11_MODULE=$VOX_BUILD/tests/faultp11.so P11_LOG=$T/calls
    ONE=${ONE/%pin/pin} TWO=${TWO/%pin/pin}
    mkdir full
    ceremony --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o full # a folder: it cannot be written
    [ "$status" -eq 4 ]
    grep -q '"what":"signed"' t.jsonl
    signature=$(grep '"what":"signed"' t.jsonl | jq -r .detail.signature)
    status 3 voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv
    says "t.jsonl"
    status 0 voxtoken ceremony list.txt --key "$ONE" --second "$TWO" --transcript t.jsonl -o CTLFile.tlv --resume
    says "It has signed already"
    [ "$(grep -c '"what":"signed"' t.jsonl)" -eq 1 ]
    status 0 voxtoken verify-transcript t.jsonl --list CTLFile.tlv
    status 3 voxtoken ceremony list.txt --key "$ONE" --second "$TWO" --transcript t.jsonl -o CTLFile.tlv --resume
    says "nothing to resume"
    status 0 voxtoken verify-transcript t.jsonl --list CTLFile.tlv # and it has not harmed it
    # and of another list it is none
    voxlist prepare ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" -o other.txt -q
    head -n -1 t.jsonl >u.jsonl
    status 3 voxtoken ceremony other.txt --key "$ONE" --second "$TWO" --transcript u.jsonl -o x.tlv --resume
    says "of another list"
}

@test "killed at any step, and resumed" {
    local k
    for k in 1 2 3 4 5 6 7 8 9; do
        rm -f t.jsonl CTLFile.tlv
        at_terminal "The first 8 digits:" "${CHECK:0:8}" 'Type "sign":' sign -- \
            strace -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=$k \
            voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv
        [ ! -e CTLFile.tlv ] || voxlist verify CTLFile.tlv -q
        [ -s t.jsonl ] || continue # before its first line
        ceremony --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv --resume
        says "Done." || says "nothing to resume"
        status 0 voxtoken verify-transcript t.jsonl --list CTLFile.tlv
    done
}

@test "what does not fit is refused" {
    status 2 voxtoken ceremony list.txt --key "$ONE" --second "$TWO" --present One --transcript t.jsonl -o x.tlv
    says "two people"
    status 2 voxtoken ceremony list.txt --key "$ONE" --second "$TWO" --present One --present one --transcript t.jsonl -o x.tlv
    says "the same person twice"
    status 2 voxtoken ceremony list.txt --key "$ONE" "${WITNESSES[@]}" --transcript t.jsonl -o x.tlv
    says "--second"
    status 3 voxtoken ceremony list.txt --key "$ONE" --second "$ONE" "${WITNESSES[@]}" --transcript t1.jsonl -o x.tlv
    says "the same token"
    status 3 voxtoken ceremony list.txt --key "$TWO" --second "$ONE" "${WITNESSES[@]}" --transcript t2.jsonl -o x.tlv
    says "not the signer that the list names"
    new_key SAST2 three.pem --label third
    status 3 voxtoken ceremony list.txt --key "$ONE" --second "$URI?pin-source=$T/pin" "${WITNESSES[@]}" --transcript t3.jsonl -o x.tlv
    says "no SAST of this list"
    [ ! -e x.tlv ]
    status 2 voxtoken verify-transcript
}

@test "each step is on the disk before the next one begins" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    at_terminal "The first 8 digits:" "${CHECK:0:8}" 'Type "sign":' sign -- strace -f -y -o trace -e trace=fsync \
        voxtoken ceremony list.txt --key "$ONE" --second "$TWO" "${WITNESSES[@]}" --transcript t.jsonl -o CTLFile.tlv
    voxtoken verify-transcript t.jsonl --list CTLFile.tlv -q
    [ "$(grep -c 'fsync([0-9]*<[^>]*/t\.jsonl>)' trace)" -ge "$(grep -c '' t.jsonl)" ]
}

# line NUMBER [MORE]: a line that follows what was written so far; into t.jsonl.
line() {
    local before
    before=$(tail -n 1 t.jsonl | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
    [ -s t.jsonl ] || before=$(printf '0%.0s' {1..64})
    printf '{"n":%s,"before":"%s","time":"2027-01-01T00:00:00Z","what":"resumed","detail":{}%s}\n' "$1" "$before" "${2-}" >>t.jsonl
}

@test "a chain that holds is not enough: numbers go up by one, and a line has its five keys, each once" {
    : >t.jsonl
    line 1 && line 2
    status 1 voxtoken verify-transcript t.jsonl
    says "not brought to its end"
    for bad in 'line 2' 'line 4' 'line 0' 'line 3.0' "line 3 ',\"more\":1'" "line 3 ',\"what\":\"begin\"'" "line 3 ',\"n\":3'"; do
        head -n 2 t.jsonl >kept && cp kept t.jsonl
        eval "$bad"
        status 3 voxtoken verify-transcript t.jsonl
        says "line 3"
    done
    head -n 2 t.jsonl >kept && cp kept t.jsonl
    line 3
    status 1 voxtoken verify-transcript t.jsonl
}
