#!/usr/bin/env bats
# Phones come to voxcapfd: each proof, each operation, and what others know afterwards.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() { a_capf; }

# a_mic DEVICE: a manufacturer's certificate for DEVICE, in DEVICE.mic; its root is in CAPF-trust.
a_mic() {
    [ -f root.crt ] || {
        openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 3000 -subj '/O=Lab/CN=Lab Manufacturing' \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
        voxcert upload CAPF-trust root.crt -q
    }
    openssl req -newkey rsa:2048 -nodes -keyout "$1.mickey" -out mic.csr -subj "/O=Lab/CN=CP-8841-$1" 2>/dev/null
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n' >mic.ext
    openssl x509 -req -in mic.csr -CA root.crt -CAkey root.key -days 1000 -extfile mic.ext -out mic.crt 2>/dev/null
    cat mic.crt "$1.mickey" >"$1.mic"
    chmod 600 "$1.mic"
}

@test "with an authentication string: once, recorded, and valid for everybody" {
    string_for SEP0011223344AA
    start_capfd
    status 0 enroll SEP0011223344AA --string-file SEP0011223344AA.string
    says "installed: SEP0011223344AA.pem, RSA 2048"
    is SEP0011223344AA delivered none
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    openssl x509 -in SEP0011223344AA.pem -outform der -out lsc.der
    in_ledger lsc.der
    openssl x509 -in SEP0011223344AA.pem -out lsc.crt
    openssl verify -x509_strict -CAfile capf.crt lsc.crt
    cat lsc.crt capf.crt >chain.crt
    if command -v certtool >/dev/null; then certtool --verify-chain --infile chain.crt; fi
    [ "$(state_of SEP0011223344AA lsc)" = "$(sha256sum <lsc.der | cut -d ' ' -f 1)" ]
    [ -z "$(state_of SEP0011223344AA string)" ]
    status 0 enroll SEP0011223344AA --string-file SEP0011223344AA.string
    says "nothing"
    [ "$(ledger SEP0011223344AA)" -eq 1 ]
    status 0 voxcapf log SEP0011223344AA
    says "voxcapfd issue SEP0011223344AA: certificate" "voxcapfd deliver SEP0011223344AA: certificate" ", from 127.0.0.1:"
    status 0 voxtrust log --verify
    until_true ends SEP0011223344AA issued
    until_true metric_is 'voxcapfd_sessions_total{result="issued"}' 1
    metric_is voxcapfd_issues_total 1
    metric_is voxcapfd_signer_issued_total 1
}

@test "without a proof, for a phone that was allowed to" {
    voxcapf set SEP0011223344AB --install --auth null -q
    start_capfd
    status 0 enroll SEP0011223344AB --null
    is SEP0011223344AB delivered none
}

@test "with the LSC that it has: another key, another certificate; nobody else's will do" {
    string_for SEP0011223344AC
    string_for SEP0011223344AD
    start_capfd
    enroll SEP0011223344AC --string-file SEP0011223344AC.string -q
    enroll SEP0011223344AD --string-file SEP0011223344AD.string -q
    voxcapf set SEP0011223344AC --install --auth lsc -q
    cp SEP0011223344AC.pem old.pem
    status 1 enroll SEP0011223344AC --proof SEP0011223344AD.pem -o stolen.pem
    until_true ends SEP0011223344AC refused
    is SEP0011223344AC failed install
    status 0 enroll SEP0011223344AC --proof old.pem
    never cmp -s old.pem SEP0011223344AC.pem
    [ "$(ledger SEP0011223344AC)" -eq 2 ]
    is SEP0011223344AC delivered none
}

@test "an LSC that CAPF's key made, but the ledger does not know, is none" {
    voxcapf set SEP0011223344AE --install --auth lsc -q
    openssl req -newkey rsa:2048 -nodes -keyout made.key -out made.csr -subj /CN=SEP0011223344AE 2>/dev/null
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n' >made.ext
    openssl x509 -req -in made.csr -CA capf.crt -CAkey state/keys/CAPF-*.pem -days 100 -extfile made.ext -out made.crt 2>/dev/null
    cat made.crt made.key >made.pem
    chmod 600 made.pem
    start_capfd
    status 1 enroll SEP0011223344AE --proof made.pem
    until_true logged "device=SEP0011223344AE .*result=refused: its LSC [0-9a-f]*... was not issued to it here"
    [ "$(ledger SEP0011223344AE)" -eq 0 ]
}

@test "with the manufacturer's certificate, and a SUDI beside it" {
    a_mic SEP0011223344AF
    a_mic SEP0011223344B0
    voxcapf set SEP0011223344AF --install --auth mic -q
    start_capfd
    status 1 enroll SEP0011223344AF --proof SEP0011223344B0.mic --kind mic
    status 0 enroll SEP0011223344AF --proof SEP0011223344AF.mic --kind mic --sudi SEP0011223344AF.mic
    is SEP0011223344AF delivered none
    voxcapf set SEP0011223344AF --install --auth mic -q
    status 1 enroll SEP0011223344AF --proof SEP0011223344AF.pem -o again.pem
    until_true ends SEP0011223344AF refused
}

@test "a root that is uploaded or deleted counts at once" {
    a_mic SEP0011223344B1
    voxcapf set SEP0011223344B1 --install --auth mic -q
    start_capfd
    voxcert delete --yes -q "$(openssl x509 -in root.crt -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)"
    status 1 enroll SEP0011223344B1 --proof SEP0011223344B1.mic --kind mic
    voxcert upload CAPF-trust root.crt -q
    status 0 enroll SEP0011223344B1 --proof SEP0011223344B1.mic --kind mic
}

@test "elliptic curves, large keys, softphones" {
    string_for SEP0011223344B2 --key ec:P-384
    string_for SEP0011223344B3 --key rsa:4096
    string_for CSFALICE
    string_for CSFBOB --key ec:P-256
    start_capfd
    status 0 enroll SEP0011223344B2 --string-file SEP0011223344B2.string
    says "EC P-384"
    status 0 enroll SEP0011223344B3 --string-file SEP0011223344B3.string --in-progress 3
    says "RSA 4096"
    status 0 enroll CSFALICE --string-file CSFALICE.string --protocol 2
    status 1 enroll CSFBOB --string-file CSFBOB.string --protocol 2
    until_true logged "device=CSFBOB operation=install result=refused: an EC key is ordered, and a client of version 2"
    is CSFBOB failed install
    status 0 enroll CSFBOB --string-file CSFBOB.string
    openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out /dev/null -subj /CN=x 2>/dev/null
    string_for CSFCAROL
    phone "auth:CSFCAROL:$(cat CSFCAROL.string):2" hear key:k.pem hear stored:1 hear
    grep -qx 'KEY_GENERATE_REQUEST {KEY_SIZE 2048}' heard
    grep -qx 'END_SESSION {REASON 1}' heard
}

@test "a phone shows its certificate, deletes it, has none" {
    string_for SEP0011223344B4
    start_capfd
    enroll SEP0011223344B4 --string-file SEP0011223344B4.string -q
    voxcapf set SEP0011223344B4 --fetch --auth null -q
    status 0 enroll SEP0011223344B4 --null
    is SEP0011223344B4 delivered none
    cmp <(openssl x509 -in SEP0011223344B4.pem -outform der) <(openssl x509 -in state/fetched/SEP0011223344B4.pem -outform der)
    [ "$(stat -c %a state/fetched)" = 700 ]
    voxcapf set SEP0011223344B4 --delete --auth null -q
    status 0 enroll SEP0011223344B4 --null
    is SEP0011223344B4 delivered none
    [ -z "$(state_of SEP0011223344B4 lsc)" ]
    voxcapf set SEP0011223344B4 --fetch --auth null -q
    status 0 enroll SEP0011223344B4 --null
    until_true ends SEP0011223344B4 fetched-none
    is SEP0011223344B4 delivered none
    voxcapf set SEP0011223344B4 --fetch --auth null -q
    phone auth:SEP0011223344B4 hear message:12:01000101040009010006000161626364 hear
    heard 'FETCH_CERTIFICATE_REQUEST {}' 'END_SESSION {REASON 7}'
    is SEP0011223344B4 failed fetch
    until_true logged 'result=declined: what it shows is no certificate'
    status 0 voxcapf log SEP0011223344B4
    says "voxcapfd fetch SEP0011223344B4: certificate" "voxcapfd delete SEP0011223344B4" "the phone has no certificate"
}

@test "nothing waits; not yet; too late; taken back" {
    voxcapf set SEP0011223344B5 --install --auth null -q
    voxcapf set SEP0011223344B6 --install --auth null --by +1h -q
    voxcapf set SEP0011223344B7 --install --auth null -q
    start_capfd
    sqlite3 state/voxtrust.db "UPDATE phones SET not_before = '2099-01-01T00:00:00Z' WHERE name = 'SEP0011223344B5';
        UPDATE phones SET complete_by = '2026-01-01T00:00:00Z' WHERE name = 'SEP0011223344B6'"
    phone auth:SEP0011223344B5 hear hear
    heard 'END_SESSION {REASON 0}' closed
    is SEP0011223344B5 pending install
    phone auth:SEP0011223344B6 hear hear
    heard 'END_SESSION {REASON 7}' closed
    is SEP0011223344B6 failed install
    [ "$(state_of SEP0011223344B6 reason)" = 'late request: was to be complete by 2026-01-01T00:00:00Z' ]
    openssl genrsa -out k.pem 2048 2>/dev/null
    mkfifo go
    phone auth:SEP0011223344B7 hear say:ordered wait key:k.pem hear <go &
    local waiting=$!
    exec 8>go
    until_true grep -q ordered heard
    is SEP0011223344B7 in-progress install
    voxcapf set SEP0011223344B7 --none -q
    echo >&8
    wait "$waiting"
    exec 8>&-
    grep -qx 'END_SESSION {REASON 7}' heard
    is SEP0011223344B7 none none
    [ "$(ledger SEP0011223344B7)" -eq 0 ]
}

@test "unknown, wrong, locked: one answer; the right string after the wait; five wrong ones survive a restart" {
    string_for SEP0011223344B8
    start_capfd
    phone auth:SEP0011223344FF:12345678 hear hear
    heard 'END_SESSION {REASON 9}' closed
    phone auth:SEP0011223344FF hear hear
    heard 'END_SESSION {REASON 9}' closed
    phone auth:SEP0011223344B8 hear hear
    heard 'END_SESSION {REASON 9}' closed
    [ "$(state_of SEP0011223344B8 wrong)" -eq 0 ]
    for _ in 1 2 3 4 5; do
        phone auth:SEP0011223344B8:0000 hear hear
        heard 'END_SESSION {REASON 9}' closed
    done
    phone "auth:SEP0011223344B8:$(cat SEP0011223344B8.string)" hear hear
    heard 'END_SESSION {REASON 9}' closed
    until_true logged "device=SEP0011223344B8 .*locked until"
    [ "$(state_of SEP0011223344B8 wrong)" -eq 5 ]
    is SEP0011223344B8 pending install
    stop_tvsd
    start_capfd
    phone "auth:SEP0011223344B8:$(cat SEP0011223344B8.string)" hear hear
    heard 'END_SESSION {REASON 9}' closed
    sqlite3 state/voxtrust.db "UPDATE phones SET locked_until = '2026-01-01T00:00:00Z' WHERE name = 'SEP0011223344B8'"
    status 0 enroll SEP0011223344B8 --string-file SEP0011223344B8.string
    is SEP0011223344B8 delivered none
    never logged "$(cat SEP0011223344B8.string)"
}

@test "an address that tried twenty wrong strings waits; certificates are taken from it all the same" {
    a_mic SEP0011223344BA
    string_for SEP0011223344B9
    voxcapf set SEP0011223344BA --install --auth mic -q
    start_capfd
    for i in $(seq 20); do phone "auth:SEP00112233FF$i:12345678" hear; done
    phone "auth:SEP0011223344B9:$(cat SEP0011223344B9.string)" hear
    heard 'END_SESSION {REASON 9}'
    until_true logged "device=SEP0011223344B9 .*its address waits until"
    [ "$(db 'SELECT source, wrong FROM phone_sources')" = '127.0.0.1|20' ]
    status 0 enroll SEP0011223344BA --proof SEP0011223344BA.mic --kind mic
}

@test "a key that another phone has" {
    voxcapf set SEP0011223344BB SEP0011223344BC --install --auth null -q
    openssl genrsa -out k.pem 2048 2>/dev/null
    start_capfd
    phone auth:SEP0011223344BB hear key:k.pem hear stored:1 hear
    phone auth:SEP0011223344BC hear key:k.pem hear
    heard 'KEY_GENERATE_REQUEST {KEY_SIZE 2048, KEY_TYPE 0}' 'END_SESSION {REASON 7}'
    until_true logged "device=SEP0011223344BC operation=install result=key: another phone has this key"
    [ "$(ledger SEP0011223344BC)" -eq 0 ]
    is SEP0011223344BC failed install
}

@test "another key than was ordered, and a weak one" {
    voxcapf set SEP0011223344BD --install --auth null -q
    openssl genrsa -out 3072.pem 3072 2>/dev/null
    openssl genrsa -3 -out three.pem 2048 2>/dev/null
    openssl genpkey -algorithm ed25519 -out ed.pem 2>/dev/null
    start_capfd
    for key in 3072.pem three.pem "$LAB/web-ec.pem"; do
        phone auth:SEP0011223344BD hear "key:$key" hear
        heard 'KEY_GENERATE_REQUEST {KEY_SIZE 2048, KEY_TYPE 0}' 'END_SESSION {REASON 7}'
    done
    until_true logged_times 3 "device=SEP0011223344BD operation=install result=key: "
    [ "$(ledger SEP0011223344BD)" -eq 0 ]
    until_true metric_is voxcapfd_signer_refused_total 3
}

@test "a CA apart from the certificate that is shown: its key is in the signer alone" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj '/O=Lab/CN=Phones CA' \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    cat ca.crt ca.key >ca.pem
    chmod 600 ca.pem
    string_for SEP0011223344BE
    start_capfd --issuer ca.pem
    never logged "net processes hold it"
    status 0 enroll SEP0011223344BE --string-file SEP0011223344BE.string --issuer ca.crt
    openssl x509 -in SEP0011223344BE.pem -noout -issuer | grep -q 'Phones CA'
    voxcapf set SEP0011223344BE --install --auth lsc -q
    cp SEP0011223344BE.pem old.pem
    status 0 enroll SEP0011223344BE --proof old.pem --issuer ca.crt
}

@test "ordered by a security profile: what it said then counts, whatever it says now" {
    a_mic SEP0011223344BF
    voxcapf security-profile add first --mode encrypted --auth mic --key ec:P-384 -q
    voxcapf security-profile add later --mode non-secure --auth null --key rsa:2048 -q 2>/dev/null
    voxcapf template set first -q
    voxcapf set SEP0011223344BF --install -q
    voxcapf template set later -q
    voxcapf assign later SEP0011223344BF -q
    start_capfd
    status 1 enroll SEP0011223344BF --null
    status 0 enroll SEP0011223344BF --proof SEP0011223344BF.mic --kind mic
    says "EC P-384"
    is SEP0011223344BF delivered none
    voxcapf set SEP0011223344BF --install -q 2>/dev/null
    status 0 enroll SEP0011223344BF --null
    says "RSA 2048"
}
