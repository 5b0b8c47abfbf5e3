#!/usr/bin/env bats
# The check number as a QR code, so that a camera can compare what two machines show: what is read from the picture is the number.

load ../harness/cli
load ../harness/terminal

story_setup() {
    command -v zbarimg >/dev/null || skip "no zbarimg here"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout sast.key -out sast.pem -days 30 -subj /CN=sast 2>/dev/null
    chmod 600 sast.key
}

prepare() { voxlist prepare ctl --sast sast.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" --timestamp 2027-01-01T00:00:00Z -o list.txt "$@"; }
check() { sed -n '/^Check number/,/^$/p' list.txt | tail -n +2 | tr -d ' \n'; }

# picture: the code in a text from standard input, read by a scanner. Each character is two modules, one above the other; each becomes 6 by 6 points.
picture() {
    sed -e 's/\r$//' -e 's/\x1b\[[0-9;]*m//g' -e 's/█/3/g' -e 's/▀/2/g' -e 's/▄/1/g' | grep -E '^ {4}[ 123]{37,}$' | sed 's/^    //; s/ /0/g' | awk '
        { n = length($0); top = bottom = ""
          for (i = 1; i <= n; i++) { c = substr($0, i, 1); t = c >= 2; b = c % 2
              for (k = 0; k < 6; k++) { top = top t " "; bottom = bottom b " " } }
          for (k = 0; k < 6; k++) rows = rows top "\n"
          for (k = 0; k < 6; k++) rows = rows bottom "\n"
          lines += 12 }
        END { if (lines) printf "P1\n%d %d\n%s", n * 6, lines, rows }' >qr.pbm
    [ -s qr.pbm ]
    zbarimg -q --raw --nodbus qr.pbm
}

@test "in the file, and on both machines, when it is asked for" {
    status 0 prepare --qr
    [ "$(picture <<<"$output" | tr A-F a-f)" = "$(check)" ]
    [ "$(picture <list.txt | tr A-F a-f)" = "$(check)" ]
    # the words are for people: the file is the same list with them and without
    run voxtoken sign list.txt --key sast.key --expect "$(check)" -o signature.txt --qr
    [ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
    [ "$(picture <<<"$output" | tr A-F a-f)" = "$(check)" ]
    status 0 voxlist attach list.txt signature.txt -o next.tlv
}

@test "on a terminal without being asked; a pipe and the file get none" {
    status 0 prepare
    silent_about ▀ █
    ! grep -q ▀ list.txt
    status 0 voxtoken sign list.txt --key sast.key --expect "$(check)" -o signature.txt
    silent_about ▀
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    at_terminal -- env -u NO_COLOR TERM=xterm voxlist prepare ctl --sast sast.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" -o list.txt
    [ "$status" -eq 0 ]
    [ "$(picture <screen | tr A-F a-f)" = "$(check)" ]
    grep -q $'\x1b\[30;107m' screen # black on white, whatever the terminal's colours are
    at_terminal -- env LC_ALL=C voxlist prepare ctl --sast sast.pem --ccm-tftp "$LAB/ccm.pem,dns=cm1" -o list.txt
    ! grep -q ▀ screen
    at_terminal "The first 8 digits:" 00000000 -- voxtoken ceremony list.txt --key pkcs11:token=none --second pkcs11:token=none --present A --present B --transcript t.jsonl -o x.tlv
    [ "$(picture <screen | tr A-F a-f)" = "$(check)" ]
    ! grep -q ▀ t.jsonl
}
