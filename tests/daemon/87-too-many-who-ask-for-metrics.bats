#!/usr/bin/env bats
# The status process answers whoever is on the machine. More connections than it has descriptors for: they wait, and the log has a line.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

story_setup() { a_capf; }

answers() { [ "$(fetch /healthz | tail -n 1)" = ok ]; }

@test "without a descriptor for one more the log is not flooded, and it goes on afterwards" {
    AT=127.0.0.1:$(peer port)
    METRICS=127.0.0.1:$(peer port)
    : >d.log
    (ulimit -n 700 && exec voxcapfd --workers 1 --listen "$AT" --status "$METRICS" 2>>d.log 3>&-) &
    DAEMON=$!
    until_true started
    until_true answers
    mkfifo end
    peer hold "$METRICS" 900 800 <end >held 3>&- &
    exec 7>end
    until_true logged 'connections for metrics wait: Too many open files'
    until_true answers # once those that say nothing were closed: seconds in which there were a hundred thousand lines
    [ "$(wc -l <d.log)" -lt 20 ]
    never logged 'Error from accept'
    exec 7>&-
    until_true answers
}
