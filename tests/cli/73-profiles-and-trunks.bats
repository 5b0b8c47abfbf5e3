#!/usr/bin/env bats
# Security profiles and trunks: what cannot work is refused at once, and nothing is lost that somebody uses.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

profile() { voxtrunk profile add "$@" -q; }

@test "a profile has the vendor's defaults" {
    status 0 voxtrunk profile add "SBC TLS" --mode encrypted --subject-name sbc.example.test
    says "profile SBC TLS: encrypted, out by tls, in by tls on port 5061"
    status 0 voxtrunk profile add plain --mode non-secure
    says "out by tcp, in by tcp+udp on port 5060"
    status 0 voxtrunk profile add digest --mode non-secure --transport udp --incoming udp --port 5070 --digest --nonce-validity 60 --json
    [ "$(jq -c '[.outgoing,.incoming,.port,.digest,.nonce_validity]' <<<"$output")" = '["udp","udp",5070,true,60]' ]
    status 0 voxtrunk profile list
    says "SBC TLS" "plain" "tcp+udp" "sbc.example.test"
    [ "$(voxtrunk profile list --json | jq -c '[.profiles[].name]')" = '["SBC TLS","digest","plain"]' ]
    [ "$(voxtrunk profile show plain --json | jq .nonce_validity)" = 600 ]
    status 0 voxtrust log
    says "voxtrunk profile add SBC TLS (encrypted)"
}

@test "modes and transports that do not go together are refused with the reason" {
    before=$(voxtrust log --json)
    status 3 voxtrunk profile add x --mode encrypted --transport tcp
    says "mode encrypted is TLS"
    status 3 voxtrunk profile add x --mode authenticated --incoming tcp+udp
    says "mode authenticated is TLS"
    status 3 voxtrunk profile add x --mode non-secure --transport tls
    says "non-secure with TLS"
    status 3 voxtrunk profile add x --mode non-secure --subject-name a
    says "without TLS"
    status 3 voxtrunk profile add x --mode non-secure --transport tcp+udp
    says "calls that go out take one"
    [ "$(voxtrust log --json)" = "$before" ]
    [ "$(voxtrunk profile list --json | jq '.profiles | length')" = 0 ]
}

@test "authenticated warns of what it is, and cannot be where TLS 1.3 is the minimum" {
    status 0 voxtrunk profile add auth --mode authenticated
    says "warning" "nothing is hidden" "NULL-SHA"
    voxtls set min-version 1.3 -q -y
    status 3 voxtrunk profile add auth3 --mode authenticated
    says "1.3 is the minimum here"
    status 0 voxtrunk profile add enc --mode encrypted
}

@test "subject names: several at once, none twice, none with a wildcard, not over the vendor's limit" {
    profile tls --mode encrypted --subject-name "a.test, b.test;c.test:d.test e.test" --subject-name f.test
    [ "$(voxtrunk profile show tls --json | jq -r '.subject_names | join(" ")')" = "a.test b.test c.test d.test e.test f.test" ]
    status 3 voxtrunk profile add x --mode encrypted --subject-name "g.test G.test"
    says "stands there twice"
    status 3 voxtrunk profile add x --mode encrypted --subject-name "*.example.test"
    says "wildcard"
    status 3 voxtrunk profile add x --mode encrypted --subject-name $'a\x1b[31m'
    says "control character"
    status 2 voxtrunk profile add x --mode encrypted --subject-name "$(printf 'n%.0s' {1..4097})"
    many=()
    for i in {10..27}; do many+=(--subject-name "$(printf '%0250d' "$i")"); done
    status 3 voxtrunk profile add x --mode encrypted "${many[@]}"
    says "more than 4096 characters"
}

@test "a subject name and a port belong to one profile" {
    profile one --mode encrypted --subject-name sbc.example.test
    status 3 voxtrunk profile add two --mode encrypted --subject-name SBC.example.test
    says "profile one has the subject name" "port 5061"
    [ "$(voxtrunk profile list --json | jq '.profiles | length')" = 1 ]
    status 0 voxtrunk profile add two --mode encrypted --subject-name sbc.example.test --port 5062
}

@test "trunks: up to 16 destinations, each once, ports by the profile" {
    profile tls --mode encrypted
    profile plain --mode non-secure
    status 0 voxtrunk add sbc --profile tls --destination SBC.example.test. --destination [2001:db8:0::9]:5071 -d 192.0.2.9
    says "trunk sbc: profile tls, 3 destinations"
    [ "$(voxtrunk show sbc --json | jq -r '[.destinations[] | "\(.host) \(.port)"] | join(", ")')" = "sbc.example.test 5061, 2001:db8::9 5071, 192.0.2.9 5061" ]
    voxtrunk add old --profile plain --destination pbx.example.test -q
    [ "$(voxtrunk show old --json | jq .destinations[0].port)" = 5060 ]
    status 0 voxtrunk list
    says "[2001:db8::9]:5071" "encrypted" "non-secure"
    status 3 voxtrunk add twice --profile tls -d sbc.example.test -d SBC.EXAMPLE.TEST:5061
    says "stands there twice"
    many=()
    for i in {1..16}; do many+=(-d "192.0.2.$i"); done
    status 0 voxtrunk add many --profile tls "${many[@]}"
    status 2 voxtrunk add more --profile tls "${many[@]}" -d 192.0.2.17
    says "one too many"
}

@test "hosts, ports and names that are none" {
    profile tls --mode encrypted
    before=$(voxtrust log --json)
    for host in a..b -- 'a b' $'a\nb' 'a;b' 'a"b' 300.1.2.3 0.0.0.0 '[ff02::1]' 'fe80::1%lo' "$(printf 'a%.0s' {1..64}).test" "$(printf 'abc.%.0s' {1..80})test"; do
        run voxtrunk add x --profile tls --destination "$host"
        [ "$status" -eq 3 ] || [ "$status" -eq 2 ] || { echo "taken: $host" >&2; false; }
    done
    for host in a:0 a:65536 a:x a: '[2001:db8::1' '[192.0.2.1]:5061' ''; do
        status 2 voxtrunk add x --profile tls --destination "$host"
    done
    for name in '' 'a b' 'a/b' $'a\n' 'a]' -- "$(printf 'n%.0s' {1..65})"; do
        run voxtrunk add --profile tls -d a.test -- "$name"
        [ "$status" -eq 3 ] || { echo "taken: $name" >&2; false; }
    done
    status 3 voxtrunk add x --profile nowhere -d a.test
    says "no such profile: 'nowhere' (tls)"
    status 3 voxtrunk profile add $'p\x1b[2J' --mode encrypted
    silent_about $'\x1b'
    [ "$(voxtrust log --json)" = "$before" ]
}

@test "what is in use is not removed, and says by whom" {
    profile tls --mode encrypted
    voxtrunk add one --profile tls -d a.test -q
    voxtrunk add two --profile tls -d b.test -q
    status 3 voxtrunk profile remove tls
    says "in use by one, two"
    status 0 voxtrunk profile show tls
    says "used by         one, two"
    status 1 voxtrunk remove one </dev/null
    says "nothing was removed"
    status 0 voxtrunk remove one --yes
    status 3 voxtrunk remove one --yes
    says "no such trunk: 'one' (two)"
    status 0 voxtrunk remove two --yes
    status 0 voxtrunk profile remove tls
    status 3 voxtrunk profile remove tls
    says "no such profile"
    [ "$(voxtrunk list --json)" = "$(jq . <<<'{"trunks":[]}')" ] || [ "$(voxtrunk list --json | jq '.trunks | length')" = 0 ]
}

@test "a store of the release before gets the tables, and its backup too" {
    voxtrust node add cm1 -q
    voxtrust backup new.db -q
    for db in state/voxtrust.db new.db; do
        sqlite3 "$db" "DROP VIEW v_trunks; DROP TABLE trunk_certificates; DROP TABLE trunk_destinations; DROP TABLE trunks;
            DROP TABLE trunk_profile_names; DROP TABLE trunk_profiles; DROP TABLE ca_requests; PRAGMA user_version=4;"
    done
    profile tls --mode encrypted
    [ "$(sqlite3 state/voxtrust.db 'PRAGMA user_version')" -ge 5 ]
    status 0 voxtrust restore new.db -y
    [ "$(voxtrunk profile list --json | jq '.profiles | length')" = 0 ]
    profile tls --mode encrypted
    status 0 voxtrust log --verify
}

@test "misuse is explained" {
    status 2 voxtrunk profile add
    says "which NAME?"
    status 2 voxtrunk profile add x
    says "which --mode"
    status 2 voxtrunk profile add x --mode encrypted --nonce-validity 7
    says "about --digest"
    status 2 voxtrunk profile add x --mode open
    status 2 voxtrunk add x
    says "which --profile"
    status 2 voxtrunk add x --profile p
    says "--destination"
}
