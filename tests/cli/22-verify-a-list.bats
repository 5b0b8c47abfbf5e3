# Is a list sound? Signature, contradictions, and what makes phones stumble.
load ../harness/cli

build() {
    local kind=$1 out=$2
    shift 2
    voxlist build "$kind" -o "$out" --timestamp 2026-11-23T22:00:00Z -q "$@"
}

# replace FILE OLD NEW: the first OLD by NEW of the same length.
replace() {
    grep -qF "$2" "$1" && [ ${#2} -eq ${#3} ] || return 1
    OLD=$2 NEW=$3 perl -0777 -pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$1"
}

@test "the lab's lists are sound" {
    for f in "$LAB"/[CI]TLFile-*.tlv; do
        status 0 voxlist verify "$f"
        says "signature valid, by record 1: SAST CN=vector-sast"
    done
}

@test "every changed byte is noticed" {
    size=$(stat -c %s "$LAB/CTLFile-sha1.tlv")
    for at in 20 100 250 300 463 700 1500 $((size - 1)); do
        cp "$LAB/CTLFile-sha1.tlv" bad.tlv
        printf '\377' | dd of=bad.tlv bs=1 seek="$at" conv=notrunc status=none
        run voxlist verify bad.tlv
        [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
    done
}

@test "warnings are one per line, and --strict makes them a no" {
    status 0 voxlist verify "$LAB/CTLFile-sha1.tlv"
    says "CTLFile-sha1.tlv: warning: no record has the role TFTP or CCM+TFTP" "[no-tftp]" "note: only one SAST" "[one-sast]"
    status 1 voxlist verify --strict "$LAB/CTLFile-sha1.tlv"
    says "1 warning in the list, and --strict"
    build ctl good.tlv --sast "$LAB/sast.pem" --sast "$LAB/sast2.pem" --ccm-tftp "$LAB/tftp.pem"
    status 0 voxlist verify --strict good.tlv
    silent_about warning note
}

@test "a member's weaknesses are named with their record" {
    openssl req -x509 -newkey rsa:4096 -nodes -keyout big.key -out big.pem -subj /CN=big -days 10 2>/dev/null
    build ctl large.tlv --sast "$LAB/sast.pem" --ccm-tftp big.pem --tftp "$LAB/web-ec.pem"
    status 0 voxlist verify large.tlv
    says "record 2: RSA 4096: some phones take no key above 2048 bits [large-key]" "record 3: an EC key" "[ec-signer-version]"
}

@test "a list that says one thing and holds another is no" {
    build itl list.tlv --sast "$LAB/sast.pem" --tftp "$LAB/tftp.pem" --tvs "$LAB/tvs.pem"
    status 0 voxlist verify list.tlv
    replace list.tlv "CN=vector-tvs;" "CN=vector-xyz;"
    status 1 voxlist verify list.tlv
    says "error: record 3: SUBJECTNAME" "[subject-differs]" "the signature is not valid"
}

@test "the certificate that must have signed can be named" {
    status 0 voxlist verify --signer "$LAB/sast.pem" "$LAB/ITLFile-sha512.tlv"
    status 1 voxlist verify --signer "$LAB/sast2.pem" "$LAB/ITLFile-sha512.tlv"
    says "not signed by $LAB/sast2.pem: it is not the certificate that the list names as its signer"
    status 4 voxlist verify --signer missing.pem "$LAB/ITLFile-sha512.tlv"
}

@test "JSON says what the exit status says" {
    voxlist verify --json "$LAB/CTLFile-sha1.tlv" >ok.json
    [ "$(jq -r '[.ok, .verification.valid, .verification.record, .signer, .against] | tostring' ok.json)" = '[true,true,1,null,null]' ]
    [ "$(jq -r '.findings[] | select(.code == "no-tftp") | .severity' ok.json)" = warning ]
    status 1 voxlist verify --json --strict "$LAB/CTLFile-sha1.tlv"
    [ "$(jq -r .ok <<<"$output")" = false ]
}

@test "quiet answers by exit status alone" {
    status 0 voxlist verify -q "$LAB/CTLFile-sha1.tlv"
    [ -z "$output" ]
}
