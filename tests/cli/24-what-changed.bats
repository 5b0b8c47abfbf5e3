# Two lists side by side, as diff(1) would answer.
load ../harness/cli

list() {
    local out=$1
    shift
    voxlist build ctl -o "$out" --timestamp 2026-11-23T22:00:00Z -q --sast "$LAB/sast.pem" "$@"
}

@test "the same file is the same" {
    list a.tlv --ccm-tftp "$LAB/tftp.pem"
    list b.tlv --ccm-tftp "$LAB/tftp.pem"
    status 0 voxlist diff a.tlv b.tlv
    [ -z "$output" ]
}

@test "what came, what went, what changed" {
    list a.tlv --ccm-tftp "$LAB/tftp.pem,dns=cm1,ip=192.0.2.1" --capf "$LAB/capf.pem"
    list b.tlv --ccm-tftp "$LAB/ccm.pem,dns=cm1,ip=192.0.2.1" --app-server "$LAB/app.pem"
    status 1 voxlist diff a.tlv b.tlv
    says "~ CCM+TFTP CN=vector-tftp" "certificate replaced by CCM+TFTP CN=vector-ccm" "- CAPF CN=vector-capf" \
        "+ APP-SERVER CN=vector-app"
}

@test "the header counts, too" {
    list a.tlv
    voxlist build ctl -o b.tlv --timestamp 2026-11-23T23:00:00Z --digest sha1 -q --sast "$LAB/sast.pem"
    status 1 voxlist diff a.tlv b.tlv
    says "~ digest: sha512 -> sha1" "~ time stamp: 2026-11-23T22:00:00Z -> 2026-11-23T23:00:00Z"
    silent_about "+ " "- "
}

@test "JSON, quiet, and misuse" {
    status 1 voxlist diff --json "$LAB/CTLFile-sha1.tlv" "$LAB/CTLFile-sha512.tlv"
    [ "$(jq -r '[.same, .changes[0].change, .changes[0].text] | tostring' <<<"$output")" = '[false,"header","digest: sha1 -> sha512"]' ]
    status 1 voxlist diff -q "$LAB/CTLFile-sha1.tlv" "$LAB/CTLFile-sha512.tlv"
    [ -z "$output" ]
    status 2 voxlist diff "$LAB/CTLFile-sha1.tlv"
    says "two files"
    printf junk >junk
    status 3 voxlist diff "$LAB/CTLFile-sha1.tlv" junk
    says "voxlist: junk: trust-list.md"
}
