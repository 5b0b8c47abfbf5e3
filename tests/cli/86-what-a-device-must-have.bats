#!/usr/bin/env bats
# What the device at the far end needs: whom to trust, and a configuration that demands it. Nothing in it is somebody's text unchecked.

load ../harness/cli
load ../harness/trunk

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp -q
    voxtrust node add cm2 --ip 2001:db8::2 --services ccm -q
    voxtrust node add tftp1 --dns tftp1.example.test --services tftp -q
    voxcert new CallManager --node cm1 -q
    voxcert new CallManager --node cm2 --subject CN=cm2.example.test -q
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test --port 5071 -q
    voxtrunk add sbc --profile tls -d sbc.example.test:5081 -q
}

subjects() { openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout | grep -o 'CN = [^,]*' | sort -u | tr '\n' ' '; }

@test "the bundle holds the call managers, and the folder finds them" {
    status 0 voxtrunk export sbc --bundle --hashdir -o out
    [ "$(subjects out/callmanager-ca.pem)" = "CN = cm1.example.test CN = cm2.example.test " ]
    [ "$(stat -c %a out/callmanager-ca.pem)" = 644 ]
    voxcert export CallManager --node cm1 -o cm1.pem -q
    openssl verify -no-CAfile -no-CAstore -CApath out/callmanager-ca cm1.pem
    openssl verify -no-CAstore -no-CApath -CAfile out/callmanager-ca.pem cm1.pem
    status 0 voxtrunk export sbc --bundle --hashdir -o out # once more, over the one before
    [ "$(ls out | wc -l)" = 2 ]
}

@test "of a CallManager certificate that a CA signed it holds the CA, up to the root, or is refused" {
    ca Root
    signed Middle Middle Root "basicConstraints=critical,CA:TRUE"
    voxcert csr CallManager --node cm1 -o cm1.csr -q
    openssl x509 -req -in cm1.csr -CA Middle.pem -CAkey Middle.key -CAcreateserial -days 99 -copy_extensions copy -out answer.pem 2>/dev/null
    cat answer.pem Middle.pem Root.pem >chain.pem
    voxcert install CallManager chain.pem --node cm1 -q --yes
    status 0 voxtrunk export sbc --bundle -o out
    [ "$(subjects out/callmanager-ca.pem)" = "CN = Middle CN = Root CN = cm2.example.test " ]
    root=$(openssl x509 -in Root.pem -noout -fingerprint -sha256 | cut -d = -f 2 | tr -d : | tr A-F a-f)
    voxcert delete "$root" --yes -q
    rm -r out
    status 3 voxtrunk export sbc --bundle -o out
    says "up to the root"
    [ ! -e out ]
}

@test "Asterisk: transport, endpoint, aor and identify" {
    status 0 voxtrunk export sbc --for asterisk -o out
    says "out/pjsip-sbc.conf" "pjsip.conf"
    conf=out/pjsip-sbc.conf
    for line in protocol=tls bind=0.0.0.0:5081 verify_server=yes verify_client=yes require_client_cert=yes method=tlsv1_2 \
        ca_list_file=/etc/asterisk/keys/callmanager-ca.pem cert_file=/etc/asterisk/keys/sbc.pem transport=sbc-tls media_encryption=sdes \
        'contact=sip:cm1.example.test:5071\;transport=tls' 'contact=sip:[2001:db8::2]:5071\;transport=tls' match=192.0.2.10 match=2001:db8::2; do
        grep -qxF -- "$line" "$conf" || { echo "missing: $line" >&2; cat "$conf" >&2; false; }
    done
    [ "$(grep -c tftp1 "$conf")" = 0 ]
    voxtls set min-version 1.3 -q -y
    voxtrunk export sbc --for asterisk -o out -q
    grep -qx method=tlsv1_3 "$conf"
}

@test "Kamailio: certificates are demanded both ways" {
    status 0 voxtrunk export sbc --for kamailio -o out --device-dir /opt/k/tls
    [ "$(grep -cx 'require_certificate = yes' out/tls.cfg)" = 2 ]
    [ "$(grep -cx 'verify_certificate = yes' out/tls.cfg)" = 2 ]
    [ "$(grep -cx 'ca_list = /opt/k/tls/callmanager-ca.pem' out/tls.cfg)" = 2 ]
    grep -qx '1 sip:cm1.example.test:5071;transport=tls' out/dispatcher.list
    grep -qx 'listen=tls:0.0.0.0:5081' out/sbc.cfg
}

@test "FreeSWITCH: well-formed, and the names of the call managers are demanded" {
    voxtrunk add a--b --profile tls -d a.test -q
    status 0 voxtrunk export a--b --for freeswitch -o out
    grep -qF 'name="tls-verify-in-subjects" value="cm1.example.test|192.0.2.10|cm2.example.test|2001:db8::2"' out/a--b.xml
    grep -qF 'name="tls-verify-policy" value="all|subjects_all"' out/a--b.xml
    if command -v xmllint >/dev/null; then xmllint --noout out/a--b.xml; fi
    voxtls set min-version 1.3 -q -y
    status 3 voxtrunk export a--b --for freeswitch -o other
    says "TLS 1.2 at most"
    [ ! -e other ]
}

@test "no value brings a line of its own, not even from a store that a hand has changed" {
    for dir in relative '/a b' $'/a\nverify_certificate=no' '/a;b' '/a"b' '/a#b' '/a$b'; do
        status 3 voxtrunk export sbc --for kamailio -o out --device-dir "$dir"
        says "an absolute path"
    done
    sqlite3 state/voxtrust.db "UPDATE nodes SET dns = 'cm1.test' || char(10) || 'require_client_cert=no' WHERE name = 'cm1'"
    for server in asterisk kamailio freeswitch; do
        status 3 voxtrunk export sbc --for $server -o out
    done
    sqlite3 state/voxtrust.db "UPDATE nodes SET dns = '\"/><x' WHERE name = 'cm1'"
    status 3 voxtrunk export sbc --for freeswitch -o out
    sqlite3 state/voxtrust.db "UPDATE nodes SET dns = 'cm1.example.test' WHERE name = 'cm1';
        PRAGMA ignore_check_constraints=1; PRAGMA foreign_keys=0;
        UPDATE trunks SET name = 'sbc' || char(10) || 'x'; UPDATE trunk_destinations SET trunk = 'sbc' || char(10) || 'x';"
    status 4 voxtrunk export $'sbc\nx' --for asterisk -o out
    says "damaged"
    [ ! -e out ]
}

@test "no private key is written" {
    voxtrunk export sbc --for asterisk --hashdir -o out -q
    [ -z "$(grep -rl "PRIVATE KEY" out)" ]
}

@test "what cannot be exported" {
    voxtrunk profile add plain --mode non-secure -q
    voxtrunk add old --profile plain -d a.test -q
    status 3 voxtrunk export old --bundle -o out
    says "non-secure"
    voxtrunk profile add auth --mode authenticated -q
    voxtrunk add au --profile auth -d a.test -q
    status 3 voxtrunk export au --for kamailio -o out
    says "no recipe for mode authenticated"
    status 0 voxtrunk export au --bundle -o bundle
    status 2 voxtrunk export sbc -o out
    says "--for SERVER, --bundle or --hashdir"
    status 2 voxtrunk export sbc --for cisco -o out
    status 2 voxtrunk export sbc --bundle
    status 4 voxtrunk export sbc --bundle -o nowhere/out
    : >file
    status 4 voxtrunk export sbc --bundle -o file
    [ ! -e out ]
}
