#!/usr/bin/env bats
# Bytes that no table should have are told by their line, without reaching the terminal, and nothing is changed.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

# refused TEXT...: p.csv is; each TEXT is said.
refused() {
    status 3 voxcapf import p.csv
    says "$@"
    silent_about $'\e' $'\xff' $'\xe2\x80\xae' Sanitizer
    [ "$(sqlite3 -readonly state/voxtrust.db 'SELECT count(*) FROM phones')" = 0 ]
}

@test "NUL, controls, bytes that are no UTF-8, writing that turns round" {
    printf 'device,auth\nSEP1,mic\nSEP\0002,mic\n' >p.csv
    refused "p.csv: line 3: byte 4 is \\x00"
    printf 'device,auth\nSEP\0332,mic\n' >p.csv
    refused "line 2: byte 4 is \\x1b"
    printf 'device,auth\nSEP\3772,mic\n' >p.csv
    refused "line 2: byte 4 is \\xff"
    printf 'device,auth\nSEP\xe2\x80\xae2,mic\n' >p.csv
    refused "line 2: byte 4 is"
    printf 'device,auth\nSEP1\r,mic\r\nSEP2,mic\r\n' >p.csv
    refused "line 2: byte 5 is \\x0d"
    printf 'dev\0ice\n' >p.csv
    refused "line 1: byte 4"
    head -c 100000 /dev/urandom >p.csv
    refused "p.csv: "
    printf '\xff\xfed\0e\0v\0i\0c\0e\0' >p.csv
    refused "line 1: byte 1 is \\xff"
}

@test "quotes in wrong places" {
    printf 'device,auth\n"SEP1,mic\nSEP2,mic\n' >p.csv
    refused "line 2: a quote that is not closed in its line" "1 line refused"
    printf 'device,auth\n"SEP1"x,mic\nSE"P2,mic\n"SEP""3",mic\n"SEP\n4",mic\n' >p.csv
    refused "line 2: something behind the closing quote" "line 3: a quote inside a field" "line 4: " 'is no device' "line 5: a quote that is not closed" \
        "line 6: "
}

@test "a line of a megabyte, thousands of fields, a million empty lines" {
    { printf 'device,auth\nSEP1,mic\n'; head -c 1048576 /dev/zero | tr '\0' A; printf ',mic\nSEP2,mic\n'; } >p.csv
    refused "line 3: 1048580 bytes long; at most 4096" "1 line refused"
    { printf 'device,auth\nSEP1'; printf ',%.0s' {1..3000}; echo; } >p.csv
    refused "line 2: more than 16 fields"
    { echo device,auth; head -c 1000000 /dev/zero | tr '\0' '\n'; echo SEP1; } >p.csv
    refused "line 1000002: 1 fields"
    { head -c 1048576 /dev/zero | tr '\0' ,; } >p.csv
    refused "line 1: "
}

@test "names that mean something elsewhere" {
    for name in "'; DROP TABLE phones; --" '../../etc/passwd' '%s%n' '=cmd()' '$(reboot)' '-rf' 'SEP 1' sep1 'SEP1234567890123'; do
        printf 'device,auth\n"%s",mic\n' "$name" >p.csv
        refused "p.csv: line 2: "
    done
}

@test "larger than any cluster" {
    truncate -s 100M p.csv
    status 3 voxcapf import p.csv
    says "too large"
}
