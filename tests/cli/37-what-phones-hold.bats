#!/usr/bin/env bats
# Which lists phones hold, learnt from access logs and tables; and what publishing would do to those very phones.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    NOW=$(date +%s)
}

# syslog SECONDS: a time so many seconds from now as syslog writes it.
syslog() { LC_ALL=C date -d "@$((NOW + $1))" '+%b %e %H:%M:%S'; }
http() { LC_ALL=C date -u -d "@$((NOW + $1))" '+%d/%b/%Y:%H:%M:%S +0000'; }

# held DEVICE: "CTL ITL" as the list says.
held() { voxtrust phones list "$1" --json | jq -r '"\(.ctl) \(.itl)"'; }

@test "dnsmasq's log: files of one phone give addresses their names" {
    cat >log <<LOG
$(syslog 10) host dnsmasq-tftp[7]: file $T/tftp/CTLSEP000000000001.tlv not found for 192.0.2.1
$(syslog 11) host dnsmasq-tftp[7]: sent $T/tftp/CTLFile.tlv to 192.0.2.1
$(syslog 12) host dnsmasq-tftp[7]: sent $T/tftp/ITLFile.tlv to 192.0.2.1
$(syslog 13) host dnsmasq-dhcp[7]: DHCPACK(eth0) 192.0.2.1
$(syslog 14) host dnsmasq-tftp[7]: sent $T/tftp/CTLFile.tlv to 192.0.2.2
$(syslog 15) host dnsmasq-tftp[7]: sent $T/tftp/SEP000000000002.cnf.xml.sgn to 192.0.2.2
$(syslog 16) host dnsmasq-tftp[7]: sent $T/tftp/CTLFile.tlv to 192.0.2.3
LOG
    status 0 voxtrust phones import log
    says "log: 2 phones" "1 address fetched lists and no file of one phone" "1 of 7 lines tell of no file"
    [ "$(held SEP000000000001)" = "1 2" ]
    [ "$(held SEP000000000002)" = "1 ?" ]
    [ "$(voxtrust phones list --json | wc -l)" -eq 2 ]
    says "2 phones"
    voxtrust log | tail -n 1 | grep -q 'voxtrust phones import log (2 phones)'
    status 0 voxtrust phones import log # again: nothing is counted twice
    [ "$(voxtrust phones count --json | jq '[.groups[].phones] | add')" -eq 2 ]
}

@test "tftpd-hpa, nginx and Apache say it in their ways, IPv6 too" {
    cat >log <<LOG
$(date -u -d "@$((NOW + 5))" '+%Y-%m-%dT%H:%M:%S.123456+00:00') host in.tftpd[9]: RRQ from ::ffff:192.0.2.1 filename CTLSEP000000000001.tlv
$(date -u -d "@$((NOW + 6))" '+%Y-%m-%dT%H:%M:%S.123456+00:00') host in.tftpd[9]: RRQ from 192.0.2.1 filename ITLFile.tlv
2001:db8::7 - - [$(http 7)] "GET /SEP000000000007.cnf.xml.sgn HTTP/1.1" 200 4711 "-" "-"
2001:db8::7 - - [$(http 8)] "GET /ITLFile.tlv?x=1 HTTP/1.1" 200 4711
2001:db8::8 - - [$(http 8)] "GET /CTLSEP000000000008.tlv HTTP/1.1" 404 0
2001:db8::8 - - [$(http 9)] "GET /CTLFile.tlv HTTP/1.1" 404 0
LOG
    status 0 voxtrust phones import log
    [ "$(held SEP000000000001)" = "? 2" ]
    [ "$(held SEP000000000007)" = "? 2" ]
    [ "$(held SEP000000000008)" = "? ?" ] # there was none
    voxtrust phones list SEP000000000007 --json | jq -e '.address == "2001:db8::7" and .how == "http"'
}

@test "a version is told by the time; what a phone would not accept it does not hold" {
    old=$((NOW - 5))
    sqlite3 state/voxtrust.db "UPDATE lists SET published = strftime('%Y-%m-%dT%H:%M:%SZ', $NOW - 1000, 'unixepoch')"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.pem -out stranger.crt -subj /CN=stranger -days 30 2>/dev/null
    chmod 600 stranger.pem
    cat stranger.crt >>stranger.pem
    voxlist build itl -o stranger.tlv --sast stranger.pem --tftp stranger.crt -q
    voxlist publish itl --list stranger.tlv --to tftp --force -q
    cat >log <<LOG
$(syslog -500) host dnsmasq-tftp[7]: sent $T/tftp/SEP000000000001.cnf.xml to 192.0.2.1
$(syslog -499) host dnsmasq-tftp[7]: sent $T/tftp/ITLFile.tlv to 192.0.2.1
$(syslog 100) host dnsmasq-tftp[7]: sent $T/tftp/ITLFile.tlv to 192.0.2.1
$(syslog 101) host dnsmasq-tftp[7]: sent $T/tftp/SEP000000000002.cnf.xml to 192.0.2.2
$(syslog 102) host dnsmasq-tftp[7]: sent $T/tftp/ITLFile.tlv to 192.0.2.2
LOG
    status 0 voxtrust phones import log
    says "1 of 3 fetched lists are not what their phones would accept"
    [ "$(held SEP000000000001)" = "? 2" ]
    [ "$(held SEP000000000002)" = "? 3" ]
    status 0 voxtrust phones list --itl 3
    says SEP000000000002
    silent_about SEP000000000001
    status 0 voxtrust phones list --outdated
    says SEP000000000001
}

@test "a table says it as well; a wrong one changes nothing" {
    cat >phones.csv <<'CSV'
device;model;ctl;itl;seen
SEP000000000001;8841;1;2;2026-01-01
SEP000000000002;CP-7962G;1;none;
SEP000000000003;;;2;
CSV
    status 0 voxtrust phones import phones.csv
    says "3 phones"
    [ "$(held SEP000000000001)" = "1 2" ]
    [ "$(held SEP000000000002)" = "1 none" ]
    status 0 voxtrust phones count
    says "CP-7962G"
    before=$(voxtrust phones list --json | sha256sum)
    for row in 'sep1;;;;' 'SEP000000000009;;2;;' 'SEP000000000009;;77;;' 'SEP000000000009;;x;;' 'SEP000000000009;;;;soon' 'SEP000000000009;;' \
        "SEP000000000009;;$(printf %064d 7);;"; do
        { cat phones.csv; echo "$row"; } >wrong.csv
        status 3 voxtrust phones import wrong.csv
        says "wrong.csv: line 5: "
    done
    printf 'device,colour\nSEP000000000009,red\n' >wrong.csv
    status 3 voxtrust phones import wrong.csv
    says "no column 'colour' is known"
    echo "something else" >wrong.csv
    status 3 voxtrust phones import wrong.csv
    says "neither a table" "nor a log"
    head -c 5000 /dev/urandom >wrong.csv
    status 3 voxtrust phones import wrong.csv
    [ "$before" = "$(voxtrust phones list --json | sha256sum)" ]
    status 4 voxtrust phones import missing.csv
    status 2 voxtrust phones list --ctl 2
    says "a version of that list"
}

# Ten phones hold what is published; two models among them.
ten_phones() {
    { echo device,model,ctl,itl; for i in 0 1 2 3 4 5 6 7 8 9; do echo "SEP00000000000$i,8841,${1:-1},${2:-2}"; done; } >ten.csv
    voxtrust phones import ten.csv -q
}

@test "publishing tells what known phones would do" {
    ten_phones
    printf 'device,model\nSEP0000000000FF,8841\n' >more.csv
    voxtrust phones import more.csv -q
    voxtrust node add cm2 --dns cm2.example.test --services ccm,tvs -q
    voxcert new CallManager --node cm2 -q
    voxcert new TVS --node cm2 -q
    status 0 voxlist publish itl --to tftp
    says "of 11 known phones 10 accept it, 1 hold what is not known"
    voxlist publish ctl --to tftp --json | jq -e '.[0].known_phones | .all == 11 and .accept == 10 and .unknown == 1 and .locked_out == 0'
    # one that CAPF alone knows, and one that holds nothing at all
    voxcapf set SEP0000000000EE --install --auth null -q
    printf 'device,ctl,itl\nSEP0000000000DD,none,none\n' >bare.csv
    voxtrust phones import bare.csv -q
    voxcert new ITLRecovery --replace --yes -q
    voxlist publish ctl --to tftp --json >published
    jq -e '.[0].known_phones | .all == 13 and .first_trust == 1 and .unknown == 2 and .accept + .by_tvs == 10' published
}

@test "a list whose bytes are nowhere is not known, and nobody is said to hold nothing" {
    ten_phones
    sqlite3 state/voxtrust.db "UPDATE inventory SET itl = printf('%064d', 7)"
    voxcert new ITLRecovery --replace --yes -q
    voxlist publish itl --to tftp --json --force >published
    jq -e '.[0].known_phones | .all == 10 and .unknown == 10 and .first_trust == 0 and .accept == 0' published
}

@test "phones that hold an older list and would be lost: refused with their number and names, unless the number is typed" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout old.pem -out old.crt -subj /CN=old -days 30 2>/dev/null
    chmod 600 old.pem
    cat old.crt >>old.pem
    voxlist build ctl -o old.tlv --sast old.pem --ccm-tftp old.crt -q
    status 0 voxtrust phones learn old.tlv
    sha256=$(sha256sum <old.tlv | cut -d ' ' -f 1)
    says "$sha256"
    ten_phones
    { echo device,ctl,itl; echo "SEP000000000003,$sha256,none"; echo "SEP000000000007,$sha256,none"; } >two.csv
    voxtrust phones import two.csv -q
    voxtrust node add cm2 --dns cm2.example.test --services tvs -q
    voxcert new TVS --node cm2 -q
    before=$(sha256sum tftp/ITLFile.tlv; voxlist history)
    status 1 voxlist publish itl --to tftp
    says "2 of 10 phones would be locked out" "SEP000000000003, SEP000000000007" "acceptance.md 3.6" "--force=2"
    status 1 voxlist publish itl --to tftp --force
    says "2 of 10 phones"
    status 1 voxlist publish itl --to tftp --force=3
    says "not 3"
    [ "$before" = "$(sha256sum tftp/ITLFile.tlv; voxlist history)" ]
    status 2 voxlist publish itl --to tftp --force=two
    status 0 voxlist publish itl --to tftp --force=2
    says "of 10 known phones 8 accept it, 2 would be locked out"
    status 1 voxlist rollback 2
    says "2 of 10 phones"
}

@test "the classic accident: signer and TVS are changed together" {
    ten_phones none 2
    voxcert new ITLRecovery --replace --yes -q
    voxcert new CallManager --node cm1 --replace --yes -q
    # The TVS that the phones know runs: it vouches for the new signer.
    status 0 voxlist publish itl --to tftp
    says "10 only when a TVS confirms it"
    voxlist rollback 2 --force -q
    ten_phones none 2
    status 1 voxcert new TVS --node cm1 --replace --yes
    says "10 of 10 phones would be locked out" "no list can be signed any more"
    voxcert new TVS --node cm1 --replace --yes -q --force=10
    status 1 voxlist publish itl --to tftp
    says "acceptance.md 3.7" "not one that runs"
}

@test "models that know no ITL are not lost by one" {
    ten_phones 1 2
    printf 'device,model,ctl\nSEP000000000005,7960,1\nSEP000000000006,7940,1\n' >old.csv
    voxtrust phones import old.csv -q
    voxcert new ITLRecovery --replace --yes -q
    status 1 voxcert new CallManager --node cm1 --replace --yes
    says "2 of 10 phones would be locked out"
    voxcert new CallManager --node cm1 --replace --yes -q --force=2
    status 0 voxlist publish itl --to tftp
    says "8 only when a TVS confirms it" "2 accept it"
    status 1 voxlist publish ctl --to tftp
    says "2 of 10 phones would be locked out" "SEP000000000005, SEP000000000006" "asks no TVS"
}

@test "a list for one phone concerns that one alone" {
    ten_phones
    voxlist publish itl --to tftp --device SEP000000000004 -q
    voxtrust node add cm2 --dns cm2.example.test --services tvs -q
    voxcert new TVS --node cm2 -q
    voxlist publish itl --to tftp --device SEP000000000004 --json | jq -e '.[0].known_phones.all == 1'
    voxlist publish itl --to tftp --json | jq -e '.[0].known_phones.all == 9'
}

@test "a certificate without which phones could not be given a list any more is not deleted" {
    ten_phones none 2
    old=$(voxcert show ITLRecovery --json | jq -r .sha256)
    voxcert new ITLRecovery --replace --yes -q
    status 0 voxcert delete "$old" --yes # CallManager is in their list, too
    voxcert new TVS --replace --yes -q
    old=$(voxcert show CallManager --json | jq -r .sha256)
    before=$(voxcert list --all --json | jq '[.certificates[] | [.sha256, .state]]'; ls state/keys)
    status 1 voxcert delete CallManager --yes --force
    says "without it no list can be signed any more" "10 of 10 phones" "SEP000000000000" "--force=10"
    status 1 voxcert delete CallManager --yes --force=9
    [ "$before" = "$(voxcert list --all --json | jq '[.certificates[] | [.sha256, .state]]'; ls state/keys)" ]
    status 0 voxcert delete CallManager --yes --force=10
}
