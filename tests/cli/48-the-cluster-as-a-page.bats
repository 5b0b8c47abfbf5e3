#!/usr/bin/env bats
# The cluster as a page of HTML: what is in it, that it needs nothing else, and that nothing in it is obeyed.

load ../harness/cli
load ../harness/phones
load ../harness/trunk

# page: it, in page.html; on LINE...: these stand in it. count TEXT N: so often.
page() { status 0 voxtrust report -o page.html; }
on() { local l; for l in "$@"; do grep -qF -- "$l" page.html || { echo "not there: $l" >&2; cat page.html >&2; return 1; }; done; }
never_on() { local l; for l in "$@"; do ! grep -qF -- "$l" page.html || { echo "there: $l" >&2; return 1; }; done; }

# closed TAG...: as many begin as end.
closed() {
    local tag
    for tag; do
        [ "$(grep -oE "<$tag[ >]" page.html | wc -l)" -eq "$(grep -o "</$tag>" page.html | wc -l)" ] || { echo "$tag" >&2; return 1; }
    done
}

@test "a cluster with all that there is" {
    a_cluster
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    printf 'device,model,ctl,itl\nSEP000000000001,8841,1,2\nSEP000000000002,7962,1,none\n' >t.csv
    voxtrust phones import t.csv -q
    given SEP000000000001 400
    given SEP0000000000AA -2
    device sbc sbc.example.test
    voxtrunk profile add tls --mode encrypted --subject-name sbc.example.test -q
    voxtrunk add sbc --profile tls --destination sbc.example.test -q
    voxtrunk upload sbc sbc.pem -q
    voxrotate stage CallManager -q
    page
    says "page.html: a page on the cluster"
    on '<h1>Cluster lab</h1>' 'Needs attention' '<td>cm1.example.test</td>' '<td>ITLRecovery</td>' '<svg ' '<td>ITLFile.tlv</td>' \
        'CTL 1, ITL 2, model 8841' 'CTL 1, ITL none, model 7962' '<td>never</td>' '<td>ended</td>' 'sbc.example.test, port 5061' \
        '<td>staged</td>' 'The chain of its' '<td>voxtrunk upload sbc' '3 known; <span class="warning">'
    grep -qE 'sbc\.example\.test: 9[89] days' page.html # made for 99, this second or one before
    [ "$(grep -c 'class="good"' page.html)" -ge 6 ]
    closed html head body table tr td th h2 h3 svg g p ul li span div
    # one file that needs no other
    never_on 'src=' 'href=' '<script' 'url(' '@import'
    [ "$(stat -c %a page.html)" = 600 ]
    voxtrust report -o - >there
    grep -q "^</html>$" there
    [ "$(voxtrust report -o other.html --json | jq -r '.report, (.attention > 0)' | tr '\n' ' ')" = "other.html true " ]
}

@test "what others named is text" {
    voxtrust init --cluster '<script>alert(1)</script> & "co"' -q
    printf 'device,model\nSEP000000000001,<i>x</i>\n' >'<b>.csv'
    voxtrust phones import '<b>.csv' -q
    openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 30 -subj '/CN=<img src=x>' 2>/dev/null
    voxcert upload CallManager-trust c.pem -q
    page
    on '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;' '&lt;b&gt;.csv' 'model &lt;i&gt;x&lt;/i&gt;' '&lt;img src=x&gt;'
    never_on '<script' '<b>' '<i>' '<img'
    closed html head body table tr td h2 svg p
}

@test "an empty cluster, a broken log, a folder that is not there" {
    status 4 voxtrust report -o page.html
    voxtrust init -q
    page
    on 'there is no node yet' 'None is known: voxtrust phones import' 'None: voxlist publish'
    never_on '<h2>Trunks' '<h2>Rotations' '<svg'
    sqlite3 state/voxtrust.db "UPDATE audit SET what = 'x' WHERE number = 1"
    page
    on '<p class="bad">Its chain is broken'
    status 4 voxtrust report -o nowhere/page.html
    status 2 voxtrust report
    says "where does the page go?"
    status 2 voxtrust report -o page.html more
}
