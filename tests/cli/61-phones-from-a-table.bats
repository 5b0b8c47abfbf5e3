#!/usr/bin/env bats
# Many phones are set from a table: all of them, or none with the lines and the reasons.

load ../harness/cli
load ../harness/phones

story_setup() { voxtrust init --cluster lab -q; }

phones() { sqlite3 -readonly state/voxtrust.db 'SELECT count(*) FROM phones'; }

@test "a table with every column" {
    cat >phones.csv <<'END'
device,operation,auth,string,key,by,expires
SEP1,install,string,,rsa:3072,2099-01-01,2098-01-01
SEP2,install,string,generate:12,ec:P-521,,
SEP3,install,string,7788990011,,+2w,
SEP4,fetch,lsc,,,,
SEP5,delete,mic,,,,
SEP6,,null,,,,
SEP7,none,,,,,
END
    chmod 600 phones.csv
    status 0 voxcapf import phones.csv --strings-to strings.csv
    says "phones.csv: 7 phones imported, 7 of them new" "strings.csv: 2 authentication strings"
    [ "$(stat -c %a strings.csv)" = 600 ]
    [ "$(head -n 1 strings.csv)" = device,string,expires ]
    grep -qxE 'SEP1,[0-9]{8},2098-01-01T00:00:00Z' strings.csv
    grep -qxE 'SEP2,[0-9]{12},2.*Z' strings.csv
    [ "$(wc -l <strings.csv)" = 3 ]
    [ "$(state_of SEP1 "operation || proof || key || complete_by")" = installstringrsa:30722099-01-01T00:00:00Z ]
    [ "$(state_of SEP4 "operation || proof || state")" = fetchlscpending ]
    [ "$(state_of SEP6 "operation || proof || key")" = installnullrsa:2048 ]
    [ "$(state_of SEP7 "operation || state")" = nonenone ]
    voxcapf set SEP9 --install --string-file - <<<7788990011 -q
    [ "$(state_of SEP3 'length(string)')" = 64 ]
}

@test "a table of names alone, with other separators, line ends, quotes, blanks and a byte order mark" {
    printf 'device\nSEP1\n\nSEP2\n' >a.csv
    printf '\xef\xbb\xbfDevice;Auth\r\nSEP3;null\r\n"SEP4" ; "null" \r\n' >b.csv
    printf 'auth\tdevice\nmic\tSEP5\n"lsc"\tSEP6' >c.csv
    status 0 voxcapf import a.csv --strings-to s.csv
    status 0 voxcapf import b.csv
    status 0 voxcapf import c.csv
    status 0 voxcapf import - <<<$'device,auth\nSEP7,mic'
    [ "$(sqlite3 -readonly state/voxtrust.db "SELECT group_concat(name || proof) FROM phones")" = \
        SEP1string,SEP2string,SEP3null,SEP4null,SEP5mic,SEP6lsc,SEP7mic ]
}

@test "phones that are there already are changed" {
    voxcapf set SEP1 --delete --auth lsc -q
    printf 'device,auth\nSEP1,mic\nSEP2,mic\n' >p.csv
    status 0 voxcapf import p.csv --json
    [ "$(jq -c '[.phones, .new, .changed, .imported, .strings_file]' <<<"$output")" = '[2,1,1,true,null]' ]
    [ "$(jq -r .sha256 <<<"$output")" = "$(sha256sum <p.csv | cut -d ' ' -f 1)" ]
    [ "$(state_of SEP1 operation)" = install ]
}

@test "the audit log has one entry with the number and the digest" {
    printf 'device,auth\nSEP1,mic\nSEP2,mic\n' >p.csv
    voxcapf import p.csv -q
    status 0 voxtrust log --last 1
    says "voxcapf import p.csv (2 phones, SHA-256 $(sha256sum <p.csv | cut -d ' ' -f 1))"
    voxtrust log --verify -q
}

@test "generated strings need a new file to go to" {
    printf 'device\nSEP1\n' >p.csv
    status 2 voxcapf import p.csv
    says "--strings-to"
    echo precious >strings.csv
    status 3 voxcapf import p.csv --strings-to strings.csv
    says "strings.csv: is there already"
    [ "$(cat strings.csv)" = precious ]
    status 4 voxcapf import p.csv --strings-to no/such/folder/strings.csv
    [ "$(phones)" = 0 ]
}

@test "--check looks and does nothing" {
    printf 'device\nSEP1\nSEP2\n' >p.csv
    status 0 voxcapf import p.csv --check
    says "2 phones could be imported"
    [ "$(phones)" = 0 ]
    printf 'device\nSEP1\nsep2\n' >p.csv
    status 3 voxcapf import p.csv --check
}

@test "each refusal has its line and its reason, and nothing is changed" {
    cat >p.csv <<'END'
device,operation,auth,string,key,by,expires
SEP1,install,mic,,,,
sep2,install,mic,,,,
SEP3,upgrade,mic,,,,
SEP4,install,password,,,,
SEP5,install,mic,1234,,,
SEP6,install,string,12x4,,,
SEP7,install,mic,,rsa:100,,
SEP8,install,mic,,,2001-01-01,
SEP9,install,mic,,,,soon
SEP10,install,mic
SEP1,install,mic,,,,
SEP11,install,string,generate:99,,,
SEP12,none,,,,2099-01-01,
END
    status 3 voxcapf import p.csv --strings-to s.csv
    says "p.csv: line 3: \"sep2\" is no device's name" "line 4: operation 'upgrade'" "line 5: auth 'password'" "line 6: an authentication string goes" \
        "line 7: an authentication string has 4 to 15" "line 8: RSA key of 100" "line 9: 2001-01-01 is over" "line 10: 'soon' is no time" \
        "line 11: 3 fields, the header has 7" "line 12: SEP1 stands in line 2 already" "line 13: 'generate:99'" "line 14: a time to complete by" \
        "12 lines refused; nothing was changed"
    silent_about 12x4
    [ "$(phones)" = 0 ]
    [ ! -e s.csv ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 1 ]
}

@test "of many refusals the first twenty and the number" {
    { echo device; seq 1 1000 | sed 's/^/x/'; } >p.csv
    status 3 voxcapf import p.csv
    says "line 2: " "line 21: " "1000 lines refused (the first ones are shown)"
    silent_about "line 22: "
    [ "$(wc -l <<<"$output")" = 21 ]
}

@test "what is no table" {
    : >p.csv
    status 3 voxcapf import p.csv
    says "p.csv: empty"
    echo device >p.csv
    status 3 voxcapf import p.csv
    says "no phone below the header"
    printf 'SEP1,mic\n' >p.csv
    status 3 voxcapf import p.csv
    says "line 1: no column 'SEP1' is known" "device, operation"
    printf 'auth,key\nmic,ec\n' >p.csv
    status 3 voxcapf import p.csv
    says "no column 'device'"
    printf 'device,auth,DEVICE\nSEP1,mic,SEP1\n' >p.csv
    status 3 voxcapf import p.csv
    says "twice"
    status 4 voxcapf import no-such.csv
    status 4 voxcapf import .
    status 2 voxcapf import
}

@test "strings in a table that others can read are warned about" {
    printf 'device,string\nSEP1,12345678\n' >p.csv
    chmod 644 p.csv
    status 0 voxcapf import p.csv
    says "p.csv: warning" "chmod 600"
    silent_about 12345678
}
