#!/usr/bin/env bats
# A real handshake with servers of other making, good and bad: what a call manager would refuse is refused, with the reason.

load ../harness/cli
load ../harness/trunk

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm -q
    voxcert new CallManager --node cm1 -q
    voxcert export CallManager -o ccm.pem -q
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    device sbc sbc.example.test
    voxcert upload CallManager-trust sbc.pem -q
}

# ours: the server trusts our certificate, and wants it.
ours() { echo -Verify 1 -verify_return_error -CAfile ccm.pem -no-CAstore -no-CApath; }

# nobody: it trusts nobody, and wants a certificate.
nobody() { echo -Verify 1 -verify_return_error -CAfile sbc.pem -no-CAstore -no-CApath; }

probe() { run --separate-stderr voxtrunk probe sbc --json; }

# refused CODES [TEXT]...: exit 1 for these reasons.
refused() {
    local codes=$1
    shift
    probe
    [ "$status" -eq 1 ] || { printf '%s\n%s\n%s\n' "exit $status" "$output" "$stderr" >&2; return 1; }
    [ "$(found)" = "$codes" ] || { echo "$output" >&2; return 1; }
    says "$@"
    [ "$(jq .ok <<<"$output")" = false ]
}

good() {
    probe
    [ "$status" -eq 0 ] || { printf '%s\n%s\n%s\n' "exit $status" "$output" "$stderr" >&2; return 1; }
    [ "$(jq -c '[.ok, .probes[].ok]' <<<"$output")" = '[true,true]' ]
}

@test "a good one, with TLS 1.3 and 1.2, asking for our certificate or not" {
    serve sbc -tls1_3
    trunk_here
    status 0 voxtrunk probe sbc
    says "127.0.0.1:$port: good" "TLSv1.3" "CN=sbc.example.test" "DNS:sbc.example.test" "not asked for"
    unserve
    serve sbc -tls1_2 $(ours)
    trunk_here
    good
    [ "$(jq -r '.probes[0] | "\(.version) \(.client_certificate_asked) \(.address)"' <<<"$output")" = "TLSv1.2 true 127.0.0.1:$port" ]
    [ "$(jq -r '.probes[0].certificates[0].subject' <<<"$output")" = CN=sbc.example.test ]
    unserve
    serve sbc -tls1_3 $(ours)
    trunk_here
    good
    [ "$(jq -c '.probes[0].client_certificate_asked' <<<"$output")" = true ]
    unserve
    serve sbc -tls1_3 -num_tickets 0 $(ours) # says nothing of itself, until it is said good-bye to
    trunk_here
    good
    [ "$(jq -c '.probes[0].findings' <<<"$output")" = '[]' ]
    unserve
}

@test "one that does not trust us: in TLS 1.2 within the handshake, in 1.3 after it" {
    serve sbc -tls1_2 $(nobody)
    trunk_here
    refused refused "unknown CA" "voxtrunk export"
    unserve
    serve sbc -tls1_3 $(nobody)
    trunk_here
    refused refused "unknown CA" "voxtrunk export"
    [ "$(jq -r '.probes[0].version' <<<"$output")" = TLSv1.3 ]
    unserve
}

@test "the right names and the wrong one" {
    device other elsewhere.example.test
    voxcert upload CallManager-trust other.pem -q
    serve other
    trunk_here
    refused name "it is for elsewhere.example.test, not for sbc.example.test"
    unserve
    voxtrunk profile add hosts --mode encrypted --port 5062 -q
    serve other
    profile=hosts trunk_here # without subject names the host counts
    refused name "not for 127.0.0.1"
    profile=hosts trunk_here localhost
    refused name "not for localhost"
    unserve
}

@test "not trusted, incomplete, expired, for the other direction" {
    device stranger sbc.example.test
    serve stranger
    trunk_here
    refused untrusted "self-signed"
    unserve
    ca Root
    signed Middle Middle Root "basicConstraints=critical,CA:TRUE"
    signed chained sbc.example.test Middle
    serve chained -cert_chain Middle.pem
    trunk_here
    refused chain "the issuer Root"
    voxcert upload CallManager-trust Root.pem -q
    good
    [ "$(jq '.probes[0].certificates | length' <<<"$output")" = 2 ]
    unserve
    serve chained
    trunk_here
    refused chain "the issuer Middle"
    voxcert upload CallManager-trust chained.pem -q # standing there itself does not help
    refused chain "the issuer Middle"
    voxcert upload CallManager-trust Middle.pem -q
    good
    unserve
    days=-1 signed past sbc.example.test Root
    serve past
    trunk_here
    refused expired "it ended on"
    unserve
    signed client sbc.example.test Root extendedKeyUsage=clientAuth
    serve client
    trunk_here
    refused usage "serverAuth"
    unserve
    signed server sbc.example.test Root extendedKeyUsage=serverAuth
    serve server
    trunk_here
    good
    says "clientAuth" # a warning
    unserve
}

@test "nothing in common with the policy, and what it would speak" {
    openssl ciphers -tls1_1 -s 'ALL:@SECLEVEL=0' >/dev/null 2>&1 || skip "this openssl knows no TLS 1.1"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -days 99 -subj /CN=sbc.example.test -addext subjectAltName=DNS:old 2>/dev/null
    voxcert upload CallManager-trust old.pem -q
    serve old -tls1_1 -cipher ALL:@SECLEVEL=0
    trunk_here
    refused policy "minimum 1.2" "TLSv1.1"
    [ "$(jq '.probes[0].certificates | length' <<<"$output")" = 1 ]
    voxtls set min-version 1.0 -q -y
    good
    unserve
    voxtls set min-version 1.3 -q -y
    serve sbc -tls1_2
    trunk_here
    refused policy "minimum 1.3" "TLSv1.2"
    unserve
    voxtls set min-version 1.2 -q -y
    voxtls set ciphers strongest -q
    serve sbc -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
    trunk_here
    refused policy "ciphers strongest" "ECDHE-ECDSA-AES128-GCM-SHA256"
    voxtls set ciphers medium -q
    good
    unserve
}

@test "mode authenticated is NULL-SHA and nothing else" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -days 99 -subj /CN=auth.example.test 2>/dev/null
    voxcert upload CallManager-trust rsa.pem -q
    voxtrunk profile add auth --mode authenticated --subject-name auth.example.test -q
    serve rsa -tls1_2 -cipher NULL-SHA:@SECLEVEL=0 $(ours)
    profile=auth trunk_here
    good
    [ "$(jq -r '.probes[0].cipher' <<<"$output")" = NULL-SHA ]
    unserve
    serve rsa
    profile=auth trunk_here
    refused null-cipher "does not offer TLS_RSA_WITH_NULL_SHA" "TLSv1.3"
    voxtls set min-version 1.3 -q -y
    status 3 voxtrunk probe sbc
    says "TLS 1.3, the minimum here"
    unserve
}

@test "several destinations: each is told, one bad one is enough, one can be picked" {
    serve sbc
    voxtrunk add sbc --profile tls -d "127.0.0.1:$port" -d 127.0.0.1:1 -d "localhost:$port" -q
    probe
    [ "$status" -eq 1 ]
    [ "$(jq -c '[.probes[].ok]' <<<"$output")" = '[true,false,true]' ]
    [ "$(found)" = unreachable ]
    status 1 voxtrunk probe sbc
    says "127.0.0.1:$port: good" "Connection refused" "127.0.0.1:1: it could not be reached" "not reached:  Connection refused [unreachable]"
    silent_about "would refuse it"
    status 0 voxtrunk probe sbc --destination "localhost:$port"
    status 0 voxtrunk probe sbc -d "127.0.0.1:$port" -q
    [ -z "$output" ]
    status 3 voxtrunk probe sbc -d elsewhere
    says "has no destination elsewhere (127.0.0.1:$port, 127.0.0.1:1, localhost:$port)"
    unserve
}

@test "a device that takes the connection and never speaks" {
    # a server that takes the connection and never speaks: stopped, the kernel takes connections for it
    serve sbc
    kill -STOP "$server"
    trunk_here
    run --separate-stderr voxtrunk probe sbc --json --timeout 1
    [ "$status" -eq 1 ]
    [ "$(found)" = unreachable ]
    says "took too long"
    kill -CONT "$server"
    unserve
}

@test "another maker's server: GnuTLS" {
    command -v gnutls-serv >/dev/null || skip "no gnutls-serv"
    gnutls() {
        port=$(ASAN_OPTIONS=detect_leaks=0 "$VOX_BUILD/tests/tlspeer" port)
        gnutls-serv --x509certfile sbc.pem --x509keyfile sbc.key -p "$port" "$@" >said 2>&1 </dev/null 3>&- &
        server=$!
        for ((i = 0; i < 400; i++)); do
            { : <"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && return
            sleep 0.05
        done
        cat said >&2
        return 1
    }
    gnutls --require-client-cert --verify-client-cert --x509cafile ccm.pem
    trunk_here
    good
    kill "$server"; wait "$server" || true
    gnutls --require-client-cert --verify-client-cert --x509cafile sbc.pem
    trunk_here
    refused refused
    kill "$server"; wait "$server" || true
    gnutls --require-client-cert --verify-client-cert --x509cafile sbc.pem --priority NORMAL:-VERS-TLS1.3
    trunk_here
    refused refused
    kill "$server"; wait "$server" || true
    server=
}

@test "what cannot be tried at all" {
    voxtrunk profile add plain --mode non-secure -q
    voxtrunk add old --profile plain -d 127.0.0.1 -q
    status 3 voxtrunk probe old
    says "non-secure: there is no TLS to be tried"
    status 3 voxtrunk probe nowhere
    says "no such trunk"
    voxtrunk add sbc --profile tls -d 127.0.0.1:1 -q
    voxtrust node add cm2 --dns cm2.example.test --services ccm -q
    voxcert new CallManager --node cm2 -q
    status 2 voxtrunk probe sbc
    says "--node"
    status 1 voxtrunk probe sbc --node cm2
    status 4 voxtrunk probe sbc --node cm3
    says "node cm3 has no active CallManager certificate"
    chmod 644 state/keys/CallManager-cm1-*.pem
    status 4 voxtrunk probe sbc --node cm1
    status 2 voxtrunk probe sbc --timeout 0
    status 2 voxtrunk probe sbc --count 2
    says "go with --listen"
}
