# A backup is whole, whatever happens meanwhile, and says what is not in it.
load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    voxtrust node add cm1 -q
}

@test "a backup is a store as of one moment, closed to others" {
    umask 000
    status 0 voxtrust backup b.db
    [ "$(stat -c %a b.db)" = 600 ]
    [ "$(sqlite3 b.db 'SELECT name FROM nodes')" = cm1 ]
    [ ! -e b.db-wal ]
    [ "$(voxtrust log --last 1 --json | jq -r '.entries[0].what')" = "voxtrust backup b.db" ]
}

@test "it says that private keys are not in it, and where they are" {
    voxcert new CAPF -q
    status 0 voxtrust backup b.db
    says "Private keys are NOT in it (1 file in $T/state/keys)" "keep a copy of that folder"
    [ "$(voxtrust backup b.db --json | jq -c '[.keys_not_included, .key_files]')" = "[\"$T/state/keys\",1]" ]
    grep -c 'PRIVATE KEY' "$(ls state/keys/*CAPF*)"
    run grep -a 'PRIVATE KEY' b.db
    [ "$status" -eq 1 ]
}

@test "a backup while others write is consistent" {
    for i in $(seq 2 40); do voxtrust node add "cm$i" -q; done &
    writer=$!
    n=0
    while kill -0 "$writer" 2>/dev/null; do
        n=$((n + 1))
        voxtrust backup "b$n.db" -q
    done
    wait "$writer"
    [ "$n" -gt 0 ]
    for b in b*.db; do
        [ "$(sqlite3 -readonly "$b" 'PRAGMA integrity_check')" = ok ]
        # A node and its entry in the log are one transaction: a backup has both or neither.
        [ "$(sqlite3 -readonly "$b" "SELECT (SELECT count(*) FROM nodes) = (SELECT count(*) FROM audit WHERE what LIKE 'voxtrust node add%')")" = 1 ]
    done
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 40 ]
    status 0 voxtrust log --verify
}

@test "the last backup is replaced, anything else is not" {
    voxtrust backup b.db -q
    status 0 voxtrust backup b.db
    echo precious >other
    status 3 voxtrust backup other
    [ "$(cat other)" = precious ]
    status 2 voxtrust backup state/voxtrust.db
    says "this is the store itself"
    status 2 voxtrust backup -
    status 4 voxtrust backup nowhere/b.db
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 1 ]
}

@test "a full disk leaves the earlier backup" {
    voxtrust backup b.db -q
    before=$(sha256sum b.db)
    voxtrust node add cm2 -q
    (
        ulimit -f 8
        trap '' XFSZ
        exec voxtrust backup b.db
    ) 2>err && return 1
    [ "$(sha256sum b.db)" = "$before" ]
    [ -s err ]
    run find . -name '*.tmp*'
    [ -z "$output" ]
}
