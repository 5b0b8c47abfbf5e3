#!/usr/bin/env bats
# A phone asks whether to trust a certificate, by content and by name, and the answers follow the store.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxcert export CallManager --node cm1 -o ccm.pem -q
    voxcert export TVS --node cm1 -o tvs.pem -q
}

@test "every service's certificate is trusted with its roles" {
    start_tvsd
    for service in CallManager TVS CAPF ITLRecovery; do voxcert export "$service" -o "$service.pem" -q; done
    status 0 voxtvs verify "$AT" CallManager.pem TVS.pem CAPF.pem ITLRecovery.pem --trust tvs.pem
    says "CallManager.pem: trusted, roles sast, tftp, may be kept for 86400 s" "TVS.pem: trusted, roles tvs" \
        "CAPF.pem: trusted, roles capf" "ITLRecovery.pem: trusted, roles sast"
    status 1 voxtvs verify "$AT" "$LAB/app.pem" --trust tvs.pem
    says "not trusted (status 1)"
    status 1 voxtvs verify "$AT" CAPF.pem "$LAB/app.pem" --trust tvs.pem --json
    [ "$(jq -c '[.answers[].trusted]' <<<"$output")" = '[true,false]' ]
}

@test "an ITL says which responder to believe" {
    mkdir tftp
    voxlist publish itl --to tftp -q
    start_tvsd
    status 0 voxtvs verify "$AT" ccm.pem --trust tftp/ITLFile.tlv
    status 4 voxtvs verify "$AT" ccm.pem --trust "$LAB/ITLFile-sha512.tlv"
    says "not trusted"
    status 3 voxtvs verify "$AT" ccm.pem --trust "$LAB/CTLFile-sha512.tlv"
    says "no TVS record"
    status 2 voxtvs verify "$AT" ccm.pem
    says "whom to believe"
    status 3 voxtvs verify "$AT" "$LAB/plain.cnf.xml" --trust tvs.pem
}

@test "by name: the certificate comes with the answer" {
    start_tvsd
    status 0 voxtvs query "$AT" --cert ccm.pem --trust tvs.pem -o found.pem
    says "trusted, roles sast, tftp"
    cmp <(openssl x509 -in ccm.pem -outform der) <(openssl x509 -in found.pem -outform der)
    status 1 voxtvs query "$AT" --cert "$LAB/app.pem" --trust tvs.pem
    status 1 voxtvs query "$AT" --subject 'CN=nobody' --trust tvs.pem
    status 0 voxtvs query "$AT" --serial "$(openssl x509 -in ccm.pem -noout -serial | cut -d= -f2)" --trust tvs.pem --json
    [ "$(jq .trusted <<<"$output")" = true ]
}

@test "a change of the store reaches the answers without a signal" {
    start_tvsd
    status 1 voxtvs verify "$AT" "$LAB/app.pem" --trust tvs.pem
    openssl x509 -in "$LAB/app.pem" -out app.crt
    voxcert upload CallManager-trust app.crt --role app-server -q
    until_true voxtvs verify "$AT" app.crt --trust tvs.pem -q
    status 0 voxtvs verify "$AT" app.crt --trust tvs.pem
    says "roles app-server"
    voxcert delete --yes -q "$(openssl x509 -in app.crt -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)"
    gone() { ! voxtvs verify "$AT" app.crt --trust tvs.pem -q; }
    until_true gone
}

@test "the store goes away: answers go on, and health says so" {
    start_tvsd
    fetch /healthz | grep -q '200 OK'
    mv state state.away
    until_true metric_is voxtvsd_store_failing 1
    status 0 voxtvs verify "$AT" ccm.pem --trust tvs.pem
    fetch /healthz | grep -q 'degraded'
    fetch /healthz | grep -q '^HTTP/1.. 503'
    logged "the store cannot be read, answering from the last data"
    mv state.away state
    until_true metric_is voxtvsd_store_failing 0
    logged "the store can be read again"
    fetch /healthz | grep -q '200 OK'
}

@test "outside its validity: answered and logged, or refused when asked to" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -subj /CN=old -days 1 -not_before 20200101000000Z -not_after 20200102000000Z 2>/dev/null ||
        skip "this openssl cannot make an expired certificate"
    voxcert upload CallManager-trust old.pem --role app-server --force -q
    start_tvsd
    status 0 voxtvs verify "$AT" old.pem --trust tvs.pem
    logged "outside-its-validity"
    stop_tvsd
    start_tvsd --refuse-expired
    status 1 voxtvs verify "$AT" old.pem --trust tvs.pem
    logged "by=expired"
}
