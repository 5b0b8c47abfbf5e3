#!/usr/bin/env bats
# Versions and ciphers of servers of every kind: the same that nmap finds, down to what this system's OpenSSL cannot speak; and servers
# that do anything but TLS.

load ../harness/cli
load ../harness/servers

# taken: "VERSION SUITE" a line, of the only port in $output.
taken() { of '.hosts[0].ports[0].versions[] | .version as $v | .ciphers[] | "\($v) \(.name)"' | sort; }

# nmap_finds PORT: the same by nmap, which calls suites of TLS 1.3 by other names.
nmap_finds() {
    nmap -Pn -n -p "$1" --script ssl-enum-ciphers 127.0.0.1 |
        sed -nE 's/^\| +(TLSv|SSLv)([0-9.]+):.*/V \1\2/p; s/^\| +(TLS_[A-Za-z0-9_]+).*/\1/p' |
        awk '$1 == "V" { v = $2; sub("TLSv", "", v); sub("SSLv3", "SSL 3.0", v); next } { print v, $1 }' | sed 's/TLS_AKE_WITH_/TLS_/' | sort
}

# agrees: what is found at $port is what nmap finds, and something.
agrees() {
    run voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
    taken >ours
    nmap_finds "$port" >theirs
    [ -s ours ]
    diff ours theirs
}

@test "OpenSSL, each version alone, and all of them with both keys" {
    rsa_key rsa
    ec_key ec
    for version in tls1 tls1_1 tls1_2 tls1_3; do
        tls_server -cert rsa.pem -key rsa.key "-$version" -cipher DEFAULT@SECLEVEL=0
        agrees
        [ "$(cut -d ' ' -f 1 ours | sort -u)" = "$(sed 's/tls1$/1.0/; s/tls1_/1./' <<<"$version")" ]
        tls_server -cert ec.pem -key ec.key "-$version" -cipher DEFAULT@SECLEVEL=0
        agrees
    done
    tls_server -cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key -cipher ALL:COMPLEMENTOFALL@SECLEVEL=0
    agrees
    grep -q 'ECDHE_ECDSA' ours
    grep -q 'ECDHE_RSA' ours
}

@test "GnuTLS with what OpenSSL has no more: RC4, 3DES, Camellia-GCM, NULL, anonymous, MD5, CCM" {
    rsa_key rsa
    gnutls_server --x509certfile rsa.pem --x509keyfile rsa.key \
        --priority 'NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+CAMELLIA-128-GCM:+CAMELLIA-256-CBC:+NULL:+ANON-DH:+ANON-ECDH:+MD5:+AES-128-CCM:+AES-256-CCM-8:+RSA:+DHE-RSA'
    agrees
    for suite in "1.0 TLS_RSA_WITH_RC4_128_MD5" "1.1 TLS_RSA_WITH_3DES_EDE_CBC_SHA" "1.2 TLS_RSA_WITH_NULL_SHA" "1.2 TLS_DH_anon_WITH_AES_128_GCM_SHA256" \
        "1.2 TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256" "1.2 TLS_RSA_WITH_AES_256_CCM_8"; do
        grep -qx "$suite" ours
    done
}

@test "GnuTLS with RC4 alone: the suite is seen, and the certificate, which OpenSSL has no cipher to ask for" {
    rsa_key rsa
    gnutls_server --x509certfile rsa.pem --x509keyfile rsa.key --priority 'NONE:+VERS-TLS1.0:+ARCFOUR-128:+RSA:+MD5:+SHA1:+COMP-NULL:+SIGN-ALL:+CTYPE-X509'
    agrees
    [ "$(cat ours)" = "$(printf '1.0 TLS_RSA_WITH_RC4_128_MD5\n1.0 TLS_RSA_WITH_RC4_128_SHA')" ]
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "takes TLS 1.0, which the policy (1.2) has switched off" "RSA 2048 for "
}

@test "GnuTLS with nothing but anonymous ciphers shows no certificate, and that is said" {
    gnutls_server --priority 'NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-DH:+ANON-ECDH'
    agrees
    status 1 voxtls audit "127.0.0.1:$port" --ciphers all
    says "TLS_DH_anon_WITH_AES_128_CBC_SHA (broken)" "note: shows no certificate that could be read"
}

@test "GnuTLS with 1.3 alone, groups that we send no share of: a retry is a yes" {
    rsa_key rsa
    gnutls_server --x509certfile rsa.pem --x509keyfile rsa.key --priority 'NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1'
    agrees
    grep -qx '1.3 TLS_AES_256_GCM_SHA384' ours
    [ "$(of '.hosts[0].ports[0].certificates[0][0].key')" = "RSA 2048" ]
}

# is_not_tls WORDS: the port at $port is none, with these words, and counts as a violation.
is_not_tls() {
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "not TLS" "$port: violation: " "$1"
}

@test "other protocols are named by what they say" {
    tcp_server say 'SSH-2.0-OpenSSH_9.2\r\n'
    is_not_tls '"SSH-2.0-OpenSSH_9.2"'
    tcp_server answer 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'
    is_not_tls '"HTTP/1.1 400 Bad Request"'
    tcp_server say '\0033[2J\0033]0;x\a\r\n'
    is_not_tls '\x1b[2J'
    silent_about "$(printf '\033')"
    tcp_server say '\026\003\003\0377\0377'
    is_not_tls 'a TLS record of 65535 bytes'
    tcp_server say '\026\003\003\000\004\002\0377\0377\0377'
    is_not_tls 'a ServerHello of 16777215 bytes'
    tcp_server say '\026\003\003\000\006\002\000\000\002\003\003'
    is_not_tls 'damaged ServerHello'
}

@test "silence, dripping, endless talk and hanging up all come to an end" {
    tcp_server silent
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --timeout 1
    says silent "takes the connection and says nothing for 1 s"
    tcp_server drip "\026\003\003\000\0200\002\000\000\0120$(printf '%060d' 0)"
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --timeout 1
    says silent "has not sent a whole answer after 1 s"
    tcp_server endless '\025\003\003\000\002\001\0160'
    is_not_tls "8192 bytes and more without a ServerHello"
    tcp_server close
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "not TLS" "closes the connection without a word"
}

@test "a server that refuses every version speaks TLS all the same" {
    tcp_server answer '\025\003\001\000\002\002\050'
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
    [ "$(of '.hosts[0].ports[0].verdict')" = refused ]
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "speaks TLS and takes none"
}

@test "a server that chooses what was not offered has taken nothing" {
    # TLS 1.2 with RC4-MD5 whatever is asked: taken once in the versions that offer it, refused the second time.
    tcp_server answer '\026\003\003\000\052\002\000\000\046\003\003zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\000\000\004\000'
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
    [ "$(taken)" = "1.2 TLS_RSA_WITH_RC4_128_MD5" ]
    [ "$(of '.hosts[0].ports[0].versions[0].complete')" = false ]
}

@test "hundreds of ports at once, good and bad, each with its own result" {
    rsa_key rsa
    tls_server -cert rsa.pem -key rsa.key -tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384
    good=$port
    tcp_server silent
    silent=$port
    tcp_server say 'SSH-2.0-x\r\n'
    for i in $(seq 200); do printf '127.0.0.1:%s\n127.0.0.1:%s\n127.0.0.1:%s\n127.0.0.1:%s\n' "$good" "$silent" "$port" "$i"; done >hosts
    status 1 voxtls audit --inventory hosts --min-version 1.2 --timeout 3 --jobs 300 --json
    [ "$(of '.summary.ports')" = 203 ]
    [ "$(of "[.hosts[0].ports[] | select(.port == $good or .port == $silent or .port == $port) | .verdict] | sort | join(\" \")")" = "conforming not TLS silent" ]
}
