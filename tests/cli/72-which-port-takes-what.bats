#!/usr/bin/env bats
# The port tables under the present policy, cell by cell.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

# column MODE MINIMUM: set that policy, whatever it was.
column() {
    voxtls common-criteria off -q
    voxtls set min-version "$2" -q -y
    [ "$1" = normal ] || voxtls common-criteria on -q -y
}

# expected COLUMN: the cells of the call manager's table, in its order, as the vendor has them: usual and HA proxy.
expected() {
    case $1 in
    'normal 1.0') usual=1.0+ proxy=1.2 ;;
    'normal 1.1') usual=1.1+ proxy=1.2 ;;
    'normal 1.2' | 'CC 1.2') usual=1.2 proxy=1.2 ;;
    'CC 1.0') usual=1.1 proxy=1.1 ;;
    'CC 1.1') usual=1.1+ proxy=1.2 ;;
    'normal 1.3') usual=1.3 proxy=1.3 ;;
    esac
    cat <<END
Tomcat|HTTPS|443|$usual
SCCP-SEC-SIG|SCCP|2443|$usual
CTL-SERV|proprietary|2444|$usual
CTI|QBE|2749|$usual
CAPF-SERV|TCP|3804|$usual
ILS|-|7501|$usual
AXL|SOAP|8443|$usual
HA proxy|TCP|9443|$proxy
SIP-SIG|SIP|5061 (configurable)|$usual
HA proxy|TCP|6971, 6972|$proxy
Tomcat|HTTPS|8080, 8443 (8443 speaks TLS)|$usual
TVS|proprietary|2445|$usual
443|$usual
5061|$usual
5062|$usual
5280|$usual
8083|$usual
8443|$usual
END
}

@test "each mode and minimum has its column of the page" {
    for policy in 'normal 1.0' 'normal 1.1' 'normal 1.2' 'normal 1.3' 'CC 1.0' 'CC 1.1' 'CC 1.2'; do
        # shellcheck disable=SC2086
        column $policy
        status 0 voxtls matrix
        says "Policy: $policy" "Call manager" "Instant messaging and presence"
        expected "$policy" >want
        voxtls matrix --json | jq -r '(.call_manager[] | [.application, .protocol // "-", .port, .tls]), (.presence[] | [.port, .tls]) | join("|")' >got
        diff want got
        # The same in the table for people: cells stand in columns.
        sed 's/|/ +/g; s/[()]/\\&/g; s/+\([^ +]*\)+$/+\1\\+/; s/^/^/; s/$/ +(medium|all) *$/' want >patterns
        while read -r line; do grep -qE -- "$line" <<<"$output" || { echo "$policy: no line $line" >&2; return 1; }; done <patterns
    done
    column normal 1.3
    status 0 voxtls matrix
    says "tables end at a minimum of 1.2"
}

@test "all columns at once are the page" {
    status 0 voxtls matrix --all
    says "normal 1.0 normal 1.1 normal 1.2 CC 1.0 CC 1.1 CC 1.2"
    [ "$(grep -cE '1\.0\+ +1\.1\+ +1\.2 +1\.1 +1\.1\+ +1\.2 *$' <<<"$output")" -eq 16 ]
    [ "$(grep -cE '^HA proxy .* 1\.2 +1\.2 +1\.2 +1\.1 +1\.2 +1\.2 *$' <<<"$output")" -eq 2 ]
}

@test "JSON has versions and ports as such" {
    [ "$(voxtls matrix --json | jq -c '.call_manager[10] | [.tls_ports, .versions, .columns["normal 1.0"]]')" = '[[8443],["1.2"],"1.0+"]' ]
    [ "$(voxtls matrix --json | jq -c '.call_manager[5].protocol, .presence[0].application, .column')" = $'null\nnull\n"normal 1.2"' ]
    voxtls set min-version 1.3 -q -y
    [ "$(voxtls matrix --json | jq -c '[.column, .presence[0].versions]')" = '[null,["1.3"]]' ]
}

@test "ciphers stand beside them: those for HTTPS where HTTPS is spoken" {
    voxtls set https-ciphers strongest -q
    voxtls set https-keys rsa -q
    status 0 voxtls matrix
    [ "$(grep -c 'strongest, RSA *$' <<<"$output")" -eq 5 ]
    for row in 'Tomcat +HTTPS +443' 'AXL +SOAP +8443' 'Tomcat .* 8080, 8443' 443 8443; do grep -qE "^$row .*strongest, RSA *\$" <<<"$output"; done
    for row in 'SIP-SIG' 'CAPF-SERV' 'HA proxy +TCP +9443' 'HA proxy +TCP +6971, 6972' 5061 8083; do grep -qE "^$row .* medium *\$" <<<"$output"; done
    [ "$(voxtls matrix --json | jq -r '[(.call_manager, .presence)[] | select(.https) | .port + " " + .ciphers + " " + .keys] | join(", ")')" = \
        '443 strongest rsa, 8443 strongest rsa, 8080, 8443 (8443 speaks TLS) strongest rsa, 443 strongest rsa, 8443 strongest rsa' ]
    [ "$(voxtls matrix --json | jq -r '[(.call_manager, .presence)[] | select(.https | not) | .ciphers + " " + .keys] | unique | join(", ")')" = 'medium all' ]
}
