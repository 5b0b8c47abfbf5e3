#!/usr/bin/env bats
# voxtvs against responders that are not ours: what they may leave out or add, and what is no answer.

load ../harness/cli
load ../harness/daemon

story_setup() {
    cp "$LAB/tvs.pem" responder.pem
    CERT=$LAB/app.pem
}

teardown() {
    stop_responder
    cd / && rm -rf "$T"
}

# responder ANSWER [keep]: one that says ANSWER (a printf format: session, as what it was asked; length given), at $AT.
responder() {
    local port
    stop_responder
    port=$(peer port)
    AT=127.0.0.1:$port
    # shellcheck disable=SC2059
    printf "$1" >answer
    : >said
    ASAN_OPTIONS=detect_leaks=0 "$VOX_PEER" respond "$port" responder.pem answer ${2:+keep} >said 2>&1 3>&- &
    RESPONDER=$!
    until_true grep -q ready said
}

stop_responder() {
    [ -n "${RESPONDER:-}" ] || return 0
    kill "$RESPONDER"
    wait "$RESPONDER" 2>/dev/null || true
    RESPONDER=
}

ask() { voxtvs verify "$AT" "$CERT" --trust "$LAB/tvs.pem" --timeout 5 "$@"; }

YES='W\x01\x02\x00SSSS\x00\x0f\x07\x00\x01\x00\x08\x00\x01\x03\x09\x00\x04\x00\x01\x51\x80'

@test "one answer a connection, as real servers do, or all over one" {
    for how in '' keep; do
        responder "$YES" $how
        status 0 voxtvs verify "$AT" "$CERT" "$LAB/capf.pem" "$LAB/ccm.pem" --trust "$LAB/tvs.pem"
        says "app.pem: trusted, roles tftp, may be kept for 86400 s" "capf.pem: trusted" "ccm.pem: trusted"
    done
}

@test "no TTL, no roles, unknown elements, any order, a reserved byte: understood" {
    responder 'W\x01\x02\xf7SSSS\x00\x08\x08\x00\x01\x15\x07\x00\x01\x00'
    status 0 ask
    says "trusted, roles tvs"
    silent_about "kept"
    responder 'W\x01\x02\x00SSSS\x00\x04\x07\x00\x01\x00'
    status 0 ask
    says "roles none"
    responder 'W\x01\x02\x00SSSS\x00\x11\x63\x00\x03abc\x08\x00\x01\x09\x07\x00\x01\x00\xff\x00\x00'
    status 0 ask --json
    [ "$(jq -c '.answers[0].roles' <<<"$output")" = '[9]' ]
    responder 'W\x01\x02\x00SSSS\x00\x0b\x07\x00\x01\x01\x09\x00\x04\x00\x00\x00\x00'
    status 1 ask
    says "not trusted (status 1)"
    responder 'W\x01\x02\x00SSSS\x00\x04\x07\x00\x01\x02'
    status 1 ask
    says "not trusted (status 2)"
}

@test "what is no answer is told from a no" {
    responder 'W\x01\x02\x00WXYZ\x00\x04\x07\x00\x01\x00'
    status 3 ask
    says "SESSION"
    responder 'W\x01\x04\x00SSSS\x00\x04\x07\x00\x01\x00'
    status 3 ask
    says "a QUERY_RESPONSE answers a VERIFY_REQUEST"
    responder 'HTTP/1.1 400 Bad Request\r\n\r\n'
    status 3 ask
    says "this is no TVS message"
    responder 'W\x01\x02\x00SSSS\x00\x00'
    status 3 ask
    says "STATUS: missing"
    responder 'W\x01\x02\x00SSSS\x00\x05\x07\x00\x02\x00\x00'
    status 3 ask
    says "STATUS: length 2, must be 1"
    responder 'W\x01\x02\x00SSSS\x00\x07\x07\x00\x01\x00\x08\xff\xff'
    status 3 ask
    says "says length 65535"
    responder ''
    status 4 ask
    says "the server closed the connection after 0 of 10 bytes"
    responder 'W\x01\x02\x00SSSS\xff\xff\x07\x00\x01\x00'
    status 4 ask
    says "after 4 of 65535 bytes"
}

@test "by name: an answer without the certificate, or with another one, is none" {
    responder 'W\x01\x04\x00SSSS\x00\x04\x07\x00\x01\x00'
    status 3 voxtvs query "$AT" --subject CN=x --trust "$LAB/tvs.pem"
    says "CERTIFICATE: missing"
    openssl x509 -in "$LAB/capf.pem" -outform der -out other.der
    size=$(wc -c <other.der)
    responder 'W'
    stop_responder
    { printf "W\x01\x04\x00SSSS\x$(printf %02x $(((size + 7) / 256)))\x$(printf %02x $(((size + 7) % 256)))\x07\x00\x01\x00"
        printf "\x02\x$(printf %02x $((size / 256)))\x$(printf %02x $((size % 256)))"
        cat other.der; } >whole
    port=$(peer port)
    ASAN_OPTIONS=detect_leaks=0 "$VOX_PEER" respond "$port" responder.pem whole >said 2>&1 3>&- &
    RESPONDER=$!
    until_true grep -q ready said
    status 3 voxtvs query "127.0.0.1:$port" --cert "$LAB/app.pem" --trust "$LAB/tvs.pem"
    says "another certificate than the one asked for"
    status 3 voxtvs query "127.0.0.1:$port" --serial 1234 --trust "$LAB/tvs.pem"
    says "another certificate than the one asked for"
    status 3 voxtvs query "127.0.0.1:$port" --subject 'CN=somebody' --trust "$LAB/tvs.pem"
    status 0 voxtvs query "127.0.0.1:$port" --cert "$LAB/capf.pem" --trust "$LAB/tvs.pem" -o - --json
    [ "$(jq -r .trusted <<<"$(sed -n '/^{/,$p' <<<"$output")")" = true ]
    serial=$(openssl x509 -in "$LAB/capf.pem" -noout -serial | cut -d= -f2)
    status 0 voxtvs query "127.0.0.1:$port" --serial "00$serial" --trust "$LAB/tvs.pem" # the same number
}
