#!/usr/bin/env bats
# A device's certificate is taken for a trunk when a call manager would take it; else every reason is told, and nothing is changed.

load ../harness/cli
load ../harness/trunk

story_setup() {
    voxtrust init --cluster lab -q
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile tls --destination 192.0.2.9 -q
}

# refused FILE TEXT...: not taken, with these words, and nothing has changed.
refused() {
    local file=$1 before
    shift
    before=$(state)
    status 3 voxtrunk upload sbc "$file" --yes
    says "$@"
    [ "$(state)" = "$before" ]
}

certs() { voxtrunk show sbc --json | jq -r '.certificates[] | "\(.subject) \(.device) \(.brought)"'; }

@test "a self-signed one, by PEM and DER" {
    device sbc sbc.example.test
    status 0 voxtrunk upload sbc sbc.pem
    says "taken into CallManager-trust: CN=sbc.example.test"
    [ "$(certs)" = "CN=sbc.example.test true true" ]
    [ "$(voxcert list CallManager-trust --json | jq '.certificates | length')" = 1 ]
    says_in_log "voxtrunk upload sbc sbc.pem ("
    device other sbc.example.test -days 50
    openssl x509 -in other.pem -outform DER -out other.der
    status 0 voxtrunk upload sbc other.der --yes --json
    [ "$(jq -r '.certificates[0].subject' <<<"$output")" = CN=sbc.example.test ]
}

says_in_log() { voxtrust log --json | jq -r '.entries[-1].what' | grep -qF "$1"; }

@test "one that a CA signed, with its issuers in the file in any order, or in CallManager-trust before" {
    ca Root
    signed Middle Middle Root "basicConstraints=critical,CA:TRUE"
    signed sbc sbc.example.test Middle "extendedKeyUsage=serverAuth,clientAuth"
    refused sbc.pem "the issuer Middle" "voxcert upload CallManager-trust"
    cat Middle.pem sbc.pem >two.pem
    refused two.pem "the issuer Root"
    cat Root.pem sbc.pem Middle.pem >three.pem
    status 0 voxtrunk upload sbc three.pem
    [ "$(certs)" = "$(printf '%s\n' 'CN=sbc.example.test true true' 'CN=Middle false true' 'CN=Root false true')" ]
    voxtrunk remove sbc --yes -q
    [ "$(voxcert list CallManager-trust --json | jq '.certificates | length')" = 0 ]
    voxcert upload CallManager-trust Root.pem -q
    voxtrunk add sbc --profile tls --destination 192.0.2.9 -q
    status 0 voxtrunk upload sbc two.pem
    [ "$(certs)" = "$(printf '%s\n' 'CN=sbc.example.test true true' 'CN=Middle false true')" ]
}

@test "the wrong name, and what would be the right one" {
    device other elsewhere.example.test
    refused other.pem "it is for elsewhere.example.test" "not for sbc.example.test" "subject names of the profile"
    voxtrunk profile add hosts --mode encrypted --port 5062 -q
    voxtrunk add pbx --profile hosts --destination pbx.example.test --destination 192.0.2.7 -q
    status 3 voxtrunk upload pbx other.pem
    says "not for pbx.example.test, 192.0.2.7" "no subject names"
    device pbx x -addext "basicConstraints=CA:FALSE"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ip.key -out ip.pem -days 99 -subj /CN=ip -addext subjectAltName=IP:192.0.2.7 2>/dev/null
    status 0 voxtrunk upload pbx ip.pem
}

@test "expired, not begun, wildcards, usages, weak keys" {
    ca Root
    voxcert upload CallManager-trust Root.pem -q
    days=-1 signed past sbc.example.test Root
    refused past.pem "it ended on"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout w.key -out w.pem -days 99 -subj "/CN=sbc.example.test" \
        -addext "subjectAltName=DNS:*.example.test" 2>/dev/null
    refused w.pem "the wildcard name *.example.test"
    signed server sbc.example.test Root extendedKeyUsage=serverAuth
    refused server.pem "lacks clientAuth"
    signed client sbc.example.test Root extendedKeyUsage=clientAuth
    refused client.pem "lacks serverAuth"
    openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem -days 99 -subj /CN=sbc.example.test 2>/dev/null
    refused weak.pem "2048 bits or more"
}

@test "one that is not valid yet" {
    openssl genpkey -algorithm rsa -out later.key 2>/dev/null
    later +400d openssl req -x509 -key later.key -out later.pem -days 9 -subj /CN=sbc.example.test
    refused later.pem "not valid before"
}

@test "what is no certificate, or more than that" {
    device sbc sbc.example.test
    before=$(state)
    : >empty
    head -c 3000 /dev/urandom >noise
    openssl req -new -key sbc.key -subj /CN=sbc.example.test -out sbc.csr
    head -c 200 sbc.pem >half
    sed 's/M/\x00/3' sbc.pem >nul
    for file in empty noise sbc.csr sbc.key half nul; do
        run voxtrunk upload sbc "$file"
        [ "$status" -eq 3 ] || { echo "taken: $file: $output" >&2; false; }
    done
    cat sbc.pem sbc.key >both
    status 3 voxtrunk upload sbc both
    says "a private key stands in it"
    device other other.example.test
    cat sbc.pem other.pem >strangers
    status 3 voxtrunk upload sbc strangers
    status 4 voxtrunk upload sbc nowhere.pem
    status 3 voxtrunk upload none sbc.pem
    says "no such trunk: 'none' (sbc)"
    [ "$(state)" = "$before" ]
}

@test "a trunk without TLS takes none" {
    voxtrunk profile add plain --mode non-secure -q
    voxtrunk add old --profile plain -d 192.0.2.5 -q
    device sbc sbc.example.test
    status 3 voxtrunk upload old sbc.pem
    says "non-secure: no certificate is looked at"
}

@test "another one of the same subject is a replacement, which is asked about" {
    device sbc sbc.example.test
    device new sbc.example.test
    voxtrunk add twin --profile tls --destination 192.0.2.8 -q
    voxtrunk upload sbc sbc.pem -q
    voxtrunk upload twin sbc.pem -q
    status 3 voxtrunk upload sbc sbc.pem
    says "trunk sbc has it already"
    before=$(state)
    status 1 voxtrunk upload sbc new.pem </dev/null
    says "Replaced in CallManager-trust: CN=sbc.example.test" "another key" "Trunk twin has it, too" "nothing was changed"
    [ "$(state)" = "$before" ]
    status 0 voxtrunk upload sbc new.pem --yes
    new=$(openssl x509 -in new.pem -noout -fingerprint -sha256 | cut -d = -f 2 | tr -d : | tr A-F a-f)
    for trunk in sbc twin; do
        [ "$(voxtrunk show $trunk --json | jq -r '.certificates[].sha256')" = "$new" ]
    done
    [ "$(voxcert list CallManager-trust --json | jq '.certificates | length')" = 1 ]
    [ "$(voxcert list CallManager-trust --all --json | jq '.certificates | length')" = 2 ]
}

@test "what goes with a trunk, and what stays" {
    ca Root
    signed sbc sbc.example.test Root
    signed second sbc.example.test Root
    cat sbc.pem Root.pem >chain.pem
    voxtrunk add twin --profile tls --destination 192.0.2.8 -q
    voxtrunk upload sbc chain.pem -q
    voxtrunk upload twin chain.pem -q
    status 0 voxtrunk remove sbc --yes
    says "stays in CallManager-trust, another trunk has it"
    [ "$(voxcert list CallManager-trust --json | jq '.certificates | length')" = 2 ]
    signed more more.example.test Root
    voxcert upload CallManager-trust more.pem -q
    status 0 voxtrunk remove twin --yes --json
    [ "$(jq -r '.certificates_kept[].why' <<<"$output")" = "it issued another certificate there" ]
    [ "$(voxcert list CallManager-trust --json | jq -r '[.certificates[].subject] | sort | join(" ")')" = "CN=Root CN=more.example.test" ]
    device own sbc.example.test
    voxtrunk add sbc --profile tls --destination 192.0.2.9 -q
    voxcert upload CallManager-trust own.pem -q
    status 0 voxtrunk upload sbc own.pem
    says "stood already in CallManager-trust"
    status 0 voxtrunk remove sbc --yes
    says "stays in CallManager-trust, it stood there before"
}

@test "from the live device: by its fingerprint, or asked for" {
    device sbc sbc.example.test
    hex=$(openssl x509 -in sbc.pem -noout -fingerprint -sha256 | cut -d = -f 2)
    serve sbc
    trunk_here
    before=$(state)
    status 1 voxtrunk fetch sbc </dev/null
    says "127.0.0.1:$port shows" "DNS:sbc.example.test" "nothing was changed"
    status 1 voxtrunk fetch sbc --fingerprint "$(tr 0-9 1-90 <<<"$hex")"
    says "another certificate than the one you named"
    [ "$(state)" = "$before" ]
    status 0 voxtrunk fetch sbc --fingerprint "$hex"
    says "taken into CallManager-trust"
    [ "$(certs)" = "CN=sbc.example.test true true" ]
    unserve
    status 4 voxtrunk fetch sbc
    says "refused"
}

@test "from a live device that wants a certificate of ours first" {
    device sbc sbc.example.test
    hex=$(openssl x509 -in sbc.pem -noout -fingerprint -sha256 | cut -d = -f 2)
    for version in -tls1_2 -tls1_3; do
        serve sbc $version -Verify 1 -verify_return_error
        trunk_here
        status 0 voxtrunk fetch sbc --fingerprint "$hex"
        unserve
        voxtrunk remove sbc --yes -q
    done
}

@test "a live device cannot bring a root" {
    ca Root
    signed Middle Middle Root "basicConstraints=critical,CA:TRUE"
    signed sbc sbc.example.test Middle
    hex=$(openssl x509 -in sbc.pem -noout -fingerprint -sha256 | cut -d = -f 2)
    ca Evil
    cat Middle.pem Root.pem Evil.pem >chain.pem
    serve sbc -cert_chain chain.pem -no-CAfile -no-CApath
    trunk_here
    before=$(state)
    status 3 voxtrunk fetch sbc --fingerprint "$hex"
    says "the issuer Root" "voxcert upload CallManager-trust"
    [ "$(state)" = "$before" ]
    voxcert upload CallManager-trust Root.pem -q
    status 0 voxtrunk fetch sbc --fingerprint "$hex"
    unserve
    [ "$(voxcert list CallManager-trust --json | jq -r '[.certificates[].subject] | sort | join(" ")')" = "CN=Middle CN=Root CN=sbc.example.test" ]
}

@test "the status counts trunks, and says whose certificate ends" {
    status 1 voxtrust status
    says "Trunks: 1"
    device sbc sbc.example.test -days 9
    voxtrunk upload sbc sbc.pem -q
    status 1 voxtrust status
    says "Trunks: 1, 1 with a certificate that ends within 60 days" "trunk sbc: the certificate of its device ends on"
    silent_about "CallManager-trust: ends on"
    [ "$(voxtrust status --json | jq -c .trunks)" = '{"all":1,"ending":1,"ended":0}' ]
    voxtrunk profile add auth --mode authenticated -q
    silent_about "profile auth"
    voxtls set min-version 1.3 -q -y
    status 1 voxtrust status -q
    says "profile auth is authenticated"
}

@test "a certificate that a trunk relies on is not deleted by the way" {
    device sbc sbc.example.test
    voxtrunk upload sbc sbc.pem -q
    hex=$(openssl x509 -in sbc.pem -noout -fingerprint -sha256 | cut -d = -f 2 | tr -d : | tr A-F a-f)
    status 3 voxcert delete "$hex" --yes
    says "trunk sbc relies on it" "--force"
    [ "$(certs)" = "CN=sbc.example.test true true" ]
    status 0 voxcert delete "$hex" --yes --force
    [ -z "$(certs)" ]
    status 0 voxtrunk remove sbc --yes
}

# asked COMMAND...: COMMAND on a terminal, up to its question; it waits then. answer WORD: what it says after that is in $output.
asked() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be made here"
    rm -f keys screen
    mkfifo keys screen
    script -qec "$*" /dev/null <keys >screen 3>&- &
    exec 6>keys 7<screen
    while IFS= read -r -u 7 -d ']' piece; do
        case $piece in *'[y/N') return ;; esac
    done
    return 1
}
answer() {
    printf '%s\n' "$1" >&6
    output=$(cat <&7)
    exec 6>&- 7<&-
}

# in_use: subjects of what stands in CallManager-trust, with the first digits of their fingerprints. mark FILE: the same of a file.
in_use() { voxcert list CallManager-trust --json | jq -r '.certificates[] | .sha256[0:12]' | sort; }
mark() { openssl x509 -in "$1" -outform DER | sha256sum | cut -c 1-12; }

@test "what was asked about is what is done, or nothing: somebody else was quicker" {
    for name in first second third; do device "$name" sbc.example.test; done
    voxtrunk upload sbc first.pem -q
    asked voxtrunk upload sbc second.pem
    voxtrunk upload sbc third.pem -q --yes
    answer y
    says "somebody else has changed the trunk or CallManager-trust meanwhile: nothing was changed, look again"
    [ "$(in_use)" = "$(mark third.pem)" ]
    # another trunk under the same name, with another destination
    asked voxtrunk upload sbc second.pem
    voxtrunk remove sbc --yes -q --keep-certificates
    voxtrunk add sbc --profile tls --destination 192.0.2.10 -q
    answer y
    says "somebody else has changed"
    [ "$(in_use)" = "$(mark third.pem)" ]
    # the same host at another port is another device
    asked voxtrunk upload sbc second.pem
    voxtrunk remove sbc --yes -q --keep-certificates
    voxtrunk add sbc --profile tls --destination 192.0.2.10:5071 -q
    answer y
    says "somebody else has changed"
    [ "$(in_use)" = "$(mark third.pem)" ]
    # no trunk at all
    asked voxtrunk upload sbc second.pem
    voxtrunk remove sbc --yes -q --keep-certificates
    answer y
    says "no such trunk: 'sbc'"
    voxtrunk add sbc --profile tls --destination 192.0.2.9 -q
    # the issuer that it needs is trusted no longer
    ca Root
    signed fourth sbc.example.test Root "extendedKeyUsage=serverAuth,clientAuth"
    voxcert upload CallManager-trust Root.pem -q
    asked voxtrunk upload sbc fourth.pem
    voxcert delete "$(mark Root.pem)" --yes -q
    answer y
    says "somebody else has changed"
    [ "$(in_use)" = "$(mark third.pem)" ]
    # a certificate that was asked about for the removal is another one now
    voxtrunk upload sbc first.pem -q --yes
    asked voxtrunk remove sbc
    voxtrunk upload sbc second.pem -q --yes
    answer y
    says "somebody else has changed the trunk meanwhile"
    [ "$(in_use)" = "$(mark second.pem)" ]
    status 0 voxtrust log --verify
}

@test "uploads that race: one certificate is the device's at the end, and the log has those that said so" {
    for i in 1 2 3 4; do device "d$i" sbc.example.test; done
    done_before=0
    for round in 1 2 3 4 5 6; do
        pids=()
        for i in 1 2 3 4 1 2 3 4; do # each of them twice
            voxtrunk upload sbc "d$i.pem" --yes -q >"out.$round.${#pids[@]}" 2>&1 3>&- &
            pids+=($!)
        done
        done_now=0
        for i in "${!pids[@]}"; do
            code=0
            wait "${pids[i]}" || code=$?
            case $code in
            0) done_now=$((done_now + 1)) ;;
            3) grep -q "has it already" "out.$round.$i" ;;
            4) grep -q "somebody else has changed\|another program" "out.$round.$i" ;;
            *) cat "out.$round.$i" >&2; return 1 ;;
            esac
        done
        [ "$done_now" -ge 1 ]
        done_before=$((done_before + done_now))
        [ "$(in_use | wc -l)" = 1 ]
        [ "$(certs)" = "CN=sbc.example.test true true" ]
        [ "$(voxtrunk show sbc --json | jq -r '.certificates[0].sha256[0:12]')" = "$(in_use)" ]
        [ "$(sqlite3 state/voxtrust.db 'SELECT count(*) FROM trunk_certificates')" = 1 ]
        [ "$(voxtrust log --json | jq '[.entries[] | select(.what | startswith("voxtrunk upload"))] | length')" = "$done_before" ]
        last=$(voxtrust log --json | jq -r '[.entries[] | select(.what | startswith("voxtrunk upload"))][-1].what')
        [[ $last == *"($(in_use))"* ]]
    done
    status 0 voxtrust log --verify
}

@test "uploads for two trunks that share a certificate race: both have it, it stands there once" {
    voxtrunk add two --profile tls --destination 192.0.2.8 -q
    device old sbc.example.test
    voxtrunk upload sbc old.pem -q
    for round in 1 2 3 4; do
        device "new$round" sbc.example.test
        pids=()
        for trunk in sbc two sbc two; do
            voxtrunk upload "$trunk" "new$round.pem" --yes -q >"out.${#pids[@]}" 2>&1 3>&- &
            pids+=($!)
        done
        for i in "${!pids[@]}"; do
            code=0
            wait "${pids[i]}" || code=$?
            case $code in 0 | 3 | 4) ;; *) cat "out.$i" >&2; return 1 ;; esac
        done
        for trunk in sbc two; do voxtrunk upload "$trunk" "new$round.pem" --yes -q 2>/dev/null || [ $? -eq 3 ]; done
        [ "$(in_use)" = "$(mark "new$round.pem")" ]
        for trunk in sbc two; do [ "$(voxtrunk show "$trunk" --json | jq -r '[.certificates[].sha256[0:12]] | join(" ")')" = "$(in_use)" ]; done
    done
    status 0 voxtrust log --verify
}
