# Before a list is published: will a phone that holds the present one take it? docs/formats/acceptance.md rule by rule.
load ../harness/cli

story_setup() {
    a=$LAB/sast.pem b=$LAB/sast2.pem
    voxlist build ctl -o ctl-a.tlv -q --sast "$a" --ccm-tftp "$LAB/tftp.pem"
    voxlist build itl -o itl-a.tlv -q --sast "$a" --tftp "$LAB/tftp.pem" --tvs "$LAB/tvs.pem"
    voxlist build itl -o itl-a-no-tvs.tlv -q --sast "$a" --tftp "$LAB/tftp.pem"
    voxlist build itl -o itl-ab.tlv -q --sast "$a" --sast "$b" --tftp "$LAB/tftp.pem"
    voxlist build itl -o itl-b.tlv -q --sast "$b" --tftp "$LAB/tftp.pem"
    voxlist build ctl -o ctl-b.tlv -q --sast "$b" --ccm-tftp "$LAB/tftp.pem"
    voxlist build itl -o itl-tftp.tlv -q --sast "$LAB/tftp.pem" --tftp "$LAB/tftp.pem"
}

@test "an anchor that is held is enough" {
    status 0 voxlist verify itl-a.tlv --against ctl-a.tlv
    says "accepted (acceptance.md 3.1)" "stands as a SAST in the CTL that the phone holds (record 1)"
    status 0 voxlist verify ctl-a.tlv --against itl-a.tlv
    says "accepted (acceptance.md 3.2)"
    status 0 voxlist verify itl-b.tlv --against itl-ab.tlv
    says "record 2"
    status 0 voxlist verify itl-tftp.tlv --against itl-a.tlv
    says "acceptance.md 3.3"
}

@test "a stranger is refused, with what it will cost" {
    status 1 voxlist verify itl-b.tlv --against itl-a-no-tvs.tlv
    says "refused (acceptance.md 3.6)" "until its lists are deleted by hand" "phones that hold itl-a-no-tvs.tlv refuse it"
    status 1 voxlist verify ctl-b.tlv --against ctl-a.tlv
    says "without an ITL no TVS"
}

@test "a TVS may vouch: no, unless it is assumed" {
    status 1 voxlist verify itl-b.tlv --against itl-a.tlv
    says "tvs (acceptance.md 3.5)" "CN=vector-tvs" "--assume-tvs"
    status 0 voxlist verify itl-b.tlv --against itl-a.tlv --assume-tvs
    status 2 voxlist verify itl-b.tlv --assume-tvs
}

@test "a phone holds a CTL and an ITL" {
    status 0 voxlist verify itl-b.tlv --against ctl-b.tlv --against itl-a-no-tvs.tlv
    says "a phone that holds ctl-b.tlv and itl-a-no-tvs.tlv: accepted"
    status 1 voxlist verify itl-b.tlv --against ctl-a.tlv --against itl-a.tlv
    says "in the CTL or the ITL"
    status 2 voxlist verify itl-b.tlv --against itl-a.tlv --against itl-ab.tlv
    says "are both ITLs"
    status 2 voxlist verify itl-b.tlv --against itl-a.tlv --against ctl-a.tlv --against ctl-b.tlv
    says "third"
}

@test "the same name and number with another key is refused" {
    openssl x509 -in "$a" -noout -serial | sed 's/serial=/0x/' >serial
    openssl req -x509 -new -newkey rsa:2048 -nodes -keyout twin.key -out twin.crt -days 100 -set_serial "$(cat serial)" \
        -subj "/CN=vector-sast/O=Example Voice/OU=Lab/L=Auckland/ST=AKL/C=NZ" 2>/dev/null
    cat twin.key twin.crt >twin.pem
    voxlist build itl -o itl-twin.tlv -q --sast twin.pem --tftp "$LAB/tftp.pem"
    status 1 voxlist verify itl-twin.tlv --against itl-a.tlv
    says "refused (acceptance.md 3.4)" "with another key"
}

@test "a list that is not sound is refused by everyone" {
    cp itl-a.tlv bad.tlv
    printf 'X' | dd of=bad.tlv bs=1 seek=300 conv=notrunc status=none
    status 1 voxlist verify bad.tlv --against itl-a.tlv
    says "refused (acceptance.md 2.1)"
    status 0 voxlist verify itl-a.tlv --against bad.tlv
    says "warning: its own signature is not valid"
    printf junk >junk
    status 3 voxlist verify itl-a.tlv --against junk
    says "voxlist: junk:"
}

@test "JSON has the rule" {
    status 1 voxlist verify --json itl-b.tlv --against itl-a-no-tvs.tlv
    [ "$(jq -r '.against.verdict + " " + .against.rule' <<<"$output")" = "refused 3.6" ]
    [ "$(jq -r '.against.files[0]' <<<"$output")" = itl-a-no-tvs.tlv ]
}
