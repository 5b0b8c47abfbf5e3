# Did the right one sign, and is every byte as it was?
load ../harness/cli

@test "the wrong certificate is named beside the right one" {
    status 1 voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --cert "$LAB/ccm.pem"
    says "is signed by CN=vector-tftp" "not by the certificate given, CN=vector-ccm"
}

@test "a list without the signer, or with the signer in another role" {
    status 1 voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --trust "$LAB/CTLFile-sha1.tlv"
    says "no TFTP or CCM+TFTP record"
    voxsign sign "$LAB/plain.cnf.xml" --cert "$LAB/capf.pem" -o x.sgn -q
    status 1 voxsign verify x.sgn --trust "$LAB/ITLFile-sha1.tlv"
    says "role 4 only"
    voxsign sign "$LAB/plain.cnf.xml" --cert "$LAB/phone-rsa.pem" -o y.sgn -q
    status 1 voxsign verify y.sgn --trust "$LAB/ITLFile-sha1.tlv"
    says "none of the"
}

@test "a list that is itself forged proves nothing" {
    cp "$LAB/ITLFile-sha1.tlv" itl.tlv
    printf X | dd of=itl.tlv bs=1 seek=12000 conv=notrunc status=none
    run voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --trust itl.tlv
    [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
    says itl.tlv
    silent_about "valid: signed by"
}

@test "names that are no UTF-8 are told in JSON all the same" {
    cp "$LAB/signed-sha1.cnf.xml.sgn" $'s\xff.sgn'
    cp "$LAB/ITLFile-sha1.tlv" $'l\xff.tlv'
    [ "$(voxsign verify --json $'s\xff.sgn' --trust $'l\xff.tlv' | jq -r '.file, .list' | paste -sd' ')" = 's\xff.sgn l\xff.tlv' ]
    [ "$(voxsign show --json $'s\xff.sgn' | jq -r .file)" = 's\xff.sgn' ]
}

@test "every changed byte is noticed" {
    for f in signed-sha512.cnf.xml.sgn encrypted-sha1.cnf.xml.enc.sgn; do
        size=$(stat -c %s "$LAB/$f")
        for ((at = 0; at < size; at += 41)); do
            byte=$(od -An -tu1 -j "$at" -N 1 "$LAB/$f")
            cp "$LAB/$f" bad.sgn
            # shellcheck disable=SC2059
            printf "\\$(printf %03o $((byte ^ 1)))" | dd of=bad.sgn bs=1 seek="$at" conv=notrunc status=none
            run voxsign verify bad.sgn --cert "$LAB/tftp.pem"
            [ "$status" -eq 1 ] || [ "$status" -eq 3 ] || { echo "byte $at of $f: status $status"; false; }
            silent_about "valid: signed by"
        done
    done
}

@test "malformed files exit 3 with section, field and reason" {
    head -c 100 "$LAB/signed-sha1.cnf.xml.sgn" >short.sgn
    status 3 voxsign verify short.sgn --cert "$LAB/tftp.pem"
    says "short.sgn: trust-list.md 2.2: HEADERLENGTH" "past the end"
    : >empty.sgn
    status 3 voxsign show empty.sgn
    says "signed-files.md 1: VERSION"
    status 3 voxsign strip "$LAB/plain.cnf.xml"
    says "neither a signed file"
    status 3 voxsign verify "$LAB/CTLFile-sha1.tlv" --cert "$LAB/sast.pem"
    says "this is a trust list" "voxlist show"
    status 3 voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --trust "$LAB/tftp.pem"
    says "--cert"
}

@test "several files, one bad" {
    cp "$LAB/signed-sha1.cnf.xml.sgn" bad.sgn
    echo >>bad.sgn
    status 1 voxsign verify "$LAB/stub-sha1.cnf.xml.sgn" bad.sgn "$LAB/stub-sha512.cnf.xml.sgn" --cert "$LAB/tftp.pem"
    says "stub-sha1.cnf.xml.sgn: valid" "bad.sgn: the signature is not valid" "stub-sha512.cnf.xml.sgn: valid"
}

@test "JSON" {
    voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --trust "$LAB/ITLFile-sha1.tlv" --json >yes.json
    grep -q '"valid": true' yes.json
    grep -q '"record": [45]' yes.json
    status 1 voxsign verify "$LAB/signed-sha1.cnf.xml.sgn" --cert "$LAB/ccm.pem" --json
    says '"valid": false' '"why": "is signed by'
    voxsign show "$LAB"/encrypted-*.sgn --json | grep -c '"kind": "enc.sgn"' | grep -qx 2
}

@test "who must have signed is not guessed" {
    status 2 voxsign verify "$LAB/signed-sha1.cnf.xml.sgn"
    says "--cert" "--trust"
}
