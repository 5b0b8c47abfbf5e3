#!/usr/bin/env bats
# Security profiles are given to many phones at once: all of them or none, and one knows before how many.

load ../harness/cli
load ../harness/phones
load ../harness/terminal

story_setup() {
    voxtrust init --cluster lab -q
    voxcapf security-profile add enc --model 88xx --mode encrypted --auth mic --key ec:P-384 -q
    voxcapf security-profile add plain --mode non-secure --auth mic -q
    { echo device,model; printf 'SEP10%s,8841\n' 1 2 3; printf 'SEP20%s,7962\n' 1 2; } >models.csv
    voxtrust phones import models.csv -q
}

db() { sqlite3 -readonly state/voxtrust.db "$1"; }

# assigned: DEVICE=PROFILE of all that have one.
assigned() { db "SELECT group_concat(device || '=' || profile, ' ') FROM (SELECT * FROM phone_assignments ORDER BY device)"; }

@test "by name: who is not known is a slip, unless one says so" {
    status 0 voxcapf assign enc SEP101 SEP102
    says "enc: 2 phones: 2 without one, 0 with another, 0 with this one already"
    status 3 voxcapf assign plain SEP101 SEP1O2
    says "SEP1O2: no such phone is known" "--new" "1 phone refused; nothing was changed"
    [ "$(assigned)" = "SEP101=enc SEP102=enc" ]
    status 0 voxcapf assign enc SEP1O2 --new
    says "the model is not known"
    status 0 voxcapf assign plain SEP1O2 # it has one: it is known by that
    status 0 voxcapf assign --none SEP1O2 SEP103
    says "1 with an assigned profile, 1 without"
    [ "$(assigned)" = "SEP101=enc SEP102=enc" ]
    status 2 voxcapf assign enc SEP101 SEP101
    says "SEP101 is named twice"
    status 3 voxcapf assign enc sep101
    status 3 voxcapf assign "" SEP101 # an empty variable of a script is no --none
    says "no such profile: ''"
    status 3 voxcapf assign encrypted SEP101
    says "no such profile: 'encrypted' (enc, plain)"
    status 0 voxtrust log
    says "voxcapf assign enc: SEP101 SEP102" "voxcapf assign --none: SEP1O2 SEP103"
}

@test "nothing to do is nothing done: no entry in the log" {
    voxcapf assign enc SEP101 -q
    before=$(voxtrust log --json)
    status 0 voxcapf assign enc SEP101
    says "1 with this one already"
    status 0 voxcapf assign --none SEP102
    status 0 voxcapf assign plain SEP101 --check
    says "plain would be for 1 phone: 0 without one, 1 with another, 0 with this one already"
    [ "$(voxtrust log --json)" = "$before" ]
    [ "$(assigned)" = "SEP101=enc" ]
}

@test "by pattern, model, and profile: it asks first, with the number" {
    status 1 voxcapf assign plain --pattern 'SEP*' </dev/null
    says "nothing was changed" "--yes"
    [ -z "$(assigned)" ]
    status 0 voxcapf assign plain --pattern 'SEP[2-9]0?' -y
    says "plain: 2 phones: 2 without one"
    voxcapf assign plain --pattern 'SEP1*' -y -q
    # One that does not fit is all that do not.
    status 3 voxcapf assign enc --pattern 'SEP*' -y
    says "SEP201: profile enc is for 88xx, not for model 7962" "2 phones refused; nothing was changed"
    status 0 voxcapf assign enc --pattern 'SEP*' --model 8841 -y
    says "3 with another"
    [ "$(assigned)" = "SEP101=enc SEP102=enc SEP103=enc SEP201=plain SEP202=plain" ]
    status 0 voxcapf assign enc --model 88xx -y
    says "3 with this one already"
    status 0 voxcapf assign --none --from plain -y
    [ "$(assigned)" = "SEP101=enc SEP102=enc SEP103=enc" ]
    status 1 voxcapf assign plain --pattern 'ATA*' -y
    says "no known phone matches"
    status 1 voxcapf assign plain --pattern 'sep1*' -y
    status 0 voxtrust log
    says "voxcapf assign plain (3 phones, pattern SEP1*)" "voxcapf assign enc (3 phones, pattern SEP*, model 8841)" "voxcapf assign --none (2 phones, from plain)"
}

@test "on a terminal a person is asked" {
    needs_a_terminal
    answers n voxcapf assign plain --pattern "'SEP1*'"
    says "Profile plain for 3 phones: 3 without one, 0 with another, 0 with this one already? [y/N]" "nothing was changed"
    [ -z "$(assigned)" ]
    answers y voxcapf assign plain --pattern "'SEP1*'"
    says "plain: 3 phones"
    [ "$(assigned)" = "SEP101=plain SEP102=plain SEP103=plain" ]
}

@test "from a table, with one profile for all or one for each" {
    printf 'Device\nSEP101\nSEP102\n' >a.csv
    status 0 voxcapf assign enc --csv a.csv
    says "enc: 2 phones: 2 without one"
    printf '\xef\xbb\xbfprofile;device\r\n"plain";SEP201\r\nenc;SEP103\r\n' >b.csv
    status 0 voxcapf assign --csv b.csv --check
    says "b.csv would be for 2 phones"
    status 0 voxcapf assign --csv b.csv --json
    [ "$(jq -c '[.profile,.assigned,.phones,.new,.changed,.same]' <<<"$output")" = '[null,true,2,2,0,0]' ]
    [ "$(assigned)" = "SEP101=enc SEP102=enc SEP103=enc SEP201=plain" ]
    printf 'device\nSEP101\nNEW1\n' >c.csv
    status 3 voxcapf assign plain --csv - <c.csv
    says "line 3: NEW1: no such phone is known"
    status 0 voxcapf assign plain --csv - --new <c.csv
    status 0 voxcapf assign --none --csv a.csv
    [ "$(assigned)" = "NEW1=plain SEP103=enc SEP201=plain" ]
    status 0 voxtrust log
    says "voxcapf assign enc (a.csv, 2 phones, SHA-256 $(sha256sum <a.csv | cut -d ' ' -f 1))"
    status 0 voxtrust log --verify
}

# refused TEXT...: p.csv is, all of it; each TEXT is said.
refused() {
    status 3 voxcapf assign --csv p.csv
    says "$@"
    silent_about $'\e' $'\xff' $'\xe2\x80\xae' Sanitizer
    [ -z "$(assigned)" ]
}

@test "tables that are none, and lines that are none" {
    before=$(voxtrust log --json)
    printf '' >p.csv
    refused "empty: a line with the columns' names is expected"
    printf 'device,profile\n' >p.csv
    refused "no phone below the header"
    printf 'device,profile,operation\nSEP101,enc,install\n' >p.csv
    refused "line 1: no column 'operation' is known: device, profile"
    printf 'device,device\nSEP101,SEP102\n' >p.csv
    refused "the column 'device' stands there twice"
    printf 'profile\nenc\n' >p.csv
    refused "there is no column 'device'"
    printf 'device\nSEP101\n' >p.csv
    refused "there is no column 'profile', and no PROFILE was named"
    printf 'device,profile\nSEP101,enc\nSEP102\nSEP103,\nSEP201,enc\nSEP101,plain\nSEP999,enc\n../x,enc\nSEP102,a;b\nSEP102,nobody\n' >p.csv
    refused "p.csv: line 3: 1 fields, the header has 2" "line 4: SEP103: no profile is named" "line 6: SEP101 stands in line 2 already" \
        "line 8: " "is no device" "line 9: not a profile's name" "lines refused; nothing was changed"
    printf 'device,profile\nSEP101,enc\nSEP201,enc\nSEP999,enc\nSEP102,nobody\n' >p.csv
    refused "p.csv: line 3: SEP201: profile enc is for 88xx, not for model 7962" "line 4: SEP999: no such phone is known" \
        "line 5: no such profile: 'nobody'" "3 lines refused"
    printf 'device,profile\nSEP101,enc\nSEP\0002,enc\nSEP\033[2J,enc\nSEP\377,enc\nSEP\xe2\x80\xae1,enc\n"SEP102,enc\n' >p.csv
    refused "line 3: byte 4 is \\x00" "line 4: byte 4 is \\x1b" "line 5: byte 4 is \\xff" "line 6: byte 4" "line 7: a quote that is not closed" "5 lines refused"
    { printf 'device,profile\nSEP101,enc\n'; head -c 1048576 /dev/zero | tr '\0' A; } >p.csv
    refused "line 3: 1048576 bytes long"
    head -c 100000 /dev/urandom >p.csv
    refused "p.csv: "
    truncate -s 100M p.csv
    refused "too large"
    printf 'device,profile\nSEP101,enc\n' >p.csv
    status 3 voxcapf assign enc --csv p.csv
    says "a column 'profile', and a PROFILE for all of them as well"
    { echo device,profile; seq -f 'X%g,enc' 30; } >p.csv
    refused "line 2: X1: no such phone" "30 lines refused (the first ones are shown)"
    [ "$(voxtrust log --json)" = "$before" ]
    status 4 voxcapf assign --csv nowhere.csv
    says nowhere.csv
}

@test "a hundred thousand lines, by table and by pattern, and a kill in the middle changes nothing" {
    { echo device; seq -f 'SEP%06.0f' 100000; } >p.csv
    status 0 voxcapf assign plain --csv p.csv --new
    says "plain: 100000 phones: 100000 without one"
    [ "$(db 'SELECT count(*) FROM phone_assignments')" = 100000 ]
    status 0 voxcapf assign enc --pattern 'SEP0*' -y
    says "enc: 99999 phones: 0 without one, 99999 with another"
    status 3 voxcapf security-profile remove enc
    says "in use by 99999 phones"
    if strace -o /dev/null true 2>/dev/null; then
        ASAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace=fdatasync,fsync -e inject=fdatasync,fsync:signal=KILL:when=1 \
            voxcapf assign --none --csv p.csv
        [ "$status" -ne 0 ]
        case $(db 'SELECT count(*) FROM phone_assignments') in 0 | 100000) ;; *) return 1 ;; esac
        voxtrust log --verify -q
    fi
}

@test "who cannot do what the profile wants is warned about" {
    voxcapf security-profile add lsc --mode encrypted --auth lsc -q
    voxcapf security-profile add string --mode encrypted --auth string -q 2>/dev/null
    given SEP101 100
    status 0 voxcapf assign lsc SEP101
    silent_about warning
    status 0 voxcapf assign lsc SEP101 SEP102 SEP103
    says "2 phones (SEP102 ...) have no LSC from here"
    status 0 voxcapf assign string SEP101 SEP102
    says "1 phone without an LSC get a secure mode and prove themselves with a string"
}

@test "misuse is explained" {
    status 2 voxcapf assign
    says "which PROFILE?"
    status 2 voxcapf assign enc
    says "which phones: DEVICE..., --pattern, --model, --from or --csv?"
    status 2 voxcapf assign --none
    status 2 voxcapf assign enc SEP101 --pattern 'SEP*'
    says "name DEVICEs, or a pattern"
    status 2 voxcapf assign enc --csv a.csv --model 8841
    status 2 voxcapf assign enc --pattern 'SEP*' --new
    says "--new is about phones that are named"
    status 2 voxcapf assign enc --model 8x
    status 3 voxcapf assign enc --from nobody
    says "no such profile: 'nobody'"
}
