#!/usr/bin/env bats
# Some phones try a list first, under their own names; more follow, then all; or it is taken back. Killed anywhere, it goes on.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    cp tftp/ITLFile.tlv first.itl
}

# known N: so many phones of model 8841, one 7962, which hold what is published.
known() {
    {
        echo device,model,ctl,itl
        for ((i = 1; i <= $1; i++)); do printf 'SEP%012d,8841,1,2\n' "$i"; done
        echo SEP0000000000FF,7962,1,2
    } >phones.csv
    voxtrust phones import phones.csv -q
}
boot() { voxphone boot --tftp tftp --state phones --name "$1" --json; }
itl_of() { jq -r '.steps[1].verdict' <<<"$output"; }
own_files() { (cd "${1:-tftp}" && echo ITLSEP*); }
json() {
    run --separate-stderr "${@:2}" --json
    [ "$status" -eq "$1" ] || { printf '%s\n%s\n' "$output" "$stderr" >&2; return 1; }
}

@test "two phones try it, then a quarter, then all" {
    known 40
    for phone in 1 2 3; do boot "SEP00000000000$phone" >/dev/null; done
    voxcert new TVS --replace --yes -q
    status 0 voxlist canary start itl --to tftp --device SEP000000000001 --device SEP0000000000FF
    says "2 phones have the new ITL under the own name" "2 accept it"
    [ "$(own_files)" = "ITLSEP000000000001.tlv ITLSEP0000000000FF.tlv" ]
    cmp tftp/ITLFile.tlv first.itl
    # Real phones: the one follows, the other keeps what it has.
    status 0 boot SEP000000000001
    [ "$(itl_of)" = accepted ]
    cmp phones/SEP000000000001/ITLFile.tlv tftp/ITLSEP000000000001.tlv
    status 0 boot SEP000000000002
    [ "$(itl_of)" = held ]
    # Who was seen with it?
    printf 'device,ctl,itl\nSEP000000000001,1,%s\n' "$(sha256sum <tftp/ITLSEP000000000001.tlv | cut -d ' ' -f 1)" >seen.csv
    voxtrust phones import seen.csv -q
    json 0 voxlist canary status
    jq -e '.[0] | .phones == 2 and .with_it == ["SEP000000000001"] and .not_seen == ["SEP0000000000FF"] and .step == "open"' <<<"$output"
    status 0 voxlist canary status
    says "1 of 2 phones were seen with it" "1 not seen since: SEP0000000000FF"
    # The server's log says it as well.
    echo "$(LC_ALL=C date -d '+60 seconds' '+%b %e %H:%M:%S') host dnsmasq-tftp[7]: sent $T/tftp/ITLSEP0000000000FF.tlv to 192.0.2.9" >log
    voxtrust phones import log -q
    status 0 voxlist canary status
    says "2 of 2 phones were seen with it"
    # A quarter: of each model, rounded up; a greater share holds the smaller one.
    json 0 voxlist canary promote --share 10
    jq -e '.phones == 6 and .added == 4' <<<"$output"
    small=$(own_files)
    json 0 voxlist canary promote itl --to tftp --share 25%
    for file in $small; do [ -e "tftp/$file" ]; done
    n=$(ls tftp/ITLSEP* | wc -l)
    [ "$n" -ge 11 ] && [ "$n" -le 12 ] # ten of forty, SEP000000000001 if it is not among them, the 7962
    status 0 voxlist canary promote --share 25
    says "0 more phones"
    # All.
    cp tftp/ITLSEP000000000001.tlv new.itl
    status 0 voxlist canary promote --all
    says "everybody's list now" "accept it"
    cmp tftp/ITLFile.tlv new.itl
    [ "$(own_files)" = "ITLSEP*" ]
    status 0 boot SEP000000000001
    [ "$(itl_of)" = held ]
    status 0 boot SEP000000000002
    [ "$(itl_of)" = accepted ]
    status 0 voxlist canary status
    says "No canary is open"
    json 0 voxlist canary status --all
    jq -e '.[0].step == "promoted"' <<<"$output"
    [ "$(voxlist history --json | jq -r '[.[] | select(.current).name] | sort | join(" ")')" = "CTLFile.tlv ITLFile.tlv" ]
    voxtrust log --verify -q
    voxtrust status -q
}

@test "withdrawn: phones fall back to what all have, when they would take it" {
    known 5
    boot SEP000000000001 >/dev/null
    voxcert new TVS --replace --yes -q
    voxlist canary start itl --to tftp --match 'SEP00000000000[12]' -q
    status 0 boot SEP000000000001
    [ "$(itl_of)" = accepted ]
    status 0 voxlist canary withdraw
    says "the own files of 2 phones are gone" "2 accept it"
    [ "$(own_files)" = "ITLSEP*" ]
    status 0 boot SEP000000000001
    [ "$(itl_of)" = accepted ]
    cmp phones/SEP000000000001/ITLFile.tlv first.itl
    voxtrust log --verify -q
}

@test "withdrawing would lock them out: refused, the files stay" {
    mkdir alone && voxlist publish itl --to alone -q # a cluster without a CTL
    known 5
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --replace --yes -q
    # Only a TVS carries phones to this one; and from it nothing leads back.
    voxlist canary start itl --to alone --device SEP000000000001 -q
    printf 'device,ctl,itl\nSEP000000000001,none,%s\n' "$(sha256sum <alone/ITLSEP000000000001.tlv | cut -d ' ' -f 1)" >seen.csv
    voxtrust phones import seen.csv -q
    status 1 voxlist canary withdraw
    says "1 of 1 phones would be locked out" "SEP000000000001"
    [ "$(own_files alone)" = "ITLSEP000000000001.tlv" ]
    # Nothing is known of it: it may hold the list, and that is enough.
    voxlist canary promote itl --device SEP0000000000AA -q
    sqlite3 state/voxtrust.db "DELETE FROM inventory"
    status 1 voxlist canary withdraw
    says "would refuse it"
    status 0 voxlist canary withdraw --force
    [ "$(own_files alone)" = "ITLSEP*" ]
}

@test "phones of the canary that would be locked out: refused, nothing changed" {
    known 5
    voxcert export ITLRecovery -o old.crt -q
    for service in ITLRecovery CallManager; do voxcert new $service --replace --yes -q; done
    voxcert new TVS --replace --yes -q --force=6
    status 1 voxlist canary start itl --to tftp --share 50
    says "4 of 4 phones would be locked out"
    [ "$(own_files)" = "ITLSEP*" ]
    status 0 voxlist canary status
    says "No canary is open"
    status 1 voxlist canary start itl --to tftp --share 50 --force=3
    says "not 3"
    status 1 voxlist canary start itl --to tftp --share 50 --force=5
    status 0 voxlist canary start itl --to tftp --share 50 --force=4
    # One that was restarted and did not take it.
    printf 'device,itl,seen\nSEP0000000000FF,2,%s\n' "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" >seen.csv
    voxtrust phones import seen.csv -q
    status 1 voxlist canary status
    says "1 seen with another list since: SEP0000000000FF"
}

@test "CTLs as well, and phones with a list of their own" {
    known 3
    voxlist publish ctl --to tftp --device SEP000000000001 -q
    voxcert new CAPF --replace --yes -q
    status 3 voxlist canary start ctl --to tftp --device SEP000000000001
    says "has a list of its own, CTLSEP000000000001.tlv"
    status 0 voxlist canary start ctl --to tftp --device SEP000000000002
    [ "$(cd tftp && echo CTLSEP*)" = "CTLSEP000000000001.tlv CTLSEP000000000002.tlv" ]
    status 3 voxlist canary start ctl --to tftp --device SEP000000000003
    says "under way in"
    voxcert new TVS --replace --yes -q
    status 0 voxlist canary start itl --to tftp --device SEP000000000002
    status 2 voxlist canary withdraw # of which?
    says "2 canaries are open"
    status 0 voxlist canary withdraw ctl
    status 0 voxlist canary promote itl --all
    [ "$(cd tftp && echo CTLSEP*)" = CTLSEP000000000001.tlv ]
}

@test "what was published for all meanwhile is not undone" {
    known 5
    voxcert new TVS --replace --yes -q
    voxlist canary start itl --to tftp --device SEP000000000001 -q
    voxcert new CAPF --replace --yes -q
    voxlist publish itl --to tftp -q
    cp tftp/ITLFile.tlv newer.itl
    status 1 voxlist canary promote --device SEP000000000002
    says "published again since, as version 4"
    status 1 voxlist canary promote --all
    cmp tftp/ITLFile.tlv newer.itl
    status 0 voxlist canary withdraw
    # A rotation would give to all what a canary tries: it does not begin. One that is under way takes the phones along.
    voxlist canary start itl --to tftp --list first.itl --device SEP000000000001 -q 2>/dev/null
    status 1 voxrotate stage CallManager
    says "a canary of the itl in $T/tftp is open" "voxlist canary withdraw"
    voxlist canary withdraw -q
    voxrotate stage CallManager -q 2>/dev/null
    voxcert new CAPF --replace --yes -q
    voxlist canary start itl --to tftp --device SEP000000000001 -q
    boot SEP000000000001 >/dev/null
    voxrotate rollback CallManager -q 2>/dev/null
    status 0 boot SEP000000000001
    [ "$(itl_of)" = accepted ]
    status 0 voxlist canary withdraw
    status 0 boot SEP000000000001
    cmp phones/SEP000000000001/ITLFile.tlv tftp/ITLFile.tlv
}

@test "the status tells of it, and has nothing against it" {
    known 5
    voxcert new TVS --replace --yes -q
    status 1 voxtrust status # the list for all is not what the cluster is
    voxlist canary start itl --to tftp --share 50 -q
    status 0 voxtrust status
    says "Canary of the itl in $T/tftp: 4 phones (open)" "canary"
    silent_about ITLSEP
    rm "tftp/$(own_files | cut -d ' ' -f 1)"
    status 1 voxtrust status
    says "the files of 1 of its 4 phones are not its list"
    voxlist canary withdraw -q
    voxlist canary start itl --to tftp --share 50 -q
    voxcert new CAPF --replace --yes -q
    status 1 voxtrust status
    says "after its canary began: 'voxlist canary withdraw'"
    json 1 voxtrust status
    jq -e '.canaries[0].phones == 4 and .canaries[0].step == "open"' <<<"$output"
    sqlite3 state/voxtrust.db "UPDATE canaries SET step = 'withdrawing' WHERE step = 'open'"
    status 1 voxtrust status
    says "was interrupted: 'voxlist canary withdraw' goes on"
    status 0 voxlist canary withdraw
}

@test "a folder that does not take the files: as if it had not begun" {
    known 5
    voxcert new TVS --replace --yes -q
    mkdir tftp/.ITLSEP000000000002.tlv.publishing # in the way
    status 4 voxlist canary start itl --to tftp --match 'SEP00000000000[123]'
    says "no phone has got it, and the canary is closed again"
    [ "$(own_files)" = "ITLSEP*" ]
    status 0 voxlist canary status
    says "No canary is open"
    rmdir tftp/.ITLSEP000000000002.tlv.publishing
    status 0 voxlist canary start itl --to tftp --match 'SEP00000000000[123]'
    mkdir tftp/.ITLSEP000000000004.tlv.publishing
    status 4 voxlist canary promote --match 'SEP00000000000[45]'
    rmdir tftp/.ITLSEP000000000004.tlv.publishing
    status 0 voxlist canary status
    says "interrupted: 'voxlist canary promote' goes on"
    status 0 voxlist canary promote
    [ "$(own_files | wc -w)" = 5 ]
    diff <(cd tftp && ls) <(cd tftp && ls -A)
}

@test "wrong arguments, and nothing to try" {
    status 2 voxlist canary start itl --to tftp
    says "which phones"
    status 2 voxlist canary start --to tftp --share 5
    status 2 voxlist canary start itl --share 5
    status 2 voxlist canary start itl --to tftp --share 100
    status 2 voxlist canary start itl --to tftp --device ../x
    status 3 voxlist canary start itl --to tftp --share 5
    says "no known phone is meant"
    status 4 voxlist canary start itl --to missing --device SEP000000000001
    status 3 voxlist canary withdraw
    says "no such canary is open"
    status 3 voxlist canary promote --all
    mkdir other
    status 3 voxlist canary start itl --to other --device SEP000000000001
    says "nothing is published in"
    status 3 voxlist canary start itl --to tftp --list first.itl --device SEP000000000001
    says "served this very list already"
    voxcert new TVS --replace --yes -q
    voxlist canary start itl --to tftp --device SEP000000000001 -q
    status 2 voxlist canary promote
    says "to which phones"
    status 2 voxlist canary promote --all --share 5
}

done_already() {
    [ "$(voxlist canary status --all --json | jq -r '.[-1].step')" = "$STEP" ] && [ "$(cd tftp && sha256sum -- *)" = "$WANTED" ]
}

# killed_at COMMAND...: at every third system call that changes something, from what is kept; the same command then ends well.
killed_at() {
    local points=0 call k
    rm -rf kept && mkdir kept && cp -r state tftp kept/
    "$@" -q
    WANTED=$(cd tftp && sha256sum -- *)
    VERSIONS=$(voxlist history --json | jq length)
    STEP=$(voxlist canary status --all --json | jq -r '.[-1].step')
    for call in pwrite64 fsync rename unlink; do
        for ((k = 1; ; k += 3)); do
            rm -rf state tftp && cp -r kept/. .
            run strace -f -o trace -e trace=$call -e inject=$call:signal=KILL:when=$k "$@" -q
            [ "$status" -eq 0 ] && break
            points=$((points + 1))
            for file in tftp/*; do voxlist verify "$file" -q; done # whole, whatever lies there now
            done_already || status 0 "$@"
            diff <(cd tftp && ls) <(cd tftp && ls -A) # no left-overs
            diff <(cd tftp && sha256sum -- *) - <<<"$WANTED"
            [ "$(voxlist history --json | jq length)" -eq "$VERSIONS" ]
            voxtrust log --verify -q
        done
    done
    [ "$points" -gt 5 ]
}

@test "killed at any point, each step goes on with the same command" {
    strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
    export ASAN_OPTIONS=detect_leaks=0 # it cannot run under a tracer
    known 3
    voxcert new TVS --replace --yes -q
    voxlist build itl -o new.itl -q
    killed_at voxlist canary start itl --to tftp --list new.itl --device SEP000000000001 --device SEP000000000002
    killed_at voxlist canary promote --device SEP000000000003
    rm -rf open && mkdir open && cp -r state tftp open/
    killed_at voxlist canary promote --all
    rm -rf state tftp && cp -r open/. .
    killed_at voxlist canary withdraw
}
