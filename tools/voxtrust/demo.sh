#!/bin/bash
# The main job from nothing: a cluster with its own certificates, a CTL and an ITL that phones accept, signed and encrypted
# configurations, phones that enrol and follow a rotation, an accident that is refused, a trunk that is tried, what happens when somebody
# tampers, and a page that tells it all.
#
# Usage: demo.sh BIN FOLDER: the folder of the programs; an own one, which is emptied. 'voxtrust demo' runs it.
set -eu
bin=$1
demo=$2

step=0
say() { step=$((step + 1)); printf '\n\033[1m%2d. %s\033[0m\n' "$step" "$*"; }
[ -t 1 ] || say() { step=$((step + 1)); printf '\n%2d. %s\n' "$step" "$*"; }
# run COMMAND...: show it and what it says; the demo ends when it fails.
run() {
    printf '    $ %s\n' "$*"
    status=0
    "$@" >"$demo/.last" 2>&1 || status=$?
    sed 's/^/      /' "$demo/.last"
    [ "$status" -eq 0 ] || { echo "demo: exit status $status" >&2; exit 1; }
}
# refused COMMAND...: show it, and demand that it says no.
refused() {
    printf '    $ %s\n' "$*"
    status=0
    "$@" >"$demo/.last" 2>&1 || status=$?
    sed 's/^/      /' "$demo/.last"
    [ "$status" -ne 0 ] || { echo "demo: this should have been refused" >&2; exit 1; }
    printf '      (exit status %s, as it should be)\n' "$status"
}
# start PORT DAEMON [OPTION]...: run it on that port, or the next one that is free ($port), until stop.
start() {
    port=$1
    shift
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    printf '    $ %s --listen 127.0.0.1:%s &\n' "$*" "$port"
    "$@" --listen "127.0.0.1:$port" 2>daemon.log &
    daemon=$!
    trap 'kill "$daemon" 2>/dev/null || true' EXIT
    waited=0
    until grep -q ': ready: ' daemon.log; do
        waited=$((waited + 1))
        if [ "$waited" -gt 200 ] || ! kill -0 "$daemon" 2>/dev/null; then
            cat daemon.log >&2
            exit 1
        fi
        sleep 0.1
    done
}
stop() {
    kill "$daemon"
    wait "$daemon" || true
    trap - EXIT
}
must_exist() { for f; do [ -s "$f" ] || { echo "demo: $f was not made" >&2; exit 1; }; done; }

rm -rf "$demo"
mkdir -p "$demo/tftp/English_United_States"
touch "$demo/.voxtrust-demo"
cd "$demo"
PATH=$bin:${bin%/bin}/sbin:$PATH
VOXTRUST_STORE=sqlite:$demo/state/voxtrust.db
export PATH VOXTRUST_STORE
unset SOFTHSM2_CONF VOXTRUST_PKCS11_MODULE
echo "Everything happens in $demo"

say "A cluster of two nodes: the store holds what it knows, never a private key"
run voxtrust init --cluster lab
run voxtrust node add cm1 --dns cm1.example.test --ip 192.0.2.11 --services ccm,tftp,capf,tvs
run voxtrust node add cm2 --dns cm2.example.test --ip 192.0.2.12 --services ccm,tvs

say "Its own certificates; keys are 0600 in a 0700 folder"
run voxcert new ITLRecovery
for node in cm1 cm2; do
    run voxcert new CallManager --node $node
    run voxcert new TVS --node $node
done
run voxcert new CAPF
run voxcert list
must_exist state/voxtrust.db
ls -l state/keys | sed 's/^/      /'

say "Mixed mode, and the two lists that phones fetch"
run voxlist mode mixed --yes
run voxlist publish ctl --to "$demo/tftp"
run voxlist publish itl --to "$demo/tftp"
must_exist tftp/CTLFile.tlv tftp/ITLFile.tlv

say "What is in them: as the vendor's command prints it (first lines), and as a phone judges it"
voxlist show --format cucm tftp/CTLFile.tlv | sed -n '1,16p' | sed 's/^/      /'
echo "      ..."
run voxlist verify tftp/CTLFile.tlv
run voxlist verify tftp/ITLFile.tlv --against tftp/CTLFile.tlv

say "Somebody changes one byte of the list"
cp tftp/ITLFile.tlv tampered.tlv
printf 'X' | dd of=tampered.tlv bs=1 seek=900 conv=notrunc 2>/dev/null
refused voxlist verify tampered.tlv

say "A third node joins: will phones that hold the present list take the next one?"
cp tftp/CTLFile.tlv before.tlv
run voxtrust node add cm3 --dns cm3.example.test --ip 192.0.2.13 --services ccm,tvs
run voxcert new CallManager --node cm3
run voxcert new TVS --node cm3
run voxlist publish ctl --to "$demo/tftp"
run voxlist publish itl --to "$demo/tftp"
run voxlist verify tftp/CTLFile.tlv --against before.tlv
printf '    $ voxlist diff before.tlv tftp/CTLFile.tlv\n'
voxlist diff before.tlv tftp/CTLFile.tlv | sed 's/^/      /' || true

say "A stranger's list, signed by a key that no phone knows"
openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.pem -out stranger.crt -subj '/CN=stranger' -days 30 2>/dev/null
chmod 600 stranger.pem
cat stranger.crt >>stranger.pem
run voxlist build ctl -o stranger.tlv --sast stranger.pem --ccm-tftp stranger.crt -q
refused voxlist verify stranger.tlv --against tftp/CTLFile.tlv

say "Signed configurations: a tree at once, unchanged files left alone"
for i in 0 1 2 3 4 5 6 7 8 9; do
    cat >"tftp/SEP00000000000$i.cnf.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<device>
  <fullConfig>true</fullConfig>
  <deviceProtocol>SIP</deviceProtocol>
  <sshPassword>not-a-real-secret-$i</sshPassword>
  <loadInformation>sip88xx.14-2-1</loadInformation>
  <capfAuthMode>1</capfAuthMode>
</device>
XML
done
echo '<tones/>' >tftp/English_United_States/g3-tones.xml
key=$(ls state/keys/*allManager-cm1* 2>/dev/null | head -n 1)
run voxcert export CallManager --node cm1 -o cm1.pem
run voxsign sign tftp --recursive --key "$key" --cert cm1.pem
run voxsign sign tftp --recursive --key "$key" --cert cm1.pem
run voxsign verify tftp/SEP000000000001.cnf.xml.sgn --trust tftp/CTLFile.tlv

# ten_phones HOW TFTP STATE [OPTION...]: HOW is run or refused. Four 8841, three 7841, and three 7962, which speak TLS 1.0 and take no EC.
ten_phones() {
    how=$1 from=$2 to=$3
    shift 3
    $how voxphone boot --tftp "$from" --state "$to" --name SEP000000000000 --count 4 --model 8841 "$@"
    $how voxphone boot --tftp "$from" --state "$to" --name SEP000000000004 --count 3 --model 7841 "$@"
    $how voxphone boot --tftp "$from" --state "$to" --name SEP000000000007 --count 3 --model 7962 "$@"
}
say "Ten phones of three models start: the first lists on faith, everything after by what they hold"
run voxphone boot --tftp tftp --state phones --name SEP000000000000
ten_phones run tftp phones
run voxphone show --state phones SEP000000000007

say "An encrypted configuration: only the phone whose certificate this is can read it"
openssl req -x509 -newkey rsa:2048 -nodes -keyout phone.key -out phone.crt -subj '/CN=SEP000000000001' -days 30 2>/dev/null
chmod 600 phone.key
mkdir encrypted
cp tftp/SEP000000000001.cnf.xml encrypted/
run voxsign encrypt encrypted/SEP000000000001.cnf.xml --for phone.crt --key "$key" --cert cm1.pem
run voxsign decrypt encrypted/SEP000000000001.cnf.xml.enc.sgn --key phone.key -o decrypted.xml
cmp tftp/SEP000000000001.cnf.xml decrypted.xml && echo "      decrypted with the phone's key: the same bytes"

say "A phone meets a certificate that its lists do not hold: the responder answers from the store"
voxcert export TVS --node cm1 -o tvs.pem -q
key_tvs=$(ls state/keys/TVS-cm1-* | head -n 1)
start 24451 voxtvsd --cert tvs.pem --key "$key_tvs"
run voxtvs verify "127.0.0.1:$port" cm1.pem --trust tftp/ITLFile.tlv
run voxtvs query "127.0.0.1:$port" --cert cm1.pem --trust tftp/ITLFile.tlv
refused voxtvs verify "127.0.0.1:$port" stranger.crt --trust tftp/ITLFile.tlv
stop

say "A phone enrols: it gets a certificate of its own, with the authentication string that the operator read out"
run voxcapf set SEP000000000001 --install --auth string --generate
sed -n 's/.*[^0-9]\([0-9]\{8\}\)\([^0-9].*\)*$/\1/p' .last | head -n 1 >string
must_exist string
echo 00000000 >wrong
start 38041 voxcapfd
refused voxcapf enroll "127.0.0.1:$port" --device SEP000000000001 --trust tftp/CTLFile.tlv --string-file wrong
run voxcapf enroll "127.0.0.1:$port" --device SEP000000000001 --trust tftp/CTLFile.tlv --string-file string -o lsc.pem
run voxcapf show SEP000000000001
run voxcapf log SEP000000000001
stop
voxcert export CAPF -o capf.pem -q
run openssl verify -x509_strict -purpose sslclient -CAfile capf.pem lsc.pem

say "The ten phones enrol as well: CAPF believes them, they believe CAPF, by their lists"
voxcapf set SEP000000000000 SEP000000000002 SEP000000000003 SEP000000000004 SEP000000000005 SEP000000000006 --install --auth null \
    --key ec:P-256 -q 2>/dev/null
voxcapf set SEP000000000007 SEP000000000008 SEP000000000009 --install --auth null --key rsa:2048 -q 2>/dev/null
start 38041 voxcapfd
ten_phones run tftp phones --null --capf "127.0.0.1:$port"
stop
run voxcapf list

say "The certificate of a call manager is replaced, in steps that the phones follow"
run voxrotate plan CallManager --node cm1
run voxrotate stage CallManager --node cm1
ten_phones run tftp phones
run voxrotate activate CallManager --node cm1 --no-proof
voxcert export CallManager --node cm1 -o cm1.pem -q
key=$(ls -t state/keys/CallManager-cm1-* | head -n 1)
run voxsign sign tftp --recursive --key "$key" --cert cm1.pem
ten_phones run tftp phones
run voxrotate retire CallManager --node cm1 --now
ten_phones run tftp phones

say "The classic accident: signer and TVS are replaced in one evening. On a copy of the cluster, knowing what the ten phones hold"
cp -r state accident
version() { voxlist history "$1" | awk 'NR > 1 { print $1; exit }'; }
{ echo device,model,ctl,itl; for i in 0,8841 1,8841 2,8841 3,8841 4,7841 5,7841 6,7841 7,7962 8,7962 9,7962; do echo "SEP00000000000$i,$(version ctl),$(version itl)"; done; } >phones.csv
(
    VOXTRUST_STORE=sqlite:$demo/accident/voxtrust.db
    export VOXTRUST_STORE
    run voxtrust phones import phones.csv
    run voxtrust phones count
    run voxcert new ITLRecovery --replace --yes -q
    for node in cm1 cm2 cm3; do
        run voxcert new CallManager --node $node --replace --yes -q
        [ $node = cm3 ] || run voxcert new TVS --node $node --replace --yes -q
    done
    refused voxcert new TVS --node cm3 --replace --yes
    echo "    All the same:"
    run voxcert new TVS --node cm3 --replace --yes --force=10 -q
    refused voxlist publish itl --to "$demo/tftp"
)
echo "    What would have come of it, on copies of the ten phones, with the new TVS running:"
cp -r phones phones-accident
mkdir accident-tftp
store=$VOXTRUST_STORE
VOXTRUST_STORE=sqlite:$demo/accident/voxtrust.db
run voxlist build itl -o accident-tftp/ITLFile.tlv -q
voxcert export TVS --node cm1 -o accident.pem -q
start 24451 voxtvsd --cert accident.pem --key "$(ls -t accident/keys/TVS-cm1-* | head -n 1)"
ten_phones refused accident-tftp phones-accident --tvs "127.0.0.1:$port"
stop
VOXTRUST_STORE=$store

softhsm=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
if [ -n "$softhsm" ] && command -v softhsm2-util >/dev/null; then
    say "Two tokens (software ones) become signers; the list is signed where the token is, not where the store is"
    mkdir -m 700 tokens
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$demo/tokens" >softhsm.conf
    export SOFTHSM2_CONF="$demo/softhsm.conf" VOXTRUST_PKCS11_MODULE="$softhsm"
    (umask 077 && echo 123456 >pin)
    for name in SAST1 SAST2; do softhsm2-util --init-token --free --label $name --so-pin 87654321 --pin 123456 >/dev/null; done
    run voxtoken list
    run voxtoken new-key pkcs11:token=SAST1 --pin-file pin -o sast1.pem
    run voxtoken new-key pkcs11:token=SAST2 --pin-file pin -o sast2.pem
    run voxlist prepare ctl --sast sast1.pem --sast sast2.pem --ccm-tftp cm1.pem,dns=cm1.example.test -o prepared.txt
    check=$(voxlist prepare ctl --sast sast1.pem --sast sast2.pem --ccm-tftp cm1.pem,dns=cm1.example.test -o prepared.txt --json |
        sed -n 's/.*"check": "\([0-9a-f]*\)".*/\1/p')
    refused voxtoken sign prepared.txt --key pkcs11:token=SAST1 --pin-file pin --expect 00000000 -o signature.txt -q
    run voxtoken sign prepared.txt --key pkcs11:token=SAST1 --pin-file pin --expect "$check" -o signature.txt -q
    run voxlist attach prepared.txt signature.txt -o token.tlv
    run voxlist build ctl --sast sast2.pem --ccm-tftp cm1.pem,dns=cm1.example.test --signer pkcs11:token=SAST2 --password-file pin -o next.tlv
    run voxlist verify next.tlv --against token.tlv
fi

say "A secure SIP trunk: the device's certificate, and a handshake as a call manager makes it"
for device in sbc other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $device.key -out $device.pem -days 365 \
        -subj "/CN=$device.example.test" -addext "subjectAltName=DNS:$device.example.test" 2>/dev/null
done
# device NAME [PORT]: a server that shows NAME.pem and wants our certificate, there or on a free port ($port), until undevice.
device() {
    rm -f device.said
    mkfifo device.said
    openssl s_server -accept "127.0.0.1:${2:-0}" -cert "$1.pem" -key "$1.key" -Verify 1 -verify_return_error -CAfile cm1.pem -no-CAstore \
        -no-CApath -www >device.said 2>device.log </dev/null &
    device=$!
    trap 'kill "$device" 2>/dev/null || true' EXIT
    exec 8<device.said
    port=
    while [ -z "$port" ] && read -r -t 20 -u 8 line; do case $line in ACCEPT*) port=${2:-${line##*:}} ;; esac; done
    [ -n "$port" ] || { cat device.log >&2; exit 1; }
}
undevice() {
    kill "$device"
    wait "$device" 2>/dev/null || true
    exec 8<&-
    trap - EXIT
}
device sbc
run voxtrunk profile add encrypted --mode encrypted --subject-name sbc.example.test
run voxtrunk add sbc --profile encrypted --destination "127.0.0.1:$port"
refused voxtrunk probe sbc --node cm1
run voxtrunk upload sbc sbc.pem
run voxtrunk probe sbc --node cm1
undevice
echo "    Another device answers there, which the cluster trusts as well, but not as this one:"
run voxcert upload CallManager-trust other.pem
device other "$port"
refused voxtrunk probe sbc --node cm1
undevice
run voxtrunk show sbc

say "Which phones hold what, and which would be lost: told before anything is published"
run voxtrust phones import phones.csv
run voxtrust phones count
run voxtrust phones count --by lsc

say "The whole cluster on one screen, and a log that nobody can edit unseen"
voxtrust status | sed 's/^/      /' || true
run voxtrust log --verify
run voxtrust report -o "$demo/report.html"
must_exist report.html

cat <<END

Look at:
  $demo/report.html          the cluster as a page, in a browser
  $demo/tftp                 what a TFTP server would hand to phones
  $demo/state                the store (sqlite3 $demo/state/voxtrust.db) and the keys
  voxlist show $demo/tftp/ITLFile.tlv
  voxlist show --format cucm $demo/tftp/CTLFile.tlv
  voxtrust log

  with  export PATH=$bin:\$PATH VOXTRUST_STORE=$VOXTRUST_STORE
END
