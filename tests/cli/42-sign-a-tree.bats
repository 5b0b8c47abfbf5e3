# A TFTP root is signed at once, on all cores; what has not changed is left alone.
load ../harness/cli

absent() { # FILE...
    for f; do [ ! -e "$f" ] || return 1; done
}

story_setup() {
    cp "$LAB/tftp.pem" tftp.pem && chmod 600 tftp.pem
    mkdir -p tftp/English/deep tftp/.snapshot
    for i in 1 2 3 4 5 6 7 8; do echo "<device>$i</device>" >tftp/SEP00000000000$i.cnf.xml; done
    echo '<tones/>' >tftp/English/g3-tones.xml
    echo '<d/>' >tftp/English/deep/dict.xml
    echo '<old/>' >tftp/.snapshot/old.xml
    echo '<t/>' >tftp/.half.xml.0123.tmp
    cp "$LAB/CTLFile-sha1.tlv" tftp/CTLFile.tlv
    cp "$LAB/signed-sha1.cnf.xml.sgn" tftp/firmware.sgn
    cp "$LAB/signed-sha1.cnf.xml.sgn" tftp/firmware.sha512
}

tree() { voxsign sign tftp --recursive --cert tftp.pem "$@"; }

@test "every plain file and nothing else; names inside are below the root" {
    status 0 tree
    says "signed 10, unchanged 0, skipped 5"
    [ "$(find tftp -name '*.sgn' | wc -l)" -eq 11 ]
    absent tftp/CTLFile.tlv.sgn tftp/firmware.sgn.sgn tftp/firmware.sha512.sgn
    absent tftp/.snapshot/old.xml.sgn
    find tftp -name '*.xml.sgn' -print0 | xargs -0 voxsign verify --trust "$LAB/ITLFile-sha1.tlv"
    status 0 voxsign show tftp/English/deep/dict.xml.sgn
    says "file name     English/deep/dict.xml.sgn"
    [ "$(find tftp -name '.*.tmp' ! -name .half.xml.0123.tmp | wc -l)" -eq 0 ]
}

@test "with --root the names are below that" {
    status 0 voxsign sign tftp/English/ -r --root tftp --cert tftp.pem
    status 0 voxsign show tftp/English/deep/dict.xml.sgn
    says "file name     English/deep/dict.xml.sgn"
    (cd tftp/English && voxsign sign . -r --root .. --cert ../../tftp.pem | grep -q "unchanged 2")
    status 2 voxsign sign tftp -r --root tftp/English --cert tftp.pem
    says "does not lie below"
}

@test "a second run changes nothing; then only what has changed" {
    tree -q
    find tftp -name '*.sgn' -printf '%p %i %T@\n' | sort >before
    status 0 tree
    says "signed 0, unchanged 10, skipped 5"
    find tftp -name '*.sgn' -printf '%p %i %T@\n' | sort >after
    diff before after
    echo '<new/>' >tftp/English/g3-tones.xml
    rm tftp/SEP000000000003.cnf.xml.sgn
    status 0 tree -v
    says "g3-tones.xml: signed as English/g3-tones.xml.sgn" "signed 2, unchanged 8, skipped 5" \
        "firmware.sha512: skipped: signed already" "CTLFile.tlv: skipped: a trust list"
}

@test "links lead nowhere else" {
    echo secret >outside.xml
    ln -s ../outside.xml tftp/leak.xml
    ln -s /etc tftp/etc
    ln -s English/g3-tones.xml tftp/alias.xml
    ln -s nowhere tftp/broken.xml
    mkfifo tftp/pipe
    status 0 tree -v
    says "leak.xml: skipped: a link that leads out" "etc: skipped: a link" "broken.xml: skipped" "pipe: skipped: not a file"
    absent tftp/leak.xml.sgn
    status 0 voxsign show tftp/alias.xml.sgn
    says "file name     alias.xml.sgn"
}

@test "a link where an output should be is replaced, not followed" {
    echo keep >victim
    ln -s ../victim tftp/SEP000000000001.cnf.xml.sgn
    status 0 tree
    [ "$(cat victim)" = keep ]
    [ ! -L tftp/SEP000000000001.cnf.xml.sgn ]
    status 0 voxsign verify tftp/SEP000000000001.cnf.xml.sgn --cert tftp.pem
}

@test "into another folder" {
    status 0 tree --output-dir out
    [ "$(find out -name '*.sgn' | wc -l)" -eq 10 ]
    [ "$(find tftp -name '*.sgn' | wc -l)" -eq 1 ]
    status 0 voxsign verify out/English/deep/dict.xml.sgn --cert tftp.pem
    [ "$(stat -c %a out/English)" = 755 ]
    status 0 tree --output-dir out
    says "unchanged 10"
    mkdir other && echo x >other/g3-tones.xml
    status 2 voxsign sign tftp/English other -r --cert tftp.pem --output-dir out2
    says "g3-tones.xml" "would both become out2/g3-tones.xml.sgn"
}

@test "two folders at once: each keeps what is its own" {
    status 0 voxsign sign tftp/English tftp/English/deep -r --cert tftp.pem --root tftp -v
    silent_about "cannot be put in place"
    mkdir a b && echo a >a/1.xml && echo b >b/2.xml && echo a >a/3.xml && echo b >b/4.xml
    status 0 voxsign sign a b -r --cert tftp.pem
    says "signed 4, unchanged 0, skipped 0"
    [ "$(echo a/*.sgn b/*.sgn)" = "a/1.xml.sgn a/3.xml.sgn b/2.xml.sgn b/4.xml.sgn" ]
}

@test "a root is a folder, not the beginning of a name; / is one" {
    mkdir tftp2 && echo x >tftp2/x
    status 2 voxsign sign tftp2/x --root tftp --cert tftp.pem
    says "does not lie below"
    status 0 voxsign sign tftp2/x --root / --cert tftp.pem
    says "signed as ${PWD#/}/tftp2/x.sgn"
}

@test "another time is another signature, where one is given" {
    tree --timestamp @1 -q
    status 0 tree --timestamp @2
    says "signed 10, unchanged 0"
    status 0 tree --timestamp @2
    says "signed 0, unchanged 10"
    status 0 tree
    says "signed 0, unchanged 10"
}

@test "who may read a signed file is who may read the plain one; folders are for all" {
    chmod 755 tftp/English/g3-tones.xml
    chmod 640 tftp/English/deep/dict.xml
    (umask 077 && tree --output-dir out -q)
    [ "$(stat -c %a out out/English out/English/g3-tones.xml.sgn out/English/deep/dict.xml.sgn | xargs)" = "755 755 644 640" ]
}

@test "a link in the place of an output is replaced even when it leads to what would be written" {
    tree -q
    mv tftp/SEP000000000001.cnf.xml.sgn elsewhere
    ln -s ../elsewhere tftp/SEP000000000001.cnf.xml.sgn
    status 0 tree
    says "signed 1, unchanged 9"
    [ ! -L tftp/SEP000000000001.cnf.xml.sgn ]
}

@test "of many failures the first fifty are told, the others counted" {
    for i in $(seq 53); do
        echo x >tftp/f$i
        mkdir tftp/f$i.sgn
    done
    status 4 tree
    [ "$(grep -c 'cannot be put in place' <<<"$output")" -eq 50 ]
    says "and 3 more files failed" "failed 53"
}

@test "the signer's key in the tree is not published in a signed form" {
    cp tftp.pem tftp/tftp.pem
    status 0 voxsign sign tftp -r --cert tftp/tftp.pem
    says "tftp/tftp.pem: warning: skipped: the signer's private key"
    absent tftp/tftp.pem.sgn
}

@test "a file that cannot be read does not hide the others" {
    mkdir tftp/English/g3-tones.xml.sgn
    status 4 tree
    says "tftp/English/g3-tones.xml: " "signed 9, unchanged 0, skipped 5, failed 1"
    [ "$(find tftp -name '.*.tmp' ! -name .half.xml.0123.tmp | wc -l)" -eq 0 ]
}

@test "threads as wanted; the same files come out" {
    tree --timestamp @1 --jobs 1 --output-dir one -q
    tree --timestamp @1 --jobs 7 --output-dir seven -q
    diff -r one seven
    status 2 tree --jobs 0
    status 2 tree --jobs x
}

@test "JSON says how many" {
    status 0 tree --json
    says '"signed": 10' '"unchanged": 0' '"skipped": 5' '"failed": 0'
}

@test "more files than a batch" {
    mkdir many
    for i in $(seq 700); do echo "$i" >many/$i.xml; done
    status 0 voxsign sign many -r --cert tftp.pem
    says "signed 700, unchanged 0, skipped 0"
    status 0 voxsign sign many -r --cert tftp.pem
    says "signed 0, unchanged 700, skipped 0"
    find many -name '*.sgn' -print0 | xargs -0 voxsign verify --cert tftp.pem -q
    [ "$(find many -name '.*' | wc -l)" -eq 0 ]
}
