#!/usr/bin/env bats
# voxcapf enroll against a server that does as it is told, right and wrong.
load ../harness/cli
load ../harness/capfserver

enroll() { voxcapf enroll "$AT" --device SEP001122334455 --trust capf.crt -o phone.pem "$@"; }

pair_fits() {
    [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$1" -pubout)" ]
}

# same_files: phone.pem is as it was when `cp phone.pem before` was done.
same_files() { cmp phone.pem before; }

@test "a key is made, certified and stored; nobody else can read it" {
    for spec in rsa:2048 ec:P-256 ec:P-384 ec:P-521; do
        serve greeting hear order:$spec hear-key store:good hear end:1
        run -0 enroll --null
        served
        [[ $output == "installed: phone.pem, "* ]]
        pair_fits phone.pem
        [ "$(stat -c %a phone.pem)" = 600 ]
        [ ! -e phone.pem.pending ]
        heard '^STORE_CERTIFICATE_RESPONSE \{REASON 1\}$'
        cp phone.pem before
    done
}

@test "what peers do otherwise: no AUTH_TYPE, bytes that come one by one, an order of version 2, no order at all" {
    serve split greeting-bare hear order-v2:2048 hear-key store:good hear end:1
    run -0 enroll --null --protocol 2
    served
    heard '^AUTH_RESPONSE \{REASON 1, VERSION 2, DEVICE_NAME SEP001122334455\}$'
    openssl pkey -in phone.pem -noout -text | grep -q '2048 bit'
    serve greeting hear order-bare hear-key store:good hear end:1
    run -0 enroll --null --key ec:P-384
    served
    openssl pkey -in phone.pem -noout -text | grep -q 'secp384r1'
}

@test "the authentication string goes to the server and nowhere else" {
    echo 31415926 >string
    serve greeting hear end:0
    run -0 enroll --string-file string --verbose
    served
    [[ $output == *"nothing waits for SEP001122334455"* ]]
    [[ $output == *"PASSWORD (not shown)"* ]]
    [[ $output != *31415926* ]]
    heard 'PASSWORD \(not shown\)'
    serve greeting hear end:0
    run -0 bash -c "echo 31415926 | \"$VOX_BIN\"/voxcapf enroll $AT --device SEP001122334455 --trust capf.crt --string-file -"
    served
}

@test "a certificate that is wrong is not stored, and the server hears so" {
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null
    served
    cp phone.pem before
    for wrong in other-key other-name other-issuer issuer-name ca ended damaged none; do
        serve greeting hear order:ec:P-256 hear-key store:$wrong hear end:7
        run -3 enroll --null
        served
        heard '^STORE_CERTIFICATE_RESPONSE \{REASON 7\}$'
        same_files
    done
    [[ $output == *"CERTIFICATE: missing"* ]]
}

@test "the key of a session that was lost is taken up by the next one" {
    serve greeting hear order:ec:P-256 hear-key close
    run -4 enroll --null
    served
    key=$(grep '^key ' heard)
    [ "$(stat -c %a phone.pem.pending)" = 600 ]
    [ ! -e phone.pem ]
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null
    served
    heard "^$key\$"
    pair_fits phone.pem
    [ ! -e phone.pem.pending ]

    serve greeting hear order:ec:P-256 hear-key close
    run -4 enroll --null
    served
    key=$(grep '^key ' heard)
    chmod 644 phone.pem.pending # others may have seen it
    serve greeting hear order:ec:P-256 hear-key close
    run -4 enroll --null
    served
    run ! heard "^$key\$"
    key=$(grep '^key ' heard)
    serve greeting hear order:ec:P-384 hear-key close # another kind is wanted
    run -4 enroll --null
    served
    run ! heard "^$key\$"
}

@test "a certificate that is stored stays stored when the farewell does not come" {
    serve greeting hear order:ec:P-256 hear-key store:good hear close
    run -4 enroll --null
    served
    [[ $output == *"the certificate is stored, but the server did not take note"* ]]
    pair_fits phone.pem
    serve greeting hear order:ec:P-256 hear-key store:good hear end:7
    run -1 enroll --null
    served
    pair_fits phone.pem
}

@test "patience is asked for as often as it is said" {
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null --in-progress 3
    served
    [ "$(grep -c '^REQUEST_IN_PROGRESS {}$' heard)" -eq 3 ]
}

@test "a server that says no" {
    for words in "end:7" "end:9" "end:5" "later:60" "later-bare" "order:ec:P-256 hear-key end:0" "order:ec:P-256 hear-key later:9"; do
        # shellcheck disable=SC2086
        serve greeting hear $words
        run -1 enroll --null
        served
        [ ! -e phone.pem ]
    done
    for words in end:7 end:0 later:5; do
        serve $words
        run -1 enroll --null
        served
    done
    [[ $output == *"come back in 5 s"* ]]
}

@test "an order that cannot be filled" {
    for words in order-odd order-v2:504 order-v2:4104 order-curve:3 order-curve:255; do
        serve greeting hear $words hear end:7
        run -1 enroll --null
        served
        heard '^KEY_GENERATE_RESPONSE \{REASON 7\}$'
        [ ! -e phone.pem.pending ]
    done
}

@test "the smallest and the largest key that are made" {
    for bits in 512 4096; do
        serve greeting hear order-v2:$bits hear-key close
        run -4 enroll --null
        served
        openssl pkey -in phone.pem.pending -noout -text | grep -q "^Private-Key: ($bits bit"
    done
}

# authority NAME: NAME.pem, a CA's certificate and its key, and NAME.crt.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -days 30 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,digitalSignature,keyCertSign 2>/dev/null
    cat "$1.crt" "$1.key" >"$1.pem"
}

@test "who may have issued: whom --trust names, or the server itself; not whom it shows besides" {
    authority root
    authority stranger
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout capf.key -out capf.csr -subj /CN=CAPF-1234 2>/dev/null
    openssl x509 -req -in capf.csr -CA root.crt -CAkey root.key -days 20 -out capf.crt \
        -extfile <(echo basicConstraints=critical,CA:TRUE) 2>/dev/null
    cat capf.crt capf.key stranger.crt >capf.pem
    for issuer in capf.pem root.pem; do
        serve greeting hear order:ec:P-256 issuer:$issuer hear-key store:good hear end:1
        run -0 enroll --null --trust root.crt
        served
        cp phone.pem before
    done
    serve greeting hear order:ec:P-256 issuer:stranger.pem hear-key store:good hear end:7
    run -3 enroll --null --trust root.crt
    served
    same_files
    serve greeting hear order:ec:P-256 issuer:stranger.pem hear-key store:good hear end:1
    run -0 enroll --null --trust root.crt --issuer stranger.crt
    served
    cp phone.pem before
    serve greeting hear order:ec:P-256 hear-key store:good hear end:7 # --issuer says who and nobody else
    run -3 enroll --null --trust root.crt --issuer stranger.crt
    served
    same_files
}

@test "of a list, its CAPF servers are trusted and nobody else" {
    serve close # makes its certificate
    run -4 enroll --null
    served
    authority other
    cp "$LAB/sast.pem" sast.pem && chmod 600 sast.pem
    voxlist build ctl -o good.tlv -q --sast sast.pem --capf capf.crt --tftp other.crt
    voxlist build ctl -o other.tlv -q --sast sast.pem --capf other.crt --tftp capf.crt
    voxlist build ctl -o none.tlv -q --sast sast.pem --tftp capf.crt
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null --trust good.tlv
    served
    serve greeting
    run -4 enroll --null --trust other.tlv
    wait "$SERVER" || true
    run -3 enroll --null --trust none.tlv
    [[ $output == *"the list has no CAPF record with a certificate"* ]]
}

@test "a server that does not speak CAPF" {
    local session=01020304
    for words in raw:16030100020100aa raw:5501${session}ffff raw:5501${session}0003070001 raw:5501${session}00080700010307000103 \
        raw:5501${session}0000 fetch "greeting hear greeting" "greeting hear session end:0" "greeting hear raw:5518${session}0000" \
        "greeting hear raw:5509${session}0000" "greeting hear end-bare" "greeting hear raw:5503${session}000411000200"; do
        # shellcheck disable=SC2086
        serve $words close
        run enroll --null
        served
        [[ $status -eq 3 && $output == *"capf.md "* ]] || { echo "$words: $status: $output"; false; }
        [ ! -e phone.pem ]
    done
    serve close
    run -4 enroll --null
    served
    serve greeting hear close
    run -4 enroll --null
    served
}

@test "the certificate is shown, and deleted" {
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null
    served
    serve greeting hear fetch hear end:0
    run -0 enroll --null --json
    served
    heard '^FETCH_CERTIFICATE_RESPONSE \{REASON 1, CERTIFICATE [0-9]+ bytes\}$'
    [ "$(jq -r '.operation, .result, .reason' <<<"$output" | xargs)" = "fetch shown 0" ]
    [ "$(jq -r .fingerprint <<<"$output")" = "$(openssl x509 -in phone.pem -outform DER | sha256sum | cut -d ' ' -f 1)" ]

    serve greeting hear fetch hear end:0
    run -0 enroll --null --certificate missing.pem
    served
    heard '^FETCH_CERTIFICATE_RESPONSE \{REASON 7\}$'
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -days 3 -subj /CN=SEP000000000000 2>/dev/null
    serve greeting hear delete hear end:1
    run -3 enroll --null --certificate other.crt
    served
    heard '^DELETE_CERTIFICATE_RESPONSE \{REASON 7\}$'
    [ -e other.crt ] # it is another device's

    serve greeting hear delete hear end:1
    run -0 enroll --null
    served
    heard '^DELETE_CERTIFICATE_RESPONSE \{REASON 1\}$'
    [ ! -e phone.pem ]
    serve greeting hear delete hear end:1
    run -0 enroll --null
    served
    heard '^DELETE_CERTIFICATE_RESPONSE \{REASON 7\}$'
}

@test "an existing certificate proves who the device is" {
    serve greeting hear order:rsa:2048 hear-key store:good hear end:1
    run -0 enroll --null
    served
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --proof phone.pem --sudi phone.pem
    served
    heard '^AUTH_RESPONSE \{REASON 1, CERTIFICATE [0-9]+ bytes, SIGNED_DATA 256 bytes, VERSION 3, DEVICE_NAME [^ ]+, SUDI_DATA .*, SHA2_SIGNED_DATA 256 bytes\}$'
    serve greeting hear end:0
    run -0 enroll --proof phone.pem # now an EC one
    served
    heard 'SIGNED_DATA 7[0-2] bytes'
    run -3 enroll --proof capf.crt # no key in it
}

@test "another server than the one that is trusted gets nothing" {
    serve greeting hear end:0
    openssl req -x509 -newkey rsa:2048 -nodes -keyout x.key -out x.crt -days 3 -subj /CN=CAPF-1234/O=Lab 2>/dev/null
    run -4 voxcapf enroll "$AT" --device SEP001122334455 --trust x.crt --null
    served
    heard 'no handshake|hung up'
    run -4 voxcapf enroll 127.0.0.1:1 --device SEP001122334455 --trust x.crt --null
    run -4 voxcapf enroll 127.0.0.1:1 --device SEP001122334455 --trust missing.crt --null
}

@test "who issues can be another than the server" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3 -subj /CN=Issuer 2>/dev/null
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -3 enroll --null --issuer ca.crt
    served
    serve greeting hear order:ec:P-256 hear-key store:good hear end:1
    run -0 enroll --null --issuer capf.crt
    served
}

@test "wrong arguments" {
    AT=127.0.0.1:1
    : >capf.crt
    for args in "" "--null --proof x" "--null --string-file x" "--sudi x --null" "--kind other --null" "--protocol 4 --null" "--key dsa --null"; do
        # shellcheck disable=SC2086
        run -2 enroll $args
    done
    run -2 voxcapf enroll --device SEP1 --trust x --null
    run -2 voxcapf enroll "$AT" --trust x --null
    run -2 voxcapf enroll "$AT" --device SEP1 --null
    run -2 voxcapf enroll "$AT" --device ../x --trust x --null
}
