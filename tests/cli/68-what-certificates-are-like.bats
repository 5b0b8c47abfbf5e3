#!/usr/bin/env bats
# What phones' certificates are like, and which keys are certified, is the operator's to say.

load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

@test "shown with the defaults" {
    status 0 voxcapf profile
    says NAME VALUE DEFAULT days 1825 digest sha256 rsa-min 2048 san uri per-device-day 10
    [ "$(voxcapf profile --json | jq -c '[.days, .digest, .usages, .["rsa-max"]]')" = '[1825,"sha256","server,client,ipsec",4096]' ]
}

@test "changed, and back" {
    status 0 voxcapf profile days=730 digest=sha512 san=dns rsa-min=1024
    [ "$(voxcapf profile --json | jq -c '[.days, .digest, .san, .["rsa-min"], .["rsa-max"]]')" = '[730,"sha512","dns",1024,4096]' ]
    status 0 voxcapf profile days=default usages=client
    [ "$(voxcapf profile --json | jq -c '[.days, .usages]')" = '[1825,"client"]' ]
    status 0 voxtrust log
    says "voxcapf profile days=730 digest=sha512 san=dns rsa-min=1024" "voxcapf profile days=1825 usages=client"
}

@test "what cannot be is refused, and all of it" {
    for bad in days=0 days=7301 days=x digest=md5 digest=sha1 usages=code san=email rsa-min=511 rsa-max=4097 per-device-day=-1 days=; do
        status 2 voxcapf profile per-hour=7 "$bad"
    done
    status 2 voxcapf profile rsa-min=4096 rsa-max=2048
    status 2 voxcapf profile colour=red
    says "NAME=VALUE is expected"
    status 2 voxcapf profile days
    [ "$(voxcapf profile --json | jq -r '.["per-hour"]')" = 0 ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 1 ]
}

@test "a key that would be refused is told when it is ordered" {
    status 0 voxcapf set SEP1 --install --auth mic --key rsa:1024
    says "SEP1: warning: keys of rsa:1024 are not certified"
    printf 'device,auth,key\nSEP2,mic,rsa:512\nSEP3,mic,ec\n' >p.csv
    status 0 voxcapf import p.csv
    says "p.csv: warning: 1 keys are of a kind that is not certified"
    voxcapf profile rsa-min=512 -q
    status 0 voxcapf set SEP1 --install --auth mic --key rsa:1024
    silent_about warning
}
