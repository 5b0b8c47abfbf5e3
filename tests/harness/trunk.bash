# For stories of trunks: `load ../harness/trunk` after `load ../harness/cli`. Certificates of devices, and servers that play them.

# ca NAME: a root NAME.pem with NAME.key.
ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 99 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# device FILE NAME [OPTION]...: a self-signed FILE.pem with FILE.key for the DNS name NAME.
device() {
    local file=$1 name=$2
    shift 2
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$file.key" -out "$file.pem" -days 99 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" "$@" 2>/dev/null
}

# signed FILE NAME CA [LINE]...: FILE.pem with FILE.key for NAME, signed by CA; the lines are extensions.
signed() {
    local file=$1 name=$2 ca=$3
    shift 3
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$file.key" -out "$file.csr" -subj "/CN=$name" 2>/dev/null
    printf '%s\n' "subjectAltName=DNS:${name//\*/any}" "$@" >"$file.ext"
    openssl x509 -req -in "$file.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days "${days:-99}" -extfile "$file.ext" -out "$file.pem" 2>/dev/null
}

# state: all that the store says, to see that nothing has changed; without the days left, which change by themselves.
state() {
    { voxtrust log --json; voxcert list --all --json; voxtrunk list --json; voxtrunk profile list --json; } |
        jq 'walk(if type == "object" then del(.days_left) else . end)'
}

# serve CERT [OPTION]...: openssl's server with CERT.pem and CERT.key on a port of its own, in $port; returns once it listens.
serve() {
    local line cert=$1
    shift
    rm -f said
    mkfifo said
    openssl s_server -accept 127.0.0.1:0 -cert "$cert.pem" -key "$cert.key" -www "$@" >said 2>server.log </dev/null 3>&- &
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

teardown() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    cd / && rm -rf "$T"
}

# trunk_here [HOST]: trunk "sbc" to $port of this machine, in place of the one before, with the profile "tls".
trunk_here() {
    voxtrunk remove sbc -q -y --keep-certificates 2>/dev/null || true
    voxtrunk add sbc --profile "${profile:-tls}" --destination "${1:-127.0.0.1}:$port" -q
}

# found: the codes of fatal findings of the last `voxtrunk probe --json`, sorted.
found() { jq -r '[.probes[].findings[] | select(.fatal) | .code] | sort | join(" ")' <<<"$output"; }
