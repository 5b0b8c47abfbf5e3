#!/usr/bin/env bats
# What a monitoring system reads: days left, findings and phones in the text format of Prometheus.

load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tvs -q
}

# value METRIC [TEXT]: of the one line that begins with METRIC and has TEXT.
value() { grep -E "^$1(\{| )" m.prom | grep -F -- "${2:-}" | sed 's/.* //'; }

# well_formed: every line is a comment or a sample; a metric is described once, before its samples, and its samples stand together; no
# sample is there twice.
well_formed() {
    LC_ALL=C awk '
        /^# HELP [a-z_]+ ./ { if (($3 in help)) bad("described twice"); help[$3] = 1; next }
        /^# TYPE [a-z_]+ gauge$/ { if (!($3 in help)) bad("type without help"); now = $3; next }
        /^[a-z_]+(\{([a-z0-9_]+="([^"\\]|\\["\\n])*",?)*\})? -?[0-9]+$/ {
            name = $0; sub(/[{ ].*/, "", name); if (name != now) bad("not below its type")
            sample = $0; sub(/ -?[0-9]+$/, "", sample); if (sample in seen) bad("there twice"); seen[sample] = 1; next }
        { bad("no line of the format") }
        function bad(why) { print NR ": " why ": " $0; failed = 1 }
        END { exit failed }' m.prom >&2 && [ "$(tail -c 1 m.prom | od -An -c | tr -d ' ')" = '\n' ]
}

@test "certificates, places and findings" {
    voxcert new TVS --key ec --days 20 -q
    voxcert new ITLRecovery -q
    status 1 voxcert check --metrics m.prom
    says "expiring"
    well_formed
    [ "$(stat -c %a m.prom)" = 644 ]
    [ "$(value voxtrust_findings expiring)" = 1 ]
    [ "$(value voxtrust_findings weak-key)" = 0 ]
    sha=$(voxcert show TVS --json | jq -r .sha256)
    [ "$(value voxtrust_certificate_not_after_seconds "$sha")" = "$(date -d "$(voxcert show TVS --json | jq -r .not_after)" +%s)" ]
    left=$(value voxtrust_certificate_left_seconds "place=\"TVS\",node=\"cm1\",state=\"active\",sha256=\"$sha\"")
    [ "$left" -gt $((19 * 86400)) ]
    [ "$left" -le $((20 * 86400)) ]
    [ "$(value voxtrust_place_first_left_seconds '"TVS"')" = "$left" ]
    [ "$(value voxtrust_place_certificates '"ITLRecovery"')" = 1 ]
    [ "$(value voxtrust_notices_waiting)" = 1 ]
    [ "$(value voxtrust_check_timestamp_seconds)" -ge "$(date -d -1hour +%s)" ]
}

@test "names that the format would trip over" {
    printf '[req]\ndistinguished_name=d\nprompt=no\nutf8=yes\nstring_mask=utf8only\n[d]\nCN=a\\"b\\\\c {x=\\"y\\"} \xc3\xa9\n' >c.cnf
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -config c.cnf -days 90 -out odd.pem 2>/dev/null
    voxcert upload CallManager-trust odd.pem -q
    status 0 voxcert check --metrics m.prom
    well_formed
    grep -q 'subject="CN=a\\\\\\"b' m.prom
    iconv -f UTF-8 -t UTF-8 m.prom >/dev/null
}

@test "phones by the end of their certificates, trunks, ended ones" {
    voxcert new CAPF -q
    printf 'device,operation\nSEP000000000001,install\nSEP000000000002,none\n' >p.csv
    voxcapf set SEP000000000001 SEP000000000002 SEP000000000003 SEP000000000004 --none -q
    for i in 1:5 2:45 3:-3; do
        end=$(date -u -d "${i#*:} days" +%Y-%m-%dT%H:%M:%SZ)
        sqlite3 state/voxtrust.db "UPDATE phones SET lsc_not_after = '$end' WHERE name = 'SEP00000000000${i%:*}'"
    done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj /CN=sbc.example.test -days 6 -out sbc.pem 2>/dev/null
    voxtrunk profile add p --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile p --destination sbc.example.test -q
    voxtrunk upload sbc sbc.pem -q
    status 1 voxcert check --metrics m.prom --at 50,10
    well_formed
    [ "$(value voxtrust_phone_certificates)" = 3 ]
    [ "$(value voxtrust_phone_certificates_ended)" = 1 ]
    [ "$(value voxtrust_phone_certificates_ending 'days="50"')" = 2 ]
    [ "$(value voxtrust_phone_certificates_ending 'days="10"')" = 1 ]
    [ "$(grep -c '^voxtrust_phones{' m.prom)" -ge 3 ]
    left=$(value voxtrust_trunk_certificate_left_seconds '{trunk="sbc"}')
    [ "$left" -gt $((5 * 86400)) ]
    [ "$left" -le $((6 * 86400)) ]
}

@test "an empty store, and a request that waits" {
    status 0 voxcert check --metrics m.prom
    well_formed
    voxcert csr TVS -o tvs.csr -q
    status 0 voxcert check --metrics m.prom
    well_formed
    never_there=$(grep -c '^voxtrust_certificate' m.prom || true)
    [ "$never_there" = 0 ]
}

@test "to standard output it stands alone" {
    voxcert new TVS --key ec --days 20 -q
    voxcert check --metrics - >m.prom || [ $? -eq 1 ]
    well_formed
    status 2 voxcert check --metrics - --json
    says "both want standard output"
}

@test "a file that cannot be written: said, and people are told all the same" {
    mkdir state/hooks.d taken
    printf '#!/bin/sh\n[ $1 = certificates-expiring ] || exit 0\necho told >>%s/events\n' "$T" >state/hooks.d/tell
    chmod 755 state/hooks.d/tell
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify --metrics nowhere/m.prom
    says "nowhere/m.prom: " "expiring" "told of 1 certificate"
    [ "$(cat events)" = told ]
    status 4 voxcert check --metrics taken # a folder
    [ -z "$(ls -A taken)" ]
    status 1 voxcert check --notify --metrics m.prom -q
    [ "$(cat events)" = told ]
    [ "$(value voxtrust_notices_waiting)" = 0 ]
}

@test "a hook that fails shows in the file" {
    mkdir state/hooks.d
    printf '#!/bin/sh\nexit 1\n' >state/hooks.d/tell
    chmod 755 state/hooks.d/tell
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify --metrics m.prom
    [ "$(value voxtrust_notices_waiting)" = 1 ]
}
