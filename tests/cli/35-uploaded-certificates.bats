#!/usr/bin/env bats
# Certificates that were uploaded with a role find their place in the lists.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    for name in sast2 app tvs; do
        openssl x509 -in "$LAB/$name.pem" -out "$name.crt"
    done
    voxcert upload Phone-SAST-trust sast2.crt -q
    voxcert upload CallManager-trust app.crt --role app-server -q
    voxcert upload TVS-trust tvs.crt --role tvs -q
}

@test "another cluster's SAST and an application server stand in the CTL" {
    voxlist mode mixed -y -q
    status 0 voxlist publish ctl --to tftp
    says "3 SAST records"
    run voxlist show tftp/CTLFile.tlv
    [[ $output == *"Record 3: SAST"*vector-sast2*"Record 4: CCM+TFTP"*"Record 5: CAPF"*"Record 6: APP-SERVER"*vector-app* ]]
    silent_about vector-tvs
}

@test "an application server and another cluster's TVS stand in the ITL" {
    status 0 voxlist publish itl --to tftp
    run voxlist show tftp/ITLFile.tlv
    [[ $output == *"Record 4: CAPF"*"Record 5: APP-SERVER"*vector-app*"Record 6: TVS"*vector-tvs*"Record 7: TVS"* ]]
    silent_about vector-sast2
}

@test "in non-secure mode the CTL keeps them" {
    status 0 voxlist publish ctl --to tftp
    run voxlist show tftp/CTLFile.tlv
    [[ $output == *vector-sast2*"Record 4: CCM+TFTP"*"certificate   none"*"Record 6: APP-SERVER"* ]]
}
