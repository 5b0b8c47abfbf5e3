#!/usr/bin/env bats
# A service's certificate is replaced in steps that phones follow, that can be killed and undone.

load ../harness/cli

story_setup() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
}

# follows: phone 1 starts, and takes everything by itself.
follows() { voxphone boot --tftp tftp --state phones --name SEP000000000001 --json | jq -e '.good and all(.steps[]; .verdict != "tvs")' >/dev/null; }
active() { voxcert list "$1" --json | jq -r '[.certificates[] | select(.state == "active")] | map(.sha256) | join(" ")'; }
states() { voxcert list "$1" --all --json | jq -r '[.certificates[].state] | sort | join(" ")'; }
certs() { voxcert list --all --json | jq -c "[.certificates[] | [.sha256, .state]]"; }
# phones_hold CTL ITL: ten phones hold these versions.
phones_hold() {
    { echo device,model,ctl,itl; for i in 0 1 2 3 4 5 6 7 8 9; do echo "SEP00000000000$i,8841,$1,$2"; done; } >ten.csv
    voxtrust phones import ten.csv -q
}
newest() { voxlist history "$1" --json | jq -r '[.[] | select(.current)][0].version'; }

@test "every service: a phone follows all the way, and the old certificate is gone at the end" {
    follows
    for service in CallManager TVS CAPF ITLRecovery; do
        old=$(active $service)
        status 0 voxrotate stage $service
        says "new certificate" "Staged" "voxrotate activate $service"
        [ "$(active $service)" = "$old" ]
        [ "$(states $service)" = "active pending" ]
        follows
        status 0 voxrotate activate $service --no-proof
        [ "$(states $service)" = "active retiring" ]
        [ "$(active $service)" != "$old" ]
        follows
        status 0 voxrotate retire $service --now
        [ "$(states $service)" = "active retired" ]
        follows
        for list in CTL ITL; do [ "$(voxlist show "tftp/${list}File.tlv" --format json | grep -c "$old")" -eq 0 ]; done
    done
    status 0 voxtrust status
    says "up to date"
    status 0 voxrotate status --all
    says "retired"
    status 0 voxtrust log --verify
}

@test "staged, both stand in the lists; what signs is still the old one" {
    before=$(voxlist show tftp/ITLFile.tlv --format json | jq -r .signer_name)
    voxrotate stage ITLRecovery -q
    [ "$(voxlist show tftp/ITLFile.tlv --format json | jq '[.records[] | select(.function == 0)] | length')" -eq 3 ]
    old=$(active ITLRecovery)
    voxlist verify tftp/ITLFile.tlv -q
    voxcert export ITLRecovery -o old.pem -q
    voxlist verify tftp/ITLFile.tlv --signer old.pem -q
    voxrotate activate ITLRecovery -q
    status 1 voxlist verify tftp/ITLFile.tlv --signer old.pem
    voxlist verify tftp/ITLFile.tlv -q
}

@test "lists that it does not concern are left alone; others keep their digest" {
    voxlist publish itl --to tftp --digest sha1 -q 2>/dev/null
    cp tftp/CTLFile.tlv ctl.before
    status 0 voxrotate stage TVS
    says "CTLFile.tlv: says it all already"
    cmp tftp/CTLFile.tlv ctl.before
    [ "$(voxlist show tftp/ITLFile.tlv --format json | jq -r .digest)" = sha1 ]
    status 0 voxrotate rollback TVS
    cmp tftp/CTLFile.tlv ctl.before
}

@test "CallManager, TVS and ITLRecovery: one at a time" {
    voxrotate stage TVS -q
    for service in CallManager ITLRecovery; do
        status 1 voxrotate stage $service
        says "TVS of node cm1 is being replaced (staged)" "acceptance.md 3.6, 3.7" "voxrotate rollback TVS"
    done
    status 0 voxrotate stage CAPF # phones ask others about it
    before=$(states CAPF)
    status 3 voxcert new CAPF --replace --yes
    says "a rotation of CAPF is staged"
    [ "$before" = "$(states CAPF)" ]
    status 3 voxrotate stage TVS
    says "is staged: it cannot be staged now"
    status 3 voxrotate retire TVS
    says "is staged: it cannot be retired now"
    status 3 voxrotate activate CallManager
    says "no rotation of CallManager of node cm1 is open"
    voxrotate rollback TVS -q
    status 0 voxrotate stage CallManager
}

@test "rollback from any step puts bytes and bindings back" {
    cp tftp/CTLFile.tlv ctl.before
    cp tftp/ITLFile.tlv itl.before
    follows
    for service in CallManager TVS CAPF ITLRecovery; do
        old=$(active $service)
        for steps in stage "stage activate"; do
            for step in $steps; do
                [ $step = stage ] && voxrotate stage $service -q || voxrotate activate $service --no-proof -q
                follows
            done
            status 0 voxrotate rollback $service
            says "Rolled back"
            cmp tftp/CTLFile.tlv ctl.before
            cmp tftp/ITLFile.tlv itl.before
            [ "$(active $service)" = "$old" ]
            follows
        done
    done
    voxrotate stage CAPF -q
    voxrotate activate CAPF --no-proof -q
    voxrotate retire CAPF --now -q
    status 3 voxrotate rollback CAPF
    says "no rotation of CAPF is open"
}

@test "rolled back after other changes, the lists are made anew, without this one" {
    voxrotate stage CAPF -q
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tvs -q
    voxcert new CallManager --node cm2 -q
    voxcert new TVS --node cm2 -q
    voxlist publish ctl --to tftp -q
    status 0 voxrotate rollback CAPF
    says "Other changes were published meanwhile"
    voxlist show tftp/CTLFile.tlv | grep -q cm2.example.test
    [ "$(voxlist show tftp/CTLFile.tlv --format json | jq '[.records[] | select(.function == 4)] | length')" -eq 1 ]
}

@test "known phones that do not believe the new one yet: not activated, unless their number is typed" {
    phones_hold 1 2
    voxrotate stage TVS -q
    status 1 voxrotate activate TVS --no-proof
    says "10 would be locked out" "not yet" "--force=10"
    [ "$(states TVS)" = "active pending" ]
    phones_hold 1 "$(newest itl)" # nine tenths of a day later
    { echo device,itl; echo SEP000000000004,2; } >late.csv
    voxtrust phones import late.csv -q
    status 1 voxrotate activate TVS --no-proof
    says "9 accept it, 1 would be locked out" "SEP000000000004" "--force=1"
    status 1 voxrotate activate TVS --no-proof --force=2
    status 0 voxrotate activate TVS --no-proof --force=1
    status 0 voxrotate plan CallManager
    says "Phones: 10 known" "Open: the rotation of TVS of node cm1 is activated"
}

@test "the old CAPF is not retired while phones have certificates that it issued" {
    load ../harness/phones
    voxcert export CAPF -o old.pem -q
    key=$(ls state/keys/CAPF-*)
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout p.key -subj /CN=SEP000000000001 -out p.csv 2>/dev/null
    openssl x509 -req -in p.csv -CA old.pem -CAkey "$key" -days 100 -set_serial 0x5123456789abcdef0123456789abcdef -outform DER -out p.der 2>/dev/null
    given SEP000000000001 100
    sqlite3 state/voxtrust.db "UPDATE ledger SET der = readfile('p.der'), serial = '5123456789abcdef0123456789abcdef',
        fingerprint = '$(sha256sum <p.der | cut -d ' ' -f 1)'" # as if the CAPF had issued it
    voxrotate stage CAPF -q
    voxrotate activate CAPF --no-proof -q
    status 1 voxrotate retire CAPF --now
    says "1 phones have certificates that the old CAPF issued, SEP000000000001" "voxcapf renew" "--force=1"
    [ "$(states CAPF)" = "active retiring" ]
    status 0 voxrotate retire CAPF --now --force=1
}

@test "the time of grace" {
    voxrotate stage CAPF -q
    voxrotate activate CAPF --no-proof -q
    status 1 voxrotate retire CAPF
    says "is to be believed until" "--grace 0"
    status 1 voxrotate retire CAPF --grace 1
    sqlite3 state/voxtrust.db "UPDATE rotations SET changed = '2026-01-01T00:00:00Z'"
    status 0 voxrotate retire CAPF
}

@test "everything has ended already, and can be replaced all the same" {
    later +30y voxrotate plan ITLRecovery >out
    grep -q "it has ended" out
    for service in ITLRecovery CallManager TVS CAPF; do
        later +30y voxrotate stage $service -q
        later +30y voxrotate activate $service --no-proof -q
        later +30y voxrotate retire $service --now -q
    done
    follows
}

@test "hooks: with three words, no shell, and not when others could have written them" {
    mkdir state/hooks.d
    cat >state/hooks.d/10-tell <<'SH'
#!/bin/sh
echo "$# $1 $2 $3 $HOME" >>"$(dirname "$0")/../../heard"
env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort >"$(dirname "$0")/../../seen"
SH
    printf '#!/bin/sh\nexit 7\n' >state/hooks.d/20-fails
    printf '#!/bin/sh\ntouch "$(dirname "$0")/../../never"\n' >state/hooks.d/30-open
    chmod 755 state/hooks.d/10-tell state/hooks.d/20-fails
    chmod 777 state/hooks.d/30-open
    voxrotate stage TVS -q
    status 0 voxrotate activate TVS --no-proof
    says "hook 10-tell: done" "20-fails: warning: hook: exit status 7" "30-open: warning: hook: not run"
    [ "$(grep -v published heard)" = "3 activated TVS cm1 " ]
    [ ! -e never ]
    diff - seen <<END
LC_ALL=C.UTF-8
PATH=/usr/sbin:/usr/bin:/sbin:/bin
VOXTRUST_EVENT=activated
VOXTRUST_HOOK=1
VOXTRUST_NODE=cm1
VOXTRUST_STORE=sqlite:$T/state/voxtrust.db
VOXTRUST_SUBJECT=TVS
END
    voxtrust log | grep -q "voxrotate hook 20-fails activated TVS cm1 *exit status 7"
    chmod 777 state/hooks.d
    cp heard before
    status 0 voxrotate rollback TVS
    says "no hook is run: the folder can be written by others"
    cmp heard before
}

@test "hooks: what a hook changes runs no hook" {
    mkdir state/hooks.d
    cat >state/hooks.d/10-again <<SH
#!/bin/sh
echo "\$1" >>$T/heard
[ "\$1" = activated ] || exit 0
exec $(command -v voxrotate) rollback TVS -q
SH
    chmod 755 state/hooks.d/10-again
    voxrotate stage TVS -q
    voxrotate activate TVS --no-proof -q
    voxrotate status --all | grep -q rolled-back
    [ "$(grep -v published heard)" = activated ]
}

@test "wrong arguments, and nothing there" {
    status 2 voxrotate stage
    says "which SERVICE"
    status 2 voxrotate stage Tomcats
    status 3 voxrotate stage tomcat
    says "there is no tomcat certificate to be replaced"
    status 2 voxrotate activate CAPF --force
    says "--force=N"
    status 2 voxrotate retire CAPF --grace soon
    status 0 voxrotate status
    says "No rotation is open"
    [ "$(voxrotate status --json | jq -c .)" = '{"rotations":[]}' ]
    status 4 voxrotate status --store sqlite:/nonexistent/x.db
}

@test "what a rotation needs cannot be taken away by other programs" {
    status 0 voxrotate stage TVS
    pending=$(voxcert list TVS --all --json | jq -r '.certificates[] | select(.state == "pending") | .sha256')
    ls state/keys >keys.before
    status 3 voxcert csr TVS --replace --yes -o request.pem
    says "a rotation of TVS of node cm1 is staged"
    [ ! -e request.pem ]
    for which in "TVS --pending" "TVS --force" "${pending:0:12}"; do
        # shellcheck disable=SC2086  # words on purpose
        status 3 voxcert delete $which --yes
        says "it belongs to the rotation of TVS of node cm1, which is staged" "voxrotate rollback TVS --node cm1"
    done
    ls state/keys | cmp - keys.before
    [ "$(states TVS)" = "active pending" ]
    status 0 voxrotate activate TVS --no-proof
    status 3 voxcert delete "${pending:0:12}" --force --yes
    status 0 voxrotate rollback TVS
    status 0 voxcert delete "${pending:0:12}" --yes
    status 0 voxtrust log --verify
}

# strangers: ten phones hold the ITL of another cluster, and would refuse whatever is signed here.
strangers() {
    (export VOXTRUST_STORE="sqlite:$T/other/voxtrust.db" && a_cluster && voxlist build itl -o other.tlv -q)
    voxlist publish itl --list other.tlv --to tftp --force -q 2>/dev/null
    held=$(newest itl)
    voxlist publish itl --to tftp --force -q 2>/dev/null
    phones_hold none "$held"
}

@test "lists that phones would refuse: nothing is begun, no key is left, and the number typed in begins it" {
    strangers
    cp tftp/ITLFile.tlv itl.before
    ls state/keys >keys.before
    certs >certs.before
    voxlist history --json >history.before
    status 1 voxrotate stage TVS
    says "ITLFile.tlv" "10 of 10 phones would be locked out"
    cmp tftp/ITLFile.tlv itl.before
    ls state/keys | cmp - keys.before
    certs | cmp - certs.before
    voxlist history --json | cmp - history.before
    status 0 voxrotate status
    says "No rotation is open"
    status 0 voxrotate stage TVS --force=10
    [ "$(voxrotate status --json | jq -r '.rotations[0].step')" = staged ]
    status 1 voxrotate rollback TVS
    says "10 of 10 phones would be locked out"
    [ "$(voxrotate status --json | jq -r '.rotations[0].step')" = staged ]
    status 0 voxrotate rollback TVS --force=10
    cmp tftp/ITLFile.tlv itl.before
}

@test "the accident by hand: TVS and both signers replaced with no list between them" {
    phones_hold 1 2
    status 0 voxcert new TVS --replace --yes # lists can still be signed
    status 0 voxcert new ITLRecovery --replace --yes
    before=$(active CallManager)
    ls state/keys >keys.before
    status 1 voxcert new CallManager --replace --yes
    says "10 of 10 phones would be locked out" "no list can be signed any more that they take" "--force=10"
    voxcert csr CallManager -o next.csr -q
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Lab Root' 2>/dev/null
    openssl x509 -req -in next.csr -CA root.pem -CAkey root.key -CAcreateserial -days 99 -copy_extensions copy -out answer.pem 2>/dev/null
    status 1 voxcert install CallManager answer.pem
    says "10 of 10 phones would be locked out" "--force=10"
    [ "$(active CallManager)" = "$before" ]
    voxcert delete CallManager --pending --yes -q
    ls state/keys | cmp - keys.before
    voxlist publish itl --to tftp -q
    voxlist publish ctl --to tftp -q
    phones_hold "$(newest ctl)" "$(newest itl)"
    status 0 voxcert new CallManager --replace --yes # they know the new ITLRecovery by now
    status 0 voxcert new ITLRecovery --replace --yes # a TVS that they know vouches for it
    status 1 voxcert new TVS --replace --yes
    says "10 of 10 phones"
    status 2 voxcert new TVS --replace --yes --force=all
    status 0 voxcert new TVS --replace --yes --force=10
}

@test "a blank ITL stays blank" {
    voxlist build itl --rollback -o blank.tlv --yes -q 2>/dev/null
    voxlist publish itl --list blank.tlv --to tftp -q
    for step in "stage TVS" "activate TVS --no-proof" "retire TVS --now" "stage CAPF" "rollback CAPF"; do
        # shellcheck disable=SC2086  # words on purpose
        status 0 voxrotate $step
        cmp blank.tlv tftp/ITLFile.tlv
        [[ $step == rollback* ]] || says "is blank and stays so" "voxlist publish itl"
    done
    status 0 voxlist publish itl --to tftp
    status 0 voxrotate stage CAPF
    silent_about "blank"
}

@test "many at once: one begins it, nobody harms the other" {
    for i in 1 2 3 4 5 6; do voxrotate stage TVS -q >out.$i 2>&1 & pids[i]=$!; done
    won=0
    for i in 1 2 3 4 5 6; do if wait "${pids[i]}"; then won=$((won + 1)); fi; done
    [ "$won" -ge 1 ]
    [ "$(states TVS)" = "active pending" ]
    [ "$(voxrotate status --json | jq -r '[.rotations[].step] | join(" ")')" = staged ]
    [ "$(ls state/keys | grep -c ^TVS)" -eq 2 ]
    for verb in "activate TVS --no-proof" "rollback TVS" "activate TVS --no-proof" "rollback TVS"; do
        # shellcheck disable=SC2086  # words on purpose
        voxrotate $verb -q >/dev/null 2>&1 &
    done
    wait
    step=$(voxrotate status --all --json | jq -r '.rotations[-1].step')
    case $step in
    activating) voxrotate activate TVS --no-proof -q ;;
    rolling-back) voxrotate rollback TVS -q ;;
    activated | rolled-back) ;;
    *) false ;;
    esac
    case $(states TVS) in "active retiring" | "active retired") ;; *) false ;; esac
    voxlist verify tftp/ITLFile.tlv -q
    in_list=$(voxlist show tftp/ITLFile.tlv --format json | jq '[.records[] | select(.function == 21)] | length')
    echo "$step: $(states TVS), $in_list in the list"
    case $(states TVS) in "active retiring") [ "$in_list" -eq 2 ] ;; *) [ "$in_list" -eq 1 ] ;; esac
    status 0 voxtrust log --verify
}

@test "a folder that is gone, or takes nothing: nothing is begun; it can be forgotten, and a rotation goes on without it" {
    mkdir tftp2
    voxlist publish itl --to tftp2 -q
    mv tftp2 away
    ls state/keys >keys.before
    status 4 voxrotate stage TVS
    says "tftp2: there is no such folder any more" "voxlist forget $T/tftp2"
    touch tftp2
    status 4 voxrotate stage TVS
    says "tftp2"
    rm tftp2
    ls state/keys | cmp - keys.before
    status 0 voxrotate status
    says "No rotation is open"
    mv away tftp2
    cp tftp/ITLFile.tlv itl.before
    voxrotate stage TVS -q
    rm -r tftp2
    status 4 voxrotate rollback TVS
    says "voxlist forget $T/tftp2"
    [ "$(voxrotate status --json | jq -r '.rotations[0].step')" = staged ]
    status 1 voxlist forget "$T/tftp2" </dev/null
    status 0 voxlist forget "$T/tftp2" --yes
    says "1 list, served from there no longer"
    status 3 voxlist forget "$T/tftp2" --yes
    says "no list is served from there"
    status 0 voxrotate rollback TVS
    [ "$(voxlist show tftp/ITLFile.tlv --format json | jq '[.records[] | select(.function == 21)] | length')" -eq 1 ]
    follows
    voxtrust log | grep -q "voxlist forget $T/tftp2"
    status 0 voxtrust status
    silent_about tftp2
    status 2 voxlist forget
    [ "$(voxlist forget tftp --yes --json | jq -c .)" = "{\"forgotten\":\"$T/tftp\",\"lists\":2}" ]
    voxlist publish itl --to tftp -q # and is taken up again
}

@test "what phones lose that nobody meant to take from them is told" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout foreign.key -out foreign.pem -subj '/CN=another signer' -days 99 2>/dev/null
    voxcert export ITLRecovery -o itlr.pem -q
    voxcert export CallManager -o ccm.pem -q
    voxcert export TVS -o tvs.pem -q
    voxcert export CAPF -o capf.pem -q
    voxlist build itl --sast itlr.pem --sast foreign.pem --tftp ccm.pem --tvs tvs.pem --capf capf.pem -o own.tlv -q \
        --signer "$(ls state/keys/ITLRecovery-*)" --signer-cert itlr.pem
    voxlist publish itl --list own.tlv --to tftp -q 2>/dev/null
    status 0 voxrotate stage TVS
    says "ITLFile.tlv: phones will lose SAST CN=another signer"
    [ "$(grep -c 'phones will lose' <<<"$output")" -eq 1 ]
    status 0 voxrotate rollback TVS
    cmp own.tlv tftp/ITLFile.tlv
    for step in "stage CAPF" "activate CAPF --no-proof" "retire CAPF --now"; do
        # shellcheck disable=SC2086  # words on purpose
        status 0 voxrotate $step
        [[ $step == stage* ]] || silent_about "phones will lose"
    done
}
