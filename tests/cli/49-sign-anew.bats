#!/usr/bin/env bats
# The signer's certificate is replaced: what the old one signed is signed by the new one, encrypted files too, and nothing else.
load ../harness/cli

story_setup() {
    cp "$LAB/tftp.pem" tftp.pem
    cp "$LAB/phone-rsa.pem" phone.pem
    cp "$LAB/sast.pem" other.pem
    openssl req -x509 -newkey rsa:2048 -nodes -keyout new.key -out new.pem -days 99 -subj '/CN=new tftp' 2>/dev/null
    chmod 600 ./*.pem new.key
    mkdir -p tftp/English
    echo '<device>1</device>' >tftp/SEP000000000001.cnf.xml
    echo '<tones/>' >tftp/English/g3-tones.xml
    echo firmware >tftp/sip88xx.loads
    voxsign sign tftp/SEP000000000001.cnf.xml --cert tftp.pem --digest sha1 -q
    voxsign sign tftp/English/g3-tones.xml --root tftp --cert tftp.pem -q
    voxsign sign tftp/sip88xx.loads --cert other.pem -q
    cp "$LAB/plain.cnf.xml" SEP000000000002.cnf.xml
    voxsign encrypt SEP000000000002.cnf.xml --cert tftp.pem --for phone.pem --output-dir tftp -q
    cp "$LAB"/encrypted-sha1.cnf.xml.enc.sgn "$LAB"/ITLFile-sha1.tlv tftp/
    rm tftp/English/g3-tones.xml # what is served may be all that there is
}
anew() { voxsign sign --instead-of tftp.pem --cert new.pem --key new.key "$@"; }

@test "name, digest and content stay; another implementation's encrypted files decrypt as before" {
    before=$(sha256sum tftp/sip88xx.loads.sgn tftp/ITLFile-sha1.tlv tftp/*.xml)
    status 0 anew -r tftp
    says "signed 5, unchanged 0"
    for f in SEP000000000001.cnf.xml.sgn SEP000000000002.cnf.xml.sgn SEP000000000002.cnf.xml.enc.sgn English/g3-tones.xml.sgn encrypted-sha1.cnf.xml.enc.sgn; do
        status 0 voxsign verify "tftp/$f" --cert new.pem
        status 1 voxsign verify "tftp/$f" --cert tftp.pem
    done
    [ "$(voxsign show tftp/SEP000000000001.cnf.xml.sgn --json | jq -r '"\(.digest) \(.filename)"')" = "sha1 SEP000000000001.cnf.xml.sgn" ]
    [ "$(voxsign show tftp/English/g3-tones.xml.sgn --json | jq -r '"\(.digest) \(.filename)"')" = "sha512 English/g3-tones.xml.sgn" ]
    voxsign strip tftp/SEP000000000001.cnf.xml.sgn | cmp - tftp/SEP000000000001.cnf.xml
    voxsign decrypt tftp/SEP000000000002.cnf.xml.enc.sgn --key phone.pem | cmp - "$LAB/plain.cnf.xml"
    voxsign decrypt tftp/encrypted-sha1.cnf.xml.enc.sgn --key phone.pem | cmp - "$LAB/plain.cnf.xml"
    [ "$before" = "$(sha256sum tftp/sip88xx.loads.sgn tftp/ITLFile-sha1.tlv tftp/*.xml)" ]
    status 0 anew -r tftp
    says "signed 0, unchanged 5"
}

@test "what somebody else signed, or altered, stays" {
    status 1 anew tftp/sip88xx.loads.sgn
    says "sip88xx.loads.sgn"
    status 3 anew tftp/SEP000000000001.cnf.xml
    status 3 anew tftp/ITLFile-sha1.tlv
    printf X | dd of=tftp/SEP000000000001.cnf.xml.sgn bs=1 seek=$(($(stat -c %s tftp/SEP000000000001.cnf.xml.sgn) - 4)) conv=notrunc status=none
    cp tftp/SEP000000000001.cnf.xml.sgn altered
    status 1 anew tftp/SEP000000000001.cnf.xml.sgn
    status 0 anew -r tftp -v
    says "SEP000000000001.cnf.xml.sgn: skipped: signed by another" "signed 4"
    cmp altered tftp/SEP000000000001.cnf.xml.sgn
}

@test "wrong arguments" {
    for more in "--digest sha1" "--name x" "--root tftp" "-o x" "--output-dir x"; do
        # shellcheck disable=SC2086  # words on purpose
        status 2 anew $more tftp/SEP000000000001.cnf.xml.sgn
        says "files stay where they are"
    done
    status 2 anew -
    status 4 voxsign sign --instead-of missing.pem --cert new.pem --key new.key -r tftp
    status 2 voxsign sign --instead-of tftp.pem -r tftp
}
