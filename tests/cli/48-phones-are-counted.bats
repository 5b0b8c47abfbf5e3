#!/usr/bin/env bats
# Phones are listed, picked and counted by the lists that they hold, by when they were last seen, and by their LSC.

load ../harness/cli
load ../harness/phones

ago() { date -u -d "@$(($(date +%s) - $1 * 86400))" +%Y-%m-%dT%H:%M:%SZ; }

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    cat >table.csv <<CSV
device,model,ctl,itl,seen
SEP000000000001,8841,1,2,$(ago 0)
SEP000000000002,8841,1,2,$(ago 3)
SEP000000000003,7962,1,none,$(ago 20)
SEP000000000004,7962,none,none,$(ago 50)
SEP000000000005,,1,2,$(ago 400)
CSV
    voxtrust phones import table.csv -q
    given SEP000000000001 400
    given SEP000000000002 30
    given SEP000000000003 -3
    given SEP0000000000AA 400 # only CAPF knows it
    voxcapf set SEP000000000004 --install --auth null -q 2>/dev/null
}

# counted BY [OPTION]...: "word phones" a line.
counted() { voxtrust phones count --json --by "$@" | jq -r --arg by "$1" '.groups[] | "\(.[$by]) \(.phones)"'; }
told() { voxtrust phones list "$1" --json | jq -se ".[0] | $2" >/dev/null; }
names() { voxtrust phones list --json "$@" | jq -r '.name[-2:]' | tr '\n' ' '; }

@test "counted by when they were last seen, by their LSC, by model, by lists" {
    diff <(counted seen) <(printf '%s\n' 'day 1' 'week 1' 'month 1' 'quarter 1' 'earlier 1' 'never 1')
    diff <(counted lsc) <(printf '%s\n' 'valid 2' 'ending 1' 'ended 1' 'none 1' 'unknown 1')
    diff <(counted model) <(printf '%s\n' 'null 2' '7962 2' '8841 2')
    [ "$(voxtrust phones count --json | jq '.nothing_known')" -eq 1 ]
    [ "$(voxtrust phones count --json | jq -c '[.groups[] | select(.ctl == "1" and .itl == "2") | .phones]')" = "[1,2]" ]
    status 0 voxtrust phones count --by seen
    says "SEEN WITHIN" "quarter"
    status 0 voxtrust phones count
    says "Of 1 more phones nothing is known but what CAPF knows."
}

@test "picked by the same: each alone, and together" {
    [ "$(names --unseen 10)" = "03 04 05 AA " ]
    [ "$(names --unseen 0)" = "01 02 03 04 05 AA " ]
    [ "$(names --lsc ended)" = "03 " ]
    [ "$(names --lsc ending)" = "02 " ]
    [ "$(names --lsc unknown)" = "05 " ]
    [ "$(names --lsc valid)" = "01 AA " ]
    [ "$(names --model 7962 --unseen 30)" = "04 " ]
    [ "$(names --outdated)" = "03 04 " ]
    [ "$(names --itl '?')" = "AA " ]
    [ "$(counted seen --outdated)" = "month 1"$'\n'"quarter 1" ]
    [ "$(counted lsc --ctl 1 --itl 2)" = "valid 1"$'\n'"ending 1"$'\n'"unknown 1" ]
}

@test "a list says the LSC, and of a phone that only CAPF knows what CAPF knows" {
    told SEP000000000002 '.lsc == "ending" and .capf_state == "delivered" and (.lsc_not_after | length) == 20'
    told SEP0000000000AA '.seen == null and .how == null and .ctl == "?" and .lsc == "valid"'
    told SEP000000000005 '.lsc == "unknown" and .capf_state == null and .lsc_not_after == null'
    status 0 voxtrust phones list
    says "LSC" "SEP0000000000AA"
}

@test "who asks a TVS was there: its log is one more" {
    cat >tvsd.log <<LOG
$(ago 0) voxtvsd[77]: ready: 127.0.0.1:2445
$(ago 0) voxtvsd[77]: 192.0.2.7:51234: device=CP-8845-SEP000000000007 verify trusted by=certificate certificate=0123456789abcdef
$(LC_ALL=C date '+%b %e %H:%M:%S') host voxtvsd[77]: [2001:db8::8]:51234: device=CP-8845-SEP000000000008 query trusted by=name certificate=0123456789abcdef
$(ago 0) voxtvsd[77]: 192.0.2.5:51234: device=CP-8845-SEP000000000003 verify trusted by=certificate certificate=0123456789abcdef
$(ago 0) voxtvsd[77]: 192.0.2.9:51234: device=CP-7940-SEP000000000009 verify trusted by=certificate certificate=0123456789abcdef
$(ago 0) voxtvsd[77]: 192.0.2.6:51234: device=dnsmasq-tftp[1]: sent /CTLFile.tlv to 192.0.2.1 verify trusted by=certificate certificate=0
$(ago 0) dnsmasq-tftp[7]: file /t/voxtvsd[1]: 192.0.2.1:1: device=CP-8845-SEP0000000000EE verify x not found for 192.0.2.20
$(ago 0) voxtvsd[77]: 192.0.2.6:51234: device= verify trusted by=certificate certificate=0123456789abcdef
$(ago 0) voxtvsd[77]: 192.0.2.6:51234: device=CP-8845-sep verify trusted by=certificate certificate=0123456789abcdef
LOG
    status 0 voxtrust phones import tvsd.log
    says "tvsd.log: 4 phones"
    told SEP000000000007 '.how == "tvs" and .address == "192.0.2.7" and .model == "CP-8845"'
    told SEP000000000008 '.how == "tvs" and .address == "2001:db8::8" and .seen != null'
    told SEP000000000003 '.how == "tvs" and .model == "7962" and .ctl == "1"' # what the operator said stays
    told SEP000000000009 '.model == null'                                     # such a model asks no TVS
    [ -z "$(names SEP0000000000EE)" ]
}

@test "wrong arguments" {
    status 2 voxtrust phones count --by colour
    says "--by colour: lists, seen, lsc or model"
    for days in x -1 1.5 99999999; do status 2 voxtrust phones list "--unseen=$days"; done
    status 2 voxtrust phones list --lsc good
    says "valid, ending, ended, none or unknown"
    status 2 voxtrust phones count --ctl 2
    says "a version of that list"
}
