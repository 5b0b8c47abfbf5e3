#!/usr/bin/env bats
# Two runs of one rotation: the second is told who runs it. Folders that are gone: what can be done is said.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp tftp2
    voxlist publish itl --to tftp -q
    voxlist publish itl --to tftp2 -q
    RUNNER=
}

teardown() {
    [ -z "$RUNNER" ] || kill "$RUNNER" 2>/dev/null || true
    cd / && rm -rf "$T"
}

@test "the second run says whose process runs it already, and is no honest no" {
    voxrotate run TVS --every 1 --no-proof >run.log 2>&1 3>&- &
    RUNNER=$!
    until_true grep -q '^Waits' run.log
    status 4 voxrotate run TVS --once --no-proof --or-after 0
    says "the rotation of TVS of node cm1 is run by process $RUNNER of $(id -un) already" "voxrotate status"
    [ "$(voxrotate status --json | jq -r '.rotations[0].step')" = staged ]
    # another rotation is another matter, and so are steps by hand
    status 3 voxrotate run tomcat --once --no-proof
    says "there is no tomcat certificate"
    status 0 voxrotate activate TVS --no-proof --force=0
    # whoever is killed holds nothing up
    kill -KILL "$RUNNER"
    wait "$RUNNER" || true
    RUNNER=
    status 0 voxrotate run TVS --once --no-proof --grace 0
    says Retired
}

@test "a step that goes on when its folder is gone says what to do" {
    voxrotate stage TVS -q
    sqlite3 state/voxtrust.db "UPDATE rotations SET step = 'staging'" # as if it had been killed there
    rm -r tftp2
    for way in "stage TVS" "run TVS --once --no-proof"; do
        status 4 voxrotate $way
        says "$T/tftp2: there is no such folder any more" "voxlist forget $T/tftp2"
    done
    touch tftp2
    status 4 voxrotate stage TVS
    says "$T/tftp2: is no folder any more" "voxlist forget $T/tftp2"
    rm tftp2
    voxlist forget "$T/tftp2" -y -q
    status 0 voxrotate stage TVS
    status 4 voxlist publish itl --to tftp2
    says "tftp2: there is no such folder: make it first"
    status 4 voxlist rollback 2
    says "$T/tftp2: there is no such folder" "voxlist forget $T/tftp2"
}

@test "a canary in a folder that is gone: told, and over when the folder is forgotten" {
    printf 'device,model,ctl,itl\nSEP1,8841,none,1\nSEP2,8841,none,1\n' >phones.csv
    voxtrust phones import phones.csv -q
    voxcert new TVS --node cm1 --replace -y -q
    voxlist canary start itl --to tftp2 --device SEP1 -q
    rm -r tftp2
    for way in "promote --device SEP2" "promote --all" withdraw; do
        status 4 voxlist canary $way
        says "$T/tftp2: there is no such folder" "voxlist forget $T/tftp2"
    done
    voxlist forget "$T/tftp2" -y -q
    [ "$(voxlist canary status --json)" = "[]" ]
    run voxtrust status
    silent_about tftp2
    status 0 voxlist canary start itl --to tftp --device SEP1
}
