#!/usr/bin/env bats
# Inventories of servers: what is read, and what is refused with its line.

load ../harness/cli
load ../harness/servers

# places: HOST PORT of everything that was looked at, in the JSON that was printed.
places() { of '.hosts[] | .host as $h | .ports[] | "\($h) \(.port) \(.application)"'; }

@test "hosts a line, with comments, blanks, ports and both kinds of address" {
    printf '# servers of the lab\n127.0.0.71:7\r\n\n   # indented\n  127.0.0.72:8  \n[::1]:9\n127.0.0.73' >hosts
    looked --inventory hosts --min-version 1.2
    [ "$(places | head -n 3)" = "$(printf '127.0.0.71 7 null\n127.0.0.72 8 null\n::1 9 null')" ]
    [ "$(places | grep -c '^127.0.0.73 ')" = 12 ]
}

@test "a table: header or not, fields that are empty, kinds and applications" {
    cat >servers.csv <<'END'
# made by hand, "quoted" and ; otherwise
host,port,application,kind
127.0.0.71,,,imp
127.0.0.72,9999,HA proxy,cucm
127.0.0.73,,"TVS",
127.0.0.73,5555,ours
127.0.0.74,,HA proxy
END
    looked --inventory servers.csv --min-version 1.0
    [ "$(places | grep -c '^127.0.0.71 ')" = 6 ]
    [ "$(places | grep -v '^127.0.0.71 ')" = "$(printf '127.0.0.72 9999 HA proxy\n127.0.0.73 2445 TVS\n127.0.0.73 5555 ours\n127.0.0.74 6971 HA proxy\n127.0.0.74 6972 HA proxy\n127.0.0.74 9443 HA proxy')" ]
    # The application says what is expected, at whatever port.
    [ "$(of '.hosts[] | select(.host == "127.0.0.72") | .ports[0].expected | join(" ")')" = 1.2 ]
    [ "$(of '.hosts[] | select(.host == "127.0.0.73") | .ports[1].expected | join(" ")')" = "1.0 1.1 1.2" ]
    tr ',' ';' <servers.csv | sed 1d >semicolons.csv
    looked --inventory - --min-version 1.0 <semicolons.csv
    [ "$(places | wc -l)" = 12 ]
}

@test "hosts of arguments and inventory, the same one in both" {
    echo 127.0.0.71:7 >hosts
    looked 127.0.0.71:7 127.0.0.72:1 --inventory hosts --min-version 1.2
    [ "$(of '.summary | "\(.hosts) \(.ports)"')" = "2 2" ]
}

@test "lines that cannot be meant are named with their number, and nothing is asked" {
    tcp_server say 'SSH-2.0-x\r\n'
    cat >bad.csv <<END
127.0.0.1,$port
127.0.0.1,0
127.0.0.1,65536
127.0.0.1,443x
127.0.0.1:443,444
,443
127.0.0.1,,no such thing
127.0.0.1,443,x,phones
a,b,c,d,e
two words
-x.example.test
10.0.0.256
a..b
[::1
[zz]:443
"127.0.0.1
127.0.0.1,4"43
END
    status 3 voxtls audit --inventory bad.csv --min-version 1.2
    for line in 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do says "bad.csv: line $line: "; done
    silent_about "line 1: " "SSH"
    says "16 lines refused; nothing was done" "line 5: two ports: 443 beside the host, and 444" "line 7: no such thing is no application" "line 8: phones: the kind is"
}

@test "bytes that are no text, terribly long lines, and too much of everything" {
    printf 'a\0b\n' >nul
    status 3 voxtls audit --inventory nul --min-version 1.2
    says "line 1: " "control character"
    printf '\xff\xfe\n' >latin
    status 3 voxtls audit --inventory latin --min-version 1.2
    says "no UTF-8"
    printf '\033[2Jx\n' >escape
    status 3 voxtls audit --inventory escape --min-version 1.2
    silent_about "$(printf '\033')"
    head -c 5000 /dev/zero | tr '\0' a >long
    status 3 voxtls audit --inventory long --min-version 1.2
    says "line 1: 5000 bytes long"
    printf '%s\n' "$(head -c 254 /dev/zero | tr '\0' a)" >name
    status 3 voxtls audit --inventory name --min-version 1.2
    says "line 1: "
    seq 1 20001 | sed 's/^/h/' >many
    status 3 voxtls audit --inventory many --min-version 1.2
    says "more than 20000 hosts"
    head -c 5000000 /dev/zero >large
    status 3 voxtls audit --inventory large --min-version 1.2
    seq 1 50 | sed 's/^/-/' >fifty
    status 3 voxtls audit --inventory fifty --min-version 1.2
    says "line 20: " "50 lines refused (the first ones are shown)"
    silent_about "line 21: "
}

@test "an inventory without a host, or none at all" {
    printf '# nothing\n\n' >empty
    status 3 voxtls audit --inventory empty --min-version 1.2
    says "empty: no host in it"
    : >nothing
    status 3 voxtls audit --inventory nothing --min-version 1.2
    status 4 voxtls audit --inventory none --min-version 1.2
    status 4 voxtls audit --inventory . --min-version 1.2
}
