# Servers on ports of their own on 127.0.0.1, for stories that look at them: `load ../harness/servers` after cli. They end with the test.

servers=()

# wait_for FILE PATTERN PID: until FILE has a line that matches; fails when the process has ended before.
wait_for() {
    until grep -q -- "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || { cat "$1" >&2; return 1; }
        sleep 0.05
    done
}

# rsa_key NAME [OPTION...], ec_key NAME [OPTION...]: NAME.key and NAME.pem, self-signed.
rsa_key() { openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 90 -subj "/CN=$1.example.test" "${@:2}" 2>/dev/null; }
ec_key() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 90 -subj "/CN=$1.example.test" "${@:2}" 2>/dev/null; }

# tls_server OPTION...: openssl s_server with these options; $port is its port.
tls_server() {
    local log=server.${#servers[@]}
    openssl s_server -accept 127.0.0.1:0 -www "$@" >"$log" 2>&1 </dev/null 3>&- &
    servers+=($!)
    wait_for "$log" '^ACCEPT ' $!
    port=$(sed -n 's/^ACCEPT .*://p' "$log" | head -n 1)
}

# gnutls_server OPTION...: gnutls-serv likewise.
gnutls_server() {
    local log=server.${#servers[@]}
    port=$("$VOX_BUILD/tests/tlspeer" port)
    gnutls-serv --port "$port" --quiet "$@" >"$log" 2>&1 </dev/null 3>&- &
    servers+=($!)
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 $! || { cat "$log" >&2; return 1; }
        sleep 0.05
    done
}

# tcp_server MODE [TEXT]: a server that speaks no TLS (tests/harness/tcpserver.c).
tcp_server() {
    local log=server.${#servers[@]}
    [ $# -eq 1 ] || printf '%b' "$2" >"$log.data"
    "$VOX_BUILD/tests/tcpserver" "$1" ${2+"$log.data"} >"$log" 2>&1 3>&- &
    servers+=($!)
    wait_for "$log" '^[0-9]' $!
    port=$(head -n 1 "$log")
}

# closed_port: a port that nobody listens on, in $port.
closed_port() { port=$("$VOX_BUILD/tests/tlspeer" port); }

teardown() {
    local pid
    for pid in "${servers[@]}"; do { kill "$pid" && wait "$pid" || true; } 2>/dev/null; done
    cd / && rm -rf "$T"
}

# looked ARGUMENT...: an audit's JSON into $output, whoever may listen on this machine.
looked() { run --separate-stderr voxtls audit --json "$@"; }

# of FILTER: from the JSON in $output.
of() { jq -r "$1" <<<"$output"; }
