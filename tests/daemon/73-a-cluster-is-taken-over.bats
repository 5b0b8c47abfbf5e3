#!/usr/bin/env bats
# Phones that were run by other programs until now: keys, lists, settings and phones' certificates are taken over, and no phone notices.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

# a_pair NAME [OPTION...]: NAME.key, NAME.crt, and both in NAME.pem, as other tools make them.
a_pair() {
    local name=$1
    shift
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.crt" -days 3000 -subj "/CN=$name/O=Old" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext extendedKeyUsage=serverAuth,clientAuth \
        -addext keyUsage=digitalSignature,keyEncipherment,dataEncipherment,keyCertSign "$@" 2>/dev/null
    (umask 077 && cat "$name.key" "$name.crt" >"$name.pem")
}

# an_lsc NAME [ISSUER]: NAME.crt for that phone, its key in NAME.key, both in NAME.pem.
an_lsc() {
    openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1/O=Old" 2>/dev/null
    printf 'keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n' >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "${2:-capf}.crt" -CAkey "${2:-capf}.key" -CAcreateserial -days 400 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
    (umask 077 && cat "$1.key" "$1.crt" >"$1.pem")
}

story_setup() {
    for name in sast ccm tftp capf tvs; do a_pair $name; done
    mkdir served
    voxlist build itl -q -o served/ITLFile.tlv --sast sast.pem --ccm ccm.pem --tftp tftp.pem --capf capf.pem --tvs tvs.pem
    voxtrust init --cluster old -q
    voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs -q
}

all_of_it() {
    voxcert adopt ITLRecovery sast.pem -q
    voxcert adopt CallManager ccm.crt --key ccm.key -q
    voxcert adopt CAPF capf.pem -q
    voxcert adopt TVS tvs.pem -q
    voxcert upload CallManager-trust tftp.crt --role tftp -q
}

@test "phones that hold the old list take the next one" {
    all_of_it
    status 0 voxlist build itl -o next.tlv
    says "signed by CN=sast;O=Old"
    status 0 voxlist verify next.tlv --against served/ITLFile.tlv
    says accepted
    voxtrust phones learn served/ITLFile.tlv -q
    cp served/ITLFile.tlv old.tlv
    status 0 voxlist publish itl --to served
    says "take it by themselves"
    run voxlist diff old.tlv served/ITLFile.tlv
    [ "$(wc -l <<<"$output")" = 1 ] && says "~ time stamp"
    status 0 voxlist verify served/ITLFile.tlv
}

@test "the key is the cluster's own from then on, the file stays" {
    status 0 voxcert adopt TVS tvs.pem
    says "TVS of node cm1: took over CN=tvs,O=Old" "tvs.pem holds the key, too"
    [ "$(stat -c %a state/keys/TVS-cm1-*.pem)" = 600 ]
    cmp <(openssl pkey -in state/keys/TVS-cm1-*.pem -pubout) <(openssl x509 -in tvs.crt -noout -pubkey)
    cmp tvs.pem <(cat tvs.key tvs.crt)
    voxtrust log | grep -q "voxcert adopt TVS cm1"
    status 0 voxcert adopt CAPF capf.pem --json
    [ "$(jq -r '.place, .key_file' <<<"$output" | grep -c '^CAPF')" = 2 ]
}

@test "PKCS#12, an encrypted key, a key on its own" {
    printf 'secret\n' >password
    openssl pkcs12 -export -in tvs.pem -out tvs.p12 -passout file:password
    voxcert adopt TVS tvs.p12 --password-file password -q
    openssl pkey -in ccm.key -aes256 -passout file:password -out ccm.enc
    chmod 600 ccm.enc
    voxcert adopt CallManager ccm.crt --key ccm.enc --password-file password -q
    run ! grep -q ENCRYPTED state/keys/*
    [ "$(voxcert list --json | jq '[.certificates[] | select(.state == "active")] | length')" = 2 ]
}

@test "a CA's certificate comes with its issuers" {
    printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment,dataEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n' >ext
    a_pair root
    openssl req -newkey rsa:2048 -nodes -keyout cm.key -out cm.csr -subj /CN=cm1.example.test 2>/dev/null
    openssl x509 -req -in cm.csr -CA root.crt -CAkey root.key -CAcreateserial -days 400 -extfile ext -out cm.crt 2>/dev/null
    (umask 077 && cat root.crt cm.key cm.crt >cm.pem)
    status 0 voxcert adopt CallManager cm.pem
    says "took over CN=cm1.example.test" "CallManager-trust: CN=root"
}

@test "what cannot be is refused, and nothing is changed" {
    voxcert adopt TVS tvs.pem -q
    before=$(voxtrust log --json; ls state/keys)
    status 3 voxcert adopt TVS capf.pem
    says "has a certificate already" "voxrotate plan TVS"
    status 3 voxcert adopt CAPF capf.crt --key tvs.key
    says "for the key"
    status 2 voxcert adopt CAPF capf.crt
    says "no private key stands in it" --key
    status 3 voxcert adopt CAPF capf.key
    status 2 voxcert adopt CallManager-trust capf.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key -out ec.crt -subj /CN=ec -days 30 2>/dev/null
    status 3 voxcert adopt ITLRecovery ec.crt --key ec.key
    says "phones do not take"
    openssl req -x509 -newkey rsa:3072 -nodes -keyout big.key -out big.crt -subj /CN=big -days 30 2>/dev/null
    status 3 voxcert adopt ITLRecovery big.crt --key big.key
    later +20y status 3 voxcert adopt CAPF capf.pem
    says expired
    [ "$before" = "$(voxtrust log --json; ls state/keys)" ]
}

refused_to_it() { voxcapf list SEP0011223344AA | grep -q 'failed .* was not issued to it here'; }

@test "phones' certificates: they prove who they are with them, after they were taken over" {
    all_of_it
    for name in SEP0011223344AA SEP0011223344AB; do an_lsc $name; done
    start_capfd
    voxcapf set SEP0011223344AA --install --auth lsc -q
    status 1 voxcapf enroll "$AT" --device SEP0011223344AA --proof SEP0011223344AA.pem --trust capf.crt -o new.pem
    until_true logged "was not issued to it here" # the phone hears it first
    until_true refused_to_it
    cat SEP*.crt >all.pem
    status 0 voxcapf adopt all.pem
    says "2 certificates taken"
    status 0 voxcapf adopt all.pem
    says "0 certificates taken, 2 had been before"
    voxcapf set SEP0011223344AA --install --auth lsc -q
    status 0 voxcapf enroll "$AT" --device SEP0011223344AA --proof SEP0011223344AA.pem --trust capf.crt -o new.pem
    voxcapf list SEP0011223344AB | grep -qE 'delivered +none +lsc '
    ends=$(date -u -d "$(openssl x509 -in SEP0011223344AB.crt -noout -enddate | cut -d = -f 2)" +%FT%TZ)
    [ "$(voxcapf list SEP0011223344AB --json | jq -r .lsc_not_after)" = "$ends" ]
    voxcapf export SEP0011223344AB | openssl x509 | cmp - <(openssl x509 -in SEP0011223344AB.crt)
    voxtrust log | grep -q "voxcapf adopt SEP0011223344AB: certificate"
}

@test "certificates that phones cannot have are refused, all of them then" {
    all_of_it
    an_lsc SEP0011223344AA
    a_pair SEP0011223344AC # a CA's, by itself
    an_lsc SEP0011223344AD sast
    an_lsc nobody
    openssl req -new -key SEP0011223344AA.key -subj /CN=SEP0011223344AE -out same.csr
    openssl x509 -req -in same.csr -CA capf.crt -CAkey capf.key -CAcreateserial -days 400 -out same.crt 2>/dev/null
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out self.crt -subj /CN=SEP0011223344AF -days 10 2>/dev/null
    openssl x509 -in self.crt -CA capf.crt -CAkey capf.key -CAcreateserial -days 400 -out ca.crt 2>/dev/null
    for wrong in SEP0011223344AC.crt SEP0011223344AD.crt nobody.crt same.crt ca.crt; do
        cat SEP0011223344AA.crt "$wrong" >two.pem
        status 3 voxcapf adopt two.pem
        says "certificate 2" "1 of 2 certificates are refused, so none is taken"
    done
    says "a CA's"
    [ "$(sqlite3 state/voxtrust.db 'SELECT count(*) FROM ledger')" = 0 ]
    [ "$(sqlite3 state/voxtrust.db 'SELECT count(*) FROM phones')" = 0 ]
    status 3 voxcapf adopt served/ITLFile.tlv
    status 2 voxcapf adopt
    later +3y status 3 voxcapf adopt SEP0011223344AA.crt
    says "it has ended"
}

@test "without CAPF's certificate nothing is taken" {
    an_lsc SEP0011223344AA
    status 3 voxcapf adopt SEP0011223344AA.crt
    says "voxcert adopt CAPF FILE"
}

@test "the tables of other daemons, by the recipe of the manual" {
    sqlite3 capf.db "CREATE TABLE devices (device_name TEXT PRIMARY KEY, operation TEXT NOT NULL, authentication TEXT, password TEXT, key_size INTEGER,
        curve_name TEXT, certificate TEXT, serial_number TEXT, not_valid_before TEXT, not_valid_after TEXT) WITHOUT ROWID;
        INSERT INTO devices (device_name, operation, authentication, password, key_size, curve_name) VALUES
        ('SEP000000000001', 'install', 'password', '12345678', 2048, NULL), ('SEP000000000002', 'install', 'no password', NULL, NULL, 'secp256r1'),
        ('SEP000000000003', 'install', 'certificate', NULL, 2048, NULL), ('SEP000000000004', 'none', 'certificate', NULL, 2048, NULL)"
    recipe=$(awk '/^sqlite3 .*capf/ { on = 1 } on; /voxcapf import -/ { exit }' "$VOX_SOURCE/docs/howto/taking-over.md")
    (umask 077 && eval "${recipe//\/etc\/capf\/capf.sqlite3/capf.db}")
    voxcapf show SEP000000000001 | grep -q "proof           string"
    voxcapf show SEP000000000002 | grep -q "ec:P-256"
    voxcapf show SEP000000000003 | grep -q "proof           lsc"
    [ "$(voxcapf list --json | wc -l)" = 3 ]
}
