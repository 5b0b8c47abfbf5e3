#!/usr/bin/env bats
# Certificates come as people have them; trust stores take them all or none.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    voxtrust init -q
}

# subjects STORE: of what it holds, in the order of adding.
subjects() {
    voxcert list "$1" --json | jq -r '[.certificates[].subject | sub(",.*"; "")] | join(" ")'
}

@test "one PEM, several, PKCS#7 in PEM and DER, DER" {
    status 0 voxcert upload CallManager-trust "$(B chain.pem)"
    says "CallManager-trust: 3 certificates taken" "CN=Example Root CA,O=Example Voice,C=NZ (SHA-256 ae37de10d201229a"
    status 0 voxcert upload CAPF-trust "$(B chain.p7b)"
    status 0 voxcert upload TVS-trust "$(B chain.p7c)"
    status 0 voxcert upload tomcat-trust "$(B leaf.der)"
    for store in CAPF-trust TVS-trust; do
        [ "$(subjects $store | tr ' ' '\n' | sort)" = "$(subjects CallManager-trust | tr ' ' '\n' | sort)" ]
    done
    [ "$(subjects tomcat-trust)" = CN=cm1.example.com ]
}

@test "text around, Windows line ends, byte order marks, bare base64" {
    (echo "From: ca@example.com"; openssl x509 -in "$(B leaf.pem)" -text; echo "Regards") >mail.txt
    for file in mail.txt "$(B leaf-bom.pem)" "$(B leaf-utf16le.pem)" "$(B leaf-bare.b64)" "$(B leaf-x509-label.pem)" "$(B leaf-trusted.pem)"; do
        status 0 voxcert upload tomcat-trust "$file" --json
        [ "$(jq -r '.certificates[].sha256' <<<"$output")" = e0581c5c9f204b479e99a01de3952244ea57cf92475ac700ec0a634b3daf444a ]
        voxcert delete e0581c5c --yes -q
    done
}

@test "PKCS#12 with a password, if no key is in it" {
    openssl pkcs12 -export -nokeys -in "$(B chain.pem)" -passout pass:secret -out chain.p12
    echo secret >password
    status 0 voxcert upload CAPF-trust chain.p12 --password-file password
    says "3 certificates taken"
    status 0 voxcert upload TVS-trust chain.p12 --password-file - <password
    echo wrong >wrong
    status 3 voxcert upload tomcat-trust chain.p12 --password-file wrong
    says "chain.p12: wrong password"
    status 2 voxcert upload tomcat-trust chain.p12 </dev/null
    says "--password-file"
    [ "$(subjects tomcat-trust)" = "" ]
}

@test "standard input and several files at once" {
    status 0 voxcert upload tomcat-trust - "$(B root.pem)" <"$(B leaf.pem)"
    [ "$(subjects tomcat-trust)" = "CN=cm1.example.com CN=Example Root CA" ]
    status 2 voxcert upload tomcat-trust - - <"$(B leaf.pem)"
    says "once only"
}

@test "what stands in two files of one upload is taken once" {
    status 0 voxcert upload tomcat-trust "$(B chain.pem)" "$(B root.pem)" "$(B chain.p7b)"
    says "3 certificates taken"
}

@test "roles: of the store, or as named" {
    for name in sast sast2 tvs; do openssl x509 -in "$LAB/$name.pem" -out $name.crt; done
    status 0 voxcert upload phone-sast-trust sast.crt
    says "Phone-SAST-trust: 1 certificate taken" "voxlist publish"
    status 0 voxcert upload Phone-SAST-trust sast2.crt --role app-server -q
    status 0 voxcert upload TVS-trust tvs.crt --role 300 -q
    [ "$(voxcert list --json | jq -c '[.certificates[].role]')" = '["sast","app-server",300]' ]
    status 2 voxcert upload TVS-trust tvs.crt --role boss
    says "sast, ccm, ccm-tftp"
}

@test "for one node only" {
    voxtrust node add cm1 --services ccm -q
    voxtrust node add cm2 --services ccm -q
    status 0 voxcert upload tomcat-trust "$(B root.pem)" --node cm1
    says "tomcat-trust of node cm1"
    status 0 voxcert upload tomcat-trust "$(B root.pem)" --node cm2 -q
    status 3 voxcert upload tomcat-trust "$(B root.pem)" --node cm1
    says "a duplicate: it stands in tomcat-trust of node cm1 already"
    status 3 voxcert upload tomcat-trust "$(B root.pem)" --node cm3
    says "nodes: cm1, cm2"
    # The whole cluster is more than its nodes, and covers them.
    status 0 voxcert upload tomcat-trust "$(B root.pem)" -q
    voxcert upload tomcat-trust "$(B leaf.pem)" -q
    status 3 voxcert upload tomcat-trust "$(B leaf.pem)" --node cm2
    says "it stands in tomcat-trust already"
    # What stands there for two nodes is exported once; a node trusts its own and the cluster's.
    [ "$(voxcert export tomcat-trust | grep -c BEGIN)" = 2 ]
    voxcert upload tomcat-trust "$(B issuing.pem)" --node cm1 -q
    [ "$(voxcert export tomcat-trust --node cm1 | grep -c BEGIN)" = 3 ]
    [ "$(voxcert export tomcat-trust --node cm2 | grep -c BEGIN)" = 2 ]
    status 3 voxcert export tomcat-trust --node cm3
}

@test "the audit log names what came in" {
    voxcert upload tomcat-trust "$(B chain.pem)" -q
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxcert upload tomcat-trust: e0581c5c9f20, c3116b3f92e0, ae37de10d201" ]
}
