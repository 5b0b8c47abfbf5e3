#!/usr/bin/env bats
# Trust lists and configurations signed by keys on tokens.

load ../harness/cli
load ../harness/token

story_setup() {
    two_tokens
    new_key SAST1 one.pem && ONE=$URI
    new_key SAST2 two.pem && TWO=$URI
}

@test "a CTL of two tokens, signed by the first, then by the second" {
    voxlist build ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$ONE" --password-file pin -o CTLFile.tlv
    status 0 voxlist verify CTLFile.tlv
    says "CN=SAST-"
    # the second signs the next list, which drops the first
    voxlist build ctl --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$TWO" --password-file pin -o next.tlv
    status 0 voxlist verify next.tlv --against CTLFile.tlv
    # a third that phones do not know
    status 1 voxlist verify CTLFile.tlv --against next.tlv
}

@test "a key that is on a token and in a file makes the same bytes" {
    openssl genrsa -out k.pem 2048 2>/dev/null
    openssl req -x509 -key k.pem -subj /CN=both -days 30 -out c.pem
    openssl pkcs8 -topk8 -nocrypt -in k.pem -out k8.pem
    softhsm2-util --import k8.pem --token SAST1 --label both --id 0b --pin 123456 >/dev/null
    echo '<device/>' >SEP001122334455.cnf.xml
    for digest in sha1 sha256 sha512; do
        voxsign sign SEP001122334455.cnf.xml --key k.pem --cert c.pem --digest $digest --timestamp @1 -o file.sgn -q
        voxsign sign SEP001122334455.cnf.xml --key "pkcs11:token=SAST1;id=%0B" --cert c.pem --digest $digest --timestamp @1 -o token.sgn --password-file pin -q
        cmp file.sgn token.sgn
    done
    # and another program's signature is the same
    printf x >data
    pkcs11-tool --module "$P11_REAL" --token-label SAST1 --login --pin 123456 --sign --id 0b -m SHA256-RSA-PKCS -i data -o theirs 2>/dev/null
    openssl dgst -sha256 -sign k.pem -out ours data
    cmp theirs ours
}

@test "a whole tree, on all cores, by one token" {
    for i in $(seq 10 40); do echo "<device n='$i'/>" >"SEP0011223344$i.cnf.xml"; done
    mkdir tree && mv SEP* tree
    status 0 voxsign sign tree --recursive --key "$ONE" --cert one.pem --password-file pin
    [ "$(find tree -name '*.sgn' | wc -l)" -eq 31 ]
    for f in tree/*.sgn; do voxsign verify "$f" --signer one.pem -q || voxsign verify "$f" --help >&2; done
}

@test "a list that an EC key of a token would sign is refused before the token is asked" {
    new_key SAST1 ec.pem --key ec:P-256 --label ec
    status 3 voxlist build ctl --sast ec.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$URI" --password-file pin -o x.tlv
    says "EC"
    [ ! -e x.tlv ]
}

@test "the wrong token's key is refused, and nothing is written" {
    status 3 voxlist build ctl --sast one.pem --sast two.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "$TWO" --password-file pin -o x.tlv
    says "does not belong"
    [ ! -e x.tlv ]
    status 2 voxlist build ctl --sast one.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "pkcs11:" --password-file pin -o x.tlv
    status 4 voxlist build ctl --sast one.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --signer "pkcs11:token=SAST1;id=%77" --password-file pin -o x.tlv
    says "no such private key"
    [ ! -e x.tlv ]
}

@test "a key on a token decrypts nothing, and says so" {
    status 2 voxsign decrypt "$LAB/encrypted-sha512.cnf.xml.enc.sgn" --key "$ONE" -o plain.xml
    says "decrypt nothing here"
    [ ! -e plain.xml ]
}
