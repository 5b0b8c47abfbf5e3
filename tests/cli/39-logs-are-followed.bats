#!/usr/bin/env bats
# What phones hold, learnt from logs while they grow: over rotations and restarts no line is lost, and none counts twice.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    FOLLOWER=
}

teardown() {
    [ -z "$FOLLOWER" ] || kill "$FOLLOWER" 2>/dev/null || true
    cd / && rm -rf "$T"
}

until_true() {
    local i
    for ((i = 0; i < 1200; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    echo "waited in vain for: $*" >&2
    cat f.log >&2
    return 1
}

# follow LOG...: begin; unfollow: SIGTERM, and its exit status in $ended.
follow() {
    voxtrust phones follow "$@" --json >>f.log 2>&1 3>&- &
    FOLLOWER=$!
}
unfollow() {
    kill "-${1:-TERM}" "$FOLLOWER"
    ended=0
    wait "$FOLLOWER" || ended=$?
    FOLLOWER=
}

# boots N: lines of phone N (its address 192.0.2.N) that starts.
boots() {
    local now phone
    now=$(LC_ALL=C date '+%b %e %H:%M:%S')
    phone=$(printf 'SEP%012d' "$1")
    echo "$now host dnsmasq-tftp[7]: file $T/tftp/CTL$phone.tlv not found for 192.0.2.$1"
    echo "$now host dnsmasq-tftp[7]: sent $T/tftp/CTLFile.tlv to 192.0.2.$1"
    echo "$now host dnsmasq-tftp[7]: sent $T/tftp/ITLFile.tlv to 192.0.2.$1"
}

known() { [ "$(voxtrust phones list --json | wc -l)" -eq "$1" ]; }
holds() { [ "$(voxtrust phones list "$(printf 'SEP%012d' "$1")" --json | jq -r '"\(.ctl) \(.itl)"')" = "$2" ]; }
lines() { jq -s 'map(.lines) | add // 0' f.log; }
unwarned() { [ "$(grep -c warning f.log)" -eq 0 ]; }
has_read() { [ "$(lines)" -eq "$1" ]; }

@test "what a log gets is known soon; a half line waits for its other half" {
    boots 1 >log
    follow log
    until_true holds 1 "1 2"
    boots 2 >>log
    boots 3 | head -c -20 >>log
    until_true holds 2 "1 2"
    until_true holds 3 "1 ?"
    boots 3 | tail -c 20 >>log
    until_true holds 3 "1 2"
    has_read 9
    voxtrust log | grep -q 'voxtrust phones follow log (1 phones)'
    unfollow
    [ "$ended" -eq 0 ]
    status 0 voxtrust log --verify
}

@test "a restart goes on where it was, a list waits for its phone's name over it" {
    boots 1 >log
    boots 2 | sed -n '2,3p' >>log # no name yet
    follow log
    until_true has_read 5
    unfollow INT
    [ "$ended" -eq 0 ]
    boots 2 | sed -n 1p >>log
    boots 3 >>log
    follow log
    until_true holds 2 "1 2"
    until_true holds 3 "1 2"
    unfollow
    has_read 9
    follow log # nothing new
    echo x >>log
    until_true has_read 10
    unfollow
    boots 4 | sed -n 1p >>log
    follow log
    until_true has_read 11
    unfollow
    boots 4 | sed -n '2,3p' >>log # its address has a name already
    follow log
    until_true holds 4 "1 2"
}

@test "killed at any moment it loses nothing" {
    local i
    : >log
    for i in 1 2 3 4 5 6 7 8; do
        follow log
        boots "$i" >>log
        [ $((i % 2)) -eq 0 ] || until_true known "$i"
        unfollow KILL
    done
    follow log
    until_true known 8
    until_true holds 8 "1 2"
    [ "$(sqlite3 state/voxtrust.db 'SELECT offset FROM followed_logs')" -eq "$(stat -c %s log)" ]
}

@test "rotation by renaming: the old file to its end, then the new one" {
    boots 1 >log
    follow log
    until_true known 1
    mv log log.1
    boots 2 >>log.1 # who writes has not noticed yet
    until_true known 2
    printf '%s' "$(boots 3)" >>log.1 # an end without a line end
    boots 4 >log
    until_true known 4
    until_true holds 3 "1 2"
    has_read 12
    unfollow
    [ "$(sqlite3 state/voxtrust.db 'SELECT path FROM followed_logs')" = "$PWD/log" ]
    [ "$(sqlite3 state/voxtrust.db 'SELECT inode FROM followed_logs')" -eq "$(stat -c %i log)" ]
}

@test "rotated while nobody followed, even twice: all of it is read, in its order" {
    boots 1 >access.log
    follow access.log
    until_true known 1
    unfollow
    boots 2 >>access.log
    mv access.log access.log.2
    boots 3 >access.log
    mv access.log access.log.1
    boots 4 >access.log
    boots 9 >access.log.old # no name that rotation makes
    follow access.log
    until_true holds 4 "1 2"
    until_true holds 3 "1 2"
    known 4
    has_read 12
    unfollow
    # the same with a date in the name
    boots 5 >>access.log
    mv access.log access-20261127.log
    boots 6 >access.log
    follow access.log
    until_true known 6
    has_read 18
}

@test "rotation by copying and truncating, running or not" {
    boots 1 >log
    follow log
    until_true known 1
    unfollow
    boots 2 >>log
    cp log log.1
    boots 3 >log
    follow log
    until_true known 3
    has_read 9
    : >log
    until_true grep -q 'log: warning: was truncated' f.log
    boots 4 >>log
    until_true known 4
    grep -v warning f.log >f && mv f f.log
    unfollow
    # as long as before, and another one
    sed 's/SEP000000000004/SEP000000000005/' log >other
    cat other >log
    follow log
    until_true known 5
}

@test "what was rotated away and packed is read to its end, and what came after it" {
    boots 1 >log
    follow log
    until_true known 1
    unfollow
    boots 2 >>log
    touch -d '3 hours ago' log && gzip -c log >log.3.gz && touch -r log log.3.gz # as logrotate does
    boots 3 >log
    touch -d '2 hours ago' log && gzip log && mv log.gz log.2.gz
    boots 4 >log.1
    touch -d '1 hour ago' log.1
    boots 5 >log
    follow log
    until_true known 5
    until_true has_read 15
    boots 6 >>log
    until_true known 6
    has_read 18
    unfollow
    # stopped within a packed one, it goes on there: its inode is no more, its beginning is
    sqlite3 state/voxtrust.db "DELETE FROM followed_logs"
    zcat log.3.gz >log
    follow log
    until_true has_read 24
    unfollow
    { zcat log.3.gz; boots 7; } | gzip >log.2.gz
    boots 8 >log
    rm log.1 log.3.gz
    follow log
    until_true known 8
    has_read 30
    unwarned
}

@test "while it is being packed, the same lines do not count twice" {
    boots 1 >log
    follow log
    until_true known 1
    mv log log.1
    gzip -c log.1 >log.1.gz # written now, before logrotate gives it the time of the other
    boots 2 >log
    until_true known 2
    boots 3 >>log
    until_true known 3
    has_read 9
    unwarned
}

@test "what was packed and cannot be read is said to be missing" {
    boots 1 >log
    follow log
    until_true known 1
    unfollow
    boots 2 >>log
    gzip -c log | head -c -5 >log.1.gz
    cp log log.2.xz # of a packer that is not known
    rm log
    boots 3 >log
    follow log
    until_true grep -q 'log: warning: another file than the one that was read before' f.log
    grep -q 'log.1.gz: packed by gzip, and not whole: its end is missing: what it holds is missing here' f.log
    until_true known 2
    cat log.2.xz | voxtrust phones import - -q
    known 3
}

@test "packed logs and tables are imported" {
    { boots 1; boots 2; } | gzip >log.gz
    status 0 voxtrust phones import log.gz
    says "log.gz: 2 phones"
    printf 'device,model\nSEP3,8841\n' | gzip | voxtrust phones import - -q
    known 3
    head -c -3 log.gz >short.gz
    status 3 voxtrust phones import short.gz
    says "short.gz: packed by gzip, and not whole"
    known 3
}

@test "a log that is not there yet, several at once, and standard input" {
    boots 1 >a
    follow a b
    until_true known 1
    boots 2 >b
    until_true known 2
    unfollow
    mkfifo pipe
    voxtrust phones follow - --json <pipe >>f.log 2>&1 3>&- &
    FOLLOWER=$!
    exec 8>pipe
    boots 3 >&8
    until_true known 3
    printf '%s' "$(boots 4)" >&8
    exec 8>&-
    wait "$FOLLOWER"
    FOLLOWER=
    holds 4 "1 2"
}

@test "lines that are none, and lines without end, cost nothing but themselves" {
    { boots 1; head -c 200000 /dev/zero | tr '\0' x; echo; head -c 70000 /dev/zero; echo; boots 2; } >log
    follow log
    until_true known 2
    has_read 6
    head -c 100000 /dev/zero | tr '\0' y >>log
    until_true [ "$(stat -c %s log)" -le "$(($(sqlite3 state/voxtrust.db 'SELECT offset FROM followed_logs') + 200000))" ]
    unfollow
    { boots 9 | sed -n 1p; boots 3; } >>log # the first of these is the end of that line
    follow log
    until_true known 3
    voxtrust phones list --json | jq -se 'map(.name) | index("SEP000000000009") == null'
}

@test "a list that is published meanwhile is known when it is fetched" {
    boots 1 >log
    follow log
    until_true known 1
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tvs -q
    voxcert new CallManager --node cm2 -q
    voxlist publish ctl --to tftp -q
    sleep 1 # times in logs have no more
    boots 1 >>log
    until_true holds 1 "3 2"
}

@test "while somebody else writes it waits, and goes on" {
    : >log
    follow log
    mkfifo shell
    sqlite3 state/voxtrust.db <shell 3>&- &
    exec 7>shell
    printf '.timeout 20000\n' >&7
    echo "BEGIN IMMEDIATE; INSERT INTO settings VALUES ('story', 'x');" >&7
    locked() { ! sqlite3 state/voxtrust.db "BEGIN IMMEDIATE; ROLLBACK;" 2>/dev/null; }
    until_true locked
    boots 1 >>log
    until_true grep -q 'log: warning: waits for the store' f.log
    echo "COMMIT;" >&7
    exec 7>&-
    until_true holds 1 "1 2"
    unfollow
    [ "$ended" -eq 0 ]
}

@test "a great many lines at once" {
    awk -v t="$(date -u '+%d/%b/%Y:%H:%M:%S +0000')" 'BEGIN { for (i = 0; i < 50000; i++) {
        printf "10.0.%d.%d - - [%s] \"GET /SEP%012d.cnf.xml.sgn HTTP/1.1\" 200 1\n", i % 1000 / 250, i % 250, t, i % 1000
        printf "10.0.%d.%d - - [%s] \"GET /ITLFile.tlv HTTP/1.1\" 200 1\n", i % 1000 / 250, i % 250, t } }' >log
    follow log
    until_true has_read 100000
    known 1000
    [ "$(voxtrust phones count --json | jq '.groups[0].phones')" -eq 1000 ]
}

@test "wrong arguments" {
    status 2 voxtrust phones follow
    says "which LOG?"
    status 2 voxtrust phones follow a ./a a
    says "twice"
    mkfifo pipe
    status 4 voxtrust phones follow pipe
    says "pipe: not a file: a pipe goes to standard input"
    status 4 voxtrust phones follow missing/log --store sqlite:nowhere
    status 4 voxtrust phones follow .
}
