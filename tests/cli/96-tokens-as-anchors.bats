#!/usr/bin/env bats
# Tokens that the store knows as anchors sign the CTL. Each move that an administrator makes with them (adding, replacing, losing one, from tokens to
# none and back, two clusters) leaves phones with a list that they take from the one before; what a phone does is asked of the phone.

load ../harness/cli
load ../harness/token

story_setup() {
    two_tokens
    softhsm2-util --init-token --free --label SAST3 --so-pin 87654321 --pin 123456 >/dev/null
    for n in 1 2 3; do
        new_key SAST$n t$n.pem
        declare -g "URI$n=$URI?pin-source=$T/pin"
    done
    a_cluster
    mkdir tftp
}

take() { voxcert upload Phone-SAST-trust "t$1.pem" --key "$(eval echo "\$URI$1")" -q; }
id_of() { openssl x509 -in "t$1.pem" -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-F a-f; }
publish() { voxlist publish ctl --to tftp "$@"; }

# The phone that has been there from the beginning: it fetches what stands there, and has no TVS to ask.
phone() { run voxphone boot --tftp tftp --state phones --name SEP000000000001 --json; }
would() { voxphone what-if --state phones "${1:-tftp/CTLFile.tlv}" --json | jq -r 'if .refused > 0 then "refused" elif .tvs > 0 then "tvs" else "accepted" end'; }
phone_follows() {
    [ "$(would)" = accepted ]
    phone
    cmp phones/SEP000000000001/CTLFile.tlv tftp/CTLFile.tlv
}

# signed_by N: token N signed what phones fetch. holds N...: these and no other tokens are anchors in it.
signed_by() { [ "$(voxlist show tftp/CTLFile.tlv --json | jq -r .signer.name)" = "$(name_of "$1")" ]; }
name_of() { openssl x509 -in "t$1.pem" -noout -subject -nameopt RFC2253 | sed 's/^subject=//'; }
holds() {
    local n text
    text=$(voxlist show tftp/CTLFile.tlv)
    for n in 1 2 3; do
        case " $* " in
        *" $n "*) grep -qF "$(name_of $n)" <<<"$text" ;;
        *) ! grep -qF "$(name_of $n)" <<<"$text" ;;
        esac || { echo "token $n: $text" >&2; return 1; }
    done
}

# away N...: these tokens are in their drawers; back: all are here again.
away() {
    local n dir
    mkdir -p drawer
    for n; do
        for dir in tokens/*/; do
            ! grep -qa "SAST$n" "$dir"/token.object || mv "$dir" drawer/
        done
    done
}
back() { mv drawer/* tokens/; }

# another_server: something changes, so that there is a list to publish.
another_server() {
    voxtrust node add "cm$1" --dns "cm$1.example.test" --ip "192.0.2.1$1" --services ccm -q
    voxcert new CallManager --node "cm$1" -q
}

# two_anchors: phones hold a list that token 1 signed and that names 1 and 2.
two_anchors() {
    take 1
    take 2
    publish -q
    phone
    signed_by 1
    holds 1 2
}

@test "from no tokens to tokens: introduced under the signature that phones know, then they sign" {
    publish -q
    phone
    take 1
    status 0 voxlist build ctl -o one.tlv
    says "one token alone is an anchor"
    take 2
    status 0 voxlist build ctl -o two.tlv
    silent_about "one token alone"
    away 1 2 # they are not needed for that
    status 0 publish
    back
    says "signed by CN=ITLRECOVERY_cm1" "they learn of the other anchors by it"
    holds 1 2
    phone_follows
    another_server 2
    cp tftp/CTLFile.tlv before.tlv
    status 0 publish
    signed_by 1
    status 0 voxlist verify tftp/CTLFile.tlv --against before.tlv
    phone_follows
    run voxlist show tftp/CTLFile.tlv
    [[ $output == *"Record 1: SAST"*"Record 2: SAST"*"Record 3: SAST"*ITLRECOVERY* ]]
}

@test "a token is added, and one is replaced" {
    two_anchors
    take 3
    status 0 publish
    holds 1 2 3
    phone_follows
    voxcert delete "$(id_of 1)" -y -q
    cp tftp/CTLFile.tlv before.tlv
    status 0 publish
    signed_by 2
    holds 2 3
    status 0 voxlist verify tftp/CTLFile.tlv --against before.tlv
    phone_follows
}

@test "a list that is built is signed by a token that is here, as one that is published" {
    two_anchors
    by() { voxlist show built.tlv --json | jq -r .signer.name; }
    away 1
    status 0 voxlist build ctl -o built.tlv
    says "signed by $(name_of 2)"
    [ "$(by)" = "$(name_of 2)" ]
    status 0 voxlist verify built.tlv --against tftp/CTLFile.tlv
    rm built.tlv
    away 2
    status 4 voxlist build ctl -o built.tlv # the machine's own keys do not stand in for them
    says "the token is not plugged in" "Plug in a token that signs for this cluster, or name another signer: --signer and --signer-cert"
    [ ! -e built.tlv ]
    back
    status 0 voxlist build ctl -o built.tlv --json
    [ "$(by)" = "$(name_of 1)" ]
}

@test "a token is lost: the second one signs, and the next list drops the first" {
    two_anchors
    away 1
    another_server 2
    status 0 publish # not at hand: the other one signs
    signed_by 2
    phone_follows
    voxcert delete "$(id_of 1)" -y -q
    take 3
    status 0 publish
    signed_by 2
    holds 2 3
    phone_follows
    # what the lost token signs from now on, no phone takes
    back
    voxlist build ctl --sast t1.pem --ccm-tftp "$LAB/ccm.pem,dns=evil" --signer "$URI1" -o evil.tlv -q
    [ "$(would evil.tlv)" = refused ]
    status 1 voxlist verify evil.tlv --against tftp/CTLFile.tlv
}

@test "all tokens in their drawers: nobody else signs, unless that is said" {
    two_anchors
    another_server 2
    away 1 2
    cp tftp/CTLFile.tlv before.tlv
    status 4 publish
    says "not plugged in" "Plug in a token that signs for this cluster" "--signer ITLRecovery"
    cmp before.tlv tftp/CTLFile.tlv
    status 2 publish --signer tomcat
    says "no such anchor" ": ITLRecovery; " ": Phone-SAST-trust; "
    status 0 publish --signer ITLRecovery
    phone_follows
    back
    another_server 3
    status 0 publish --signer "$(id_of 2 | cut -c1-8)"
    signed_by 2
    phone_follows
}

@test "back to no tokens: once phones know the keys of the servers" {
    # phones hold a list of tokens alone, as a CTL client made it
    voxlist build ctl --sast t1.pem --sast t2.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$URI1" -o old.tlv -q
    voxlist publish ctl --to tftp --list old.tlv -q
    phone
    # without the tokens in the store phones would not follow: refused, with what helps
    status 1 publish
    says "would refuse it" "Phones take this list from: $(name_of 1)" "its key is not known here" "--signer"
    cmp old.tlv tftp/CTLFile.tlv
    take 1
    take 2
    status 0 publish # a token introduces ITLRecovery
    signed_by 1
    phone_follows
    voxcert delete "$(id_of 1)" -y -q
    voxcert delete "$(id_of 2)" -y -q
    status 0 publish
    holds
    phone_follows
    another_server 2
    status 0 publish
    phone_follows
}

@test "the same tokens in two clusters: a phone goes from one to the other, and back" {
    two_anchors
    cp tftp/CTLFile.tlv here.tlv
    mv tftp tftp-here
    mkdir tftp
    export VOXTRUST_STORE="sqlite:$T/other/voxtrust.db"
    voxtrust init --cluster there -q
    voxtrust node add cx1 --dns cx1.example.test --ip 192.0.2.90 --services ccm,tftp -q
    voxcert new ITLRecovery -q
    voxcert new CallManager --node cx1 -q
    take 1
    take 2
    publish -q
    signed_by 1
    status 0 voxlist verify tftp/CTLFile.tlv --against here.tlv
    phone_follows
    status 0 voxlist verify here.tlv --against tftp/CTLFile.tlv
    [ "$(would here.tlv)" = accepted ]
    # a cluster with other tokens is none of them
    voxlist build ctl --sast t3.pem --ccm-tftp "$LAB/ccm.pem,dns=cy1" --signer "$URI3" -o third.tlv -q
    [ "$(would third.tlv)" = refused ]
}

@test "a list by a signer that phones do not know is refused, and it is said who could sign" {
    two_anchors
    voxlist build ctl --sast t3.pem --sast t1.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$URI3" -o third.tlv -q
    cp tftp/CTLFile.tlv before.tlv
    status 1 voxlist publish ctl --to tftp --list third.tlv
    says "would refuse it" "Phones take this list from: $(name_of 1) ($(id_of 1 | cut -c1-12)): on pkcs11:token=SAST1;serial=" "on pkcs11:token=SAST2;" "CN=ITLRECOVERY_cm1" "its key is in the store" "voxlist rescue"
    cmp before.tlv tftp/CTLFile.tlv
    status 0 voxlist rescue ctl --held tftp/CTLFile.tlv
    says "$(name_of 1)" "$(name_of 2)"
}

@test "tokens that never come to this machine: prepared from the store, signed elsewhere" {
    publish -q
    phone
    voxcert upload Phone-SAST-trust t1.pem t2.pem -q # the store knows the certificates, not the keys
    status 0 publish
    holds 1 2
    phone_follows
    status 0 voxlist prepare ctl --signer-cert t2.pem --against tftp/CTLFile.tlv -o list.txt
    says "know this signer, and will take the list"
    check=$(sed -n '/^Check number/,/^$/p' list.txt | tail -n +2 | tr -d ' \n')
    voxtoken sign list.txt --key "$URI2" --expect "${check:0:8}" -o signature.txt -q
    voxlist attach list.txt signature.txt -o next.tlv
    status 0 voxlist publish ctl --to tftp --list next.tlv
    signed_by 2
    phone_follows
}

@test "what is no anchor's key is refused" {
    status 3 voxcert upload Phone-SAST-trust t1.pem --key "$URI2"
    says "not that of the key on the token"
    status 3 voxcert upload Phone-SAST-trust t1.pem t2.pem --key "$URI1"
    says "one certificate at a time"
    status 2 voxcert upload Phone-SAST-trust t1.pem --key t1.pem
    says "pkcs11:"
    status 2 voxcert upload CallManager-trust t1.pem --key "$URI1"
    status 4 voxcert upload Phone-SAST-trust t1.pem --key "pkcs11:token=none"
    new_key SAST3 ec.pem --key ec:P-256 --label ec
    status 3 voxcert upload Phone-SAST-trust ec.pem --key "$URI?pin-source=$T/pin"
    says "RSA signers only"
    [ "$(voxcert list Phone-SAST-trust --json | jq '.certificates | length')" = 0 ]
    # it stands there without its key
    voxcert upload Phone-SAST-trust t1.pem -q
    status 3 voxcert upload Phone-SAST-trust t1.pem --key "$URI1"
    says "a duplicate" "voxcert delete ID --from Phone-SAST-trust"
    voxcert delete "$(id_of 1)" --from Phone-SAST-trust -y -q
    status 0 voxcert upload Phone-SAST-trust t1.pem --key "$URI1"
    says "Its token is an anchor now"
}
