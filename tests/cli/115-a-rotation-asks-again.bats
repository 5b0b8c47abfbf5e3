#!/usr/bin/env bats
# What is looked at again at a rotation's later steps: the phones, the new certificate's end, and the step that it stands at.

load ../harness/cli
load ../harness/terminal

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
}

states() { voxcert list "$1" --all --json | jq -r '[.certificates[].state] | sort | join(" ")'; }

@test "phones are asked about each service's new certificate, ITLRecovery's too" {
    printf 'device,model,ctl,itl\nSEP000000000001,8841,1,2\nSEP000000000002,7940,1,\n' >two.csv
    voxtrust phones import two.csv -q
    voxrotate stage ITLRecovery -q
    status 1 voxrotate activate ITLRecovery --no-proof
    says "1 only when a TVS confirms it, 1 would be locked out" "SEP000000000002" "--force=1"
    [ "$(states ITLRecovery)" = "active pending" ]
}

# holds LIST ROLE: the SHA-256 of the certificates that stand in it with that role.
holds() { voxlist show "tftp/$1File.tlv" --format json | jq -r "[.records[] | select(.role == \"$2\") | .certificate.sha256] | unique | join(\" \")"; }
# those_in STATES SERVICE: the SHA-256 of its certificates in these states.
those_in() { voxcert list "$2" --all --json | jq -r "[.certificates[] | select(.state | test(\"$1\")) | .sha256] | unique | join(\" \")"; }

@test "until it is retired, lists hold the old and the new certificate of whatever service" {
    voxcert new CallManager-ECDSA -q
    voxlist mode mixed --yes -q
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    for service in CAPF TVS ITLRecovery CallManager CallManager-ECDSA; do
        voxrotate stage "$service" -q
        for state in "active|pending" "active|retiring"; do
            both=$(those_in "$state" "$service")
            [ "$(wc -w <<<"$both")" -eq 2 ]
            for one in $both; do
                case $service in
                CAPF) for list in CTL ITL; do grep -qw "$one" <<<"$(holds $list capf)"; done ;;
                TVS) grep -qw "$one" <<<"$(holds ITL tvs)" ;;
                ITLRecovery) for list in CTL ITL; do grep -qw "$one" <<<"$(holds $list sast)"; done ;;
                CallManager) for list in CTL ITL; do grep -qw "$one" <<<"$(holds $list ccm-tftp)"; done ;;
                CallManager-ECDSA) grep -qw "$one" <<<"$(holds CTL ccm-tftp)" ;;
                esac
            done
            [ "$state" = "active|retiring" ] || voxrotate activate "$service" --no-proof -q
        done
        voxrotate retire "$service" --now -q
    done
}

@test "a new certificate that has ended before its turn is not activated" {
    voxrotate stage CAPF --days 1 -q
    later +3d status 1 voxrotate activate CAPF --no-proof
    says "the new certificate has ended meanwhile" "voxrotate rollback CAPF"
    [ "$(states CAPF)" = "active pending" ]
    voxrotate rollback CAPF -q
}

@test "activated once more it changes nothing; while it is retired it is not activated" {
    voxrotate stage CAPF -q
    voxrotate activate CAPF --no-proof -q
    before=$(voxtrust log --json | jq length)
    status 0 voxrotate activate CAPF --no-proof
    [ "$(voxtrust log --json | jq length)" = "$before" ]
    sqlite3 state/voxtrust.db "UPDATE rotations SET step = 'retiring'" # as a run that was killed there leaves it
    status 3 voxrotate activate CAPF --no-proof
    says "is retiring: it cannot be activated now"
    status 3 voxrotate rollback CAPF
    says "it cannot be rolled back now"
}

# meanwhile COMMAND...: COMMAND at a terminal; while its question stands there two phones become known, then it hears yes. $status, $output.
meanwhile() {
    rm -f keys screen
    mkfifo keys
    script -qec "$*" /dev/null <keys >screen 3>&- 8<&- &
    SCRIPT=$!
    exec 8>keys
    until_seen '[y/N'
    voxtrust phones import two.csv -q
    echo y >&8
    status=0
    wait "$SCRIPT" || status=$?
    exec 8>&-
    output=$(cat screen)
}

@test "phones that become known while a question stands there are asked about, too" {
    needs_a_terminal
    printf 'device,model,ctl,itl\nSEP000000000001,8841,1,2\nSEP000000000002,7940,1,\n' >two.csv
    voxcert new ITLRecovery --replace --yes -q # the lists that phones hold name the old one, and CallManager's
    for command in 'voxcert new CallManager --replace' 'voxcert delete CallManager --force'; do
        sqlite3 state/voxtrust.db 'DELETE FROM inventory'
        before=$(voxcert list CallManager --all --json | jq -c '[.certificates[] | .sha256, .state]'; ls state/keys)
        meanwhile "$command"
        [ "$status" -eq 1 ] || { echo "$output" >&2; return 1; }
        says "would be locked out" "SEP000000000002"
        [ "$before" = "$(voxcert list CallManager --all --json | jq -c '[.certificates[] | .sha256, .state]'; ls state/keys)" ]
    done
}
