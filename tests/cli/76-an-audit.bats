#!/usr/bin/env bats
# What servers really take, compared with the policy: verdicts, findings, the report.

load ../harness/cli
load ../harness/servers

MEDIUM=ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256
OLD='ALL:@SECLEVEL=0'

# verdict_of PORT: in the JSON that was printed.
verdict_of() { of ".hosts[].ports[] | select(.port == $1) | .verdict"; }

# codes_of PORT: its findings' codes, without notes.
codes_of() { of "[.hosts[].ports[] | select(.port == $1) | .findings[] | select(.severity != \"note\") | .code] | join(\" \")"; }

@test "a server as the policy wants it conforms, and the exit status says so" {
    voxtrust init -q
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    status 0 voxtls audit "127.0.0.1:$port"
    says "Policy: normal 1.2, ciphers medium" "RSA 2048 for " "conforming" "1 host, 1 port: 1 conforming"
    silent_about violation:
    status 0 voxtls audit "127.0.0.1:$port" --json
    [ "$(of '.ok')" = true ]
    [ "$(of '.hosts[0].ports[0].certificates[0][0] | .subject + " " + .key + " " + .signature')" = "CN=cm1.example.test RSA 2048 sha256WithRSAEncryption" ]
    [ "$(of '.hosts[0].ports[0].versions | map(.version) | join(" ")')" = 1.2 ]
    [ "$(of '.hosts[0].ports[0].versions[0].ciphers | map(.openssl) | sort | join(" ")')" = "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384" ]
}

@test "too old: a version that the policy has switched off" {
    rsa_key cm1
    for version in tls1 tls1_1; do
        tls_server -cert cm1.pem -key cm1.key "-$version" -cipher "$OLD"
        status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
        [ "$(verdict_of "$port")" = "too old" ]
        [ "$(codes_of "$port")" = "version-too-old version-refused" ]
    done
    tls_server -cert cm1.pem -key cm1.key -cipher "$OLD"
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.1 --json
    [ "$(codes_of "$port")" = "version-too-old cipher cipher" ]
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.1
    says "takes TLS 1.0, which the policy (1.1+) has switched off"
}

@test "refused: a version within the policy that the server does not take" {
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.0 --ciphers all --json
    [ "$(verdict_of "$port")" = refused ]
    [ "$(codes_of "$port")" = "version-refused version-refused" ]
    status 1 voxtls audit "127.0.0.1:$port" --common-criteria --min-version 1.1
    says "does not take TLS 1.1, which the policy (1.1+) has"
    tls_server -cert cm1.pem -key cm1.key -tls1_3
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
    [ "$(verdict_of "$port")" = refused ]
    status 0 voxtls audit "127.0.0.1:$port" --min-version 1.3 -q
}

@test "newer than the tables is a note, not a violation" {
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -no_tls1 -no_tls1_1 -cipher "$MEDIUM"
    status 0 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "note: takes TLS 1.3, too"
}

@test "ciphers outside the level are named, with what they are worth" {
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:NULL-SHA256:@SECLEVEL=0"
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "takes 2 ciphers of TLS 1.2 that the policy (medium) leaves out" "TLS_RSA_WITH_AES_128_CBC_SHA (dated)" "TLS_RSA_WITH_NULL_SHA256 (broken)" "ciphers"
    silent_about "AES_256_GCM_SHA384 ("
    # The worst is told first: what is left out of a long sentence is not what matters.
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
    status 1 voxtls audit "127.0.0.1:$port" --min-version 1.2
    grep -qE 'leaves out: TLS_[A-Za-z0-9_]+ \(broken\), .*, \.\.\.$' <<<"$output"
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    status 1 voxtls audit "127.0.0.1:$port" --ciphers strongest
    says "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (good)"
    status 0 voxtls audit "127.0.0.1:$port" --ciphers medium -q
    status 0 voxtls audit "127.0.0.1:$port" --ciphers all -q
}

@test "the policy is the store's" {
    voxtrust init -q
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    status 0 voxtls audit "127.0.0.1:$port" -q
    voxtls set ciphers strongest -q
    status 1 voxtls audit "127.0.0.1:$port" -q
    voxtls set min-version 1.3 -q -y
    status 1 voxtls audit "127.0.0.1:$port"
    says "Policy: normal 1.3" "does not take TLS 1.3"
    status 4 voxtls audit "127.0.0.1:$port" --store "sqlite:$T/none.db"
    says "no store to take the policy from" "--min-version"
}

@test "certificates: expired, not yet valid, SHA-1, weak key, soon to end" {
    rsa_key cm1
    openssl req -new -key cm1.key -subj /CN=past -out past.csr
    openssl x509 -req -in past.csr -signkey cm1.key -days -1 -out past.pem 2>/dev/null
    rsa_key sha1 -sha1
    openssl req -x509 -newkey rsa:1023 -nodes -keyout weak.key -out weak.pem -days 90 -subj /CN=weak 2>/dev/null
    openssl req -x509 -key cm1.key -out soon.pem -days 9 -subj /CN=soon
    LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) FAKETIME='2090-01-01 00:00:00' openssl req -x509 -key cm1.key -out later.pem -days 9 -subj /CN=later
    while read -r name key code; do
        tls_server -cert "$name.pem" -key "$key.key" -tls1_2 -cipher "$MEDIUM:@SECLEVEL=0"
        run voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
        [ "$(codes_of "$port")" = "$code" ] || { echo "$name: $output" >&2; return 1; }
        [ "$status" -eq "$([ "$name" = soon ] && echo 0 || echo 1)" ]
    done <<END
past cm1 expired
sha1 sha1 weak-signature
weak weak weak-key
soon cm1 expiring
later cm1 not-yet-valid
END
}

@test "both certificates of a server with two keys are looked at, and what stands behind them" {
    rsa_key rsa
    ec_key root -addext basicConstraints=critical,CA:TRUE
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout ec.key -out ec.csr -subj /CN=ec 2>/dev/null
    openssl x509 -req -in ec.csr -CA root.pem -CAkey root.key -days 90 -out ec.pem 2>/dev/null
    tls_server -cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key -dcert_chain root.pem -tls1_2 -cipher "$MEDIUM"
    status 0 voxtls audit "127.0.0.1:$port" --min-version 1.2 --json
    [ "$(of '.hosts[0].ports[0].certificates | map(map(.key) | join(" < ")) | join("; ")')" = "RSA 2048; EC P-384 < EC P-256" ]
    # In TLS 1.3, too, where the cipher does not tell.
    tls_server -cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key -tls1_3
    status 0 voxtls audit "127.0.0.1:$port" --min-version 1.3 --json
    [ "$(of '.hosts[0].ports[0].certificates | map(.[0].key) | sort | join("; ")')" = "EC P-384; RSA 2048" ]
}

@test "the certificate is seen when the server then wants one of ours" {
    rsa_key cm1
    for version in tls1_2 tls1_3; do
        tls_server -cert cm1.pem -key cm1.key "-$version" -cipher "$MEDIUM" -Verify 1
        run voxtls audit "127.0.0.1:$port" --json --min-version 1.2
        [ "$(of '.hosts[0].ports[0].certificates[0][0].subject')" = CN=cm1.example.test ]
    done
}

@test "without a port the ports of the tables are asked" {
    looked 127.0.0.77 --min-version 1.2
    [ "$(of '[.hosts[0].ports[].port] | join(" ")')" = "443 2443 2444 2445 2749 3804 5061 6971 6972 7501 8443 9443" ]
    [ "$(of '.hosts[0].ports[10].application')" = "AXL, Tomcat" ]
    looked 127.0.0.77 --min-version 1.2 --table presence
    [ "$(of '[.hosts[0].ports[].port] | join(" ")')" = "443 5061 5062 5280 8083 8443" ]
    looked 127.0.0.77 --min-version 1.2 --table all --sip-port 5090
    [ "$(of '[.hosts[0].ports[].port] | join(" ")')" = "443 2443 2444 2445 2749 3804 5061 5062 5090 5280 6971 6972 7501 8083 8443 9443" ]
    looked 127.0.0.77 --min-version 1.2 --port 9443 --port 1 --common-criteria --min-version 1.1
    [ "$(of '[.hosts[0].ports[] | "\(.port) \(.expected | join("+"))"] | join(" ")')" = "1 1.1+1.2 9443 1.2" ]
}

@test "what is expected of a port follows the tables, cell by cell" {
    for policy in "1.0|1.0 1.1 1.2|1.2" "1.1|1.1 1.2|1.2" "1.2|1.2|1.2" "1.3|1.3|1.3" \
        "1.0 --common-criteria|1.1|1.1" "1.1 --common-criteria|1.1 1.2|1.2" "1.2 --common-criteria|1.2|1.2"; do
        IFS='|' read -r option usual proxy <<<"$policy"
        # shellcheck disable=SC2086
        looked 127.0.0.77 --min-version $option
        [ "$(of '.hosts[0].ports[] | select(.port == 2443) | .expected | join(" ")')" = "$usual" ]
        for proxied in 9443 6971 6972; do
            [ "$(of ".hosts[0].ports[] | select(.port == $proxied) | .expected | join(\" \")")" = "$proxy" ]
        done
    done
}

@test "nobody there: 4 when nothing answers at all, 1 beside a host that does" {
    closed_port
    status 4 voxtls audit "127.0.0.1:$port" --min-version 1.2
    says "nothing could be reached" "nothing answers"
    status 4 voxtls audit no-such-host.invalid --min-version 1.2
    says "no-such-host.invalid: "
    closed=$port
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    status 1 voxtls audit "127.0.0.1:$port" "127.0.0.1:$closed" --min-version 1.2 --json
    [ "$(verdict_of "$closed")" = "not listening" ]
    [ "$(codes_of "$closed")" = not-listening ]
    status 1 voxtls audit "127.0.0.1:$port" 127.0.0.77 --port "$closed" --min-version 1.2
    says "127.0.0.77: nothing answers"
}

@test "names, addresses of both kinds, and the same place twice" {
    rsa_key cm1
    ec_key named
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM" -servername localhost -cert2 named.pem -key2 named.key
    status 0 voxtls audit "localhost:$port" --min-version 1.2 --json
    [ "$(of '.hosts[0].ports[0].certificates[0][0].subject')" = CN=named.example.test ]
    status 0 voxtls audit "127.0.0.1:$port" "127.0.0.1:$port" --min-version 1.2 --json
    [ "$(of '.summary | "\(.hosts) \(.ports)"')" = "1 1" ]
    [ "$(of '.hosts[0].ports[0].certificates[0][0].subject')" = CN=cm1.example.test ]
    looked "[::1]:1" ::1 --min-version 1.2
    [ "$(of '.hosts[0] | "\(.host) \(.ports | length)"')" = "::1 13" ]
}

@test "the report is one page, with nothing of a server's that a browser would obey" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout evil.key -out evil.pem -days 9 -subj '/CN=<script>alert(1)<\/script>/O="onload=x'"'"' <img src=\/\/x>' 2>/dev/null
    tls_server -cert evil.pem -key evil.key -tls1 -cipher "$OLD"
    old=$port
    tcp_server say '<b onclick=x>\033[2J</b>\r\n'
    cat >hosts.csv <<END
host,port,application,kind
127.0.0.1,$old,"<i>Tomcat</i>",cucm
127.0.0.1,$port,TVS,cucm
END
    status 1 voxtls audit --inventory hosts.csv --min-version 1.2 --html report.html -q
    [ "$(stat -c %a report.html)" = 644 ]
    for tag in '<script' '<img' '<b ' '<i>' 'href' 'src=' '@import' 'url('; do
        ! grep -qiF -- "$tag" <(sed 's/lt;img src=//g' report.html) || { echo "$tag stands in the page" >&2; return 1; }
    done
    ! grep -q "$(printf '\033')" report.html
    grep -qF '<title>&lt;script&gt;alert(1)&lt;/script&gt; (127.0.0.1:' report.html
    grep -qF 'CN=\&lt;script\&gt;alert(1)' report.html
    grep -qF '&quot;onload=x&#39;' report.html
    grep -qF '&lt;i&gt;Tomcat&lt;/i&gt;' report.html
    grep -qF "default-src 'none'" report.html
    grep -qF '<svg viewBox' report.html
    # Findings come first.
    [ "$(grep -n '<h2>Findings' report.html | cut -d : -f 1)" -lt "$(grep -n '<h2>Ports' report.html | cut -d : -f 1)" ]
    # Every element that is opened is closed.
    for element in html body table tr td th h2 h3 svg g text title details summary small div style p; do
        [ "$(grep -o "<$element[ >]" report.html | wc -l)" -eq "$(grep -o "</$element>" report.html | wc -l)" ] || { echo "$element" >&2; return 1; }
    done
}

@test "a report that cannot be written leaves what was there" {
    rsa_key cm1
    tls_server -cert cm1.pem -key cm1.key -tls1_2 -cipher "$MEDIUM"
    mkdir folder
    status 4 voxtls audit "127.0.0.1:$port" --min-version 1.2 --html folder
    [ -d folder ]
    status 4 voxtls audit "127.0.0.1:$port" --min-version 1.2 --html none/report.html
    [ ! -e none ]
    status 0 voxtls audit "127.0.0.1:$port" --min-version 1.2 --html -
    says "<!DOCTYPE html>" "</html>"
    silent_about "PORT APPLICATION"
}

@test "misuse is explained" {
    status 2 voxtls audit
    says "which HOST?"
    status 2 voxtls audit x --port 0
    says "1 to 65535"
    status 2 voxtls audit x --table phones
    says "callmanager, presence or all"
    status 2 voxtls audit x --min-version 2
    says "not a TLS version"
    status 2 voxtls audit x --jobs 100000
    status 2 voxtls audit x --timeout 0
    status 2 voxtls audit x --common-criteria --min-version 1.3
    says "no minimum of 1.3"
    status 2 voxtls audit x --json --html -
    status 3 voxtls audit 'a b' --min-version 1.2
    says "neither a host name nor an address"
    status 3 voxtls audit '[::1' --min-version 1.2
    status 3 voxtls audit x:99999 --min-version 1.2
    says "not a port"
}

@test "HTTPS has ciphers and keys of its own, and other ports do not care" {
    voxtrust init -q
    rsa_key rsa
    ec_key ec
    tls_server -cert rsa.pem -key rsa.key -dcert ec.pem -dkey ec.key -tls1_2 -cipher "$MEDIUM"
    printf 'host,port,application,kind\n127.0.0.1,%s,Tomcat,\n' "$port" >https.csv
    printf 'host,port,application,kind\n127.0.0.1,%s,SIP-SIG,\n' "$port" >sip.csv
    status 0 voxtls audit --inventory https.csv --json
    [ "$(of '.hosts[0].ports[0].https')" = true ]
    voxtls set https-ciphers strongest -q
    status 1 voxtls audit --inventory https.csv
    says "ciphers medium, HTTPS strongest" "takes 2 ciphers of TLS 1.2 that the policy (HTTPS: strongest) leaves out" "AES_128_GCM"
    status 0 voxtls audit --inventory sip.csv --json
    [ "$(of '.hosts[0].ports[0].https')" = false ]
    [ "$(of '.policy | .ciphers + " " + .https_ciphers')" = "medium strongest" ]
    voxtls set https-ciphers same -q
    voxtls set https-keys rsa -q
    status 1 voxtls audit --inventory https.csv --json
    [ "$(codes_of "$port")" = "cipher key-kind" ]
    [ "$(of '[.hosts[0].ports[0].versions[0].ciphers[] | select(.in_policy | not) | .openssl] | sort | join(" ")')" = "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384" ]
    status 0 voxtls audit --inventory sip.csv -q
    status 1 voxtls audit --inventory https.csv --html page.html
    says "RSA keys alone"
    grep -q "ciphers medium, HTTPS medium, RSA keys alone" page.html
    # In TLS 1.3 the cipher does not tell, the certificate does.
    tls_server -cert ec.pem -key ec.key -tls1_3
    printf 'host,port,application,kind\n127.0.0.1,%s,AXL,\n' "$port" >https.csv
    status 1 voxtls audit --inventory https.csv --min-version 1.3 --https-keys rsa --json
    [ "$(codes_of "$port")" = "key-kind" ]
    [ "$(verdict_of "$port")" = certificate ]
    status 0 voxtls audit --inventory https.csv --min-version 1.3 --https-keys all -q
    for wrong in --https-keys=ec --https-ciphers=weak; do status 2 voxtls audit 127.0.0.1 "$wrong"; done
}
