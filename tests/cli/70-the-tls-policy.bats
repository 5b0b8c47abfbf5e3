#!/usr/bin/env bats
# The TLS policy is shown, and changed with its consequences said first.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

entries() { voxtrust log --json | jq '.entries | length'; }

@test "a new cluster speaks TLS 1.2 with medium ciphers" {
    [ "$(voxtls show min-version)" = 1.2 ]
    [ "$(voxtls show ciphers)" = medium ]
    [ "$(voxtls show common-criteria)" = off ]
    status 0 voxtls show
    says "IN EFFECT" min-version "ECDHE-RSA-AES128-GCM-SHA256" "TLS 1.3: TLS_AES_256_GCM_SHA384"
    silent_about SECLEVEL
    [ "$(voxtls show --json | jq -c '[.min_version, .ciphers, .common_criteria, .effective.min_version]')" = '["1.2","medium",false,"1.2"]' ]
}

@test "a minimum: what breaks is said, and asked for" {
    voxtls set min-version 1.0 -q -y
    status 1 voxtls set min-version 1.2 </dev/null
    says "Minimum TLS version 1.2, instead of 1.0" "79xx, 69xx, 89xx, 99xx, 39xx, IP Communicator" "that breaks" "not changed" "--yes"
    says "legacy phones in encrypted mode: do not work" "legacy phones in authenticated mode" "secure (HTTPS) URL" \
        "Extension Mobility Cross Cluster: not supported" "the same USB eTokens in every cluster" "LSC-based 802.1X" "EAP-MD5" \
        "encrypted TFTP config files: not supported, even with a MIC" "the phones lose trust" "roll back to pre-8.0" "9.x: 1.0 only" \
        "CTL client: does not support TLS 1.2" "utils ctl set-cluster mixed-mode" "address book synchronizer: fails"
    [ "$(voxtls show min-version)" = 1.0 ]
    [ "$(entries)" -eq 2 ]
    status 0 voxtls set min-version 1.2 --yes
    says "that breaks" "minimum version: 1.2"
    [ "$(voxtls show min-version)" = 1.2 ]
    status 0 voxtls set min-version 1.2
    says "already"
    silent_about "breaks"
    status 0 voxtls set min-version 1.3 -y
    says "knows no TLS 1.3 is refused" "stay broken"
    status 0 voxtrust log
    says "voxtls set min-version 1.0 (was 1.2)" "voxtls set min-version 1.2 (was 1.0)" "voxtls set min-version 1.3 (was 1.2)"
    [ "$(entries)" -eq 4 ]
    status 0 voxtrust log --verify
}

@test "phones of the store are counted; their models are not guessed" {
    status 1 voxtls set min-version 1.3 </dev/null
    says "knows no phones"
    printf 'device,auth\nSEP1,mic\nSEP2,mic\nSEP3,mic\n' >p.csv
    voxcapf import p.csv -q
    status 1 voxtls set min-version 1.3 </dev/null
    says "knows 3 phones, 0 with an LSC" "models are not known here"
    [ "$(voxtls set min-version 1.3 -y --json | jq -c '[.min_version, .was, .changed, .phones.known, .phones.models_known, (.breaks | length)]')" = \
        '["1.3","1.2",true,3,false,10]' ]
}

@test "whoever answers hears what it is about, whoever does not can have silence" {
    status 1 voxtls set min-version 1.3 -q </dev/null
    says "LSC"
    run --separate-stderr voxtls set min-version 1.3 --json </dev/null
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [[ $stderr == *LSC* ]]
    run --separate-stderr voxtls set min-version 1.3 -q -y
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

@test "a lower minimum, and what it drags along" {
    status 0 voxtls set min-version 1.1 -y
    says "Nothing breaks" "all ciphers" "SHA-1"
    status 0 voxtls show ciphers
    says medium "in effect: all"
    status 0 voxtls show
    says "SECLEVEL=0"
    status 0 voxtls set ciphers strongest
    says "in effect: all, until"
    status 0 voxtls set min-version 1.2 -y
    status 0 voxtls show
    silent_about SECLEVEL AES128
}

@test "ciphers" {
    status 0 voxtls set ciphers strongest
    says "ciphers: strongest"
    [ "$(voxtls show ciphers)" = strongest ]
    status 0 voxtls set ciphers Strongest
    says already
    [ "$(voxtls set ciphers all --json | jq -c '[.ciphers, .was, .changed]')" = '["all","strongest",true]' ]
    status 0 voxtrust log
    says "voxtls set ciphers strongest (was medium)" "voxtls set ciphers all (was strongest)"
    [ "$(entries)" -eq 3 ]
}

@test "ciphers for HTTPS are a setting of their own" {
    [ "$(voxtls show https-ciphers)" = same ]
    [ "$(voxtls show https-keys)" = all ]
    status 0 voxtls set https-ciphers Strongest
    says "https-ciphers: strongest"
    status 0 voxtls set https-ciphers strongest
    says already
    [ "$(voxtls set https-keys rsa --json | jq -c '[.https_keys, .was, .changed]')" = '["rsa","all",true]' ]
    [ "$(voxtls show https-ciphers)" = strongest ]
    [ "$(voxtls show ciphers)" = medium ]
    status 0 voxtls show
    grep -qE '^https-ciphers +strongest +strongest' <<<"$output"
    grep -qE '^https-keys +rsa' <<<"$output"
    [ "$(voxtls show --json | jq -c '[.https_ciphers, .https_keys, .effective.https_ciphers, .effective.ciphers]')" = '["strongest","rsa","strongest","medium"]' ]
    voxtls set https-ciphers same -q
    voxtls set ciphers all -q
    [ "$(voxtls show --json | jq -c '[.https_ciphers, .effective.https_ciphers]')" = '["same","all"]' ]
    voxtls set min-version 1.0 -q -y
    status 0 voxtls set https-ciphers strongest
    says "in effect: all, until"
    status 0 voxtls show https-ciphers
    says strongest "in effect: all"
    status 0 voxtrust log
    says "voxtls set https-ciphers strongest (was same)" "voxtls set https-keys rsa (was all)"
    n=$(entries)
    for bad in "set https-ciphers" "set https-ciphers weak" "set https-ciphers all all" "set https-keys" "set https-keys ec"; do
        # shellcheck disable=SC2086
        status 2 voxtls $bad
    done
    [ "$(entries)" -eq "$n" ]
    sqlite3 state/voxtrust.db "UPDATE settings SET value = 'dsa' WHERE key = 'tls.https-keys'"
    status 4 voxtls show
    says "setting tls.https-keys of the store: no kind of keys: dsa"
}

@test "misuse changes nothing" {
    for bad in "set min-version" "set min-version 1.4" "set min-version 1" "set min-version 1.2 1.3" "set ciphers" "set ciphers weak" \
        "set ciphers all medium" "common-criteria" "common-criteria yes" "common-criteria on off" "show colour" "show ciphers min-version" \
        "matrix 1" "set" "audit"; do
        # shellcheck disable=SC2086
        status 2 voxtls $bad
    done
    [ "$(entries)" -eq 1 ]
    status 4 voxtls show --store sqlite:"$T/none/v.db"
    says "voxtrust init"
}

@test "a setting that a hand wrote into the database is told, not obeyed" {
    sqlite3 state/voxtrust.db "INSERT INTO settings VALUES ('tls.min-version', 'high')"
    status 4 voxtls show
    says "setting tls.min-version of the store: not a TLS version: high"
    status 4 voxtls set ciphers all
    sqlite3 state/voxtrust.db "UPDATE settings SET value = '1.2' WHERE key = 'tls.min-version'"
    sqlite3 state/voxtrust.db "INSERT INTO settings VALUES ('tls.common-criteria', 'maybe')"
    status 4 voxtls matrix
    says "setting tls.common-criteria of the store: neither on nor off: maybe"
}
