#!/usr/bin/env bats
# A trunk to Kamailio, with the configuration that voxtrunk writes for it; and devices that call in.

load ../harness/cli
load ../harness/daemon
load ../harness/trunk

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --ip 127.0.0.1 --services ccm -q
    voxcert new CallManager --node cm1 --subject CN=cm1.example.test -q
    port=$(peer port)
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    device sbc sbc.example.test
    trunk_here
}

teardown() {
    stop_kamailio
    [ -z "${K:-}" ] || rm -rf "$K"
    [ -z "${waiting:-}" ] || kill "$waiting" 2>/dev/null || true
    cd / && rm -rf "$T"
}

# kamailio_runs: as nobody when we are root, with the files that 'voxtrunk export' wrote for it, its certificate and its key, all in
# $K: where nobody may look into, unlike the folder of the story.
kamailio_runs() {
    local as=()
    command -v kamailio >/dev/null && [ -e /usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so ] || skip "no Kamailio with its TLS module"
    K=$(mktemp -d /tmp/story-kamailio.XXXXXX)
    voxtrunk export sbc --for kamailio -o "$K" --device-dir "$K" -q
    cp sbc.pem sbc.key "$K"
    sed -i 's/0\.0\.0\.0/127.0.0.1/' "$K/sbc.cfg"
    cat >"$K/kamailio.cfg" <<END
debug=2
log_stderror=yes
children=1
tcp_children=1
loadmodule "tm.so"
loadmodule "sl.so"
include_file "$K/sbc.cfg"
request_route { sl_send_reply("200", "OK"); exit; }
END
    chmod 644 "$K"/*.cfg
    chmod 755 "$K"
    if [ "$(id -u)" = 0 ]; then
        as=(-u nobody -g nogroup)
        chown -R nobody "$K"
    fi
    kamailio -f "$K/kamailio.cfg" -DD -E "${as[@]}" -w "$K" -Y "$K" -P "$K/pid" -m 32 -M 4 >d.log 2>&1 3>&- &
    kamailio=$!
    until_true answers
}

# It takes connections before it can speak TLS on them.
answers() {
    [ "$(voxtrunk probe sbc --json 2>/dev/null | jq -r '.probes[0].version')" != null ] || { ! kill -0 "$kamailio" 2>/dev/null && cat d.log >&2 && exit 1; }
}

stop_kamailio() {
    [ -z "${kamailio:-}" ] || { kill "$kamailio"; wait "$kamailio" || true; } 2>/dev/null
    kamailio=
}

@test "Kamailio takes our certificate, with what was exported, and we take its" {
    voxtrunk upload sbc sbc.pem -q
    kamailio_runs
    status 0 voxtrunk probe sbc
    says "127.0.0.1:$port: good" "our certificate was asked for, and shown" "CN=sbc.example.test"
    [ "$(voxtrunk probe sbc --json | jq -r '.probes[0].address')" = "127.0.0.1:$port" ]
}

@test "Kamailio that trusts another call manager refuses us; one that we do not trust is refused" {
    kamailio_runs
    status 1 voxtrunk probe sbc
    says "self-signed" "[untrusted]"
    silent_about "[refused]"
    voxtrunk upload sbc sbc.pem -q
    voxcert new CallManager --node cm1 --subject CN=cm1.example.test --replace -q --yes # the export is old now
    status 1 voxtrunk probe sbc
    says "does not trust our CallManager certificate" "[refused]"
    silent_about "[untrusted]"
    status 1 voxtrunk probe sbc --json
    [ "$(jq -r '.probes[0].version' <<<"$output")" = TLSv1.3 ]
}

# waits [OPTION]...: 'voxtrunk probe --listen' on $AT in the background, its words in probe.out, its process $waiting.
waits() {
    AT=127.0.0.1:$(peer port)
    voxtrunk probe sbc --listen "$AT" "$@" >probe.out 2>probe.err </dev/null 3>&- &
    waiting=$!
    until_true grep -q "waiting on" probe.out
}

# ended N: it ends with exit status N, with $output what it said.
ended() {
    local code=0
    wait "$waiting" || code=$?
    waiting=
    output=$(cat probe.out probe.err)
    [ "$code" -eq "$1" ] || { printf 'exit status %s, not %s\n%s\n' "$code" "$1" "$output" >&2; return 1; }
}

# calls_in [OPTION]...: a device calls; what it hears is in call.log. It says good-bye at once.
calls_in() { openssl s_client -connect "$AT" -CAfile ccm.pem -no-CAstore -verify_return_error "$@" </dev/null >call.log 2>&1 || true; }

@test "a device that calls in is judged, and refused with an alert as a call manager would" {
    voxtrunk upload sbc sbc.pem -q
    voxcert export CallManager -o ccm.pem -q
    device stranger sbc.example.test
    waits
    calls_in -cert sbc.pem -key sbc.key
    ended 0
    says "call: good" "CN=sbc.example.test" "TLSv1.3"
    grep -q "CN = cm1.example.test" call.log
    waits --count 2
    calls_in -cert sbc.pem -key sbc.key -tls1_2
    calls_in -cert stranger.pem -key stranger.key -tls1_2
    ended 1
    says "call: good" "TLSv1.2" "self-signed" "[untrusted]"
    grep -q "unknown ca" call.log
    waits
    calls_in
    ended 1
    says "shows no certificate" "[no-certificate]"
    waits
    calls_in -cert sbc.pem -key sbc.key -tls1_1 -cipher ALL:@SECLEVEL=0
    ended 1
    says "[policy]"
    waits
    calls_in -cert sbc.pem -key sbc.key -CAfile stranger.pem # it does not trust us
    ended 1
    says "does not trust our CallManager certificate" "[refused]"
}

@test "a certificate for being called only is refused from one that calls" {
    ca Root
    signed one sbc.example.test Root extendedKeyUsage=serverAuth
    voxcert upload CallManager-trust Root.pem -q
    voxcert export CallManager -o ccm.pem -q
    waits
    calls_in -cert one.pem -key one.key
    ended 1
    says "clientAuth" "calls from the device fail"
}

@test "what is no TLS, what says nothing, and who stops waiting" {
    waits --timeout 1 --count 3
    printf 'OPTIONS sip:cm1 SIP/2.0\r\n\r\n' >"/dev/tcp/127.0.0.1/${AT##*:}"
    until_true grep -q "handshake failed" probe.out
    exec 9<>"/dev/tcp/127.0.0.1/${AT##*:}"
    until_true grep -q "took too long" probe.out
    exec 9>&-
    kill -INT "$waiting"
    ended 1
    says "interrupted: 2 of 3 calls came"
    waits --wait 1
    ended 1
    says "time is up: 0 of 1 calls came"
    status 4 voxtrunk probe sbc --listen 192.0.2.1:5061
    status 2 voxtrunk probe sbc --listen elsewhere.example.test:5061
    status 2 voxtrunk probe sbc --listen 127.0.0.1
}
