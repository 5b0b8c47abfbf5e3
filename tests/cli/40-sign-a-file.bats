# One file is signed, verified, shown, taken apart: what phones with a trust list ask for.
load ../harness/cli

absent() { # FILE...
    for f; do [ ! -e "$f" ] || return 1; done
}

story_setup() {
    cp "$LAB/plain.cnf.xml" SEP0123456789AB.cnf.xml
    cp "$LAB/tftp.pem" tftp.pem && chmod 600 tftp.pem
}

sign() { voxsign sign --cert tftp.pem "$@"; }

@test "signed, verified by certificate and by list, stripped" {
    status 0 sign SEP0123456789AB.cnf.xml
    says "SEP0123456789AB.cnf.xml: signed as SEP0123456789AB.cnf.xml.sgn" "signed 1, unchanged 0, skipped 0"
    silent_about warning
    status 0 voxsign verify SEP0123456789AB.cnf.xml.sgn --cert tftp.pem
    says "valid: signed by CN=vector-tftp" "sha512" "as SEP0123456789AB.cnf.xml.sgn"
    status 0 voxsign verify SEP0123456789AB.cnf.xml.sgn --trust "$LAB/ITLFile-sha1.tlv"
    says "signed by TFTP CN=vector-tftp" "ITLFile-sha1.tlv"
    voxsign strip SEP0123456789AB.cnf.xml.sgn | cmp - "$LAB/plain.cnf.xml"
    status 0 voxsign strip SEP0123456789AB.cnf.xml.sgn -o plain
    cmp plain "$LAB/plain.cnf.xml"
}

@test "another implementation's files verify, show and strip" {
    for f in "$LAB"/*.sgn; do
        status 0 voxsign verify "$f" --cert "$LAB/tftp.pem"
        status 0 voxsign verify "$f" --trust "$LAB/CTLFile-sha1.tlv" --trust "$LAB/ITLFile-sha512.tlv"
        status 0 voxsign show "$f"
        says "SEP0123456789AB.cnf.xml" "CN=vector-tftp"
    done
    voxsign strip "$LAB/signed-sha1.cnf.xml.sgn" | cmp - "$LAB/plain.cnf.xml"
    voxsign strip "$LAB/signed-sha512.cnf.xml.sgn" | cmp - "$LAB/plain.cnf.xml"
}

@test "the same input, time and signer give the same fields as another implementation's, and always the same bytes" {
    when=$(voxsign show --json "$LAB/signed-sha512.cnf.xml.sgn" | sed -n 's/.*"timestamp": "\(.*\)".*/\1/p')
    status 0 sign SEP0123456789AB.cnf.xml --timestamp "$when" -o a.sgn
    status 0 sign SEP0123456789AB.cnf.xml --timestamp "$when" -o b.sgn
    cmp a.sgn b.sgn
    strip_names() { voxsign show --json "$1" | grep -vE '"(file|name|issuer|signature)":'; }
    diff <(strip_names a.sgn) <(strip_names "$LAB/signed-sha512.cnf.xml.sgn")
}

@test "the name inside: alone, given, or below the TFTP root" {
    mkdir -p tftp/New_Zealand && echo '<tones/>' >tftp/New_Zealand/g3-tones.xml
    sign tftp/New_Zealand/g3-tones.xml -q
    status 0 voxsign show tftp/New_Zealand/g3-tones.xml.sgn
    silent_about New_Zealand/
    sign tftp/New_Zealand/g3-tones.xml --root tftp
    status 0 voxsign show tftp/New_Zealand/g3-tones.xml.sgn
    says New_Zealand/g3-tones.xml.sgn
    for name in Default.cnf.xml Default.cnf.xml.sgn; do
        sign SEP0123456789AB.cnf.xml --name $name -o x.sgn
        status 0 voxsign show x.sgn
        says "file name     Default.cnf.xml.sgn"
    done
    status 2 sign SEP0123456789AB.cnf.xml --root tftp
    says "does not lie below the TFTP root"
    absent SEP0123456789AB.cnf.xml.sgn
}

@test "streams" {
    sign - --name Default.cnf.xml <SEP0123456789AB.cnf.xml >out.sgn
    status 0 voxsign verify - --cert tftp.pem <out.sgn
    says "as Default.cnf.xml.sgn"
    status 2 sign - <SEP0123456789AB.cnf.xml
    says "standard input has no name"
}

@test "unchanged is left alone; another content, digest or key is not" {
    sign SEP0123456789AB.cnf.xml -q
    before=$(stat -c '%i %y' SEP0123456789AB.cnf.xml.sgn)
    status 0 sign SEP0123456789AB.cnf.xml
    says "unchanged"
    [ "$before" = "$(stat -c '%i %y' SEP0123456789AB.cnf.xml.sgn)" ]
    status 0 sign SEP0123456789AB.cnf.xml --digest sha1
    says "signed 1"
    echo >>SEP0123456789AB.cnf.xml
    status 0 sign SEP0123456789AB.cnf.xml --digest sha1
    says "signed 1"
    status 0 voxsign sign SEP0123456789AB.cnf.xml --digest sha1 --cert "$LAB/capf.pem"
    says "signed 1"
    printf X | dd of=SEP0123456789AB.cnf.xml.sgn bs=1 seek=300 conv=notrunc status=none
    status 0 voxsign sign SEP0123456789AB.cnf.xml --digest sha1 --cert "$LAB/capf.pem"
    says "signed 1"
}

@test "what is served keeps the rights of what it stands for" {
    umask 077
    chmod 640 SEP0123456789AB.cnf.xml
    sign SEP0123456789AB.cnf.xml -q
    [ "$(stat -c %a SEP0123456789AB.cnf.xml.sgn)" = 640 ]
}

@test "who cannot sign, and what is not signed" {
    status 3 voxsign sign SEP0123456789AB.cnf.xml --cert "$LAB/web-ec.pem"
    says "phones verify lists and files with RSA keys only"
    status 3 voxsign sign SEP0123456789AB.cnf.xml --cert tftp.pem --key "$LAB/ccm.pem"
    says "does not belong to the signer's certificate"
    openssl req -x509 -newkey rsa:3072 -nodes -keyout k3 -out c3 -subj /CN=x -days 2 2>/dev/null
    status 3 voxsign sign SEP0123456789AB.cnf.xml --cert c3 --key k3
    says "1024, 2048 and 4096 bits only"
    status 4 sign missing.xml
    says "missing.xml: no such file"
    status 3 sign "$LAB/CTLFile-sha1.tlv" -o x
    says "is a trust list"
    status 3 sign "$LAB/signed-sha1.cnf.xml.sgn" -o x
    says "is signed already"
    status 2 sign .
    says "--recursive"
    status 2 voxsign sign SEP0123456789AB.cnf.xml
    says "--cert"
    status 2 sign SEP0123456789AB.cnf.xml --for phone.pem
    says "voxsign encrypt"
    status 4 sign SEP0123456789AB.cnf.xml -o nowhere/x.sgn
    absent x SEP0123456789AB.cnf.xml.sgn
    [ "$(find . -name '.*.tmp' | wc -l)" -eq 0 ]
}

@test "one file that fails does not hide the others" {
    echo a >a.xml
    cp "$LAB/CTLFile-sha1.tlv" b.xml
    echo c >c.xml
    status 3 sign a.xml b.xml c.xml
    says "b.xml: is a trust list" "signed 2, unchanged 0, skipped 0, failed 1"
    status 0 voxsign verify a.xml.sgn c.xml.sgn --cert tftp.pem
    mkdir d.xml.sgn && echo d >d.xml
    status 4 sign a.xml d.xml
    says "d.xml" "unchanged 1, skipped 0, failed 1"
    [ -d d.xml.sgn ]
}
