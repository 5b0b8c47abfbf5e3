# Who did what, and whether somebody edited the record of it.
load ../harness/cli

story_setup() {
    voxtrust init --cluster lab -q
    for i in 1 2 3 4; do voxtrust node add "cm$i" -q; done
}

# edit SQL: as somebody with the sqlite3 shell would.
edit() { sqlite3 state/voxtrust.db "$1"; }

@test "every change is there, with who made it" {
    voxtrust node remove cm4 -q
    status 0 voxtrust log
    says "voxtrust init lab" "voxtrust node add cm1" "voxtrust node remove cm4" "$(id -un)($(id -u))"
    [ "$(voxtrust log --json | jq -c '[.entries[].number]')" = '[1,2,3,4,5,6]' ]
}

@test "what was refused changed nothing and is not there" {
    status 3 voxtrust node add cm1
    status 3 voxtrust node remove cm9
    [ "$(voxtrust log --json | jq '.entries | length')" = 5 ]
}

@test "the newest entries alone" {
    [ "$(voxtrust log --last 2 --json | jq -c '[.entries[].number]')" = '[4,5]' ]
    [ "$(voxtrust log -n 100 --json | jq '.entries | length')" = 5 ]
    for n in 0 -1 x 1x '' 99999999999999999999999; do status 2 voxtrust log "--last=$n"; done
}

@test "an untouched log is confirmed, with the hash to keep elsewhere" {
    status 0 voxtrust log --verify
    says "5 entries" "$(voxtrust log --last 1 --json | jq -r '.entries[0].hash')"
    [ "$(voxtrust log --verify --json | jq -c .)" = '{"valid":true,"entries":5,"reason":null}' ]
}

@test "every kind of editing is noticed, and the first wrong entry is named" {
    cp -r state good
    while IFS='|' read -r number sql; do
        edit "$sql"
        status 1 voxtrust log --verify
        says "entry $number"
        [ "$(voxtrust log --verify --json | jq .valid)" = false ]
        status 1 voxtrust status --quiet
        says "audit log: "
        rm -r state && cp -r good state
    done <<'EDITS'
2|UPDATE audit SET what = 'voxtrust node add cm9' WHERE number = 2
3|UPDATE audit SET who = 'mallory(1000)' WHERE number = 3
4|UPDATE audit SET time = '2020-01-01T00:00:00Z' WHERE number = 4
1|UPDATE audit SET result = 'refused' WHERE number = 1
3|DELETE FROM audit WHERE number = 3
5|DELETE FROM audit WHERE number = 5
1|DELETE FROM audit
EDITS
}

@test "a log that is edited where a certificate was made" {
    voxcert new CAPF -q
    status 0 voxtrust log --verify
    edit "UPDATE audit SET what = replace(what, 'CAPF', 'TVS')"
    status 1 voxtrust log --verify
    says "entry 6"
}
