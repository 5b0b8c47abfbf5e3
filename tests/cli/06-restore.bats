# A backup is put back: checked first, asked for, and what was there is kept.
load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 -q
    voxtrust backup b.db -q
    voxtrust node add cm2 -q
}

nodes() { voxtrust node list --json | jq -c '[.nodes[].name]'; }

@test "back to the backup; the old store is kept" {
    status 0 voxtrust restore b.db --yes
    says "restored" "$T/state/voxtrust.db.before-restore" "Private keys are not part of a backup" "$T/state/keys"
    [ "$(nodes)" = '["cm1"]' ]
    [ "$(sqlite3 -readonly state/voxtrust.db.before-restore 'SELECT count(*) FROM nodes')" = 2 ]
    status 0 voxtrust log --verify
    [ "$(voxtrust log --last 1 --json | jq -r '.entries[0].what')" = "voxtrust restore b.db" ]
}

@test "not without a yes" {
    status 1 setsid -w voxtrust restore b.db
    says "not restored" "--yes"
    [ "$(nodes)" = '["cm1","cm2"]' ]
}

@test "a store that was lost needs no question" {
    rm -r state
    status 0 setsid -w voxtrust restore b.db
    silent_about before-restore
    [ "$(nodes)" = '["cm1"]' ]
    [ "$(stat -c %a state state/voxtrust.db | paste -sd' ')" = '700 600' ]
}

@test "a store that was damaged is replaced, and kept as it is" {
    dd if=/dev/urandom of=state/voxtrust.db bs=4096 count=3 conv=notrunc status=none
    damaged=$(sha256sum <state/voxtrust.db)
    status 4 voxtrust node list
    status 0 voxtrust restore b.db --yes
    [ "$(nodes)" = '["cm1"]' ]
    [ "$(sha256sum <state/voxtrust.db.before-restore)" = "$damaged" ]
}

@test "a file that is no sound backup changes nothing" {
    head -c 20000 /dev/urandom >noise.db
    head -c 8192 b.db >cut.db
    sqlite3 other.db 'CREATE TABLE t (x)'
    cp b.db edited.db && sqlite3 edited.db "UPDATE audit SET what = 'nothing' WHERE number = 2"
    : >empty.db
    for f in noise.db cut.db other.db edited.db empty.db; do
        status 3 voxtrust restore "$f" # nobody is asked about what cannot be
        status 3 voxtrust restore "$f" --yes
        says "$f: "
        [ "$(nodes)" = '["cm1","cm2"]' ]
    done
    status 4 voxtrust restore missing.db --yes
    status 3 voxtrust restore . --yes
    status 2 voxtrust restore state/voxtrust.db --yes
    [ ! -e state/voxtrust.db.before-restore ]
    status 0 voxtrust log --verify
}

@test "keys that are not there are told at once" {
    voxcert new CAPF -q
    voxtrust backup b2.db -q
    key=$(ls state/keys/*CAPF*)
    mv "$key" saved
    status 0 voxtrust restore b2.db --yes
    says "warning: CAPF: its private key is missing: put $T/$key back" "see the warnings"
    [ "$(voxtrust restore b2.db --yes --json 2>/dev/null | jq -c '[.keys_missing, .kept]')" = "[1,\"$T/state/voxtrust.db.before-restore\"]" ]
    mv saved "$key"
    status 0 voxtrust restore b2.db --yes
    silent_about warning
}
