#!/usr/bin/env bats
# The pages on the store name every table with its columns, as a new store has them, and what they print works.
load ../harness/cli

story_setup() {
    a_cluster
    man=$VOX_SOURCE/docs/man/voxtrust-store.5.scd
}

@test "every table and its columns, in the manual page" {
    local t wanted
    while read -r t; do
        wanted=$(sqlite3 state/voxtrust.db "SELECT '*$t* (' || group_concat(name, ', ') || ')' FROM pragma_table_info('$t')")
        grep -qF -- "$wanted" "$man" || { echo "not in voxtrust-store.5: $wanted" >&2; return 1; }
    done < <(sqlite3 state/voxtrust.db "SELECT name FROM sqlite_master WHERE type = 'table'")
}

@test "every view in the manual page, every table and view in the format" {
    local t type
    while IFS='|' read -r t type; do
        [ "$type" = table ] || grep -qF -- "*$t*" "$man" || { echo "not in voxtrust-store.5: $t" >&2; return 1; }
        grep -qF -- "**$t**" "$VOX_SOURCE/docs/formats/store.md" || { echo "not in store.md: $t" >&2; return 1; }
    done < <(sqlite3 state/voxtrust.db "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')")
}

@test "no table in the manual page that there is not" {
    local t
    while read -r t; do
        [ "$(sqlite3 state/voxtrust.db "SELECT count(*) FROM sqlite_master WHERE name = '$t'")" = 1 ] || { echo "no such table: $t" >&2; return 1; }
    done < <(sed -n '/^# TABLES/,/^# FILES/p' "$man" | grep '^\*' | grep -oE '\*[a-z_]+\*' | tr -d '*')
}

@test "the examples" {
    mkdir tftp
    voxlist publish ctl --to tftp -q
    sed -n '/^# EXAMPLES/,/^# SEE/p' "$man" | grep '^sqlite3' | sed "s|/var/lib/voxtrust|$T/state|; s/number = 3/number = 1/" >examples
    [ "$(wc -l <examples)" = 2 ]
    status 0 sh examples
    cmp CTLFile.tlv tftp/CTLFile.tlv
}
