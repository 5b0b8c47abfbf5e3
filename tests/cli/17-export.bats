#!/usr/bin/env bats
# Certificates for other programs: files they read, folders they look up, never a private key.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tvs -q
    voxcert upload CallManager-trust "$(B issuing.pem)" "$(B root.pem)" -q
}

@test "PEM, DER and PKCS#7 of one and of a store" {
    voxcert new TVS --key ec -q
    voxcert export TVS >tvs.pem
    voxcert export TVS --format der | openssl x509 -inform DER | cmp - tvs.pem
    id=$(openssl x509 -in tvs.pem -outform DER | sha256sum | head -c 10)
    voxcert export "$id" | cmp - tvs.pem
    voxcert export CallManager-trust --format pkcs7 | openssl pkcs7 -inform DER -print_certs | grep -c BEGIN | grep -x 2
    voxcert export callmanager-trust -o all.pem
    [ "$(grep -c BEGIN all.pem)" = 2 ]
    [ "$(grep -vc -e '^[A-Za-z0-9+/=]*$' -e ----- all.pem)" = 0 ]
    # What comes out goes in.
    status 0 voxcert upload tomcat-trust all.pem
    says "2 certificates taken"
}

@test "a bundle names what is in it; of one certificate it has the issuers" {
    voxcert upload tomcat-trust "$(B leaf.pem)" -q
    status 0 voxcert export e0581c5c --format bundle
    says "# subject: CN=cm1.example.com,O=Example Voice,C=NZ" "# subject: CN=Example Root CA"
    [ "$(grep -c BEGIN <<<"$output")" = 3 ]
    [ "$(voxcert export e0581c5c | grep -c BEGIN)" = 1 ]
}

@test "files can be read by all, whatever the umask, and are replaced whole" {
    (umask 077 && voxcert export CallManager-trust -o all.pem -q)
    [ "$(stat -c %a all.pem)" = 644 ]
    status 0 voxcert export CallManager-trust -o all.pem
    says "all.pem: 2 certificates (pem)"
    status 0 voxcert export CallManager-trust -o all.pem --json
    [ "$(jq -r '.output + " " + .format + " " + (.certificates | length | tostring)' <<<"$output")" = "all.pem pem 2" ]
    [ "$(ls -A)" = "all.pem
state" ]
}

@test "a folder that OpenSSL looks certificates up in" {
    status 0 voxcert export CallManager-trust --format hashdir -o trust
    says "trust: 2 certificates (hashdir)"
    openssl verify -no-CAfile -no-CAstore -CApath trust "$(B leaf.pem)"
    [ "$(stat -c %a trust)" = 755 ]
    [ "$(stat -Lc %a trust/*.0 | sort -u)" = 644 ]
    # Same links as OpenSSL's own program makes.
    (cd trust && ls ./*.[0-9] | sort) >ours
    mkdir theirs && cp trust/*.pem theirs/ && openssl rehash theirs && (cd theirs && ls ./*.[0-9] | sort) >as_openssl
    cmp ours as_openssl
}

@test "certificates of one name get numbers" {
    voxcert upload CallManager-trust "$(B cross.pem)" -q
    hash=$(openssl x509 -in "$(B root.pem)" -noout -subject_hash)
    voxcert export CallManager-trust --format hashdir -o trust/ -q
    [ -e "trust/$hash.0" ] && [ -e "trust/$hash.1" ]
}

@test "an earlier folder is exchanged, what was in it is gone" {
    voxcert export CallManager-trust --format hashdir -o trust -q
    inode=$(stat -c %i trust)
    voxcert delete c3116b3f --yes -q
    status 0 voxcert export CallManager-trust --format hashdir -o trust
    [ "$(ls trust | wc -l)" = 2 ]
    [ "$(stat -c %i trust)" != "$inode" ]
    [ "$(ls -A)" = "state
trust" ]
}

@test "a folder with anything else in it is left alone" {
    mkdir home && echo precious >home/letter
    status 3 voxcert export CallManager-trust --format hashdir -o home
    says "home: " "letter"
    [ "$(cat home/letter)" = precious ]
    echo file >file
    status 3 voxcert export CallManager-trust --format hashdir -o file
    [ "$(cat file)" = file ]
    status 4 voxcert export CallManager-trust --format hashdir -o no/such
    [ "$(ls -A)" = "file
home
state" ]
}

@test "killed at any point, the old folder or the new one stands there" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # two cannot trace one process
    voxcert export CallManager-trust --format hashdir -o trust -q
    voxcert upload CallManager-trust "$(B leaf.pem)" -q
    for call in symlinkat fsync renameat2; do
        run strace -qq -o trace -e trace=$call -e inject=$call:signal=KILL voxcert export CallManager-trust --format hashdir -o trust
        grep -q KILL trace
        openssl verify -no-CAfile -no-CAstore -CApath trust "$(B issuing.pem)"
    done
    run strace -qq -o trace -e trace=symlinkat -e inject=symlinkat:error=ENOSPC voxcert export CallManager-trust --format hashdir -o fresh
    [ "$status" = 4 ]
    [ ! -e fresh ]
}

@test "what cannot be written so is told" {
    status 2 voxcert export CallManager-trust --format der
    says "DER holds one certificate, these are 2"
    status 2 voxcert export CallManager-trust --format hashdir
    says "the folder with -o"
    status 2 voxcert export CallManager-trust --json
    says "with -o"
    status 2 voxcert export CallManager-trust --format jks
    says "pem, der, pkcs7, bundle or hashdir"
    status 3 voxcert export CAPF-trust -o none.pem
    says "CAPF-trust holds no certificate"
    [ ! -e none.pem ]
    status 4 voxcert export CallManager-trust -o no/such/file.pem
    says "no/such/file.pem"
}
