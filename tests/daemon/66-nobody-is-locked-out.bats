#!/usr/bin/env bats
# Whatever is done in whatever order, as long as the programs allow it: no phone that reaches its servers is ever locked out.

load ../harness/cli
load ../harness/daemon

story_setup() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    PHONES="SEP000000000001 SEP000000000002 SEP000000000003 SEP000000000004"
    SERVICES=(CallManager TVS CAPF ITLRecovery)
}

# boot FOLDER PHONE: it starts; its cached words of TVS are forgotten, so that it depends on what runs now.
boot() {
    rm -f "$1/$2/tvs.json"
    voxphone boot --tftp tftp --state "$1" --name "$2" --tvs "$AT" --json
}

# learn PHONE: what it holds, as an access log would tell.
learn() {
    {
        echo device,ctl,itl
        echo "$1,$(sha256sum <"phones/$1/CTLFile.tlv" | cut -d ' ' -f 1),$(sha256sum <"phones/$1/ITLFile.tlv" | cut -d ' ' -f 1)"
    } >learnt.csv
    voxtrust phones import learnt.csv -q
}

# nobody_is_lost: each phone, as it is now, would be well if it started now. Tried on copies.
nobody_is_lost() {
    local phone
    rm -rf copies
    cp -r phones copies
    for phone in $PHONES; do
        boot copies "$phone" >booted || { echo "seed $SEED, after: ${DONE[*]}" >&2; cat booted >&2; return 1; }
    done
}

# the_tvs_follows: it shows the certificate that is active.
the_tvs_follows() {
    kill -HUP "$DAEMON"
    voxcert export TVS -o active.pem -q
    until_true shows_active
}
shows_active() { openssl s_client -connect "$AT" </dev/null 2>/dev/null | openssl x509 -outform DER 2>/dev/null | cmp -s - <(openssl x509 -in active.pem -outform DER); }

# one: something at random: a phone starts, a rotation begins, or one that is open goes on, wherever it is.
one() {
    local service=${SERVICES[RANDOM % 4]} phone open
    mapfile -t open < <(voxrotate status --json | jq -r '.rotations[].service')
    [ ${#open[@]} -eq 0 ] || open=("${open[RANDOM % ${#open[@]}]}")
    case $((RANDOM % 20)) in
    0 | 1)
        phone=SEP00000000000$((RANDOM % 3 + 1))
        [ $((RANDOM % 8)) -ne 0 ] || phone=SEP000000000004 # it is switched off most of the time
        boot phones "$phone" >booted || { cat booted >&2; return 1; }
        learn "$phone"
        DONE+=("$phone starts")
        ;;
    2 | 3 | 4 | 5 | 6 | 7) voxrotate stage "$service" -q 2>said && DONE+=("stage $service") ;;
    8 | 9 | 10 | 11 | 12 | 13) voxrotate activate "${open:-TVS}" --no-proof -q 2>said && DONE+=("activate ${open:-TVS}") ;;
    14 | 15 | 16 | 17 | 18) voxrotate retire "${open:-TVS}" --now -q 2>said && DONE+=("retire ${open:-TVS}") ;;
    19) voxrotate rollback "${open:-TVS}" -q 2>said && DONE+=("rollback ${open:-TVS}") ;;
    esac
    case ${DONE[-1]} in *TVS) the_tvs_follows ;; esac
    the_tvs_knows
    nobody_is_lost
}

run_of() {
    local phone i
    SEED=$1 DONE=(begin)
    RANDOM=$1
    start_tvsd
    for phone in $PHONES; do
        boot phones "$phone" >/dev/null
        learn "$phone"
    done
    for ((i = 0; i < 90; i++)); do one; done
    printf '%s\n' "${DONE[@]}" >done
    # Something of each kind was done: a run in which all is refused shows nothing.
    for word in stage activate retire starts; do grep -q "$word" done || { cat done >&2; return 1; }; done
}

@test "a first run" { run_of 20261; }
@test "a second one" { run_of 20262; }
