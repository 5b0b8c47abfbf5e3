#!/usr/bin/env bats
# Programs of the administrator's own run after changes: which, with what words, and what they cannot do.

load ../harness/cli

B() { echo "$VOX_VECTORS/bundle/$1"; }

story_setup() {
    a_cluster
    mkdir state/hooks.d
    cat >state/hooks.d/10-tell <<SH
#!/bin/sh
echo "\$1|\$2|\$3" >>$T/events
[ "\$(wc -c)" -eq 0 ] || echo "a report" >>$T/events
SH
    chmod 755 state/hooks.d/10-tell
}

# events LINE...: these happened, and nothing else, since the last look.
events() {
    touch events
    [ $# -eq 0 ] || printf '%s\n' "$@" >wanted
    [ $# -gt 0 ] || : >wanted
    diff wanted events >&2 || return 1
    rm events
}

# device NAME: NAME.pem, a device's self-signed certificate.
device() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$1" -days 300 -out "$1.pem" 2>/dev/null
}

@test "trunks: added, given a certificate, removed; not when nothing was changed" {
    device sbc.example.test
    voxtrunk profile add p --mode encrypted --subject-name sbc.example.test -q
    events 'trunk-profile-added|p|'
    status 0 voxtrunk add sbc --profile p --destination sbc.example.test
    says "trunk sbc: profile p" "hook 10-tell: done"
    events 'trunk-added|sbc|'
    status 3 voxtrunk add sbc --profile p --destination sbc.example.test
    status 3 voxtrunk upload sbc "$LAB/ccm.pem"
    events
    status 0 voxtrunk upload sbc sbc.example.test.pem
    events 'trunk-certified|sbc|'
    status 3 voxtrunk upload sbc sbc.example.test.pem
    status 1 voxtrunk remove sbc </dev/null
    events
    status 0 voxtrunk remove sbc --yes --json
    events 'trunk-removed|sbc|'
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxtrunk hook 10-tell trunk-removed sbc" ]
    voxtrust log --verify -q
}

@test "certificates of services, trust stores, deletions" {
    status 0 voxcert new tomcat --node cm1
    says "hook 10-tell: done"
    events 'installed|tomcat|cm1'
    status 3 voxcert new tomcat --node cm1
    voxcert csr CallManager-ECDSA --node cm1 -o r.csr -q # nothing is in use yet
    events
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=ca -days 99 -out ca.pem 2>/dev/null
    openssl x509 -req -in r.csr -CA ca.pem -CAkey ca.key -days 90 -copy_extensions copyall -out answer.pem 2>/dev/null
    cat ca.pem >>answer.pem
    voxcert install CallManager-ECDSA answer.pem --node cm1 -q
    events 'installed|CallManager-ECDSA|cm1'
    voxcert upload tomcat-trust "$(B chain.pem)" -q
    events 'trusted|tomcat-trust|'
    status 3 voxcert upload tomcat-trust "$(B chain.pem)" -q
    events
    voxcert upload Phone-SAST-trust "$(B root.pem)" --node cm1 -q
    events 'trusted|Phone-SAST-trust|cm1'
    status 1 voxcert delete ae37de10 --from tomcat-trust </dev/null
    events
    voxcert delete ae37de10 --from tomcat-trust --yes -q
    events 'deleted|tomcat-trust|'
    voxcert new tomcat --node cm1 --replace -y -q
    events 'installed|tomcat|cm1'
    retired=$(voxcert list --all --json | jq -r '.certificates[] | select(.state == "retired") | .sha256')
    voxcert delete "$retired" --yes -q # nobody used it any more
    events
}

@test "a hook that fails changes neither the change nor the exit status; the next one runs" {
    printf '#!/bin/sh\nexit 3\n' >state/hooks.d/05-fails
    chmod 755 state/hooks.d/05-fails
    status 0 voxcert upload tomcat-trust "$(B root.pem)"
    says "05-fails: warning: hook: exit status 3" "hook 10-tell: done"
    events 'trusted|tomcat-trust|'
    voxcert list tomcat-trust --json | jq -e '.certificates | length == 1' >/dev/null
}

@test "no shell sees the names, and JSON stays JSON" {
    printf '#!/bin/sh\necho noise; echo "$VOXTRUST_SUBJECT" >>%s/subject\n' "$T" >'state/hooks.d/20 $(touch never);touch never'
    chmod 755 state/hooks.d/20*
    voxcert upload tomcat-trust "$(B root.pem)" --json 2>stderr | jq -e .place >/dev/null
    grep -q noise stderr
    [ "$(cat subject)" = tomcat-trust ]
    [ ! -e never ]
}

@test "what is no hook is not run" {
    touch state/hooks.d/20-not-executable
    cp state/hooks.d/10-tell state/hooks.d/.hidden
    mkdir state/hooks.d/30-folder
    ln -s /nowhere state/hooks.d/40-broken
    status 0 voxcert upload tomcat-trust "$(B root.pem)"
    events 'trusted|tomcat-trust|'
    silent_about 20-not .hidden 40-broken
    says "30-folder: warning: hook: not run"
}

@test "a device that follows our certificate: the hook of the manual" {
    sed -n '/^# kamailio/,/^```/p' "$VOX_SOURCE/docs/howto/trunks.md" | sed '$d' >body
    grep -q 'voxtrunk export' body
    { echo '#!/bin/sh'; sed "s|/etc/kamailio/tls|$T/files|; s|kamcmd tls.reload|touch $T/reloaded|; s|voxtrunk export|$(command -v voxtrunk) export|" body; } >state/hooks.d/50-kamailio
    chmod 755 state/hooks.d/50-kamailio
    device sbc.example.test
    voxtrunk profile add p --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile p --destination sbc.example.test -q
    voxtrunk upload sbc sbc.example.test.pem -q
    voxcert new tomcat --node cm1 -q
    [ ! -e reloaded ]
    status 0 voxcert new CallManager --node cm1 --replace -y
    says "hook 50-kamailio: done"
    [ -e reloaded ]
    voxcert export CallManager -o now.pem -q
    [ "$(openssl x509 -in files/callmanager-ca.pem -noout -fingerprint)" = "$(openssl x509 -in now.pem -noout -fingerprint)" ]
    voxtrunk profile remove p -q || true
    voxtrunk remove sbc -y -q
    status 0 voxcert new CallManager --node cm1 --replace -y
    says "50-kamailio: warning: hook: exit status 1"
}

@test "a hook that does not come to an end is ended, with all that it started" {
    lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
    [ -e "$lib" ] || skip "no libfaketime"
    printf '#!/bin/sh\nsleep 600 &\necho $! >%s/child\nwait\n' "$T" >state/hooks.d/20-hangs
    chmod 755 state/hooks.d/20-hangs
    rm state/hooks.d/10-tell
    # half a minute of a clock that runs twenty times as fast; the hook does not see it
    # Into a file: what the hook started would hold a pipe open, and be waited for here.
    ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$lib FAKETIME='+0 x20' voxcert upload tomcat-trust "$(B root.pem)" >out 2>&1
    output=$(cat out)
    says "20-hangs: warning: hook: ended after 30 s"
    gone() { ! kill -0 "$(cat child)" 2>/dev/null || grep -q '^State:.Z' "/proc/$(cat child)/status"; }
    for i in $(seq 200); do gone && break; sleep 0.05; done
    gone || { kill "$(cat child)"; false; }
    voxtrust log | grep -q "voxcert hook 20-hangs trusted tomcat-trust *ended after 30 s"
}

@test "a hook has SIGPIPE as every program has it: a pipe whose reader leaves ends its writer" {
    cat >state/hooks.d/10-tell <<SH
#!/bin/sh
grep ^SigIgn: /proc/self/status >$T/ignored
SH
    device sbc.example.test
    voxcert upload CallManager-trust sbc.example.test.pem -q
    [ $((0x$(tr -dc '0-9a-f' <<<"$(cut -f 2 ignored)") & 1 << 12)) -eq 0 ]
}
