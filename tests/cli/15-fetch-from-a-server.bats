#!/usr/bin/env bats
# The certificate of a live server, taken by its fingerprint or by a person's yes, never by itself.

load ../harness/cli
load ../harness/terminal

story_setup() {
    voxtrust init -q
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -days 9 \
        -subj /CN=sbc.example.test -addext subjectAltName=DNS:sbc.example.test 2>/dev/null
    fingerprint=$(openssl x509 -in server.pem -noout -fingerprint -sha256 | cut -d = -f 2)
    hex=$(tr -d : <<<"$fingerprint" | tr A-F a-f)
}

# serve [OPTION...]: a TLS server on a port of its own, in $port; returns once it listens.
serve() {
    local line
    mkfifo said
    openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -www "$@" >said 2>server.log </dev/null 3>&- &
    server=$!
    exec 8<said
    while read -r -u 8 line; do
        case $line in "ACCEPT "*) port=${line##*:}; return ;; esac
    done
    cat server.log >&2
    return 1
}

unserve() {
    [ -z "${server:-}" ] || { kill "$server"; wait "$server" || true; } 2>/dev/null
    server=
    exec 8<&-
    rm -f said
}

nothing_taken() {
    [ "$(voxcert list --json | jq '.certificates | length')" = 0 ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 1 ]
}

@test "with the right fingerprint it is taken, shown before" {
    serve
    status 0 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$fingerprint"
    unserve
    says "127.0.0.1:$port shows" "CN=sbc.example.test" "SHA-256         $hex" "DNS:sbc.example.test" "CallManager-trust: taken"
    [ "$(voxcert list CallManager-trust --json | jq -r '.certificates[0].sha256')" = "$hex" ]
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxcert fetch CallManager-trust 127.0.0.1:$port (${hex:0:12})" ]
}

@test "without colons and in any case, with a role, as JSON" {
    serve
    status 0 voxcert fetch Phone-SAST-trust "127.0.0.1:$port" --fingerprint "$hex" --json
    unserve
    [ "$(jq -r '.sha256 + .place' <<<"$output")" = "${hex}Phone-SAST-trust" ]
    [ "$(voxcert list --json | jq -r '.certificates[0].role')" = sast ]
}

@test "another fingerprint: exit 1, and nothing is changed" {
    serve
    wrong=$(tr 0-9 1-90 <<<"$fingerprint")
    status 1 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$wrong"
    unserve
    says "another certificate than the one you named: its SHA-256 is $hex"
    nothing_taken
}

@test "without fingerprint and terminal: shown, not taken" {
    serve
    status 1 voxcert fetch CallManager-trust "127.0.0.1:$port" </dev/null
    unserve
    says "SHA-256         $hex" "nothing was taken" "--fingerprint"
    nothing_taken
}

@test "on a terminal a person is asked" {
    needs_a_terminal
    serve
    answers n voxcert fetch CallManager-trust "127.0.0.1:$port"
    says "SHA-256         $hex" "Trust it in CallManager-trust?" "[y/N]" "nothing was taken"
    nothing_taken
    answers y voxcert fetch CallManager-trust "127.0.0.1:$port"
    unserve
    says "CallManager-trust: taken"
    [ "$(voxcert list --json | jq '.certificates | length')" = 1 ]
}

@test "an old server is spoken to, too" {
    openssl s_server -help 2>&1 | grep -q -- ' -tls1 ' || skip "this openssl knows no TLS 1.0"
    serve -tls1 -cipher ALL:@SECLEVEL=0
    status 0 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$hex" -q
    unserve
    [ -z "$output" ]
}

@test "the name that is asked for is the host's, or as said" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -days 9 -subj /CN=other 2>/dev/null
    serve -servername other.example.test -cert2 other.pem -key2 other.key
    status 1 voxcert fetch CallManager-trust "127.0.0.1:$port" --sni other.example.test </dev/null
    says "CN=other"
    status 1 voxcert fetch CallManager-trust "127.0.0.1:$port" </dev/null
    unserve
    says "CN=sbc.example.test"
}

@test "what upload refuses is refused here: duplicates, expired ones" {
    voxcert upload CallManager-trust server.pem -q
    serve
    status 3 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$hex"
    says "a duplicate"
    status 1 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$(tr 0-9 1-90 <<<"$hex")"
    unserve
    openssl req -new -key server.key -subj /CN=past -out past.csr
    openssl x509 -req -in past.csr -signkey server.key -days -1 -out server.pem 2>/dev/null
    serve
    status 3 voxcert fetch CallManager-trust "127.0.0.1:$port" --yes
    says "expired" "--force"
    status 0 voxcert fetch CallManager-trust "127.0.0.1:$port" --yes --force -q
    unserve
}

@test "nobody there, and no TLS there, is the environment's fault" {
    serve
    unserve
    status 4 voxcert fetch CallManager-trust "127.0.0.1:$port" --fingerprint "$hex"
    says "127.0.0.1:$port: " "refused"
    nothing_taken
}

@test "misuse is explained" {
    status 2 voxcert fetch
    says "which STORE?"
    status 2 voxcert fetch CallManager-trust
    says "HOST:PORT"
    status 2 voxcert fetch CallManager-trust localhost
    says "a port is needed"
    for port in 0 65536 -1 443x; do
        status 2 voxcert fetch CallManager-trust "localhost:$port"
        says "not a port: $port"
    done
    status 2 voxcert fetch CallManager localhost:1
    says "is a service"
    status 2 voxcert fetch CallManager-trust localhost:1 --fingerprint 3bb783956e730e3620e5554f963a47a3d810ada1
    says "SHA-1 can be forged"
    status 2 voxcert fetch CallManager-trust localhost:1 --fingerprint zz
}
