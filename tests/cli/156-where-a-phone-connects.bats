#!/usr/bin/env bats
# Whom a virtual phone connects to is what its configuration says, and how secure it is to be. Nobody listens at these addresses.

load ../harness/cli
load ../harness/boots

story_setup() {
    a_published_cluster
}

boot() { voxphone boot --tftp tftp --state phones --name SEP000000000001 --json --timeout 5 "$@"; }

# told XML: this is in the phone's configuration.
told() {
    echo "<device>$1</device>" >tftp/SEP000000000001.cnf.xml
    voxsign sign tftp/SEP000000000001.cnf.xml --key "$KEY" --cert cm1.pem -q
}

manager() { # HOST [PORT]
    echo "<devicePool><callManagerGroup><members><member><callManager>${2:+<ports><securedSipPort>$2</securedSipPort></ports>}<processNodeName>$1\
</processNodeName></callManager></member></members></callManagerGroup></devicePool>"
}

capf() { # HOST [PORT]
    echo "<capfList><capf>${2:+<phonePort>$2</phonePort>}<processNodeName>$1</processNodeName></capf></capfList>"
}

@test "a call manager, by TLS, for phones that are to be authenticated or encrypted" {
    for mode in 0 1; do
        told "<deviceSecurityMode>$mode</deviceSecurityMode>$(manager 127.255.255.254)"
        status 0 boot
        [ "$(steps | tail -n 1)" = "configuration accepted" ]
    done
    for mode in 2 3; do
        told "<deviceSecurityMode>$mode</deviceSecurityMode>$(manager 127.255.255.254)"
        status 1 boot
        [ "$(steps | tail -n 1)" = "call manager failed" ]
        text_of "call manager" | grep -q "^127.255.255.254:5061: "
    done
    told "<deviceSecurityMode>3</deviceSecurityMode>$(manager 127.255.255.254 9)"
    status 1 boot
    text_of "call manager" | grep -q "^127.255.255.254:9: "
    told "<deviceSecurityMode>3</deviceSecurityMode>"
    status 0 boot
    [ "$(steps | tail -n 1)" = "configuration accepted" ]
}

@test "CAPF, when the configuration orders it and the phone can prove itself" {
    told "<capfAuthMode>2</capfAuthMode>$(capf 127.255.255.254)"
    status 0 boot
    [ "$(steps | tail -n 1)" = "configuration accepted" ] # nothing to prove itself with
    status 1 boot --null
    [ "$(steps | tail -n 1)" = "CAPF failed" ]
    text_of CAPF | grep -q "127.255.255.254:3804"
    told "<capfAuthMode>2</capfAuthMode>$(capf 127.255.255.254 9)"
    status 1 boot --null
    text_of CAPF | grep -q "127.255.255.254:9"
    told "<capfAuthMode>0</capfAuthMode>$(capf 127.255.255.254)"
    status 0 boot --null
    [ "$(steps | tail -n 1)" = "configuration accepted" ]
    told "<capfAuthMode>2</capfAuthMode>"
    status 0 boot --null
    [ "$(steps | tail -n 1)" = "configuration accepted" ]
}

@test "lists without a CAPF server: the phone enrols nowhere" {
    told "<capfAuthMode>2</capfAuthMode>$(capf 127.255.255.254)"
    rm tftp/CTLFile.tlv
    cp "$LAB/sast.pem" sast.pem && chmod 600 sast.pem
    voxlist build itl -o tftp/ITLFile.tlv --sast sast.pem --tftp cm1.pem --tvs cm1.pem -q
    status 1 boot --null
    [ "$(steps)" = $'CTL absent\nITL first-trust\nconfiguration accepted\nCAPF failed' ]
    text_of CAPF | grep -q "names a CAPF server: it enrols nowhere"
}
