#!/usr/bin/env bats
# Security profiles of phones: what cannot work is refused at once, and orders take from them what nobody says.

load ../harness/cli
load ../harness/phones

story_setup() { voxtrust init --cluster lab -q; }

profile() { voxcapf security-profile add "$@" -q 2>/dev/null; }

# models DEVICE,MODEL...: the inventory knows them.
models() {
    { echo device,model; printf '%s\n' "$@"; } >models.csv
    voxtrust phones import models.csv -q
}

# ordered DEVICE: what waits for it: proof and key.
ordered() { state_of "$1" "operation || ' ' || proof || ' ' || key"; }

@test "a profile has defaults that work, and shows all that was said" {
    status 0 voxcapf security-profile add plain --mode non-secure
    says "profile plain for any model: non-secure, sip by tcp+udp on port 5060; proof: string, key: rsa:2048"
    status 0 voxcapf security-profile add "Floor 3" --model CP-8841 --mode encrypted --auth mic --key rsa:3072 --key ec:P-521 --tftp-encrypted --port 5071 --json
    [ "$(jq -c '[.name,.model,.protocol,.mode,.transport,.port,.auth,.key_order,.rsa_key,.ec_key,.tftp_encrypted,.phones,.template]' <<<"$output")" = \
        '["Floor 3","8841","sip","encrypted","tls",5071,"mic","ec-preferred","rsa:3072","ec:P-521",true,0,[]]' ]
    status 0 voxcapf security-profile add old --model 79xx --mode non-secure --protocol sccp --auth lsc
    says "non-secure, sccp by tcp; proof: lsc"
    status 0 voxcapf security-profile add curves --mode encrypted --auth mic --key-order ec
    says "key: ec:P-384"
    status 0 voxcapf security-profile list
    says "Floor 3" "ec:P-521, else rsa:3072" "sccp" "encrypted"
    [ "$(voxcapf security-profile list --json | jq -c '[.profiles[].name]')" = '["Floor 3","curves","old","plain"]' ]
    [ "$(voxcapf security-profile show old --json | jq -c '[.port,.ec_key,.by_template]')" = '[null,null,0]' ]
    status 0 voxcapf security-profile show "Floor 3"
    says "sip by tls, port 5071" "encrypted by the TFTP server" "assigned to     0 phones"
    status 0 voxtrust log
    says "voxcapf security-profile add Floor 3 (8841, sip, encrypted)"
    status 3 voxcapf security-profile add plain --mode non-secure
    says "there is a profile 'plain' already"
    status 3 voxcapf security-profile show plane
    says "no such profile: 'plane' (Floor 3, curves, old, plain)"
}

@test "what cannot work is refused with the reason, and nothing is made" {
    before=$(voxtrust log --json)
    refused() { status 3 voxcapf security-profile add x "${@:2}" && says "$1"; }
    refused "mode encrypted is TLS, not tcp" --mode encrypted --transport tcp
    refused "mode non-secure with TLS" --mode non-secure --transport tls
    refused "SCCP has its own" --mode non-secure --protocol sccp --port 2000
    refused "SCCP with mode encrypted is TLS" --mode encrypted --protocol sccp --transport tcp
    refused "model 8841 does not speak SCCP" --mode encrypted --protocol sccp --model 8841
    refused "model 79xx takes no EC certificate" --mode non-secure --model 79xx --key ec:P-256
    refused "RSA keys of 2048 bits at most" --mode non-secure --model 7962 --key rsa:4096
    refused "does not speak the oldest TLS that is allowed" --mode encrypted --model 7962
    refused "gets no encrypted configuration" --mode non-secure --model 7962 --tftp-encrypted
    [ "$(voxcapf security-profile list --json | jq '.profiles | length')" = 0 ]
    [ "$(voxtrust log --json)" = "$before" ]
    # The policy counts: what old phones speak, they may have.
    voxtls set min-version 1.0 -y -q
    status 0 voxcapf security-profile add x --mode encrypted --model 7962 --tftp-encrypted --auth mic
    voxtls set min-version 1.3 -y -q
    refused "NULL-SHA, which TLS 1.3 does not have" --mode authenticated
    refused "model 88xx does not speak the oldest TLS" --mode encrypted --model 88xx
}

@test "what works and is not what one may think is warned about" {
    status 0 voxcapf security-profile add a --mode authenticated --auth mic
    says "warning: authenticated is TLS with NULL-SHA"
    status 0 voxcapf security-profile add b --mode encrypted
    says "warning: a string is entered on a phone that is registered non-secure"
    status 0 voxcapf security-profile add c --mode non-secure --auth null --key rsa:1024
    says "warning: without a proof" "warning: keys of rsa:1024 are not certified"
    status 0 voxcapf security-profile add d --mode non-secure --model 6921 --key-order ec-preferred
    says "warning: model 6921 takes no EC certificate"
}

@test "an order takes from the phone's profile what nobody says, and says so" {
    profile enc --mode encrypted --auth mic --key rsa:3072 --key ec:P-384
    profile lobby --mode non-secure --auth lsc --key rsa:2048
    models SEP1,8841 SEP2,7962
    profile small --mode non-secure --auth null --key rsa:2048
    # Nothing is assigned, and no template: as ever.
    status 0 voxcapf set SEP0 --install --json
    [ "$(jq -c '.phones[0] | [.auth,.key,.profile,.auth_by_profile]' <<<"$output")" = '["string","rsa:2048",null,false]' ]
    voxcapf template set lobby -q
    voxcapf assign enc SEP1 -q
    voxcapf assign small SEP2 -q
    status 0 voxcapf set SEP1 --install
    says "SEP1: install ec:P-384, proof: mic (by profile enc)"
    silent_about "authentication string"
    [ "$(ordered SEP1)" = "install mic ec:P-384" ]
    status 0 voxcapf set SEP2 --install
    says "(by profile small)" "warning: without a proof"
    [ "$(ordered SEP2)" = "install null rsa:2048" ]
    status 0 voxcapf set SEP3 --install
    says "SEP3: install rsa:2048, proof: lsc (by profile lobby of the template)" "SEP3: warning: its profile wants the LSC as proof"
    # Options win, one by one; a string means the proof of that name.
    status 0 voxcapf set SEP1 --install --key rsa:4096
    says "rsa:4096, proof: mic (proof by profile enc)"
    status 0 voxcapf set SEP1 --install --auth null
    says "ec:P-384, proof: null (key by profile enc)"
    status 0 voxcapf set SEP1 --install --generate=6 --json
    [ "$(jq -c '.phones[0] | [.auth,.key,.profile,.profile_by,.auth_by_profile,.key_by_profile]' <<<"$output")" = \
        '["string","ec:P-384","enc","assigned",false,true]' ]
    jq -e '.phones[0].authentication_string | test("^[0-9]{6}$")' <<<"$output"
    echo 445566 >string
    status 0 voxcapf set SEP1 --install --string-file string --key rsa:2048
    says "SEP1: install rsa:2048, proof: string"
    silent_about "by profile"
    # Other operations take the proof alone.
    status 0 voxcapf set SEP1 --delete
    says "SEP1: delete, proof: mic (proof by profile enc)"
    [ "$(ordered SEP1)" = "delete mic rsa:2048" ]
    voxcapf set SEP1 --none -q
    status 0 voxtrust log
    says "voxcapf set SEP1: install by mic, ec:P-384" "voxcapf set SEP1: delete by mic"
}

@test "several phones with several profiles: each its own, and one refused is all refused" {
    profile enc --mode encrypted --auth mic --key ec:P-384
    profile plain --mode non-secure --auth string
    models SEP1,8841 SEP3,
    voxcapf assign enc SEP1 SEP3 -q 2>/dev/null
    voxcapf template set plain -q
    status 0 voxcapf set SEP1 SEP2 --install --json
    [ "$(jq -c '[.phones[] | [.auth,.key,.profile]]' <<<"$output")" = '[["mic","ec:P-384","enc"],["string","rsa:2048","plain"]]' ]
    status 0 voxtrust log
    says "voxcapf set SEP1 SEP2: install by their profiles, keys by their profiles"
    # What the inventory learns later makes an order impossible, not the phone unusable.
    models SEP3,7962
    status 3 voxcapf set SEP4 SEP3 --install
    says "SEP3: profile enc: model 7962 takes no EC certificate"
    [ -z "$(state_of SEP4 name)" ]
    status 0 voxcapf set SEP3 --install --auth mic --key rsa:2048
}

@test "the template: the model's row before the family's, before the one for any" {
    status 0 voxcapf template show
    says "the template is empty"
    profile any --mode non-secure --auth null
    profile family --model 88xx --mode encrypted --auth mic
    profile own --model 8841 --mode encrypted --auth lsc
    models SEP1,8841 SEP2,8845 SEP3,7962
    voxcapf template set any -q
    voxcapf template set family -q
    voxcapf template set own -q
    [ "$(voxcapf template show --json | jq -c '[.template[] | [.model,.profile]]')" = '[["any","any"],["8841","own"],["88xx","family"]]' ]
    voxcapf set SEP1 SEP2 SEP3 SEP4 --install -q 2>/dev/null
    [ "$(for i in 1 2 3 4; do state_of SEP$i proof; done | tr '\n' ' ')" = "lsc mic null null " ]
    status 3 voxcapf template set own --model any
    says "profile own is for 8841, not for any model"
    status 3 voxcapf template set family --model 7962
    says "profile family is for 88xx, not for model 7962"
    status 0 voxcapf template set any --model 8845
    status 0 voxcapf security-profile show any --json
    [ "$(jq -c '[.template,.by_template,.phones]' <<<"$output")" = '[["any","8845"],3,0]' ]
    status 0 voxcapf template clear 8841
    voxcapf set SEP1 --install -q
    [ "$(state_of SEP1 proof)" = mic ]
    status 3 voxcapf template clear 8841
    says "the template has no row for 8841"
    status 3 voxcapf template set nobody
    says "no such profile: 'nobody' (any, family, own)"
}

@test "an import takes from profiles what its lines leave empty" {
    profile enc --mode encrypted --auth mic --key ec:P-384
    models SEP1,8841 SEP2,8841 SEP3,8841 SEP5,7962
    voxcapf template set enc -q
    # All by certificates: no strings, so no file for them is asked for.
    printf 'device\nSEP1\nSEP2\n' >a.csv
    status 0 voxcapf import a.csv
    says "2 phones imported" "2 of them by their security profiles"
    [ "$(ordered SEP1)" = "install mic ec:P-384" ]
    printf 'device,auth,string,key\nSEP1,null,,\nSEP2,,generate:6,\nSEP3,,,rsa:2048\nSEP4,,778899,rsa:3072\n' >b.csv
    chmod 600 b.csv
    status 0 voxcapf import b.csv --strings-to s.csv --json
    [ "$(jq -c '[.phones,.by_profile]' <<<"$output")" = '[4,3]' ]
    [ "$(ordered SEP1)" = "install null ec:P-384" ]
    [ "$(ordered SEP2)" = "install string ec:P-384" ]
    [ "$(ordered SEP3)" = "install mic rsa:2048" ]
    [ "$(ordered SEP4)" = "install string rsa:3072" ]
    [ "$(wc -l <s.csv)" = 2 ]
    printf 'device\nSEP1\nSEP5\n' >c.csv
    before=$(voxtrust log --json)
    for check in "" --check; do
        status 3 voxcapf import c.csv $check
        says "c.csv: line 3: SEP5: profile enc (by the template): model 7962 takes no EC certificate" "1 line refused"
    done
    [ "$(ordered SEP1)" = "install null ec:P-384" ]
    [ "$(voxtrust log --json)" = "$before" ]
    voxcapf template set enc -q
    voxcapf security-profile add s --mode non-secure -q
    voxcapf assign s SEP5 -q
    status 2 voxcapf import c.csv
    says "1 phone get a generated authentication string" "--strings-to"
}

@test "a profile that somebody has is not removed, and how many have it is said" {
    profile a --mode non-secure
    profile b --mode non-secure
    voxcapf assign a SEP1 SEP2 --new -q
    voxcapf template set a -q
    status 3 voxcapf security-profile remove a
    says "in use by 2 phones, and in the template (any)"
    voxcapf assign b --from a -y -q
    status 3 voxcapf security-profile remove a
    says "profile a is in the template (any)" "template clear"
    voxcapf template clear any -q
    status 0 voxcapf security-profile remove a
    status 3 voxcapf security-profile remove a
    says "no such profile: 'a' (b)"
    # A phone that is forgotten has no profile any more.
    voxcapf set SEP1 --install --auth null -q 2>/dev/null
    voxcapf remove SEP1 -y -q
    [ "$(voxcapf security-profile show b --devices --json | jq -c .devices)" = '["SEP2"]' ]
}

@test "a profile that is in use is changed for all who have it, unless it cannot work for one" {
    profile a --mode non-secure --auth string
    models SEP1,8841 SEP2,7962
    voxcapf assign a SEP1 SEP2 -q
    voxcapf set SEP1 --install -q
    status 0 voxcapf security-profile change a --auth mic
    says "profile a for any model: non-secure, sip by tcp+udp on port 5060; proof: mic, key: rsa:2048"
    [ "$(ordered SEP1)" = "install string rsa:2048" ] # what waits stays
    voxcapf set SEP1 --install -q
    [ "$(ordered SEP1)" = "install mic rsa:2048" ]
    before=$(voxcapf security-profile show a --json)
    status 3 voxcapf security-profile change a --mode encrypted
    says "SEP2: model 7962 does not speak the oldest TLS" "1 phone refused; nothing was changed"
    status 3 voxcapf security-profile change a --key-order ec
    says "SEP2: model 7962 takes no EC certificate"
    status 3 voxcapf security-profile change a --model 88xx
    says "SEP2: profile a is for 88xx, not for model 7962"
    status 3 voxcapf security-profile change a --transport tls
    says "mode non-secure with TLS"
    [ "$(voxcapf security-profile show a --json)" = "$before" ]
    voxcapf assign --none SEP2 -q
    voxcapf template set a -q
    status 3 voxcapf security-profile change a --model 88xx
    says "the template has it for any model"
    voxcapf template clear any -q
    voxcapf template set a --model 8841 -q
    status 3 voxcapf security-profile change a --model 8845
    says "the template has it for 8841: profile a is for 8845"
    status 0 voxcapf security-profile change a --mode encrypted --model 88xx --key ec:P-384 --tftp-encrypted --json
    [ "$(jq -c '[.mode,.transport,.port,.auth,.key_order,.rsa_key,.ec_key,.tftp_encrypted,.phones,.template]' <<<"$output")" = \
        '["encrypted","tls",5061,"mic","ec",null,"ec:P-384",true,1,["8841"]]' ]
    status 0 voxcapf security-profile change a --tftp-plain --port 5071 --key rsa:3072 --key ec:P-384 --json
    [ "$(jq -c '[.mode,.port,.key_order,.tftp_encrypted]' <<<"$output")" = '["encrypted",5071,"ec-preferred",false]' ]
    status 0 voxtrust log
    says "voxcapf security-profile change a"
    status 2 voxcapf security-profile change a
    says "what is to be changed?"
    status 3 voxcapf security-profile change b --auth mic
    says "no such profile: 'b' (a)"
}

@test "the status tells of profiles that do not fit their phones any more" {
    voxtls set min-version 1.0 -y -q
    profile a --mode encrypted --auth mic
    profile b --model 8841 --mode encrypted --auth mic
    models SEP1,7962 SEP2,7962 SEP3,8841
    voxcapf template set a -q
    voxcapf assign b SEP3 SEP4 --new -q 2>/dev/null
    run voxtrust status
    silent_about "does not work for"
    status 1 voxtls set min-version 1.2 </dev/null
    says "The security profiles of 2 phones (SEP1 ...) will not work any more: model 7962 does not speak the oldest TLS"
    [ "$(voxtls set min-version 1.2 -y --json 2>/dev/null | jq .phones.profiles_break)" = 2 ]
    models SEP4,7821
    status 1 voxtrust status
    says "profile a does not work for 2 phones (SEP1 ...): model 7962 does not speak the oldest TLS" \
        "profile b does not work for 1 phone (SEP4): profile b is for 8841, not for model 7821"
}

@test "list and show have the profile, and a phone for which nothing was set is shown" {
    voxcapf set SEP1 --install -q
    status 0 voxcapf list
    silent_about PROFILE
    profile "A rather long name of a profile" --mode non-secure
    profile short --mode non-secure
    voxcapf assign "A rather long name of a profile" SEP1 -q
    voxcapf assign short SEP2 --new -q
    status 0 voxcapf list
    says PROFILE "A rather long name o"
    [ "$(voxcapf list --json | jq -c '[.profile,.profile_by]')" = '["A rather long name of a profile","assigned"]' ]
    status 0 voxcapf show SEP1
    says "profile         A rather long name of a profile (assigned)"
    status 0 voxcapf show SEP2 --json
    [ "$(jq -c '.phones[0] | [.device,.state,.operation,.profile]' <<<"$output")" = '["SEP2","none","none","short"]' ]
    status 3 voxcapf show SEP3
    says "there is no phone 'SEP3'"
    voxcapf template set short -q
    voxcapf set SEP3 --install -q
    status 0 voxcapf show SEP3
    says "profile         short (by the template)"
}

@test "a store of the release before gets the tables, and its backup too; profiles are in backups" {
    voxcapf set SEP1 --install --auth mic -q
    voxtrust backup old.db -q
    for db in state/voxtrust.db old.db; do
        of_schema 5 "$db"
    done
    profile a --mode non-secure --auth null
    [ "$(sqlite3 state/voxtrust.db 'PRAGMA user_version')" -gt 5 ]
    voxcapf assign a SEP1 -q
    voxcapf template set a -q
    [ "$(sqlite3 -readonly state/voxtrust.db 'SELECT assigned || template FROM v_phone_profiles')" = 1any ]
    voxtrust backup new.db -q
    status 0 voxtrust restore old.db -y
    [ "$(voxcapf security-profile list --json | jq '.profiles | length')" = 0 ]
    [ "$(ordered SEP1)" = "install mic rsa:2048" ]
    status 0 voxtrust restore new.db -y
    [ "$(voxcapf set SEP1 SEP2 --install --json 2>/dev/null | jq -c '[.phones[].profile_by]')" = '["assigned","template"]' ]
    status 0 voxtrust log --verify
}

@test "misuse is explained" {
    status 2 voxcapf security-profile add x
    says "which --mode"
    status 2 voxcapf security-profile add --mode encrypted
    says "which NAME?"
    status 2 voxcapf security-profile add x --mode secret
    status 2 voxcapf security-profile add x --mode encrypted --model 8x
    says "8841, a family as 88xx, or any"
    status 2 voxcapf security-profile add x --mode encrypted --key dsa
    status 2 voxcapf security-profile add x --mode encrypted --key rsa:2048 --key rsa:4096
    says "one RSA key and one EC key"
    status 2 voxcapf security-profile add x --mode encrypted --key rsa:2048 --key-order ec
    says "has no RSA key"
    status 2 voxcapf security-profile add x --mode encrypted --port 0
    for name in '' ' x' '-x/' 'a;b' $'a\e[2J' "$(printf 'x%.0s' {1..65})"; do
        status 3 voxcapf security-profile add --mode encrypted -- "$name"
        says "not a profile's name"
        silent_about $'\e'
    done
    status 2 voxcapf security-profile
    says "security-profile add NAME"
    status 2 voxcapf template
    status 2 voxcapf template set
    status 2 voxcapf template clear
    [ "$(voxcapf security-profile list --json | jq '.profiles | length')" = 0 ]
}
