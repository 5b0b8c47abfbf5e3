# An administrator compares with what the call manager's own 'show ctl' and 'show itl' printed.
load ../harness/cli

@test "the lab's ITL is printed line for line" {
    voxlist show --format cucm "$LAB/ITLFile-sha512.tlv" >out
    diff out "$VOX_SOURCE/tests/golden/show-itl-lab.cucm.txt"
}

@test "checksums are those of the file" {
    status 0 voxlist show --format cucm "$LAB/CTLFile-sha1.tlv"
    says "$(md5sum <"$LAB/CTLFile-sha1.tlv" | cut -c1-32)(MD5)" "$(sha1sum <"$LAB/CTLFile-sha1.tlv" | cut -c1-40)(SHA1)" \
        "Length of CTL file: $(stat -c %s "$LAB/CTLFile-sha1.tlv")"
}

@test "the date is local, and English whatever the locale" {
    TZ=CET-1 LC_ALL=de_DE.UTF-8 status 0 voxlist show --format cucm "$LAB/CTLFile-sha1.tlv"
    says "The CTL File was last modified on Mon Nov 23 22:20:06 CET 2026"
}

@test "a list that does not verify says so in the last line, and why on standard error" {
    cp "$LAB/CTLFile-sha1.tlv" bad.tlv
    printf 'X' | dd of=bad.tlv bs=1 seek=300 conv=notrunc status=none
    status 1 sh -c 'voxlist show --format cucm bad.tlv 2>why'
    says "The CTL file was not verified successfully." "This etoken was not used to sign the CTL file."
    grep -q "^voxlist: bad.tlv: the signature is not valid" why
}

@test "a file's texts cannot send escape sequences" {
    perl -0777 -pe 's/CN=vector-sast/CN=\e[2J\x9b1m\ncap/g' "$LAB/CTLFile-sha1.tlv" >evil.tlv
    [ "$(stat -c %s evil.tlv)" = "$(stat -c %s "$LAB/CTLFile-sha1.tlv")" ]
    for form in text cucm json; do
        voxlist show --format $form evil.tlv >out 2>errors || true
        [ "$(LC_ALL=C tr -d '\n[:print:]' <out | wc -c)" -eq 0 ]
        grep -q 'x1b' out
    done
}
