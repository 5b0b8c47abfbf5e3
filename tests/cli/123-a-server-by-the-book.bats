#!/usr/bin/env bats
# docs/howto/install.md, as printed: what it does with the store and the phones' folder, from nothing to phones that register by TLS.
load ../harness/cli

# blocks FIRST LAST: the commands of those sections, on this story's folders. The services have a story of their own.
blocks() {
    awk -v first="## $1." -v last="## $(($2 + 1))." '
        index($0, first) == 1 { on = 1 }
        index($0, last) == 1 { on = 0 }
        on && /^```/ { code = /^```sh/; next }
        on && code' "$VOX_SOURCE/docs/howto/install.md" |
        sed "s|/var/lib/voxtrust|$T/state|g; s|/srv/tftp|$T/tftp|g"
}

@test "from an empty store to a list for all, then to mixed mode" {
    export VOXTRUST_STORE=$T/state/voxtrust.db
    mkdir tftp
    echo '<device/>' >tftp/SEP0123456789AB.cnf.xml
    blocks 3 4 >first && [ "$(grep -c '^vox' first)" -ge 4 ]
    blocks 5 5 >trial && [ "$(grep -c '^vox' trial)" = 2 ]
    blocks 7 7 >all && [ "$(grep -c '^vox' all)" = 2 ]
    blocks 8 8 | sed 's/mode mixed$/mode mixed --yes/' >mixed && [ "$(grep -c '^vox' mixed)" = 4 ]

    status 0 bash -e first
    says "signed 1"
    status 0 bash -e trial
    says "first-trust" "configuration  accepted" "signed by record"
    silent_about warning
    status 0 bash -e all
    says "Nothing needs attention."
    status 0 voxphone boot --tftp tftp --state phones --name SEP0123456789AB
    says " ITLFile.tlv: " "configuration  accepted"
    status 0 bash -e mixed
    status 0 voxtrust status
    says "Cluster example, mixed" "Nothing needs attention."
    status 0 voxphone boot --tftp tftp --state phones --name SEP0123456789AB
    says " CTLFile.tlv: " " ITLFile.tlv: " "configuration  accepted"
}
