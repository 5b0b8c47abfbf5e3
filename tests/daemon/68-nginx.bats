#!/usr/bin/env bats
# nginx, as many deployments have it before their pages and as a device of a trunk: what the audit finds of it, what it takes of what we
# write, and a certificate of ours that is replaced while it runs.

load ../harness/cli
load ../harness/daemon
load ../harness/nginx

MEDIUM=ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256

of() { jq -r "$1" <<<"$output"; }

key() { openssl req -x509 -newkey "${@:2}" -nodes -keyout "$1.key" -out "$1.pem" -days 90 -subj "/CN=$1.example.test" -addext "subjectAltName=DNS:$1.example.test" 2>/dev/null; }
rsa() { key "$1" rsa:2048; }
ec() { key "$1" ec -pkeyopt ec_paramgen_curve:P-256; }

# audited OPTION...: the one port of nginx as Tomcat's, as JSON.
audited() {
    printf 'host,port,application,kind\n127.0.0.1,%s,Tomcat,\n' "$port" >inventory.csv
    run --separate-stderr voxtls audit --inventory inventory.csv --json "$@"
}
codes() { of '[.hosts[0].ports[0].findings[] | select(.severity != "note") | .code] | join(" ")'; }
versions() { of '.hosts[0].ports[0].versions | map(.version) | join(" ")'; }

# nmap_agrees: nmap finds the same versions and ciphers.
nmap_agrees() {
    of '.hosts[0].ports[0].versions[] | .version as $v | .ciphers[] | "\($v) \(.name)"' | sort >ours
    nmap -Pn -n -p "$port" --script ssl-enum-ciphers 127.0.0.1 |
        sed -nE 's/^\| +TLSv([0-9.]+):.*/V \1/p; s/^\| +(TLS_[A-Za-z0-9_]+).*/\1/p' |
        awk '$1 == "V" { v = $2; next } { print v, $1 }' | sed 's/TLS_AKE_WITH_/TLS_/' | sort >theirs
    [ -s ours ]
    diff ours theirs
}

@test "each version that nginx is told to speak is found, and no other; the policy judges" {
    rsa www
    nginx_runs www.pem www.key 'ssl_protocols TLSv1.2;' "ssl_ciphers $MEDIUM;"
    audited --min-version 1.2
    [ "$status" -eq 0 ]
    [ "$(of '.hosts[0].ports[0] | .verdict + " " + .certificates[0][0].subject')" = "conforming CN=www.example.test" ]
    [ "$(versions)" = 1.2 ]
    nmap_agrees
    nginx_runs www.pem www.key 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2;' 'ssl_ciphers ALL:@SECLEVEL=0;'
    audited --min-version 1.2
    [ "$status" -eq 1 ]
    [ "$(versions)" = "1.0 1.1 1.2" ]
    [ "$(of '.hosts[0].ports[0].verdict')" = "too old" ]
    nmap_agrees
    audited --min-version 1.1 --ciphers all
    [ "$(codes | cut -d ' ' -f 1)" = version-too-old ]
    nginx_runs www.pem www.key 'ssl_protocols TLSv1.3;'
    audited --min-version 1.3
    [ "$status" -eq 0 ]
    [ "$(versions)" = 1.3 ]
    nmap_agrees
    audited --min-version 1.2
    [ "$(codes)" = version-refused ]
}

@test "nginx with two keys, and a policy for HTTPS that wants RSA alone" {
    rsa www
    ec www-ec
    nginx_runs www.pem www.key "ssl_certificate $PWD/www-ec.pem;" "ssl_certificate_key $PWD/www-ec.key;" 'ssl_protocols TLSv1.2;' "ssl_ciphers $MEDIUM;"
    audited --min-version 1.2
    [ "$status" -eq 0 ]
    [ "$(of '.hosts[0].ports[0].certificates | map(.[0].key) | sort | join(", ")')" = "EC P-256, RSA 2048" ]
    audited --min-version 1.2 --https-keys rsa
    [ "$status" -eq 1 ]
    [ "$(codes)" = "cipher key-kind" ]
    nginx_runs www.pem www.key 'ssl_protocols TLSv1.2;' "ssl_ciphers $MEDIUM;"
    audited --min-version 1.2 --https-keys rsa
    [ "$status" -eq 0 ]
    audited --min-version 1.2 --https-ciphers strongest
    [ "$(codes)" = cipher ]
}

@test "a trunk to nginx: fetched, probed, and what was exported lets us in and nobody else" {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --ip 127.0.0.1 --services ccm -q
    voxcert new CallManager --node cm1 --subject CN=cm1.example.test -q
    ec sbc
    nginx_runs sbc.pem sbc.key 'ssl_protocols TLSv1.2;'
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile tls --destination "127.0.0.1:$port" -q
    status 1 voxtrunk probe sbc
    says "self-signed"
    status 0 voxtrunk fetch sbc --fingerprint "$(openssl x509 -in sbc.pem -noout -fingerprint -sha256 | cut -d = -f 2)"
    voxtrunk export sbc --bundle --hashdir -o files -q
    nginx_runs sbc.pem sbc.key 'ssl_protocols TLSv1.2;' 'ssl_verify_client on;' "ssl_client_certificate $PWD/files/callmanager-ca.pem;"
    voxtrunk remove sbc -y -q --keep-certificates
    voxtrunk add sbc --profile tls --destination "127.0.0.1:$port" -q
    status 0 voxtrunk probe sbc
    says "127.0.0.1:$port: good" "our certificate was asked for, and shown"
    # nginx tells by HTTP what it thinks of a certificate, after the handshake.
    voxcert export CallManager -o cm.pem -q
    ours=$(curl -sS -k --cert cm.pem --key "state/keys/$(voxcert show CallManager --json | jq -r '.bound[0].key_file')" "https://127.0.0.1:$port/")
    [ "$ours" = "SUCCESS CN=cm1.example.test" ]
    rsa stranger
    theirs=$(curl -sS -k -o /dev/null -w '%{http_code}' --cert stranger.pem --key stranger.key "https://127.0.0.1:$port/")
    [ "$theirs" = 400 ]
    # The same folder is what OpenSSL looks certificates up in.
    openssl verify -CApath files/callmanager-ca -no-CAfile cm.pem
}

@test "nginx that takes too old a TLS alone, or nothing that we know, is no device for us" {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --ip 127.0.0.1 --services ccm -q
    voxcert new CallManager --node cm1 -q
    rsa sbc
    nginx_runs sbc.pem sbc.key 'ssl_protocols TLSv1.1;' 'ssl_ciphers ALL:@SECLEVEL=0;'
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile tls --destination "127.0.0.1:$port" -q
    voxtrunk upload sbc sbc.pem -q
    status 1 voxtrunk probe sbc
    says "nothing in common with the TLS policy"
    voxtls set min-version 1.1 -y -q
    status 0 voxtrunk probe sbc
    says "127.0.0.1:$port: good" "TLSv1.1"
}

@test "tomcat's certificate is replaced while nginx shows it: a hook hands it over, the handshake proves it" {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --ip 127.0.0.1 --services ccm,tftp,tvs -q
    for service in ITLRecovery CallManager TVS tomcat; do voxcert new $service -q; done
    mkdir state/hooks.d tftp
    voxlist publish itl --to tftp -q
    # Files of nginx, as whoever installs them does it: certificate and key, and a reload.
    cat >state/hooks.d/nginx <<SH
#!/bin/sh
[ "\$2" = tomcat ] || exit 0
case \$1 in installed | activated | rolled-back) ;; *) exit 0 ;; esac
cd $T && PATH=\$PATH:$VOX_BIN || exit 1
key=\$(voxcert show tomcat --json | jq -r '[.bound[] | select(.state == "active")][0].key_file') || exit 1
voxcert export tomcat -o www.pem --quiet && cp "state/keys/\$key" www.key || exit 1
[ ! -e n/pid ] || kill -HUP "\$(cat n/pid)"
SH
    chmod 755 state/hooks.d/nginx
    voxcert new tomcat --replace -y -q
    cp www.pem before.pem
    nginx_runs www.pem www.key 'ssl_protocols TLSv1.2;'
    voxrotate stage tomcat -q
    cmp www.pem before.pem # nothing is handed over yet
    status 0 voxrotate activate tomcat --at "127.0.0.1:$port" --wait 20
    says "hook nginx: done"
    never cmp -s www.pem before.pem
    shown() { [ "$(openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint)" = "$(openssl x509 -in www.pem -noout -fingerprint)" ]; }
    until_true shown
}

# gnutls_runs CERT CAFILE: gnutls-serv that demands a certificate which CAFILE vouches for; stopped as nginx is.
gnutls_runs() {
    nginx_stops
    port=$(peer port)
    mkdir -p n
    gnutls-serv --port "$port" --http --require-client-cert --verify-client-cert --x509certfile "$1.pem" --x509keyfile "$1.key" --x509cafile "$2" >n/log 2>&1 </dev/null 3>&- &
    nginx=$!
    until_true nginx_answers
}

@test "the same with GnuTLS, which refuses strangers in the handshake itself" {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --ip 127.0.0.1 --services ccm -q
    voxcert new CallManager --node cm1 --subject CN=cm1.example.test -q
    rsa sbc
    rsa stranger
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile tls --destination 127.0.0.1 -q
    voxtrunk upload sbc sbc.pem -q
    voxtrunk export sbc --bundle -o files -q
    for trusted in files/callmanager-ca.pem stranger.pem; do
        gnutls_runs sbc "$trusted"
        voxtrunk remove sbc -y -q --keep-certificates
        voxtrunk add sbc --profile tls --destination "127.0.0.1:$port" -q
        if [ "$trusted" = stranger.pem ]; then
            status 1 voxtrunk probe sbc
            says "[refused]"
        else
            status 0 voxtrunk probe sbc
            says "127.0.0.1:$port: good" "our certificate was asked for, and shown"
        fi
    done
}
