#!/usr/bin/env bats
# An ITL that blanks what phones hold: what is in it, what is said before, and the way back.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
}

@test "TVS and TFTP records are empty, everything else is as usual, and the signature holds" {
    status 0 voxlist build itl --rollback -o blank.tlv --yes
    says "no security by default" "unsigned configurations" "http, port 8080" "blanks the ITL only" "publish a usual ITL"
    silent_about "this cluster is in mixed mode"
    status 0 voxlist verify blank.tlv
    voxlist build itl -o usual.tlv -q
    voxlist show blank.tlv --json >blank.json
    voxlist show usual.tlv --json >usual.json
    [ "$(jq -c '[.records[] | [.role, .dns, .certificate != null]]' blank.json)" = '[["sast","cm1.example.test",true],["sast","cm1.example.test",true],["tftp","cm1.example.test",false],["capf","cm1.example.test",true],["tvs","cm1.example.test",false]]' ]
    [ "$(jq -c '.records[0, 1, 3].certificate.sha256' blank.json)" = "$(jq -c '.records[0, 1, 3].certificate.sha256' usual.json)" ]
    [ "$(jq -c '[.records[2, 4] | .subject, .serial, .public_key, .signature]' blank.json)" = '[null,null,null,null,null,null,null,null]' ]
    status 0 voxlist verify blank.tlv --json
    [ "$(jq -r '[.findings[].code] | unique | join(" ")' <<<"$output")" = emptied ]
}

@test "in mixed mode the CCM+TFTP record is emptied too, and it is said that the CTL stays" {
    voxlist mode mixed --yes -q
    status 0 voxlist build itl --rollback -o blank.tlv --yes
    says "useless; this cluster is in mixed mode"
    [ "$(voxlist show blank.tlv --json | jq -c '[.records[2] | .role, .certificate]')" = '["ccm-tftp",null]' ]
}

@test "phones that hold the usual ITL take it, and the usual one again" {
    voxlist publish itl --to tftp -q
    voxlist build itl --rollback -o blank.tlv --yes -q 2>/dev/null
    status 0 voxlist publish itl --list blank.tlv --to tftp
    says "phones that hold version 1 take it by themselves"
    cmp blank.tlv tftp/ITLFile.tlv
    status 0 voxlist publish itl --to tftp
    [ "$(voxlist show tftp/ITLFile.tlv --json | jq '[.records[] | select(.certificate == null)] | length')" = 0 ]
}

@test "without a yes nothing is built" {
    status 1 voxlist build itl --rollback -o blank.tlv </dev/null
    says "no list was built" "--yes"
    [ ! -e blank.tlv ]
}

@test "only an ITL from the store can be blanked" {
    status 2 voxlist build ctl --rollback -o x
    says "only an ITL can be blanked"
    status 2 voxlist build itl --rollback --sast "$LAB/sast.pem" -o x
    says "lists from the store"
    status 2 voxlist prepare itl --rollback -o x
    says "no such option"
}
