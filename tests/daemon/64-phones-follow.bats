#!/usr/bin/env bats
# Phones and the real daemons: they enrol, read what is encrypted to them, are seen through a change of signer by TVS, and lost without it.

load ../harness/cli
load ../harness/daemon
load ../harness/capf
load ../harness/boots

story_setup() {
    a_published_cluster
}

teardown() {
    stop_tvsd
    [ -z "${CAPFD:-}" ] || { kill "$CAPFD"; wait "$CAPFD" || true; }
    [ -z "${CCM:-}" ] || { kill "$CCM"; wait "$CCM" || true; }
    cd / && rm -rf "$T"
}

boot() { voxphone boot --tftp tftp --state phones --name SEP000000000000 --json "$@"; }

# with_capfd: on $CAPFAT, its process $CAPFD, so that a responder can run beside it.
with_capfd() {
    start_capfd
    CAPFAT=$AT CAPFD=$DAEMON DAEMON=
}

# a_call_manager [OPTION]...: one that wants the phone's certificate, on $CCMAT.
a_call_manager() {
    CCMAT=127.0.0.1:$(peer port)
    voxcert export CAPF -o capf.pem -q
    openssl s_server -accept "$CCMAT" -cert cm1.pem -key "$KEY" -Verify 2 -verify_return_error -CAfile capf.pem -quiet "$@" \
        </dev/null >ccm.log 2>&1 3>&- &
    CCM=$!
    until_true listening
}
listening() { (exec 9<>"/dev/tcp/${CCMAT%:*}/${CCMAT##*:}") 2>/dev/null; }

@test "ten phones enrol, and connect to a call manager that asks for their certificates" {
    with_capfd
    for i in 0 1 2 3 4 5 6 7 8 9; do names+=("SEP00000000000$i"); done
    voxcapf set "${names[@]}" --install --auth null --key ec:P-256 -q 2>/dev/null
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000000 --count 10 --null --capf "$CAPFAT"
    says "10 of 10 phones: all went well" "installed"
    [ "$(db "SELECT count(*) FROM phones WHERE state = 'delivered'")" -eq 10 ]
    [ "$(stat -c %a phones/SEP000000000003/lsc.pem)" = 600 ]
    a_call_manager
    status 0 boot --ccm "$CCMAT"
    says "TLSv1.2" "stands as a call manager in the CTL"
    status 1 voxphone boot --tftp tftp --state phones --name SEP0000000000AB --json --ccm "$CCMAT" --model 7962
    [ "$(steps | tail -n 1)" = "call manager failed" ] # it speaks TLS 1.0 alone
    status 1 voxphone boot --tftp tftp --state phones --name SEP0000000000AA --json --ccm "$CCMAT"
    [ "$(steps | tail -n 1)" = "call manager failed" ]
}

@test "a string, then the certificate itself as proof" {
    with_capfd
    voxcapf set SEP000000000000 --install -q | cut -d ' ' -f 2 >string
    status 0 boot --string-file string --capf "$CAPFAT"
    [ "$(steps | tail -n 1)" = "CAPF installed" ]
    first=$(sha256sum phones/SEP000000000000/lsc.pem)
    voxcapf set SEP000000000000 --install --auth lsc -q
    status 0 boot --capf "$CAPFAT"
    [ "$(steps | tail -n 1)" = "CAPF installed" ]
    [ "$first" != "$(sha256sum phones/SEP000000000000/lsc.pem)" ]
    status 0 boot --capf "$CAPFAT"
    [ "$(steps | tail -n 1)" = "CAPF nothing" ]
    echo 99999999 >string
    voxcapf set SEP000000000000 --install -q >/dev/null
    status 1 boot --string-file string --capf "$CAPFAT"
    [ "$(steps | tail -n 1)" = "CAPF unknown" ]
}

@test "a configuration that is encrypted to the phone's certificate" {
    with_capfd
    cat >tftp/SEP000000000000.cnf.xml <<XML
<device><fullConfig>true</fullConfig><capfAuthMode>2</capfAuthMode><capfList><capf><phonePort>${CAPFAT##*:}</phonePort>
<processNodeName>127.0.0.1</processNodeName></capf></capfList><sshPassword>only for this phone</sshPassword></device>
XML
    cp tftp/SEP000000000000.cnf.xml plain.xml
    voxsign sign tftp --recursive --key "$KEY" --cert cm1.pem -q
    voxcapf set SEP000000000000 --install --auth null -q 2>/dev/null
    status 0 boot --null # the configuration says where CAPF is
    [ "$(steps | tail -n 1)" = "CAPF installed" ]
    openssl x509 -in phones/SEP000000000000/lsc.pem -out lsc.crt
    voxsign encrypt tftp/SEP000000000000.cnf.xml --for lsc.crt --key "$KEY" --cert cm1.pem --remove-plain -q
    status 0 boot
    [ "$(steps | grep configuration)" = $'configuration accepted\nconfiguration decrypted' ]
    cmp phones/SEP000000000000/config.xml plain.xml
    # The certificate is replaced: the old encrypted one cannot be read until the server has caught up.
    voxcapf set SEP000000000000 --install --auth lsc -q
    status 0 boot
    steps | grep -q "CAPF installed"
    status 0 boot
    steps | grep -q "configuration not-readable"
}

@test "a new signer that only TVS knows: taken by its word; without it refused, and the old list kept" {
    start_tvsd
    status 0 boot --tvs "$AT"
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --replace --yes -q
    voxlist publish itl --to tftp -q
    the_tvs_knows
    status 0 boot --tvs "$AT"
    [ "$(steps | sed -n 2p)" = "ITL tvs" ]
    cmp phones/SEP000000000000/ITLFile.tlv tftp/ITLFile.tlv
    jq -e 'to_entries[0].value | .roles == [0] and .until > now' phones/SEP000000000000/tvs.json
    # Another phone, that starts when no TVS is there.
    voxlist rollback 2 --force -q
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000001 --json --tvs "$AT"
    stop_tvsd
    voxlist publish itl --to tftp -q
    status 1 voxphone boot --tftp tftp --state phones --name SEP000000000001 --json --tvs "$AT"
    [ "$(steps | sed -n 2p)" = "ITL refused" ]
    text_of ITL | grep -q "no TVS could be asked"
    never cmp -s phones/SEP000000000001/ITLFile.tlv tftp/ITLFile.tlv
    # What it said before counts for a day.
    rm phones/SEP000000000000/ITLFile.tlv
    cp phones/SEP000000000001/ITLFile.tlv phones/SEP000000000000/ITLFile.tlv
    status 0 boot --tvs "$AT"
    [ "$(steps | sed -n 2p)" = "ITL tvs" ]
}

@test "signer and TVS are changed together: the TVS that answers is not believed" {
    start_tvsd
    status 0 boot --tvs "$AT"
    stop_tvsd
    for service in ITLRecovery CallManager TVS; do voxcert new $service --replace --yes -q; done
    status 1 voxlist publish itl --to tftp
    voxlist publish itl --to tftp --force -q
    start_tvsd
    status 1 boot --tvs "$AT"
    [ "$(steps | sed -n 2p)" = "ITL refused" ]
    text_of ITL | grep -q "the TVS that answers is not believed"
}

@test "a signer of configurations that the lists lack is asked for by name" {
    start_tvsd
    status 0 boot --tvs "$AT"
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tftp -q
    voxcert new CallManager --node cm2 -q
    voxcert export CallManager --node cm2 -o cm2.pem -q
    echo '<device/>' >tftp/SEP000000000000.cnf.xml
    voxsign sign tftp/SEP000000000000.cnf.xml --key "$(ls state/keys/CallManager-cm2-*)" --cert cm2.pem -q
    until_true voxtvs_knows cm2.pem
    status 0 boot --tvs "$AT"
    text_of configuration | grep -q "vouched for by TVS"
    cp tftp/SEP000000000000.cnf.xml.sgn good
    echo ' ' >>tftp/SEP000000000000.cnf.xml.sgn # vouched for or not: the signature must be that key's
    status 1 boot --tvs "$AT"
    [ "$(steps | tail -n 1)" = "configuration refused" ]
    cp good tftp/SEP000000000000.cnf.xml.sgn
    stop_tvsd
    status 1 boot --tvs "$AT"
    [ "$(steps | tail -n 1)" = "configuration refused" ]
}
voxtvs_knows() { voxtvs verify "$AT" "$1" --insecure -q >/dev/null 2>&1; }

@test "what a TVS does not know, or knows as something else, signs nothing" {
    start_tvsd
    echo '<device/>' >tftp/SEP000000000000.cnf.xml
    openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.pem -out stranger.crt -subj /CN=stranger -days 30 2>/dev/null
    chmod 600 stranger.pem
    voxsign sign tftp/SEP000000000000.cnf.xml --key stranger.pem --cert stranger.crt -q
    status 1 boot --tvs "$AT"
    [ "$(steps | tail -n 1)" = "configuration refused" ]
    text_of configuration | grep -q "the TVS does not vouch for it"
    voxcert export CAPF -o capf.pem -q
    voxsign sign tftp/SEP000000000000.cnf.xml --key "$(ls state/keys/CAPF-*)" --cert capf.pem -q
    status 1 boot --tvs "$AT"
    [ "$(steps | tail -n 1)" = "configuration refused" ]
    text_of configuration | grep -q "the TVS vouches for it in another role"
    # A list, asked about with its signer's certificate.
    cat stranger.crt stranger.pem >both.pem && chmod 600 both.pem
    voxlist build itl -o tftp/ITLFile.tlv --sast both.pem --tvs stranger.crt -q
    status 1 boot --tvs "$AT"
    [ "$(steps | sed -n 2p)" = "ITL refused" ]
    text_of ITL | grep -q "the TVS does not vouch for it (acceptance.md 3.8)"
}
