#!/usr/bin/env bats
# Whoever copies files that phones fetch hears of each change of them, and which they are.

load ../harness/cli

story_setup() {
    a_cluster
    mkdir state/hooks.d tftp
    cat >state/hooks.d/10-tell <<SH
#!/bin/sh
echo "\$1|\$2|\$3" >>$T/events
sed "s|^$T/|  |" >>$T/events
SH
    chmod 755 state/hooks.d/10-tell
}

# events LINE...: these happened, and nothing else, since the last look.
events() {
    touch events
    [ $# -eq 0 ] || printf '%s\n' "$@" >wanted
    [ $# -gt 0 ] || : >wanted
    diff wanted events >&2 || return 1
    rm events
}

@test "published, with the paths; not when nothing was changed" {
    status 0 voxlist publish ctl --to tftp --timestamp 2026-01-01T00:00:00Z
    says "hook 10-tell: done"
    events 'published|ctl|' '  tftp/CTLFile.tlv'
    voxlist publish ctl --to tftp --timestamp 2026-01-01T00:00:00Z -q # the same bytes
    events
    voxlist publish itl --to tftp -q
    events 'published|itl|' '  tftp/ITLFile.tlv'
    # several names: one hook
    voxlist publish itl --to tftp --device SEP1 --device SEP2 --json 2>/dev/null | jq -e 'length == 2' >/dev/null
    events 'published|itl|' '  tftp/ITLSEP1.tlv' '  tftp/ITLSEP2.tlv'
    status 4 voxlist publish itl --to nowhere
    events
    status 1 voxlist publish ctl --to tftp --list "$LAB/CTLFile-sha512.tlv" # of strangers
    events
    voxlist publish ctl --to tftp -q
    events 'published|ctl|' '  tftp/CTLFile.tlv'
    status 0 voxlist rollback 1
    events 'published|ctl|' '  tftp/CTLFile.tlv'
    [ "$(voxtrust log --json | jq -r '.entries[-1].what')" = "voxlist hook 10-tell published ctl" ]
    status 1 voxlist forget tftp </dev/null
    events
    voxlist forget tftp -y -q
    events "forgotten|$T/tftp|"
}

@test "a canary: each file of its own, put there and taken away" {
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    printf 'device,model,ctl,itl\nSEP1,8841,1,2\nSEP2,8841,1,2\nSEP3,8841,1,2\n' >phones.csv
    voxtrust phones import phones.csv -q
    voxcert new TVS --node cm1 --replace -y -q
    rm events
    voxlist canary start itl --to tftp --device SEP1 -q
    events 'published|itl|' '  tftp/ITLSEP1.tlv'
    voxlist canary promote itl --device SEP2 -q
    events 'published|itl|' '  tftp/ITLSEP2.tlv'
    voxlist canary withdraw -q
    events 'withdrawn|itl|' '  tftp/ITLSEP1.tlv' '  tftp/ITLSEP2.tlv'
    voxlist canary start itl --to tftp --device SEP3 -q
    rm events
    voxlist canary promote --all -q
    events 'published|itl|' '  tftp/ITLFile.tlv' '  tftp/ITLSEP3.tlv'
    [ ! -e tftp/ITLSEP3.tlv ]
    status 3 voxlist canary withdraw
    events
}

@test "a rotation: at each step the lists, then its own event" {
    voxlist mode mixed -y -q
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    rm events
    both=('published|ctl|' '  tftp/CTLFile.tlv' 'published|itl|' '  tftp/ITLFile.tlv')
    voxrotate stage CallManager -q
    events "${both[@]}"
    voxrotate activate CallManager --no-proof -q
    events "${both[@]}" 'activated|CallManager|cm1'
    status 1 voxrotate stage TVS # one at a time
    events
    voxrotate rollback CallManager -q
    events "${both[@]}" 'rolled-back|CallManager|cm1'
}

@test "profiles of trunks" {
    status 0 voxtrunk profile add p --mode encrypted
    says "hook 10-tell: done"
    events 'trunk-profile-added|p|'
    status 3 voxtrunk profile add p --mode encrypted
    events
    status 0 voxtrunk profile remove p --json
    events 'trunk-profile-removed|p|'
    status 3 voxtrunk profile remove p
    events
}

@test "the hook of the manual copies lists" {
    mkdir mirror
    sed -n '/^case \$1 in published/,/^```/p' "$VOX_SOURCE/docs/man/voxtrust-hooks.5.scd" | sed '$d' >body
    grep -q 'scp -q "$file" "tftp2:$file"' body
    { echo '#!/bin/sh'; sed "s|scp -q \"\$file\" \"tftp2:\$file\"|cp \"\$file\" $T/mirror/|; s|ssh -n tftp2 rm -f \"\$file\"|rm -f \"$T/mirror/\${file##*/}\"|" body; } >state/hooks.d/50-copy
    chmod 755 state/hooks.d/50-copy
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    printf 'device,model,ctl,itl\nSEP1,8841,1,2\n' >phones.csv
    voxtrust phones import phones.csv -q
    voxcert new TVS --node cm1 --replace -y -q
    voxlist canary start itl --to tftp --device SEP1 -q
    diff -r tftp mirror
    [ -e mirror/ITLSEP1.tlv ]
    status 0 voxlist canary promote --all
    says "hook 50-copy: done"
    diff -r tftp mirror
    [ ! -e mirror/ITLSEP1.tlv ]
}
