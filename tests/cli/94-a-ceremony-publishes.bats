#!/usr/bin/env bats
# The last step of a ceremony gives the list to phones. Until then nothing has changed: neither the store nor the folder.

load ../harness/cli
load ../harness/token
load ../harness/terminal

story_setup() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    two_tokens
    new_key SAST1 one.pem && ONE="$URI?pin-source=$T/pin"
    new_key SAST2 two.pem && TWO="$URI?pin-source=$T/pin"
    a_cluster
    mkdir tftp
    voxlist build ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm0" --signer "$ONE" --timestamp 2026-01-01T00:00:00Z -o held.tlv -q
    voxlist publish ctl --to tftp --list held.tlv -q
    prepare list.txt --ccm-tftp "$LAB/ccm.pem,dns=cm1"
}

prepare() {
    voxlist prepare ctl --sast one.pem --sast two.pem "${@:2}" --against held.tlv --timestamp 2027-01-01T00:00:00Z -o "$1" -q
    CHECK=$(sed -n '/^Check number/,/^$/p' "$1" | tail -n +2 | tr -d ' \n')
}

ceremony=(voxtoken ceremony list.txt --transcript t.jsonl -o next.tlv --publish-to tftp)
people=(--present "A. Keeper" --present "B. Witness")
DIGITS="The first 8 digits:" SIGN='Type "sign":' PUBLISH='Type "publish":'

# Everything that the store knows, and every file that phones can fetch.
state_of_things() {
    sqlite3 state/voxtrust.db .dump | sha256sum
    (cd tftp && find . -type f -exec sha256sum {} + | sort)
}

@test "published before witnesses, and proved afterwards" {
    mkdir state/hooks.d
    printf '#!/bin/sh\n{ echo "$1 $2"; cat; } >>%s/heard\n' "$T" >state/hooks.d/tell
    chmod 755 state/hooks.d/tell
    at_terminal "$DIGITS" "${CHECK:0:8}" "$SIGN" sign "$PUBLISH" publish -- "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO"
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    says "7. Both tokens sign the transcript so far" "8. Publication" "Phones that hold version 1 take it by themselves" "published as version 2" \
        "9. Both tokens sign what has come since" "Done."
    cmp next.tlv tftp/CTLFile.tlv
    printf 'published ctl\n%s/tftp/CTLFile.tlv\n' "$T" | diff - heard
    status 0 voxlist history --json
    [ "$(jq -r '.[0].note // .versions[0].note' <<<"$output")" = "ceremony ${CHECK:0:8}" ]
    status 0 voxtrust log
    says "voxtoken ceremony $T/tftp/CTLFile.tlv"
    status 0 voxtoken verify-transcript t.jsonl --list tftp/CTLFile.tlv --published
    says "published: $T/tftp/CTLFile.tlv, version 2, SHA-256 $(sha256sum next.tlv | cut -d' ' -f1)" "The transcript holds"
    # somebody else's list stands there
    cp held.tlv tftp/CTLFile.tlv
    status 1 voxtoken verify-transcript t.jsonl --published
    says "is not the list that was published"
    rm tftp/CTLFile.tlv
    status 1 voxtoken verify-transcript t.jsonl --published
    says "is not there"
    cp next.tlv tftp/CTLFile.tlv
    # another store knows nothing of it
    status 4 voxtoken verify-transcript t.jsonl --published --store "sqlite:$T/none.db"
    # and a later list takes its place
    prepare later.txt --ccm-tftp "$LAB/ccm.pem,dns=cm9"
    voxtoken sign later.txt --key "$ONE" --expect "${CHECK:0:8}" -o s.txt -q
    voxlist attach later.txt s.txt -o later.tlv
    voxlist publish ctl --to tftp --list later.tlv -q
    status 0 voxtoken verify-transcript t.jsonl --published
    says "version 3 has replaced it since"
    # another version in the transcript breaks its chain
    sed 's/"version":2/"version":3/' t.jsonl >bad.jsonl
    status 3 voxtoken verify-transcript bad.jsonl --published
}

@test "stopped at each question, by an answer, by nobody, by Ctrl-C: store and folder are as before" {
    local before script answer n=0
    before=$(state_of_things)
    for answer in no $'\x04' $'\x03'; do
        for script in "$DIGITS" "$DIGITS|${CHECK:0:8}|$SIGN" "$DIGITS|${CHECK:0:8}|$SIGN|sign|$PUBLISH"; do
            IFS='|' read -r -a script <<<"$script"
            rm -f t.jsonl next.tlv
            at_terminal "${script[@]}" "$answer" -- "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO"
            [ "$status" -ne 0 ]
            [ "$answer" != $'\x03' ] || [ "$status" -eq 130 ]
            says "${script[-1]}"
            silent_about "Done."
            [ "$(state_of_things)" = "$before" ] || { echo "changed: $script" >&2; return 1; }
            n=$((n + 1))
        done
    done
    [ "$n" -eq 9 ]
    # and the last of them goes on where it stopped: no token signs the list again
    at_terminal "$PUBLISH" publish -- "${ceremony[@]}" --key "$ONE" --second "$TWO" --resume
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    says "It has signed already" "published as version 2"
    silent_about "so far; so the second one"
    status 0 voxtoken verify-transcript t.jsonl --list tftp/CTLFile.tlv --published
}

@test "killed at any moment: phones are served the old list or the new one, as the store says; and resumed" {
    local k before old=0 new=0 answers
    mkdir kept
    cp -a state tftp kept
    before=$(state_of_things)
    for k in $(seq 1 20); do
        at_terminal "$DIGITS" "${CHECK:0:8}" "$SIGN" sign "$PUBLISH" publish -- \
            strace -qq -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:signal=KILL:when=$k \
            "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO"
        if [ "$status" -eq 0 ]; then break; fi
        if [ "$(state_of_things)" = "$before" ]; then old=$((old + 1)); else new=$((new + 1)); fi
        cmp -s held.tlv tftp/CTLFile.tlv || cmp next.tlv tftp/CTLFile.tlv
        if [ -s t.jsonl ]; then
            answers=("$PUBLISH" publish)
            grep -q '"what":"signed"' t.jsonl || answers=("$DIGITS" "${CHECK:0:8}" "$SIGN" sign "${answers[@]}")
            ! grep -q '"what":"published"' t.jsonl || answers=()
            at_terminal "${answers[@]}" -- "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO" --resume
            says "Done." || says "nothing to resume"
            status 0 voxtoken verify-transcript t.jsonl --list tftp/CTLFile.tlv --published
        fi
        # from the beginning again: a fresh store and folder
        rm -rf t.jsonl next.tlv state tftp
        cp -a kept/state kept/tftp .
    done
    [ "$old" -ge 3 ]
    [ "$new" -ge 1 ]
}

@test "phones would refuse it: the ceremony says so, publishes nothing, and can be brought to its end" {
    voxlist publish ctl --to tftp --force -q # the cluster's own keys: no token is an anchor of phones any more
    local before
    before=$(state_of_things)
    at_terminal "$DIGITS" "${CHECK:0:8}" "$SIGN" sign -- "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO"
    [ "$status" -eq 1 ]
    says "would refuse it" "Nothing was published" "without --publish-to"
    [ "$(state_of_things)" = "$before" ]
    status 1 voxtoken verify-transcript t.jsonl
    status 0 voxtoken ceremony list.txt --transcript t.jsonl -o next.tlv --key "$ONE" --second "$TWO" --resume
    [ "$(state_of_things)" = "$before" ]
    status 0 voxtoken verify-transcript t.jsonl --list next.tlv
    status 1 voxtoken verify-transcript t.jsonl --published
    says "nothing was published"
}

@test "no store, or no folder: said before anything is asked or written" {
    status 4 setsid "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO" --store "sqlite:$T/none.db"
    says "voxtrust init"
    rm -r tftp
    status 4 setsid "${ceremony[@]}" "${people[@]}" --key "$ONE" --second "$TWO"
    says "--publish-to tftp"
    [ ! -e t.jsonl ]
}

# commands_of FILE: what its reader types, a line a command.
commands_of() { sed -n 's/^       *\(vox[a-z]* .*\)/\1/p; s/^       *\(--.*\)/\1/p' "$1" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta'; }

@test "the manual for those who hold the tokens, from top to bottom" {
    local command n=0
    mv one.pem sast1.pem && mv two.pem sast2.pem && cp held.tlv CTLFile.tlv
    openssl x509 -in "$LAB/ccm.pem" -out cm1.pem
    rm list.txt
    while read -r command <&9; do
        command=${command//\/srv\/tftp/tftp}
        n=$((n + 1))
        case $command in
        *--rehearsal*)
            at_terminal 'the token "REHEARSAL 1"' 246810 'the token "REHEARSAL 2"' 246810 "$DIGITS" "${CHECK:0:8}" "$SIGN" sign -- bash -c "$command"
            ;;
        "voxtoken ceremony"*)
            at_terminal 'the token "SAST1"' 123456 'the token "SAST2"' 123456 "$DIGITS" "${CHECK:0:8}" "$SIGN" sign -- bash -c "$command"
            ;;
        *) run bash -c "$command" 9<&- ;;
        esac
        [ "$status" -eq 0 ] || { printf '%s\n%s\n' "$command" "$output" >&2; return 1; }
        [ ! -e list.txt ] || CHECK=$(sed -n '/^Check number/,/^$/p' list.txt | tail -n +2 | tr -d ' \n')
    done 9< <(commands_of "$VOX_SOURCE/docs/howto/token-ceremony.md")
    [ "$n" -eq 6 ]
    cmp next.tlv tftp/CTLFile.tlv
    status 0 voxtoken verify-transcript 2026-11-27.jsonl --list tftp/CTLFile.tlv
}
