#!/usr/bin/env bats
# What the minimum version breaks on old phones: by policy, model and mode.

load ../harness/cli

# kind MODEL: what is thought of it.
kind() {
    printf 'x,"%s"\n' "${1//\"/\"\"}" | voxtls legacy --min-version 1.2 --inventory - --json 2>/dev/null | jq -r '.inventory.list[0] | "\(.legacy) \(.family)"'
}

@test "models are known by the names that people give them" {
    while IFS='|' read -r model want; do
        [ "$(kind "$model")" = "$want" ] || { echo "$model: $(kind "$model"), not $want" >&2; return 1; }
    done <<'END'
CP-7962G|true 79xx
Cisco 7962|true 79xx
7962|true 79xx
cisco unified ip phone 7945g|true 79xx
CP-7942G-GE|true 79xx
Cisco 7936|true 79xx
CP-6921-C-K9|true 69xx
Cisco 8961|true 89xx
CP_9971|true 99xx
3905|true 39xx
Cisco IP Communicator|true IP Communicator
CIPC|true IP Communicator
Cisco 8841|false 88xx
CP-7821-K9|false 78xx
CP-6851|false 68xx
9841|false 98xx
SEP001122334455|null null
ATA 7962|null null
79620|null null
962|null null
VG3900|null null
7962 8841|null null
79622G|null null
7962 (old)|null null
1234|null null
Jabber|null null
|null null
"; DROP TABLE phones|null null
END
}

@test "what breaks depends on the mode; nothing is guessed" {
    voxtrust init -q
    cat >phones.csv <<'END'
# from the call manager
name,model,mode
SEP001122334401,CP-7962G,encrypted
SEP001122334402,Cisco 6941,authenticated
SEP001122334403,9971,non-secure
SEP001122334404,Cisco 8841,encrypted
SEP001122334405,Mystery 1
END
    status 1 voxtls legacy --inventory phones.csv
    says "Minimum TLS version: 1.2" "5 phones: 3 legacy, 1 others, 1 of unknown models" "unknown model" "1 phone of unknown models: look them up" \
        "encrypted TFTP config files: not supported, even with a MIC" "workaround: 802.1X: EAP-MD5 by MIC or password"
    grep -qE '^SEP001122334401 +CP-7962G +79xx +encrypted +does not work$' <<<"$output"
    grep -qE '^SEP001122334403 .* works, without what stands below$' <<<"$output"
    run --separate-stderr voxtls legacy --inventory phones.csv --json
    [ "$status" -eq 1 ]
    [ "$(jq -r '.breaks, (.inventory | "\(.phones) \(.legacy) \(.unknown)")' <<<"$output")" = "$(printf 'true\n5 3 1')" ]
    [ "$(jq -r '[.features[] | .phones] | map(. // "-" | tostring) | join(" ")' <<<"$output")" = "1 1 3 3 3 3 3 - - -" ]
    [ "$(jq -r '.inventory.list[0].breaks | join("; ")' <<<"$output")" = "legacy phones in encrypted mode; IP phone services by secure (HTTPS) URL; Extension Mobility Cross Cluster; LSC; encrypted TFTP config files; CallManager certificate renewal" ]
    [ "$(jq -r '[.inventory.list[3, 4].breaks | length] | join(" ")' <<<"$output")" = "0 0" ]
}

@test "without a mode both secure modes are told of" {
    echo SEP001122334401,7941 | { status 1 voxtls legacy --min-version 1.2 --inventory -; says "legacy phones in encrypted mode" "legacy phones in authenticated mode" "does not work in a secure mode"; }
}

@test "below 1.2 nothing of the table breaks; the policy is the store's, and Common Criteria mode counts" {
    voxtrust init -q
    echo SEP001122334401,7941,encrypted >phones.csv
    voxtls set min-version 1.0 -q -y
    status 0 voxtls legacy --inventory phones.csv
    says "Minimum TLS version: 1.0" "Nothing breaks."
    voxtls common-criteria on -q -y
    status 0 voxtls legacy --inventory phones.csv
    says "Minimum TLS version: 1.1" "begins with 1.2"
    status 1 voxtls legacy --inventory phones.csv --min-version 1.2
    voxtls set min-version 1.2 -q -y
    status 1 voxtls legacy --inventory phones.csv -q
    status 1 voxtls legacy --inventory phones.csv --min-version 1.3 -q
}

@test "phones that are no legacy phones break nothing" {
    echo SEP001122334401,8841,encrypted | { status 0 voxtls legacy --min-version 1.2 --inventory -; says "1 phone: 0 legacy, 1 others"; silent_about workaround; }
    echo SEP001122334401,Mystery | { status 0 voxtls legacy --min-version 1.2 --inventory - --json; says '"breaks": false' "look them up"; }
}

@test "without an inventory the whole table is told" {
    status 1 voxtls legacy --min-version 1.2
    [ "$(grep -c 'workaround: ' <<<"$output")" = 10 ]
    [ "$(voxtls legacy --min-version 1.2 --json | jq '(.features | length), .inventory' | tr '\n' ' ')" = "10 null " ]
    status 0 voxtls legacy --min-version 1.1 --json
    status 4 voxtls legacy
}

@test "lines that cannot be meant are named, and nothing is told" {
    cat >bad.csv <<'END'
SEP001122334401,7941,encrypted
SEP001122334402
,7941
SEP001122334403,7941,secret
a,b,c,d
END
    status 3 voxtls legacy --min-version 1.2 --inventory bad.csv
    says "bad.csv: line 2: " "line 3: no name" "line 4: secret: a mode is" "line 5: 4 fields" "4 lines refused"
    silent_about workaround
    printf '# none\n' >none.csv
    status 3 voxtls legacy --min-version 1.2 --inventory none.csv
    says "no phone in it"
    status 4 voxtls legacy --min-version 1.2 --inventory missing.csv
    status 2 voxtls legacy phones.csv
    says "--inventory"
    status 2 voxtls legacy --min-version 7
}
