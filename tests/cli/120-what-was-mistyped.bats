#!/usr/bin/env bats
# Who mistypes is told what was meant, and who names the wrong thing hears its name once.
load ../harness/cli

# once TEXT: it stands in $output, and no second time.
once() {
    says "$1"
    [ "$(grep -oF -- "$1" <<<"$output" | wc -l)" = 1 ] || { printf 'said twice: %s\n%s\n' "$1" "$output" >&2; return 1; }
}

@test "the nearest option is named, in every program" {
    status 2 voxcert list --expirng 30
    says "voxcert list: no such option: '--expirng'" "Did you mean '--expiring'?" "Try 'voxcert list --help'."
    status 2 voxtrust status --josn
    says "Did you mean '--json'?"
    status 2 voxlist publish ctl --to=x --quite
    says "Did you mean '--quiet'?"
    status 2 voxtrust node add cm1 --hlep=x
    says "no such option: '--hlep'" "Did you mean '--help'?"
    silent_about "--hlep=x"
    status 2 voxtvsd --listn 127.0.0.1:0
    says "voxtvsd: no such option: '--listn'" "Did you mean '--listen'?" "Try 'voxtvsd --help'."
    status 2 voxcapfd --check-confg
    says "Did you mean '--check-config'?"
    status 2 voxcert list --password-of-somebody
    silent_about "Did you mean"
}

@test "an option's value may look like an option, and abbreviations stay" {
    voxtrust init -q
    status 0 voxcert list --exp 30
    status 3 voxcert new tomcat --node --expirng
    says "no such node: '--expirng'"
}

@test "the nearest line of a daemon's configuration is named" {
    echo 'listn = 127.0.0.1:0' >conf
    status 3 voxtvsd --config conf
    says "conf: line 1: listn: no such option: did you mean listen?"
}

@test "a verb that is not near is not guessed at" {
    status 2 voxcert lsit
    says "Did you mean 'voxcert list'?"
    status 2 voxtrust lsit
    silent_about "Did you mean"
    status 2 voxtrunk frob
    silent_about "Did you mean"
}

@test "a store that cannot be used is named once" {
    voxtrust init -q
    voxtrust backup good -q
    for p in voxtrust\ status voxcert\ list voxlist\ history voxcapf\ list voxtls\ show voxtrunk\ list voxrotate\ status; do
        echo rubbish >state/voxtrust.db
        # shellcheck disable=SC2086
        status 4 $p
        once "$T/state/voxtrust.db"
        says "not an SQLite database"
    done
}

@test "a server that does not answer is named once" {
    a_cluster
    voxcert export TVS -o tvs.pem -q
    voxcert export CAPF -o capf.pem -q
    status 4 voxcert fetch CAPF-trust 127.0.0.1:1
    once 127.0.0.1
    says "voxcert: 127.0.0.1:1: Connection refused"
    status 4 voxtvs verify 127.0.0.1:1 capf.pem --trust tvs.pem
    once 127.0.0.1
    says "voxtvs: 127.0.0.1:1: Connection refused"
    status 4 voxcapf enroll 127.0.0.1:1 --trust capf.pem --null --device SEP001122334455
    once 127.0.0.1
    status 2 voxtvs verify 127.0.0.1:port capf.pem --trust tvs.pem
    says "not a port: port"
    silent_about 127.0.0.1
    status 4 voxtvs verify 127.0.0.1:1 capf.pem --trust gone.pem
    says "voxtvs: gone.pem: no such file"
    silent_about 127.0.0.1
}

@test "a list that phones hold and that is no list is not taken for none" {
    a_cluster
    voxcert export ITLRecovery -o itlr.pem -q
    : >empty
    status 3 voxlist prepare ctl --sast itlr.pem --against empty -o list.txt
    says "voxlist: empty: " "it is empty"
    [ ! -e list.txt ]
    echo text >text
    status 3 voxlist prepare ctl --sast itlr.pem --against text -o list.txt
    says "voxlist: text: "
    [ ! -e list.txt ]
}

@test "a store that others can write to is not restored into" {
    voxtrust init -q
    voxtrust backup good -q
    voxtrust node add later -q
    chmod 666 state/voxtrust.db
    status 4 voxtrust restore good --yes
    says "others can write to it: check it, then chmod 600"
    [ ! -e state/voxtrust.db.before-restore ]
    chmod 600 state/voxtrust.db
    [ "$(voxtrust node list --json | jq '.nodes | length')" = 1 ]
    status 4 voxtrust restore gone
    says "voxtrust: gone: no such file"
    status 3 voxtrust restore state
    says "voxtrust: state: is a folder, not a file"
}

@test "a phone's certificate that is not there: where it comes from" {
    a_cluster
    echo '<device/>' >SEP001122334455.cnf.xml
    voxcert export CallManager -o cm.pem -q
    status 4 voxsign encrypt SEP001122334455.cnf.xml --for SEP001122334455 --cert cm.pem --key state/keys/CallManager*
    says "voxcapf export DEVICE -o FILE"
}

@test "misuse is one line in one form, and cannot colour the terminal" {
    status 2 voxcert new tomcat --days $'\033[31mx\nTry `voxcert new\n'
    [ "$output" = $'voxcert new: --days \\x1b[31mx\\x0aTry `voxcert new\\x0a: a number from 1 to 36500\nTry \'voxcert new --help\'.' ]
    status 2 voxcert new
    [ "$output" = $'voxcert new: which SERVICE?\nTry \'voxcert new --help\'.' ]
    status 2 voxcert list --expiring
    [ "$output" = $'voxcert list: option \'--expiring\' requires an argument\nTry \'voxcert list --help\'.' ]
    for d in voxtvsd voxcapfd; do
        status 2 $d $'a\033[31m'
        says "$d: a\\x1b[31m: $d takes options only"
        status 2 $d --idle-timeout $'\033[31m'
        says "$d: --idle-timeout: \\x1b[31m: not a number from 1 to 86400"
        echo 'idle-timeout = soon' >conf
        status 3 $d --config conf
        says "$d: conf: line 1: idle-timeout: soon: not a number"
    done
    status 4 voxlist show ''
    says "voxlist: '': no such file"
}

@test "nobody is asked without a terminal, and told which option does it" {
    voxtrust init -q
    status 2 setsid -w voxcapf set SEP001122334455 --install --string -
    says "be at a terminal, or use --string-file"
    silent_about "--password-file"
}

@test "a daemon without a store says so once, and does not listen first" {
    for d in voxtvsd voxcapfd; do
        status 4 $d --listen 127.0.0.1:0
        once "not there: make a store with 'voxtrust init'"
        [ "${#lines[@]}" = 1 ] || { echo "$output" >&2; return 1; }
    done
}

@test "a file that cannot be written is named" {
    a_cluster
    voxcert export ITLRecovery -o itlr.pem -q
    status 4 voxlist prepare ctl --sast itlr.pem -o nowhere/list.txt
    says "voxlist: nowhere/list.txt: "
}
