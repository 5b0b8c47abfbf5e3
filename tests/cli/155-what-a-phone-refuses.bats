#!/usr/bin/env bats
# What a virtual phone does not take, although somebody whom it knows made it.

load ../harness/cli
load ../harness/boots

story_setup() {
    a_published_cluster
    echo '<device><sshPassword>x</sshPassword></device>' >tftp/SEP000000000001.cnf.xml
    voxsign sign tftp --recursive --key "$KEY" --cert cm1.pem -q
}

boot() { voxphone boot --tftp tftp --state phones --name SEP000000000001 --json "$@"; }

@test "another phone's configuration under this one's name" {
    boot -q
    echo '<device><sshPassword>another</sshPassword></device>' >tftp/SEP000000000002.cnf.xml
    voxsign sign tftp/SEP000000000002.cnf.xml --key "$KEY" --cert cm1.pem -q
    cp tftp/SEP000000000002.cnf.xml.sgn tftp/SEP000000000001.cnf.xml.sgn
    status 1 boot
    [ "$(steps | tail -n 1)" = "configuration refused" ]
    text_of configuration | grep -q "signed under another name"
    grep -q '>x<' phones/SEP000000000001/config.xml
}

@test "a configuration that a server of the lists signed who may sign none" {
    voxcert export CAPF -o capf.pem -q
    voxsign sign tftp/SEP000000000001.cnf.xml --key "$(ls state/keys/CAPF-*)" --cert capf.pem -q
    status 1 boot
    [ "$(steps | tail -n 1)" = "configuration refused" ]
    [ ! -e phones/SEP000000000001/config.xml ]
}

@test "a list of the other kind, on the first start too" {
    cp tftp/ITLFile.tlv tftp/CTLFile.tlv
    status 1 boot
    [ "$(steps)" = $'CTL refused\nITL first-trust\nconfiguration accepted' ]
    text_of CTL | grep -q "it is the other kind of list"
    [ ! -e phones/SEP000000000001/CTLFile.tlv ]
}

@test "models that know no ITL believe none that lies there" {
    boot -q
    rm phones/SEP000000000001/CTLFile.tlv tftp/CTLFile.tlv
    status 0 boot --model 7960
    [ "$(steps)" = $'CTL absent\nITL ignored\nconfiguration first-trust' ] # they take what is not signed
    status 0 boot
    [ "$(steps)" = $'CTL absent\nITL held\nconfiguration accepted' ]
}

@test "folders that others of the group can write to" {
    boot -q
    for mode in 770 720 702; do
        chmod $mode phones/SEP000000000001
        status 4 boot
        says "others can write to it"
    done
    chmod 755 phones/SEP000000000001
    status 0 boot
}

@test "what a TVS said counts for its time, in the roles that it named" {
    boot -q
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --replace --yes -q
    voxlist publish itl --to tftp --force -q
    cp -r phones before
    said() { # ROLES UNTIL: of both that may have signed the list
        rm -r phones && cp -r before phones
        for service in ITLRecovery CallManager; do voxcert show $service --json; done |
            jq -s --argjson roles "$1" --argjson until "$(date -d "$2" +%s)" \
                'map({key: .sha256, value: {roles: $roles, until: $until}}) | from_entries' >phones/SEP000000000001/tvs.json
    }
    said '[0]' +1hour
    status 0 boot
    [ "$(steps | sed -n 2p)" = "ITL tvs" ]
    cmp phones/SEP000000000001/ITLFile.tlv tftp/ITLFile.tlv
    for words in '[0] -1hour' '[1] +1hour' '[] +1hour' '[4,7,21] +1hour'; do
        said ${words% *} ${words#* }
        status 1 boot
        [ "$(steps | sed -n 2p)" = "ITL refused" ]
        text_of ITL | grep -q "acceptance.md 3.7" # nobody could be asked
    done
    said '[4,3]' +1hour
    status 0 boot
    echo '{' >phones/SEP000000000001/tvs.json
    rm phones/SEP000000000001/ITLFile.tlv && cp before/SEP000000000001/ITLFile.tlv phones/SEP000000000001/
    status 1 boot # damaged words are none
}

@test "a configuration for another certificate than the phone has" {
    boot -q
    cp "$LAB/phone-rsa.pem" phones/SEP000000000001/lsc.pem && chmod 600 phones/SEP000000000001/lsc.pem
    echo '<device><sshPassword>y</sshPassword></device>' >tftp/SEP000000000001.cnf.xml
    openssl x509 -in "$LAB/phone-rsa.pem" -out lsc.crt
    voxsign encrypt tftp/SEP000000000001.cnf.xml --for lsc.crt --key "$KEY" --cert cm1.pem -q
    status 0 boot
    [ "$(steps | grep configuration)" = $'configuration accepted\nconfiguration decrypted' ]
    grep -q '>y<' phones/SEP000000000001/config.xml
    # The stub says for whom: not for this one, or for nobody.
    for hash in 00000000000000000000000000000000 ''; do
        echo "<device><fullConfig>false</fullConfig><encrConfig>true</encrConfig><certHash>$hash</certHash></device>" >stub.xml
        voxsign sign stub.xml --name SEP000000000001.cnf.xml -o tftp/SEP000000000001.cnf.xml.sgn --key "$KEY" --cert cm1.pem -q
        status 0 boot
        [ "$(steps | grep configuration)" = $'configuration accepted\nconfiguration not-readable' ]
        text_of configuration | grep -q "another certificate than the phone has"
    done
}
