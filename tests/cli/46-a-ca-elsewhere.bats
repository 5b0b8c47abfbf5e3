#!/usr/bin/env bats
# Files between the store and a CA that is elsewhere: what is damaged, foreign or hostile is refused as a whole, on both machines.

load ../harness/cli
load ../harness/token

story_setup() {
    voxtrust init --cluster lab -q
    voxcert new CAPF -q
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3000 -subj "/CN=elsewhere" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,digitalSignature 2>/dev/null
    chmod 600 ca.key
    voxcert upload CAPF-trust ca.crt -q
    CA=$(openssl x509 -in ca.crt -outform der | sha256sum | cut -d ' ' -f 1)
}

# waits DEVICE KEY: DEVICE waits with the key in that PEM file, as if it had come.
waits() {
    voxcapf set "$1" --install --auth null -q
    openssl pkey -in "$2" -pubout -outform der -out spki.der
    sqlite3 state/voxtrust.db "PRAGMA foreign_keys=ON; INSERT INTO ca_requests SELECT name, '$(openssl rand -hex 16)', operation_id, key,
        '$(openssl rand -hex 32)', '2026-11-01T10:00:00Z', readfile('spki.der') FROM phones WHERE name = '$1'"
}

a_dump() {
    openssl genrsa -out "${1:-k}.pem" 2048 2>/dev/null
    voxcapf ca mode offline "$CA" -q
    waits SEP0011223344AA "${1:-k}.pem"
    voxcapf ca dump -o r.json -q
}

sign() { voxcapf ca sign "$1" --issuer ca.crt --issuer-key ca.key "${@:2}"; }

@test "who issues is said with care" {
    status 0 voxcapf ca mode
    says "here: CAPF issues"
    status 0 voxcapf ca mode here
    status 2 voxcapf ca mode offline
    says "voxcert list CAPF-trust"
    status 2 voxcapf ca mode elsewhere
    says "here, or offline ID"
    status 2 voxcapf ca mode here "$CA"
    status 3 voxcapf ca mode offline 00000000
    says "CAPF-trust has no certificate 00000000"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.crt -subj /CN=leaf -addext basicConstraints=critical,CA:FALSE 2>/dev/null
    voxcert upload CAPF-trust leaf.crt -q || true
    status 3 voxcapf ca mode offline "$(openssl x509 -in leaf.crt -outform der | sha256sum | cut -c 1-12)"
    status 0 voxcapf ca mode offline "${CA:0:10}"
    says "offline: the CA with certificate $CA issues; 0 phones wait for it"
    [ "$(voxcapf ca mode --json | jq -c .)" = "{\"mode\":\"offline\",\"issuer\":\"$CA\",\"waiting\":0}" ]
    status 0 voxtrust log
    says "voxcapf ca mode offline $CA" "voxcapf ca mode here"
}

@test "without a CA nothing is dumped or imported" {
    status 3 voxcapf ca dump
    says "voxcapf ca mode offline ID"
    status 3 voxcapf ca import ca.crt
    says "voxcapf ca mode offline ID"
    status 4 voxcapf ca import no.pem
    status 2 voxcapf ca import
    status 2 voxcapf ca sign
    status 2 voxcapf ca sign r.json
    says "--issuer"
    status 2 voxcapf ca dump --json
}

@test "a damaged file of requests is refused, and nothing is signed" {
    a_dump
    # each: what is done to the file, and a word of the refusal
    while IFS='~' read -r filter word; do
        jq "$filter" r.json >bad.json
        status 3 sign bad.json -o out.pem
        says "bad.json: ca-requests.md" "$word"
        [ ! -e out.pem ]
    done <<'END'
.format = "voxtrust CA requests, version 2"~1.1
del(.format)~1.1
.issuer = "3F"~1.2
del(.cluster)~1.2
.cluster = ("x" * 200)~1.2
.profile = 5~1.4
del(.profile.days)~1.4: the profile lacks days
.profile.days = "-1"~1.4: profile: days
.profile.digest = "md5"~1.4: profile: digest
.requests = []~1.5
.requests = {}~1.5
.requests[0] = 7~1.5: request 1: device
.requests[0].device = "../etc/passwd"~1.5: request 1: device
.requests[0].device = "SEP\u0000"~ca-requests.md 1: no file
.requests[0].device = "SEP001122334455667788"~1.5: request 1: device
.requests[0].request = "zz"~1.5: request 1: request
.requests[0].ordered = "rsa:99999"~1.5: request 1: ordered
.requests[0].ordered = "dsa"~1.5: request 1: ordered
.requests[0].asked = "yesterday"~1.5: request 1: asked
.requests[0].evidence = ""~1.5: request 1: evidence
.requests[0].public_key = "AAAA"~1.5: request 1: public_key
.requests[0].public_key |= sub("PUBLIC"; "PRIVATE"; "g")~1.5: request 1: public_key
.requests += .requests~1.5: two requests of SEP0011223344AA
END
    head -c 500 r.json >bad.json
    status 3 sign bad.json -o out.pem
    says "ca-requests.md 1: no file of 'voxcapf ca dump': line"
    sed 's/"cluster": "lab",/"cluster": "lab", "cluster": "lab",/' r.json >bad.json
    status 3 sign bad.json -o out.pem
    says "duplicate"
    : >bad.json
    status 3 sign bad.json -o out.pem
    head -c 4000 /dev/urandom >bad.json
    status 3 sign bad.json -o out.pem
    [ ! -e out.pem ]
}

@test "the CA signs with its own key and certificate, and keys that are good" {
    a_dump
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -days 300 -subj "/CN=elsewhere" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
    status 3 voxcapf ca sign r.json --issuer other.crt --issuer-key other.key -o out.pem
    says "the requests are for the CA with certificate ${CA:0:16}"
    status 3 voxcapf ca sign r.json --issuer ca.crt --issuer-key other.key -o out.pem
    says "the private key is not that of the issuer's certificate"
    status 3 voxcapf ca sign r.json --issuer ca.crt -o out.pem
    [ ! -e out.pem ]
    # a short key, an EC key where RSA was ordered
    openssl genrsa -out small.pem 1024 2>/dev/null
    jq --arg k "$(openssl pkey -in small.pem -pubout)" '.requests[0].public_key = $k' r.json >bad.json
    status 3 sign bad.json -o out.pem
    says "SEP0011223344AA: RSA key of 1024 bits, but 2048 were ordered" "1 of 1 keys are refused, so nothing is signed"
    openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
    jq --arg k "$(openssl pkey -in ec.pem -pubout)" '.requests[0].public_key = $k | .requests += [.requests[0]] | .requests[1].device = "SEP0011223344AB"' r.json >bad.json
    jq --slurpfile good r.json '.requests[1].public_key = $good[0].requests[0].public_key' bad.json >mixed.json
    status 3 sign mixed.json -o out.pem
    says "SEP0011223344AA: key of type id-ecPublicKey, but RSA was ordered" "--skip-refused"
    [ ! -e out.pem ]
    status 1 sign mixed.json -o out.pem --skip-refused
    openssl x509 -in out.pem -noout -subject | grep -q SEP0011223344AB
    status 3 voxcapf ca import out.pem
    says "certificate 1, SEP0011223344AB: no phone of this name waits with this key"
    # a key with a password
    openssl pkey -in ca.key -aes256 -passout pass:secret -out locked.key
    chmod 600 locked.key
    echo secret >password
    status 0 voxcapf ca sign r.json --issuer ca.crt --issuer-key locked.key --password-file password -o out.pem
    status 0 voxcapf ca import out.pem
}

@test "a damaged or foreign file of certificates is refused, and nothing is recorded" {
    a_dump
    sign r.json -o a.pem -q
    before=$(sqlite3 state/voxtrust.db .dump | sha256sum)
    for bad in empty text key request cut flipped; do
        case $bad in
        empty) : >bad.pem ;;
        text) echo hello >bad.pem ;;
        key) cat a.pem ca.key >bad.pem ;;
        request) openssl req -new -key k.pem -subj /CN=x -out bad.pem ;;
        cut) head -n 12 a.pem >bad.pem ;;
        flipped) { cat a.pem; sed 's/M/!/' a.pem; } >bad.pem ;;
        esac
        status 3 voxcapf ca import bad.pem
        says "bad.pem: ca-requests.md 2"
    done
    # each bit of some bytes of the certificate's own content
    openssl x509 -in a.pem -outform der -out a.der
    for at in 30 60 200 400 600 $(($(stat -c %s a.der) - 1)); do
        { head -c "$at" a.der; head -c $((at + 1)) a.der | tail -c 1 | tr '\000-\377' '\001-\377\000'; tail -c +$((at + 2)) a.der; } >flip.der
        { echo '-----BEGIN CERTIFICATE-----'; base64 -w 64 flip.der; echo '-----END CERTIFICATE-----'; } >flip.pem
        status 3 voxcapf ca import flip.pem
    done
    [ "$(sqlite3 state/voxtrust.db .dump | sha256sum)" = "$before" ]
    status 0 voxcapf ca import a.pem
    says "a.pem: 1 certificate taken"
    [ "$(voxcapf ca import a.pem --json | jq -c .)" = '{"taken":0,"known":1,"refused":0}' ]
}

@test "two phones with one key: the first has it" {
    a_dump
    waits SEP0011223344AB k.pem
    voxcapf ca dump -o r.json -q
    sign r.json -o a.pem -q
    status 3 voxcapf ca import a.pem
    says "certificate 2, SEP0011223344AB: another phone, SEP0011223344AA, has this key"
    [ "$(sqlite3 state/voxtrust.db 'SELECT count(*) FROM ledger')" = 0 ]
    status 1 voxcapf ca import a.pem --skip-refused
    [ "$(sqlite3 state/voxtrust.db 'SELECT device FROM ledger')" = SEP0011223344AA ]
}

@test "the key of the CA is on a token" {
    two_tokens
    a_dump
    openssl pkcs8 -topk8 -nocrypt -in ca.key -out ca.pk8
    softhsm2-util --import ca.pk8 --token SAST1 --label ca --id 01 --pin 123456 >/dev/null
    status 0 voxcapf ca sign r.json --issuer ca.crt --issuer-key "pkcs11:token=SAST1;object=ca?pin-source=file:$T/pin" -o a.pem
    status 0 voxcapf ca import a.pem
    says "1 certificate taken"
    openssl verify -x509_strict -CAfile ca.crt a.pem
}
