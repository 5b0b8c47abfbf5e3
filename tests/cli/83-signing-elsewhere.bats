#!/usr/bin/env bats
# A list is prepared here, signed on another machine that has neither store nor network, and the signature is brought back.

load ../harness/cli
load ../harness/token

story_setup() {
    two_tokens
    new_key SAST1 one.pem && ONE=$URI
    new_key SAST2 two.pem && TWO=$URI
    RECORDS=(--sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --timestamp 2027-01-01T00:00:00Z)
}

check_of() { sed -n '/^Check number/,/^$/p' "$1" | tail -n +2 | tr -d ' \n'; }

@test "prepared, signed, attached: the same bytes as in one step" {
    status 0 voxlist prepare ctl "${RECORDS[@]}" -o list.txt
    says "CTL of 3 records" "To be signed by CN=SAST-" "1. SAST CN=SAST-" "Check number"
    status 0 env -u VOXTRUST_STORE voxtoken sign list.txt --key "$ONE" --pin-file pin --expect "$(check_of list.txt)" -o signature.txt
    says "Signed and verified"
    status 0 voxlist attach list.txt signature.txt -o CTLFile.tlv
    says "the signature is valid"
    voxlist build ctl "${RECORDS[@]}" --signer "$ONE" --password-file pin -o direct.tlv -q
    cmp CTLFile.tlv direct.tlv
    voxlist verify CTLFile.tlv
}

@test "what changes for phones is said on both machines" {
    voxlist build ctl "${RECORDS[@]}" --signer "$ONE" --password-file pin -o CTLFile.tlv -q
    status 0 voxlist prepare ctl --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --against CTLFile.tlv -o next.txt
    says "- SAST CN=SAST-" "Phones that hold it know this signer"
    grep -q '^  - SAST CN=SAST-' next.txt
    status 0 voxtoken sign next.txt --key "$TWO" --pin-file pin --expect "$(check_of next.txt | cut -c 1-8)" -o s.txt
    says "- SAST CN=SAST-" "know this signer"
    voxlist attach next.txt s.txt -o next.tlv
    status 0 voxlist verify next.tlv --against CTLFile.tlv
    new_key SAST2 three.pem
    status 0 voxlist prepare ctl --sast three.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --against CTLFile.tlv -o bad.txt
    says "PHONES THAT HOLD IT DO NOT KNOW THIS SIGNER"
}

@test "the words of the file are not believed" {
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    sed 's/CTL of 3 records/CTL of 9 records/' list.txt >lie.txt
    status 0 voxtoken sign lie.txt --key "$ONE" --pin-file pin --expect "$(check_of list.txt)" -o s.txt
    says "CTL of 3 records"
    silent_about "9 records"
}

@test "another check number, or nobody to confirm it: nothing is signed, no PIN is asked for" {
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    for wrong in 00000000 "$(check_of list.txt | cut -c 1-7)" "$(check_of list.txt)0" ""; do
        : >calls
        status 1 env VOXTRUST_PKCS11_MODULE="$VOX_BUILD/tests/faultp11.so" P11_LOG="$T/calls" \
            voxtoken sign list.txt --key "$ONE" --pin-file pin --expect "$wrong" -o s.txt
        says "nothing was signed"
        [ ! -s calls ]
        [ ! -e s.txt ]
    done
    status 2 setsid voxtoken sign list.txt --key "$ONE" --pin-file pin -o s.txt
    says "--expect"
    # blanks and case are for people
    status 0 voxtoken sign list.txt --key "$ONE" --pin-file pin -o s.txt -q --expect "$(check_of list.txt | tr a-f A-F | sed 's/..../& /g')"
}

@test "the wrong key, the wrong list, a damaged signature" {
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    status 3 voxtoken sign list.txt --key "$TWO" --pin-file pin --expect "$(check_of list.txt)" -o s.txt
    says "not that of the signer"
    [ ! -e s.txt ]
    voxtoken sign list.txt --key "$ONE" --pin-file pin --expect "$(check_of list.txt)" -o s.txt -q
    voxlist prepare ctl "${RECORDS[@]}" --digest sha1 -o other.txt -q
    status 3 voxlist attach other.txt s.txt -o x.tlv
    says "of another list"
    tail -n 3 s.txt | head -n 1 | tr 'A-Za-z' 'B-ZAb-za' >line
    { head -n -3 s.txt; cat line; tail -n 2 s.txt; } >damaged.txt
    run voxlist attach list.txt damaged.txt -o x.tlv
    [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
    [ ! -e x.tlv ]
    status 3 voxlist attach s.txt list.txt -o x.tlv
    says "its first line is not"
    status 3 voxlist attach list.txt CTLFile.tlv -o x.tlv || status 4 voxlist attach list.txt CTLFile.tlv -o x.tlv
    [ ! -e x.tlv ]
}

@test "files that nobody would write" {
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    local n
    n=$(grep -c '' list.txt)
    for i in $(seq 1 "$n"); do # a line is missing
        sed "${i}d" list.txt >bad.txt
        run voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect "$(check_of list.txt)" -o s.txt
        case $status in
        0) [ "$i" -gt 1 ] ;; # of the words
        1 | 3) [ ! -e s.txt ] ;;
        *) echo "line $i: $status $output" >&2; return 1 ;;
        esac
        rm -f s.txt
    done
    cat list.txt list.txt >bad.txt
    status 3 voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect 00000000 -o s.txt
    says "is there twice"
    { cat list.txt; cat one.pem; } >bad.txt
    status 3 voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect 00000000 -o s.txt
    says "does not belong there"
    : >bad.txt
    status 3 voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect 00000000 -o s.txt
    voxlist build ctl "${RECORDS[@]}" --signer "$ONE" --password-file pin -o signed.tlv -q
    { echo "voxtrust prepared list, version 1"; echo "-----BEGIN VOXTRUST LIST TO SIGN-----"; base64 -w 64 signed.tlv; echo "-----END VOXTRUST LIST TO SIGN-----"; } >bad.txt
    status 3 voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect 00000000 -o s.txt
    says "signed already"
}

# edited FROM LABEL PROGRAM: FROM with the bytes of that block as perl's PROGRAM leaves them in $_.
edited() {
    sed -n "/^-----BEGIN $2-----/,/^-----END $2-----/p" "$1" | sed '1d;$d' | base64 -d | perl -0777 -pe "$3" | base64 -w 64 >block
    sed "/^-----BEGIN $2-----/,/^-----END $2-----/d" "$1"
    printf -- '-----BEGIN %s-----\n%s\n-----END %s-----\n' "$2" "$(cat block)" "$2"
}

@test "a list without its signer among the SASTs, and a signature that is too short" {
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    # FUNCTION (tag 4, two bytes) of every record becomes CAPF's
    edited list.txt "VOXTRUST LIST TO SIGN" 's/\x04\x00\x02\x00\x00/\x04\x00\x02\x00\x04/g' >bad.txt
    status 3 voxtoken sign bad.txt --key "$ONE" --pin-file pin --expect 00000000 -o s.txt
    says "no SAST record of the list is the signer that its header names"
    voxtoken sign list.txt --key "$ONE" --pin-file pin --expect "$(check_of list.txt)" -o s.txt -q
    for length in 8 32; do
        edited s.txt "VOXTRUST LIST SIGNATURE" "\$_ = substr(\$_, 0, $length)" >short.txt
        status 3 voxlist attach list.txt short.txt -o out.tlv
        says "has $length bytes: too few for a signature"
        [ ! -e out.tlv ]
    done
}

@test "published with the store's history, and held against what phones have" {
    a_cluster
    mkdir tftp
    voxlist build ctl "${RECORDS[@]}" --signer "$ONE" --password-file pin -o CTLFile.tlv -q
    status 0 voxlist publish ctl --to tftp --list CTLFile.tlv
    cmp CTLFile.tlv tftp/CTLFile.tlv
    voxlist build ctl --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$TWO" --password-file pin -o next.tlv -q
    status 0 voxlist publish ctl --to tftp --list next.tlv
    # the first one is not known to phones any more
    status 1 voxlist publish ctl --to tftp --list CTLFile.tlv
    cmp next.tlv tftp/CTLFile.tlv
    status 3 voxlist publish itl --to tftp --list next.tlv
    says "this is a CTL"
    status 0 voxlist history
    # from tokens to the store's own keys: phones do not know those
    status 1 voxlist publish ctl --to tftp
    voxcert export ITLRecovery -o recovery.pem
    voxlist build ctl --sast two.pem --sast recovery.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$TWO" --password-file pin -o both.tlv -q
    status 0 voxlist publish ctl --to tftp --list both.tlv
    status 0 voxlist publish ctl --to tftp
}

@test "wrong arguments are told what to type" {
    status 2 voxlist prepare ctl
    status 2 voxlist attach list.txt
    says "two files"
    status 2 voxtoken sign
    says "voxlist prepare"
    status 2 voxtoken sign x.txt -o y
    says "--key"
    status 4 voxtoken sign x.txt --key "$ONE" -o y
}

@test "at a terminal the check number is typed, and another one signs nothing" {
    load ../harness/terminal
    needs_a_terminal
    voxlist prepare ctl "${RECORDS[@]}" -o list.txt -q
    at_terminal "as the other machine has them: " 00000000 -- voxtoken sign list.txt --key "$ONE" --pin-file pin -o s.txt
    [ "$status" -eq 1 ]
    says "that is another check number: nothing was signed"
    [ ! -e s.txt ]
    at_terminal "as the other machine has them: " "$(check_of list.txt | cut -c 1-8)" -- voxtoken sign list.txt --key "$ONE" --pin-file pin -o s.txt
    [ "$status" -eq 0 ]
    voxlist attach list.txt s.txt -o CTLFile.tlv
}
