#!/usr/bin/env bats
# A virtual phone starts: what it believes, what it keeps, and what hostile files do to it.

load ../harness/cli
load ../harness/boots

story_setup() {
    a_published_cluster
    echo '<device><fullConfig>true</fullConfig><sshPassword>x</sshPassword></device>' >tftp/SEP000000000001.cnf.xml
    voxsign sign tftp --recursive --key "$KEY" --cert cm1.pem -q
}

boot() { voxphone boot --tftp tftp --state phones --name SEP000000000001 "$@"; }

@test "the first start is on faith, the next ones by what is held" {
    status 0 boot --json
    [ "$(steps)" = $'CTL first-trust\nITL accepted\nconfiguration accepted' ]
    status 0 boot
    says "SEP000000000001 (8841)" "the phone has it already" "signed by record 3 of the CTL"
    cmp phones/SEP000000000001/CTLFile.tlv tftp/CTLFile.tlv
    cmp phones/SEP000000000001/ITLFile.tlv tftp/ITLFile.tlv
    cmp phones/SEP000000000001/config.xml tftp/SEP000000000001.cnf.xml
    [ "$(stat -c %a phones/SEP000000000001)" = 700 ]
    [ "$(stat -c %a phones/SEP000000000001/config.xml)" = 600 ]
    status 0 voxphone show --state phones
    says "SEP000000000001" "signed by SAST CN=ITLRECOVERY_cm1" "certificate    none" "full"
}

@test "a stranger's list and a stranger's configuration are refused, and what was held stays" {
    boot -q
    openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.pem -out stranger.crt -subj /CN=stranger -days 30 2>/dev/null
    chmod 600 stranger.pem
    cat stranger.crt >>stranger.pem
    cp tftp/CTLFile.tlv good.tlv
    voxlist build ctl -o tftp/CTLFile.tlv --sast stranger.pem --ccm-tftp stranger.crt -q
    status 1 boot --json
    [ "$(steps)" = $'CTL refused\nITL held\nconfiguration accepted' ]
    jq -e '.good == false and (.steps[0].text | contains("acceptance.md 3.7") or contains("acceptance.md 3.6"))' <<<"$output"
    cmp phones/SEP000000000001/CTLFile.tlv good.tlv
    cp good.tlv tftp/CTLFile.tlv
    echo '<device><sshPassword>stranger</sshPassword></device>' >tftp/SEP000000000001.cnf.xml
    voxsign sign tftp/SEP000000000001.cnf.xml --key stranger.pem --cert stranger.crt -q
    status 1 boot
    says "refused" "the phone keeps what it has"
    grep -q '>x<' phones/SEP000000000001/config.xml
}

@test "truncated, empty, altered and endless files change nothing" {
    boot -q
    before=$(sha256sum phones/*/*.tlv phones/*/config.xml)
    for kind in CTL ITL; do
        cp "tftp/${kind}File.tlv" good
        for bytes in 0 1 17 400; do
            head -c "$bytes" good >"tftp/${kind}File.tlv"
            status 1 boot --json
        done
        { head -c 700 good; printf X; tail -c +702 good; } >"tftp/${kind}File.tlv"
        status 1 boot --json
        head -c 3000000 /dev/zero >"tftp/${kind}File.tlv"
        status 1 boot --json
        cp good "tftp/${kind}File.tlv"
    done
    cp tftp/SEP000000000001.cnf.xml.sgn good
    head -c 300 good >tftp/SEP000000000001.cnf.xml.sgn
    status 1 boot --json
    { cat good; echo more; } >tftp/SEP000000000001.cnf.xml.sgn
    status 1 boot --json
    [ "$before" = "$(sha256sum phones/*/*.tlv phones/*/config.xml)" ]
}

@test "a phone's own files come before everybody's" {
    voxlist publish itl --to tftp --device SEP000000000001 -q
    status 0 boot --json
    jq -e '.steps[1].text | startswith("ITLSEP000000000001.tlv: ")' <<<"$output"
}

@test "without lists a phone takes the plain configuration; with one, only what is signed" {
    rm tftp/*.tlv
    status 0 boot --json
    [ "$(steps)" = $'CTL absent\nITL absent\nconfiguration first-trust' ]
    voxlist publish itl --to tftp -q
    rm tftp/*.sgn
    status 0 boot --json
    [ "$(steps)" = $'CTL absent\nITL first-trust\nconfiguration absent' ]
}

@test "old models do what they can" {
    status 0 boot --model 7960 --json
    [ "$(steps)" = $'CTL first-trust\nITL ignored\nconfiguration accepted' ]
    status 2 boot --model 1234
    says "--model 1234: not known"
}

@test "many at once, by names that count up" {
    status 0 voxphone boot --tftp tftp --state phones --name SEP0000000000FE --count 12
    says "12 of 12 phones: all went well" "12 CTL"
    [ "$(ls phones | tr '\n' ' ')" = "SEP0000000000FE SEP0000000000FF SEP000000000100 SEP000000000101 SEP000000000102 SEP000000000103 SEP000000000104 SEP000000000105 SEP000000000106 SEP000000000107 SEP000000000108 SEP000000000109 " ]
    [ "$(voxphone boot --tftp tftp --state phones --name SEP0000000000FE --count 12 --json | jq -s 'map(.good) | all')" = true ]
    status 2 voxphone boot --tftp tftp --state phones --name SEPXYZ --count 2
    says "counted up from"
    rm tftp/ITLFile.tlv
    voxlist build itl -o tftp/ITLFile.tlv --sast "$LAB/sast.pem" --tftp "$LAB/tftp.pem" -q 2>/dev/null
    status 1 voxphone boot --tftp tftp --state phones --name SEP0000000000FE --count 12
    says "0 of 12 phones: all went well" "SEP0000000000FE and 11 more: ITL: ITLFile.tlv: its signer"
}

@test "what if: a list is played against phones as they are" {
    voxphone boot --tftp tftp --state phones --name SEP000000000010 --count 5 -q
    status 0 voxphone what-if --state phones tftp/CTLFile.tlv tftp/ITLFile.tlv
    says "5 phones: 5 accept"
    voxlist build ctl -o other.tlv --sast "$LAB/sast.pem" --ccm-tftp "$LAB/tftp.pem" -q 2>/dev/null
    cp "$LAB/sast.pem" sast.pem
    before=$(sha256sum phones/*/*)
    status 0 voxphone what-if --state phones other.tlv
    says "5 only when a TVS confirms it"
    rm phones/*/ITLFile.tlv
    status 1 voxphone what-if --state phones other.tlv --json
    jq -e '.refused == 5 and .refused_first[0].phone == "SEP000000000010"' <<<"$output"
}

@test "another process's phone, a state of others, and a damaged one" {
    boot -q
    status 4 boot --tftp missing
    status 2 boot --tftp ftp://127.0.0.1/
    exec 8<>phones/SEP000000000001/lock
    flock -x 8
    status 4 boot
    says "another process is this phone"
    exec 8>&-
    chmod 777 phones
    status 4 boot
    says "others can write to it"
    chmod 700 phones
    echo damaged >phones/SEP000000000001/CTLFile.tlv
    status 4 boot
    says "phones/SEP000000000001/CTLFile.tlv"
    mv phones/SEP000000000001 elsewhere
    ln -s "$T/elsewhere" phones/SEP000000000001
    status 4 boot
    says "no folder"
    status 2 voxphone boot --tftp tftp --state phones
    says "which phone"
    status 2 boot --null --proof x.pem
}
