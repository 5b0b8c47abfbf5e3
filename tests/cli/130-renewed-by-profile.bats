#!/usr/bin/env bats
# A phone whose certificate ends gets what its security profile says now, not what it had.

load ../harness/cli
load ../harness/phones

story_setup() {
    voxtrust init --cluster lab -q
    given SEP1 20 && given SEP2 21 && given SEP3 22
}

models() {
    { echo device,model; printf '%s\n' "$@"; } >models.csv
    voxtrust phones import models.csv -q
}

# ordered DEVICE: what waits for it: proof and key.
ordered() { state_of "$1" "operation || ' ' || proof || ' ' || key"; }

@test "key and proof are the profile's; without one all is as before" {
    voxcapf security-profile add curves --mode encrypted --auth mic --key ec:P-384 -q
    voxcapf security-profile add long --mode encrypted --auth lsc --key rsa:3072 -q
    models SEP1,8841 SEP2,8841 SEP3,8841
    voxcapf assign curves SEP1 -q
    voxcapf assign long SEP2 -q
    status 0 voxcapf renew
    says "3 phones to be renewed" "2 of them by their security profiles"
    silent_about warning
    [ "$(ordered SEP1)" = "install mic ec:P-384" ]
    [ "$(ordered SEP2)" = "install lsc rsa:3072" ]
    [ "$(ordered SEP3)" = "install lsc ec:P-256" ]
    status 0 voxtrust log --last 1
    says "voxcapf renew (3 phones, expiring within 60 days, 500 per hour, by lsc and mic)"
}

@test "the template counts, --auth wins, and a string or nothing is no proof of a renewal" {
    voxcapf security-profile add strings --mode non-secure --auth string --key rsa:3072 -q
    voxcapf security-profile add nothing --mode non-secure --auth null --key rsa:4096 -q 2>/dev/null
    voxcapf template set strings -q
    voxcapf assign nothing SEP2 -q
    given SEP4 -1
    [ "$(voxcapf renew --json 2>/dev/null | jq -c '[.phones, .by_profile, .misfits, .ended]')" = '[3,3,0,1]' ]
    [ "$(ordered SEP1)" = "install lsc rsa:3072" ]
    [ "$(ordered SEP2)" = "install lsc rsa:4096" ]
    [ "$(state_of SEP1 string)" = "" ]
    voxcapf security-profile change strings --auth mic -q
    voxcapf set SEP1 SEP2 SEP3 --none -q
    status 0 voxcapf renew --auth lsc
    says "1 certificates have ended"
    [ "$(ordered SEP1)" = "install lsc rsa:3072" ]
    voxcapf set SEP1 SEP2 SEP3 --none -q
    status 0 voxcapf renew # the profile says mic, which one that has ended can show, too
    silent_about "have ended"
    [ "$(ordered SEP4)" = "install mic rsa:3072" ]
}

@test "a profile that cannot work does not keep a phone from its next certificate" {
    voxcapf security-profile add curves --mode encrypted --auth mic --key ec:P-384 -q
    voxcapf template set curves -q
    models SEP1,7962 SEP2,8841 SEP3,8841
    status 0 voxcapf renew
    says "3 phones to be renewed" "2 of them by their" \
        "1 phone has a security profile that cannot work, and renews as before: SEP1: profile curves (by the template): model 7962 takes no EC certificate"
    [ "$(ordered SEP1)" = "install lsc ec:P-256" ]
    [ "$(ordered SEP3)" = "install mic ec:P-384" ]
}

@test "keys that are not certified are told before phones make them" {
    voxcapf security-profile add small --mode non-secure --auth lsc --key rsa:1024 -q 2>/dev/null
    voxcapf template set small -q
    status 0 voxcapf renew --check
    says "3 phones would be renewed" "3 keys are of a kind that is not certified"
    [ "$(ordered SEP1)" = "none string ec:P-256" ]
}
