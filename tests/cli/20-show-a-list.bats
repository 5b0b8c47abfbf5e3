# A consultant takes a list apart that somebody sent: no cluster, no store.
load ../harness/cli

@test "show says who signed, what is in it, and until when" {
    status 0 voxlist show "$LAB/ITLFile-sha512.tlv"
    says "ITLFile-sha512.tlv: ITL, 8 records, 13197 bytes" "signature     valid, SHA-512 with RSA 2048, by record 1" \
        "Record 1: SAST (System Administrator Security Token), signed this list" "subject       CN=vector-sast,O=Example Voice" \
        "days left)" "SHA-256       b01c9e21dec096cf0b99c9243bd81b6cd395d8861b4e73d9ef74c13f54b5546c" \
        "SHA-1         3bb783956e730e3620e5554f963a47a3d810ada1" "Record 5:" "EC P-384"
    [ ! -e "$T/state" ]
}

@test "standard input and several files work" {
    status 0 voxlist show - <"$LAB/CTLFile-sha1.tlv"
    says "standard input: CTL, 3 records"
    status 0 voxlist show "$LAB/CTLFile-sha1.tlv" "$LAB/ITLFile-sha1.tlv"
    says "CTLFile-sha1.tlv: CTL" "ITLFile-sha1.tlv: ITL"
}

@test "a file name that is no UTF-8 is told in JSON all the same" {
    cp "$LAB/CTLFile-sha1.tlv" $'l\xff.tlv'
    [ "$(voxlist show --json $'l\xff.tlv' | jq -r .file)" = 'l\xff.tlv' ]
    [ "$(voxlist verify --json $'l\xff.tlv' --against $'l\xff.tlv' | jq -r '.file, .against.files[0]' | uniq)" = 'l\xff.tlv' ]
    [ "$(voxlist diff --json $'l\xff.tlv' $'l\xff.tlv' | jq -r '.old, .new' | uniq)" = 'l\xff.tlv' ]
    [ "$(voxlist build ctl --json -o $'b\xff.tlv' --sast "$LAB/sast.pem" --ccm-tftp "$LAB/ccm.pem" --filename $'c\xff' | jq -r '.file, .filename' |
        paste -sd' ')" = 'b\xff.tlv c\xff' ]
}

@test "nothing of colour when it is not a terminal" {
    unset NO_COLOR
    status 0 voxlist show "$LAB/CTLFile-sha1.tlv"
    silent_about $'\033'
}

@test "JSON is one object for one file, an array for several" {
    voxlist show --json "$LAB/ITLFile-sha1.tlv" >one.json
    [ "$(jq -r '.kind + " " + .digest + " " + .records[0].role' one.json)" = "itl sha1 sast" ]
    [ "$(jq -r '.file' one.json)" = "$LAB/ITLFile-sha1.tlv" ]
    [ "$(jq -r 'keys_unsorted[0]' one.json)" = file ]
    jq -r '.records[0].certificate.pem' one.json | openssl x509 -noout -subject | grep -q vector-sast
    voxlist show --format json "$LAB/ITLFile-sha1.tlv" | cmp - one.json
    voxlist show --json "$LAB/ITLFile-sha1.tlv" "$LAB/CTLFile-sha1.tlv" >two.json
    [ "$(jq -r 'map(.kind) | join(",")' two.json)" = "itl,ctl" ]
}

@test "a list with a bad signature is shown, and the answer is no" {
    cp "$LAB/CTLFile-sha512.tlv" bad.tlv
    printf 'X' | dd of=bad.tlv bs=1 seek=400 conv=notrunc status=none
    status 1 voxlist show bad.tlv
    says "NOT VALID" "Record 3: CAPF" "voxlist: bad.tlv: the signature is not valid"
    status 1 voxlist show --json bad.tlv
    says '"valid": false'
}

@test "the good ones of several are shown all the same" {
    printf 'no list' >junk.tlv
    status 3 voxlist show junk.tlv "$LAB/CTLFile-sha1.tlv"
    says "voxlist: junk.tlv: trust-list.md" "CTL, 3 records"
    status 4 voxlist show missing.tlv
    says "voxlist: missing.tlv:"
}

@test "a signed configuration is sent to the program that knows it" {
    status 3 voxlist show "$LAB/signed-sha1.cnf.xml.sgn"
    says "a signed configuration, not a trust list: use 'voxsign show $LAB/signed-sha1.cnf.xml.sgn'"
    status 3 voxlist show "$LAB/encrypted-sha1.cnf.xml.enc.sgn"
    says "encrypted and signed configuration"
    status 3 voxlist verify "$LAB/signed-sha1.cnf.xml.sgn"
    says "voxsign show"
}

@test "misuse is explained" {
    status 2 voxlist show
    says "FILE"
    status 2 voxlist show --format yaml "$LAB/CTLFile-sha1.tlv"
    says "text, cucm or json"
}
