# Virtual phones that boot, in stories: load ../harness/boots

# a_published_cluster: a mixed-mode cluster whose lists phones fetch from tftp/; the call manager's certificate is in cm1.pem, its key
# in the file $KEY.
a_published_cluster() {
    a_cluster
    voxlist mode mixed --yes -q
    mkdir tftp
    voxlist publish ctl --to tftp -q
    voxlist publish itl --to tftp -q
    voxcert export CallManager -o cm1.pem -q
    KEY=$(ls state/keys/CallManager-cm1-*)
}

# Of $output, what voxphone boot --json says: "STEP VERDICT" of each step; the text of step STEP.
steps() { jq -r '.steps[] | "\(.step) \(.verdict)"' <<<"$output"; }
text_of() { jq -r --arg s "$1" '.steps[] | select(.step == $s) | .text' <<<"$output"; }
