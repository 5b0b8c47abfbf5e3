#!/usr/bin/env bats
# What strangers call themselves and their files: no program prints what a terminal obeys, what turns the writing round, or what nobody sees.

load ../harness/cli

# harmless FILE...: nothing of that kind is in it.
harmless() {
    local file
    for file; do
        never_in "$file" '[\x00-\x08\x0b-\x1f\x7f]' && never_in "$file" '[\x{80}-\x{9f}\x{61c}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]'
    done
}
never_in() { ! grep -nP "$2" "$1" >&2; }

name=$'a\u202eb\u200bc\u2067d\e[31me\x9b'

a_stranger() {
    openssl req -x509 -utf8 -newkey rsa:2048 -nodes -keyout stranger.key -out stranger.pem -days 3000 -subj "/O=<script>alert(1)<\/script>/CN=${name%?}" 2>/dev/null
    chmod 600 stranger.key
}

@test "a certificate's name" {
    a_stranger
    a_cluster
    status 0 voxcert upload CallManager-trust stranger.pem --role ccm-tftp
    printf '%s\n' "$output" >uploaded
    voxcert list >list
    voxcert show "$(openssl x509 -in stranger.pem -outform der | sha256sum | cut -c 1-20)" >show
    voxcert check >check || true
    voxcert export CallManager-trust -o bundle.pem >exported
    voxtrust status >status.txt || true
    voxtrust log >log
    voxtrust report -o page.html >reported
    voxlist build ctl -o ctl.tlv >built
    voxlist show ctl.tlv >shown
    voxlist show ctl.tlv --format cucm >as-vendor
    voxlist verify ctl.tlv >verified || true
    voxtrust bundle export cluster.json >bundled
    voxtrust bundle show cluster.json >bundle.txt
    voxcert delete "$(openssl x509 -in stranger.pem -outform der | sha256sum | cut -c 1-20)" --yes >deleted 2>&1 || true
    grep -q 'a\\e2\\80\\aeb\\e2\\80\\8bc' list show shown page.html
    harmless uploaded list show check exported status.txt log page.html reported built shown as-vendor verified bundled bundle.txt deleted
    never_in page.html '<script'
}

@test "a file's name" {
    a_stranger
    mkdir tree
    printf 'x\n' >"tree/$name.cnf.xml"
    cp stranger.pem "$name.pem"
    cp stranger.key "$name.key"
    chmod 600 "$name.key"
    voxtrust init --cluster lab -q
    voxcert upload CallManager-trust "$name.pem" >1 2>&1 || true
    voxsign sign "tree/$name.cnf.xml" --key "$name.key" --cert "$name.pem" >2 2>&1 || true
    voxsign sign --recursive tree --key stranger.key --cert stranger.pem -v >3 2>&1 || true
    voxlist build itl --tvs "$name.pem" --sast "$name.pem" --signer "$name.key" -o "$name.tlv" >4 2>&1 || true
    voxlist show "$name.tlv" >5 2>&1 || true
    voxlist show "$name.none" >6 2>&1 || true
    voxtrust backup "$name.db" >7 2>&1 || true
    voxtrust restore "$name.db" --yes >8 2>&1 || true
    voxcert export CallManager-trust -o "$name.out" >9 2>&1 || true
    voxtrust report -o "$name.html" >10 2>&1 || true
    voxcapf import "$name.csv" >11 2>&1 || true
    voxtrust phones import "$name.csv" >12 2>&1 || true
    voxtls legacy --inventory "$name.csv" >13 2>&1 || true
    [ -s 2 ] && [ -s 7 ] && [ -s 9 ]
    harmless 1 2 3 4 5 6 7 8 9 10 11 12 13
}

@test "a store that somebody else wrote to" {
    a_cluster
    a_stranger
    voxcert upload CallManager-trust stranger.pem -q
    voxcapf set SEP0011223344AA --install --generate -q >/dev/null
    local evil="char(27) || '[31mred' || char(10) || char(0x202e) || char(0x200b)"
    sqlite3 state/voxtrust.db "UPDATE bindings SET place = $evil WHERE place = 'CallManager-trust'; UPDATE bindings SET node = $evil, key_source = $evil WHERE place = 'TVS';
        UPDATE nodes SET dns = $evil; UPDATE phones SET reason = $evil, state = 'failed'; UPDATE audit SET what = $evil, who = $evil WHERE number = 3"
    voxtrust status >1 2>&1 || true
    voxtrust node list >2 2>&1 || true
    voxcert list >3 2>&1 || true
    voxcapf list >4 2>&1 || true
    voxcapf show SEP0011223344AA >5 2>&1 || true
    voxtrust log >6 2>&1 || true
    voxtrust log --verify >7 2>&1 || true
    voxtrust report -o page.html >8 2>&1 || true
    voxcert check >9 2>&1 || true
    grep -q 'x1b' 1 2 3
    harmless 1 2 3 4 5 6 7 8 9 page.html
}
