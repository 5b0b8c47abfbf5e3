#!/usr/bin/env bats
# The table: how the operator has the phone prove itself, what is shown, what is to be done, and for whom. What may be is done; all else changes nothing.

load ../harness/cli
load ../harness/daemon
load ../harness/capf

A=SEP0011223344AA B=SEP0011223344AB

# a_ca NAME SUBJECT: NAME.crt and NAME.key. a_leaf NAME CA SUBJECT DAYS [EXTENSION]...: a certificate and its key in NAME.
a_ca() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 3000 -subj "$2" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
}
a_leaf() {
    local extensions=("${@:5}")
    [ ${#extensions[@]} -gt 0 ] || extensions=(basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature,keyEncipherment)
    openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj "$3" 2>/dev/null
    printf '%s\n' "${extensions[@]}" >leaf.ext
    openssl x509 -req -in leaf.csr -CA "$2.crt" -CAkey "$2.key" -days "$4" -extfile leaf.ext -out leaf.crt 2>/dev/null
    cat leaf.crt leaf.key >"$1"
    chmod 600 "$1"
}

# Everything that a phone may show, right or wrong.
story_setup() {
    a_capf
    voxcapf profile per-device-day=1000 -q
    start_capfd
    for device in $A $B; do
        voxcapf set "$device" --install --auth null --key rsa:2048 -q
        enroll "$device" --null -o "lsc.$device" -q
    done
    a_ca maker '/O=Lab/CN=Lab Manufacturing'
    a_ca stranger '/O=Lab/CN=Lab Manufacturing'
    a_ca forger "$(openssl x509 -in capf.crt -noout -subject -nameopt compat | sed 's/^subject=//')"
    voxcert upload CAPF-trust maker.crt -q
    a_leaf mic.$A maker "/O=Lab/CN=CP-8841-$A" 1000
    a_leaf mic.$B maker "/O=Lab/CN=CP-8841-$B" 1000
    a_leaf mic.suffix maker "/O=Lab/CN=CP-8841-X$A" 1000
    a_leaf mic.stranger stranger "/O=Lab/CN=CP-8841-$A" 1000
    a_leaf mic.ended maker "/O=Lab/CN=CP-8841-$A" -1
    a_leaf mic.ca maker "/O=Lab/CN=CP-8841-$A" 1000 basicConstraints=critical,CA:TRUE keyUsage=critical,digitalSignature,keyCertSign
    a_leaf mic.usage maker "/O=Lab/CN=CP-8841-$A" 1000 basicConstraints=critical,CA:FALSE keyUsage=critical,keyEncipherment
    a_leaf lsc.forged forger "/CN=$A" 1000
    cp capf.crt real.crt
    cp state/keys/CAPF-*.pem real.key
    a_leaf lsc.unknown real "/CN=$A" 1000
    echo 87654321 >wrong.string
    chmod 600 wrong.string
}

# try SHOWN: A comes.
try() {
    case $1 in
    nothing) set -- --null ;;
    string) set -- --string-file right.string ;;
    wrong) set -- --string-file wrong.string ;;
    mic.*) set -- --proof "$1" --kind mic ;;
    *) set -- --proof "$1" ;;
    esac
    enroll $A -o made.pem --certificate "lsc.$A" --key rsa:2048 "$@"
}

# may MODE SHOWN...: each of these proves A, with each operation; with the others nothing happens.
may() {
    local mode=$1 shown operation before
    shift
    for operation in install fetch delete none; do
        for shown in nothing string wrong lsc.$A lsc.$B lsc.forged lsc.unknown mic.$A mic.$B mic.suffix mic.stranger mic.ended mic.ca mic.usage; do
            [ "$operation" != none ] || [[ $shown = @(nothing|wrong|mic.stranger) ]] || continue
            voxcapf set $A "--$operation" --auth "$mode" --key rsa:2048 -q 2>/dev/null | cut -d ' ' -f 2 >right.string
            chmod 600 right.string
            [ -s right.string ] || echo 12345678 >right.string
            cp "lsc.$A" kept.pem
            before=$(db 'SELECT count(*) FROM ledger')
            run try "$shown"
            if [ "$operation" = none ]; then
                [ "$status" -eq 0 ] && is $A none none
            elif [[ " $* " = *" $shown "* ]]; then
                [ "$status" -eq 0 ] && is $A delivered none
            else
                [ "$status" -eq 1 ] && [ "$(state_of $A operation)" = "$operation" ] && [ "$(db 'SELECT count(*) FROM ledger')" = "$before" ]
            fi || { echo "$mode, $shown, $operation: $output" >&2; return 1; }
            mv kept.pem "lsc.$A"
            rm -f made.pem made.pem.pending
        done
    done
    [ "$(ledger $B)" -eq 1 ]
    is $B delivered none
}

@test "by authentication string" { may string string; }

@test "by null string" { may null nothing string wrong lsc.$A lsc.$B lsc.forged lsc.unknown mic.$A mic.$B mic.suffix mic.stranger mic.ended mic.ca mic.usage; }

@test "by certificate, precedence to LSC" { may lsc lsc.$A mic.$A; }

@test "by certificate, precedence to MIC" { may mic mic.$A; }
