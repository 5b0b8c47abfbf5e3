#!/usr/bin/env bats
# A list from certificates in files: no store, no cluster.

load ../harness/cli

story_setup() {
    cp "$LAB"/*.pem .
    chmod 600 ./*.pem
    AT='--timestamp @1795468806'
}

@test "the lab's ITL is built from the lab's certificates, record by record" {
    status 0 voxlist build itl -o ITLFile.tlv $AT --signer-version 1.1 --sast sast.pem --sast sast2.pem --ccm-tftp ccm.pem \
        --tftp tftp.pem --tftp web-ec.pem --capf capf.pem --tvs tvs.pem --app-server app.pem
    says "ITLFile.tlv: ITL of 8 records" "signed by CN=vector-sast;OU=Lab" "(sha512)"
    status 0 voxlist verify ITLFile.tlv
    # The same to phones; time stamp and signature aside there is nothing that differs.
    run voxlist diff "$LAB/ITLFile-sha512.tlv" ITLFile.tlv
    silent_about "+ " "- "
}

@test "a phone that holds the lab's list takes ours" {
    voxlist build ctl -o CTLFile.tlv -q --sast sast.pem --ccm ccm.pem --capf capf.pem
    status 0 voxlist verify CTLFile.tlv --against "$LAB/CTLFile-sha512.tlv"
    says "accepted"
}

@test "the same inputs give the same bytes" {
    voxlist build ctl -o a.tlv -q $AT --sast sast.pem --ccm-tftp ccm.pem
    voxlist build ctl -o b.tlv -q $AT --sast sast.pem --ccm-tftp ccm.pem
    cmp a.tlv b.tlv
    SOURCE_DATE_EPOCH=1795468806 voxlist build ctl -o c.tlv -q --sast sast.pem --ccm-tftp ccm.pem
    cmp a.tlv c.tlv
    voxlist build ctl -o - -q $AT --sast sast.pem --ccm-tftp ccm.pem >d.tlv
    cmp a.tlv d.tlv
    voxlist build ctl -o e.tlv -q --timestamp 2026-11-23T21:20:07Z --sast sast.pem --ccm-tftp ccm.pem
    run ! cmp a.tlv e.tlv
}

@test "names and addresses go with their record, in the order given" {
    voxlist build ctl -o CTLFile.tlv -q --sast sast.pem --capf capf.pem,ip=192.0.2.9 \
        --ccm-tftp ccm.pem,dns=cm1.example.test,ip=192.0.2.10
    status 0 voxlist show --json CTLFile.tlv
    says cm1.example.test 192.0.2.10
    status 0 voxlist show CTLFile.tlv
    [[ $output == *"Record 2: CAPF"*192.0.2.9*"Record 3: CCM+TFTP"*cm1.example.test* ]]
}

@test "every digest and signer version" {
    for digest in sha1 sha256 sha512; do
        for version in 1.0 1.1 none; do
            voxlist build ctl -o x.tlv -q --digest $digest --signer-version $version --sast sast.pem --ccm-tftp ccm.pem
            status 0 voxlist verify x.tlv
        done
    done
}

@test "the file name inside is the plain one, whatever the file is called" {
    voxlist build itl -o ITLSEP0123456789AB.tlv -q --sast sast.pem --tftp tftp.pem --tvs tvs.pem
    status 0 voxlist show ITLSEP0123456789AB.tlv
    says "ITLFile.tlv"
    voxlist build itl -o x.tlv -q --filename other.tlv --sast sast.pem --tftp tftp.pem --tvs tvs.pem
    status 0 voxlist show x.tlv
    says "other.tlv"
}

@test "key and certificate of the signer may stand elsewhere" {
    sed '/BEGIN CERTIFICATE/,$d' sast.pem >key.pem
    sed -n '/BEGIN CERTIFICATE/,$p' sast.pem >cert.pem
    chmod 600 key.pem
    status 3 voxlist build ctl -o x.tlv --sast cert.pem --ccm-tftp ccm.pem
    says "cert.pem" "--signer KEYSOURCE"
    [ ! -e x.tlv ]
    voxlist build ctl -o a.tlv -q $AT --sast cert.pem --ccm-tftp ccm.pem --signer key.pem
    voxlist build ctl -o b.tlv -q $AT --ccm-tftp ccm.pem --signer key.pem --signer-cert cert.pem
    cmp a.tlv b.tlv # the signer became the first SAST
    voxlist build ctl -o c.tlv -q $AT --sast sast2.pem --sast cert.pem --ccm-tftp ccm.pem --signer-cert sast.pem
    status 0 voxlist verify c.tlv --signer sast.pem
}

@test "an encrypted key takes its password from a file" {
    openssl pkey -in sast.pem -aes256 -passout pass:secret-word -out enc.pem 2>/dev/null
    chmod 600 enc.pem
    echo secret-word >pw
    echo wrong >bad
    voxlist build ctl -o x.tlv -q --sast sast.pem --ccm-tftp ccm.pem --signer enc.pem --password-file pw
    status 0 voxlist verify x.tlv
    rm x.tlv
    status 3 voxlist build ctl -o x.tlv --sast sast.pem --ccm-tftp ccm.pem --signer enc.pem --password-file bad
    silent_about secret-word
    [ ! -e x.tlv ]
}

@test "signers that phones cannot check are refused with the reason" {
    openssl req -x509 -newkey rsa:3072 -nodes -subj /CN=big -days 9 -keyout big.pem -out c.pem 2>/dev/null
    cat c.pem >>big.pem
    chmod 600 big.pem
    status 3 voxlist build ctl -o x.tlv --sast big.pem --ccm-tftp ccm.pem
    says "RSA 3072" "1024, 2048 and 4096 bits only"
    status 3 voxlist build ctl -o x.tlv --sast web-ec.pem --ccm-tftp ccm.pem
    says "EC P-384" "RSA keys only"
    status 3 voxlist build ctl -o x.tlv --sast sast.pem --ccm-tftp ccm.pem --signer sast2.pem
    says "does not belong to the signer's certificate"
    [ ! -e x.tlv ]
}

@test "warnings of the linter come with the list" {
    status 0 voxlist build itl -o x.tlv --sast sast.pem --tftp web-ec.pem
    says "warning"
    [ -s x.tlv ]
}

@test "an old list stays when the new one cannot be built" {
    echo old >x.tlv
    echo "no certificate" >plain
    status 3 voxlist build ctl -o x.tlv --sast sast.pem --ccm plain
    [ "$(cat x.tlv)" = old ]
    status 4 voxlist build ctl -o x.tlv --sast sast.pem --ccm missing.pem
    [ "$(cat x.tlv)" = old ]
    status 4 voxlist build ctl -o no/such/folder/x.tlv --sast sast.pem --ccm ccm.pem
    says "no/such/folder/x.tlv"
}

@test "misuse says what is missing" {
    status 2 voxlist build
    says "which list: ctl or itl?"
    status 2 voxlist build ctl --sast sast.pem
    says "-o FILE"
    status 2 voxlist build xtl -o x.tlv
    says "'xtl' is no kind of list"
    status 2 voxlist build ctl -o x.tlv --ccm ccm.pem
    says "nobody to sign"
    status 2 voxlist build ctl -o x.tlv --sast sast.pem,ip=::1
    says "no IPv4 address"
    status 2 voxlist build ctl -o x.tlv --sast sast.pem,ip=192.0.2.1,color=red
    says "neither dns=NAME nor ip=ADDR"
    status 2 voxlist build ctl -o x.tlv --digest md5 --sast sast.pem
    status 2 voxlist build ctl -o x.tlv --timestamp yesterday --sast sast.pem
    status 2 voxlist build ctl -o x.tlv --timestamp 2107-01-01 --sast sast.pem
    says "1970 to 2106"
    status 2 voxlist build ctl -o - --json --sast sast.pem
    says "both the list"
    status 4 voxlist build ctl -o x.tlv # from a store that is not there
    says "voxtrust init"
}

@test "JSON" {
    status 0 voxlist build ctl -o x.tlv --json $AT --sast sast.pem --ccm-tftp ccm.pem
    [ "$(jq -r '"\(.kind) \(.records) \(.digest) \(.filename)"' <<<"$output")" = "ctl 2 sha512 CTLFile.tlv" ]
    says "$(sha256sum x.tlv | cut -d' ' -f1)"
}
