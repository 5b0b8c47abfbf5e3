#!/usr/bin/env bats
# A thousand phones start before a rotation, between its steps and after it; the log of what they fetch is followed all the while. None is
# lost, and what the store knows of them is what they hold.

load ../harness/cli
load ../harness/daemon

story_setup() {
    PHONES=1000
    # Instrumented programs take several times as long to start and to verify.
    case ${VOX_BUILD##*/} in asan | msan | valgrind | coverage) PHONES=200 ;; esac
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    : >log
    FOLLOWER=
}

teardown() {
    [ -z "$FOLLOWER" ] || kill "$FOLLOWER" 2>/dev/null || true
    stop_tvsd
    cd / && rm -rf "$T"
}

# start_them: all phones start, all goes well, and the server that they fetch from writes it down.
start_them() {
    status 0 voxphone boot --tftp tftp --state phones --name SEP000000000000 --count "$PHONES" --tvs "$AT"
    says "$PHONES of $PHONES phones: all went well"
    # in one piece, as a burst
    awk -v n="$PHONES" -v now="$(LC_ALL=C date '+%b %e %H:%M:%S')" -v dir="$T/tftp" 'BEGIN { for (i = 0; i < n; i++) {
        phone = sprintf("SEP%012X", i); address = "10.0." int(i / 250) "." i % 250 + 1
        print now " host dnsmasq-tftp[7]: file " dir "/CTL" phone ".tlv not found for " address
        print now " host dnsmasq-tftp[7]: sent " dir "/CTLFile.tlv to " address
        print now " host dnsmasq-tftp[7]: file " dir "/ITL" phone ".tlv not found for " address
        print now " host dnsmasq-tftp[7]: sent " dir "/ITLFile.tlv to " address } }' >burst
    cat burst >>log
    until_true all_up_to_date
    the_store_is_right
}

# groups: "CTL ITL PHONES" for each combination that is held.
groups() { voxtrust phones count --json | jq -r '.groups[] | "\(.ctl) \(.itl) \(.phones)"'; }
all_up_to_date() { [ "$(groups)" = "$(newest ctl) $(newest itl) $PHONES" ]; }
newest() { sqlite3 -readonly state/voxtrust.db "SELECT max(number) FROM lists WHERE kind = '$1'"; }

# the_store_is_right: what each phone holds is what the store says.
the_store_is_right() {
    sqlite3 -readonly -separator ' ' state/voxtrust.db "SELECT name, ctl, itl FROM inventory ORDER BY name" >said
    (cd phones && paste -d ' ' <(ls) <(sha256sum -- */CTLFile.tlv | cut -d ' ' -f 1) <(sha256sum -- */ITLFile.tlv | cut -d ' ' -f 1)) >held
    cmp said held
}

# outdated: how many hold another list than is served.
outdated() { voxtrust phones list --outdated --json | wc -l; }

@test "before, after each step, and at the end every phone is well, and known as it is" {
    start_tvsd
    voxtrust phones follow log -q 3>&- &
    FOLLOWER=$!
    start_them
    status 0 voxrotate plan CallManager
    status 0 voxrotate stage CallManager
    [ "$(outdated)" -eq "$PHONES" ]
    the_tvs_knows
    start_them
    [ "$(outdated)" -eq 0 ]
    status 0 voxrotate activate CallManager --no-proof
    the_tvs_knows
    start_them
    status 0 voxrotate retire CallManager --now
    the_tvs_knows
    start_them
    [ "$(voxrotate status --json | jq '.rotations | length')" -eq 0 ]
    # an ordinary publication afterwards would lose nobody
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tvs -q
    voxcert new CallManager --node cm2 -q
    voxlist publish ctl --to tftp --json | jq -e ".[0].known_phones | .all == $PHONES and .accept == $PHONES"
    status 0 voxtrust log --verify
    kill -TERM "$FOLLOWER"
    wait "$FOLLOWER"
    FOLLOWER=
}
