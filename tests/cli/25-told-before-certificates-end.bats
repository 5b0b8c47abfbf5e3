#!/usr/bin/env bats
# People are told before a certificate ends: at each threshold once, whatever goes wrong on the way.

load ../harness/cli

teardown() {
    [ -z "${server:-}" ] || { kill "$server" && wait "$server" || true; } 2>/dev/null
    cd / && rm -rf "$T"
}

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 --dns cm1.example.test --services ccm,tvs -q
}

# hook [NAME [COMMAND]]: a hook that writes down what it hears.
hook() {
    mkdir -p state/hooks.d
    cat >"state/hooks.d/${1:-10-tell}" <<SH
#!/bin/sh
[ "\$1" = certificates-expiring ] || exit 0
echo "\$# \$1|\$2|\$3" >>$T/events
cat >>$T/report
${2:-exit 0}
SH
    chmod 755 "state/hooks.d/${1:-10-tell}"
}

# told N: hooks were run N times so far.
told() { [ "$(cat events 2>/dev/null | wc -l)" -eq "$1" ] || { echo "told $(cat events 2>/dev/null | wc -l) times, not $1" >&2; return 1; }; }

# later TIME COMMAND...: when that time has gone by.
later() {
    local lib
    lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
    [ -e "$lib" ] || skip "no libfaketime"
    ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$lib FAKETIME="$1" "${@:2}"
}

@test "a certificate that ends soon is told, once, with what replaces it" {
    hook
    voxcert new TVS --key ec --days 59 -q
    status 1 voxcert check --notify
    says "expiring" "hook 10-tell: done" "told of 1 certificate"
    [ "$(cat events)" = "3 certificates-expiring||" ]
    [ "$(head -n 1 report)" = "Cluster lab: 1 certificate ends soon" ]
    grep -q "in TVS of node cm1, active" report
    grep -q "to replace it: voxrotate plan TVS --node cm1" report
    grep -q "SHA-256 $(voxcert show TVS --json | jq -r .sha256)" report
    status 1 voxcert check --notify
    silent_about "told"
    told 1
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxcert check --notify: told of 1 certificate" ]
    voxtrust log | grep -q "voxcert hook 10-tell certificates-expiring *done"
    voxtrust log --verify -q
}

@test "nothing is told while nothing ends" {
    hook
    voxcert new TVS --key ec --days 62 -q
    status 0 voxcert check --notify
    says "1 certificate checked, nothing found"
    told 0
}

@test "every threshold and the end are told as the days go by" {
    hook
    voxcert new TVS --key ec --days 100 -q
    voxcert check --notify -q
    told 0
    for days in 39 41 42; do
        later "+${days}d" status $((days < 41 ? 0 : 1)) voxcert check --notify -q
    done
    told 1
    for days in 69 71 72 92 94 95 99; do later "+${days}d" status 1 voxcert check --notify -q; done
    told 3
    later +101d status 1 voxcert check --notify -q
    told 4
    tail -n +1 report | grep -q "Cluster lab: 1 certificate has ended"
    grep -q " ended on .* ago" report
    later +120d status 1 voxcert check --notify -q
    told 4
}

@test "a clock that went wrong: nothing twice for an hour, nothing lost for ever" {
    hook
    voxcert new TVS --key ec --days 20 -q
    voxcert check --notify -q || true
    later -1h voxcert check --notify -q || true
    later -300d voxcert check --notify -q || true
    voxcert check --notify -q || true
    told 1
    later +30y voxcert check --notify -q || true # by that clock it has ended
    told 2
    voxcert check --notify -q || true # it has not
    told 3
    voxcert check --notify -q || true
    told 3
}

@test "thresholds of one's own" {
    hook
    voxcert new TVS --key ec --days 80 -q
    status 1 voxcert check --notify --at 14,90
    told 1
    status 0 voxcert check --notify --at 14,90 --days 10
    status 1 voxcert check --days 81 -q
    told 1
    for wrong in 0 30,30 7,x 30, '' -1 40000 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17; do
        status 2 voxcert check --notify --at "$wrong"
        says "different numbers"
    done
}

@test "one that was replaced is told anew, for it is another" {
    hook
    voxcert new TVS --key ec --days 20 -q
    voxcert check --notify -q || true
    voxcert new TVS --key ec --days 20 --replace -y -q
    voxcert check --notify -q || true
    told 2
    voxcert new TVS --key ec --days 300 --replace -y -q
    status 0 voxcert check --notify
    told 2
}

@test "a hook that fails is run again, with all of it" {
    hook 10-tell
    hook 20-fails 'exit 7'
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify
    says "20-fails: warning: hook: exit status 7" "1 certificate of which people should be told, and a hook failed: told again next time" "expiring"
    hook 20-fails 'exit 0'
    status 1 voxcert check --notify --json
    [ "$(sed -n '/^{/,$p' <<<"$output" | jq -c '[.told, .waiting]')" = '[1,0]' ]
    told 4
    status 1 voxcert check --notify -q
    told 4
}

@test "without a hook nobody was told, and that is said" {
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify
    says "1 certificate of which people should be told, and no hook is in $T/state/hooks.d: see voxtrust-hooks(5)"
    mkdir state/hooks.d
    status 4 voxcert check --notify -q
    hook
    status 1 voxcert check --notify -q
    told 1
}

@test "hooks that others could write tell nobody" {
    hook
    chmod 777 state/hooks.d
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify
    says "no hook is run: the folder can be written by others"
    told 0
    chmod 755 state/hooks.d
    status 1 voxcert check --notify -q
    told 1
}

@test "runs at the same time tell once" {
    hook 10-tell 'sleep 0.3'
    voxcert new TVS --key ec --days 20 -q
    pids=
    for i in 1 2 3 4 5 6; do
        voxcert check --notify -q >"out.$i" 2>&1 3>&- &
        pids="$pids $!"
    done
    for pid in $pids; do
        code=0
        wait "$pid" || code=$?
        [ "$code" -eq 1 ]
    done
    told 1
}

@test "a run that is killed after the hook tells again: better twice than never" {
    hook 10-tell 'kill -KILL $PPID'
    voxcert new TVS --key ec --days 20 -q
    code=0
    voxcert check --notify -q 2>/dev/null || code=$?
    [ "$code" -eq 137 ]
    hook
    status 1 voxcert check --notify -q
    told 2
}

@test "a hook that asks to tell is refused, and does not wait for us who wait for it" {
    hook 10-tell "code=0; $(command -v voxcert) check --notify -q 2>>$T/inner >/dev/null || code=\$?; echo \$code >>$T/inner; exit 0"
    voxcert new TVS --key ec --days 20 -q
    status 1 voxcert check --notify
    says "hook 10-tell: done"
    grep -qx "voxcert: --notify within a hook: hooks run no hooks" inner
    [ "$(tail -n 1 inner)" = 2 ]
}

@test "many: the report has each once, with every place where it stands" {
    hook
    for i in 1 2 3; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj "/CN=device $i" -days 5 -out "d$i.pem" 2>/dev/null
        voxcert upload CallManager-trust "d$i.pem" -q
    done
    voxcert upload tomcat-trust d2.pem -q
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout sbc.key -subj "/CN=sbc.example.test" -days 6 -out sbc.pem 2>/dev/null
    voxtrunk profile add p --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile p --destination sbc.example.test -q
    voxtrunk upload sbc sbc.pem -q
    status 1 voxcert check --notify
    says "told of 4 certificates"
    [ "$(head -n 1 report)" = "Cluster lab: 4 certificates end soon" ]
    [ "$(grep -c '  SHA-256' report)" = 4 ]
    [ "$(grep -c '^  in ' report)" = 5 ]
    grep -q "in tomcat-trust, active" report
    grep -q "when its owner has another: voxcert upload tomcat-trust FILE" report
    grep -q "trunk sbc relies on it; when the device has another: voxtrunk upload sbc FILE" report
}

@test "phones whose certificates end are counted in the report, and are no reason for one" {
    hook
    voxcert new TVS --key ec --days 90 -q
    voxcapf set SEP000000000001 SEP000000000002 --none -q
    sqlite3 state/voxtrust.db "UPDATE phones SET lsc_not_after = '$(date -u -d '20 days' +%Y-%m-%dT%H:%M:%SZ)' WHERE name = 'SEP000000000001'"
    sqlite3 state/voxtrust.db "UPDATE phones SET lsc_not_after = '$(date -u -d '-2 days' +%Y-%m-%dT%H:%M:%SZ)' WHERE name = 'SEP000000000002'"
    status 0 voxcert check --notify -q
    told 0
    status 1 voxcert check --notify --at 30,100 -q
    told 1
    grep -qx "Phones: 1 have a certificate that ends within 100 days, 1 one that has ended: voxcapf renew" report
}

@test "the example of a hook sends a mail by sendmail" {
    mkdir state/hooks.d
    printf '#!/bin/sh\nprintf "%%s " "$@" >%s/words\ncat >%s/mail\n' "$T" "$T" >sendmail
    chmod 755 sendmail
    sed "s|^SENDMAIL=.*|SENDMAIL=$T/sendmail|; s|^TO=.*|TO=voice@example.test|" "$VOX_SOURCE/packaging/hooks.d/mail-expiring" >state/hooks.d/mail
    chmod 755 state/hooks.d/mail
    voxcert new TVS --key ec --days 20 -q
    status 1 voxcert check --notify
    says "hook mail: done"
    [ "$(cat words)" = "-i -f voxtrust -- voice@example.test " ]
    [ "$(sed -n 1,6p mail)" = "From: voxtrust
To: voice@example.test
Subject: Cluster lab: 1 certificate ends soon
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit" ]
    [ -z "$(sed -n 7p mail)" ]
    sed -n 8p mail | grep -q "^CN=cm1"
}

@test "that example's failure is ours: the mail server does not take it" {
    mkdir state/hooks.d
    sed "s|^SENDMAIL=.*|SENDMAIL=/bin/false|" "$VOX_SOURCE/packaging/hooks.d/mail-expiring" >state/hooks.d/mail
    chmod 755 state/hooks.d/mail
    voxcert new TVS --key ec --days 20 -q
    status 4 voxcert check --notify
    says "mail: warning: hook: exit status 1"
}

@test "a store of the release before remembers from now on, and its backup too" {
    hook
    voxcert new TVS --key ec --days 20 -q
    voxtrust backup old.db -q
    for db in state/voxtrust.db old.db; do of_schema 7 "$db"; done
    status 1 voxcert check --notify -q
    status 1 voxcert check --notify -q
    told 1
    status 0 voxtrust restore old.db -y
    status 1 voxcert check --notify -q
    told 2
    status 0 voxtrust log --verify
}

@test "the example of a hook hands the mail to a server" {
    command -v curl >/dev/null || skip "no curl"
    mkdir state/hooks.d
    cat >smtpd <<SH
#!/bin/sh
printf '220 here\r\n'
while read -r line; do
    echo "\$line" >>$T/dialogue
    case \$line in
    DATA*)
        printf '354 go on\r\n'
        while IFS= read -r line && [ "\$line" != "\$(printf '.\r')" ]; do echo "\$line" >>$T/mail; done
        printf '250 taken\r\n'
        ;;
    QUIT*) printf '221 bye\r\n'; exit 0 ;;
    *) printf '250 fine\r\n' ;;
    esac
done
SH
    chmod 755 smtpd
    "$VOX_BUILD/tests/tcpserver" run "$T/smtpd" >port 2>&1 3>&- &
    server=$!
    until grep -q '^[0-9]' port; do kill -0 "$server"; sleep 0.05; done
    port=$(cat port)
    sed "s|^SMTP=.*|SMTP=smtp://127.0.0.1:$port|; s|^TO=.*|TO=voice@example.test|; s|^FROM=.*|FROM=voxtrust@example.test|" \
        "$VOX_SOURCE/packaging/hooks.d/mail-expiring" >state/hooks.d/mail
    chmod 755 state/hooks.d/mail
    voxcert new TVS --key ec --days 20 -q
    status 1 voxcert check --notify
    says "hook mail: done"
    grep -q 'MAIL FROM:<voxtrust@example.test>' dialogue
    grep -q 'RCPT TO:<voice@example.test>' dialogue
    tr -d '\r' <mail >plain
    grep -qx "Subject: Cluster lab: 1 certificate ends soon" plain
    grep -qx "  in TVS of node cm1, active" plain
    grep -qx "To: voice@example.test" plain
}
