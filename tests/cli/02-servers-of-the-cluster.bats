# Servers are added with names and addresses that can be, and removed when nothing hangs on them.
load ../harness/cli

story_setup() { voxtrust init --cluster lab -q; }

@test "added, listed, removed" {
    status 0 voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.10 --services ccm,tftp,capf,tvs
    says "node cm1 added: ccm,tftp,capf,tvs" "voxcert new CallManager --node cm1"
    status 0 voxtrust node add cm2 --ip 2001:DB8::0:2 --services TVS
    status 0 voxtrust node list
    says "cm1" "cm1.example.test" "192.0.2.10" "cm2" "2001:db8::2"
    status 0 voxtrust node remove cm2
    status 0 voxtrust node list
    silent_about cm2
}

@test "JSON has words and nulls" {
    voxtrust node add cm1 --dns cm1.example.test --services tvs,ccm -q
    [ "$(voxtrust node list --json | jq -c '.nodes')" = '[{"name":"cm1","dns":"cm1.example.test","ip":null,"services":["ccm","tvs"]}]' ]
    [ "$(voxtrust node add cm2 --ip 192.0.2.2 --json | jq -c .)" = '{"name":"cm2","dns":null,"ip":"192.0.2.2","services":["ccm","tftp"]}' ]
    [ "$(voxtrust node remove cm2 --json | jq -r .removed)" = cm2 ]
}

@test "what no server can be called is refused, and nothing is written" {
    for name in '' '-x' 'x-' 'a b' 'a/b' '../x' 'a.b' $'a\nb' 'ä' "$(printf '%064d' 1)"; do
        status 2 voxtrust node add --dns ok.example.test -- "$name"
        says Try
    done
    for dns in '' . a. .a a..b -a.test a-.test 'a b' 192.0.2.1 "$(printf '%064d' 1).test" "$(printf 'a.%.0s' {1..127})a"; do
        status 2 voxtrust node add cm1 "--dns=$dns"
    done
    for ip in '' 192.0.2 192.0.2.256 192.0.2.01 1.2.3.4.5 ::g 0.0.0.0 255.255.255.255 224.0.0.1 :: ff02::1 'fe80::1%eth0' localhost; do
        status 2 voxtrust node add cm1 "--ip=$ip"
    done
    for services in '' , ccm, ,ccm ccm,,tftp ccm,dns 'ccm tftp'; do
        status 2 voxtrust node add cm1 "--services=$services"
    done
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 0 ]
    [ "$(voxtrust log --json | jq '.entries | length')" = 1 ]
}

@test "names and addresses are one server's" {
    voxtrust node add cm1 --dns cm1.example.test --ip 2001:db8::1 -q
    status 3 voxtrust node add cm1
    says "cm1: there is a node of that name already"
    status 3 voxtrust node add CM1
    status 3 voxtrust node add cm2 --dns CM1.Example.Test
    says "the DNS name CM1.Example.Test is node cm1's already"
    status 3 voxtrust node add cm2 --ip 2001:0db8:0::1
    says "the address 2001:db8::1 is node cm1's already"
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 1 ]
}

@test "who is not there cannot be removed" {
    status 3 voxtrust node remove cm9
    says "cm9: no such node" "voxtrust node list"
}

@test "a server with certificates stays until they are deleted" {
    voxtrust node add cm1 -q
    voxcert new CallManager --node cm1 -q
    status 3 voxtrust node remove cm1
    says "cm1: it still has 1 certificate (CallManager)"
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 1 ]

    # The advice is a command that works, whatever stands there.
    voxcert csr TVS --node cm1 -o request -q
    voxcert upload tomcat-trust "$VOX_VECTORS/bundle/root.pem" --node cm1 -q || true
    until voxtrust node remove cm1 -q 2>said; do
        advice=$(grep -o 'voxcert delete .* first' said)
        # shellcheck disable=SC2086
        status 0 ${advice% first} --yes
    done
}

@test "two at once: each server is added once, and each addition is in the log" {
    for i in 1 2 3 4 5 6 7 8; do voxtrust node add "cm$i" -q & done
    for i in 1 2 3 4 5 6 7 8; do voxtrust node add "cm$i" -q 2>/dev/null || true & done
    wait
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 8 ]
    [ "$(voxtrust log --json | jq '[.entries[] | select(.what | startswith("voxtrust node add"))] | length')" = 8 ]
    status 0 voxtrust log --verify
}
