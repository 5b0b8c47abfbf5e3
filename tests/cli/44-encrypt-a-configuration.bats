# A configuration that only one phone can read, and the stub that sends it there.
load ../harness/cli

absent() { # FILE...
    for f; do [ ! -e "$f" ] || return 1; done
}

story_setup() {
    cp "$LAB/plain.cnf.xml" SEP0123456789AB.cnf.xml
    cp "$LAB/tftp.pem" tftp.pem
    cp "$LAB/phone-rsa.pem" phone.pem
    chmod 600 tftp.pem phone.pem
    mkdir tftp
}

encrypt() { voxsign encrypt --cert tftp.pem --for phone.pem "$@"; }

@test "encrypted, verified, decrypted; the stub is that of another implementation" {
    status 0 encrypt SEP0123456789AB.cnf.xml --output-dir tftp
    silent_about warning
    status 0 voxsign verify tftp/* --trust "$LAB/ITLFile-sha512.tlv"
    says "as SEP0123456789AB.cnf.xml.enc.sgn" "as SEP0123456789AB.cnf.xml.sgn"
    voxsign decrypt tftp/SEP0123456789AB.cnf.xml.enc.sgn --key phone.pem | cmp - "$LAB/plain.cnf.xml"
    voxsign strip tftp/SEP0123456789AB.cnf.xml.sgn >stub
    voxsign strip "$LAB/stub-sha1.cnf.xml.sgn" | cmp - stub
    status 1 grep -r not-a-real-secret tftp
}

@test "another implementation's files decrypt" {
    for f in "$LAB"/encrypted-*.enc.sgn; do
        status 0 voxsign decrypt "$f" --key phone.pem -o plain
        cmp plain "$LAB/plain.cnf.xml"
        [ "$(stat -c %a plain)" = 600 ]
    done
}

@test "the plain file beside the encrypted one is warned of, or removed" {
    status 0 encrypt SEP0123456789AB.cnf.xml
    says "warning: the plain file lies beside the encrypted one" "--remove-plain"
    [ -e SEP0123456789AB.cnf.xml ]
    status 0 encrypt SEP0123456789AB.cnf.xml --remove-plain
    says removed
    silent_about warning
    absent SEP0123456789AB.cnf.xml
    [ -e SEP0123456789AB.cnf.xml.enc.sgn ]
    [ -e SEP0123456789AB.cnf.xml.sgn ]
}

@test "signing the tree later does not put the passwords back" {
    encrypt SEP0123456789AB.cnf.xml --output-dir tftp -q
    cp SEP0123456789AB.cnf.xml tftp/
    before=$(sha256sum tftp/*.sgn)
    status 0 voxsign sign tftp -r --cert tftp.pem
    says "warning: skipped: published encrypted" "signed 0, unchanged 0, skipped 1"
    [ "$before" = "$(sha256sum tftp/*.sgn)" ]
}

@test "a file under another name than the one inside is warned of" {
    cp SEP0123456789AB.cnf.xml new.xml
    status 0 encrypt new.xml --name SEP0123456789AB.cnf.xml --output-dir tftp
    says "voxsign: new.xml.enc.sgn: warning:" "publish it as SEP0123456789AB.cnf.xml.enc.sgn"
}

@test "names and places" {
    mkdir -p tftp/a && cp SEP0123456789AB.cnf.xml tftp/a/x.xml
    encrypt tftp/a/x.xml --root tftp --remove-plain -q
    status 0 voxsign show tftp/a/x.xml.enc.sgn tftp/a/x.xml.sgn
    says "a/x.xml.enc.sgn" "a/x.xml.sgn" "AES-128-CBC"
    encrypt - --name SEP0123456789AB.cnf.xml -o tftp/o.enc.sgn <SEP0123456789AB.cnf.xml
    voxsign decrypt tftp/o.enc.sgn --key phone.pem | cmp - "$LAB/plain.cnf.xml"
    status 0 voxsign show tftp/o.sgn
    says "SEP0123456789AB.cnf.xml.sgn"
    status 2 encrypt SEP0123456789AB.cnf.xml -o tftp/o.sgn
    says "must end in .enc.sgn"
    status 2 encrypt -
    absent SEP0123456789AB.cnf.xml.sgn
}

@test "phones that cannot decrypt, names that are no files" {
    status 3 voxsign encrypt SEP0123456789AB.cnf.xml --cert tftp.pem --for "$LAB/web-ec.pem"
    says "signed-files.md 2.2" "cannot unwrap"
    status 4 voxsign encrypt SEP0123456789AB.cnf.xml --cert tftp.pem --for SEP0123456789AB
    says "SEP0123456789AB: no such file: --for takes a file"
    status 2 voxsign encrypt SEP0123456789AB.cnf.xml --cert tftp.pem
    says "--for"
    [ "$(find . -name '*.sgn' -o -name '*.tmp' | wc -l)" -eq 0 ]
}

@test "the wrong key, an altered file, and files of another kind" {
    f=$LAB/encrypted-sha512.cnf.xml.enc.sgn
    status 1 voxsign decrypt "$f" --key tftp.pem -o out
    says "encrypted to another phone"
    status 1 voxsign decrypt "$f" --key "$LAB/web-ec.pem" -o out
    cp "$f" bad && printf X | dd of=bad bs=1 seek=$(($(stat -c %s bad) - 100)) conv=notrunc status=none
    status 1 voxsign decrypt bad --key phone.pem -o out
    says "signed-files.md 2"
    status 3 voxsign decrypt "$LAB/signed-sha1.cnf.xml.sgn" --key phone.pem
    says "voxsign strip"
    status 3 voxsign strip "$f"
    says "voxsign decrypt"
    absent out
}

@test "hostile configurations are refused and nothing is written" {
    refused() { # SAYS: stdin is the configuration
        cat >bad.xml
        status 3 encrypt bad.xml
        says "$1"
        absent bad.xml.sgn bad.xml.enc.sgn
    }
    refused DTD <<'XML'
<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]><device>&e;</device>
XML
    refused DTD <<'XML'
<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><device><capfList>&x;</capfList></device>
XML
    refused "root must be <device>" <<<'<config/>'
    refused "not well-formed" <<<'<device>'
    { printf '<device>'; printf '<a>%.0s' $(seq 5000); } | refused "nested too deeply"
    printf '<device/>' | iconv -t UTF-16 | refused "NUL bytes"
    refused "a trust list" <"$LAB/CTLFile-sha1.tlv"
}

@test "phones can read what is published, whatever the umask" {
    (umask 077 && encrypt SEP0123456789AB.cnf.xml --output-dir tftp -q)
    [ "$(stat -c %a tftp/* | sort -u)" = 644 ]
}

@test "a key on a token is none that decrypts here" {
    encrypt SEP0123456789AB.cnf.xml --output-dir tftp -q
    status 2 voxsign decrypt tftp/SEP0123456789AB.cnf.xml.enc.sgn --key 'pkcs11:token=phone;object=lsc'
    says "keys on tokens sign, and decrypt nothing here"
}

@test "the stub sends phones to what is there already, and neither stays alone" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    strace -o trace -e trace=fsync,renameat voxsign encrypt --cert tftp.pem --for phone.pem SEP0123456789AB.cnf.xml --output-dir tftp -q
    [ "$(grep -oE '(fsync|renameat)\(' trace | paste -sd' ')" = 'fsync( fsync( renameat( renameat( fsync( fsync(' ]
    grep renameat trace | head -1 | grep -q 'enc\.sgn")'
    rm tftp/*
    for fails in write:error=ENOSPC:when=1 write:error=ENOSPC:when=2 fsync:error=EIO:when=2; do
        status 4 strace -o /dev/null -e inject="$fails" voxsign encrypt --cert tftp.pem --for phone.pem SEP0123456789AB.cnf.xml --output-dir tftp
        [ -z "$(ls -A tftp)" ]
    done
}
