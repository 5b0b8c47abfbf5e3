#!/usr/bin/env bats
# A transcript is a file that somebody brings: whoever wrote it, nothing of it reaches the terminal as it stands.

load ../harness/cli

# a_line TIME WHAT DETAIL: the next line of the transcript t, which fits to the one before.
a_line() {
    local before
    before=$(tail -n 1 t | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
    [ -s t ] || before=$(printf '0%.0s' {1..64})
    printf '{"n":%d,"before":"%s","time":"%s","what":"%s","detail":%s}\n' $(($(wc -l <t) + 1)) "$before" "$1" "$2" "$3" >>t
}

clean() { ! grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\x{202e}' said >&2; }

@test "what stands in a transcript is shown harmlessly, however it was signed" {
    : >t
    a_line 2026-11-28T01:00:00Z begin '{"program":"x","check":"\u001b[2J\u202e"}'
    a_line 2026-11-28T01:00:01Z present '{"names":["A\u001b]0;owned\u0007","B",7]}'
    a_line 2026-11-28T01:00:02Z stopped '{"why":"\u001b[31m\r\nverified"}'
    a_line 2026-11-28T01:00:03Z '\u001b[1mwhat' '{}'
    a_line 2026-11-28T01:00:04Z end '{"signatures":[]}'
    voxtoken verify-transcript t >said 2>&1 && false
    grep -q 'present: A' said
    clean
}

@test "a time that is none is refused at its line" {
    : >t
    a_line 2026-11-28T01:00:00Z begin '{"program":"x","check":"00"}'
    a_line '\u001b[2J' present '{"names":["A","B"]}'
    status 3 voxtoken verify-transcript t
    says "line 2 says no time"
    printf '%s\n' "$output" >said
    clean
}
