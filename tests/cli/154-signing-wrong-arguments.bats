# What voxsign does not do, and says so before anything is written.
load ../harness/cli

story_setup() {
    cp "$LAB/tftp.pem" tftp.pem && chmod 600 tftp.pem
    cp "$LAB/phone-rsa.pem" phone.pem
    echo a >a.xml
    echo b >b.xml
    mkdir folder && echo c >folder/c.xml
}

sign() { voxsign sign --cert tftp.pem "$@"; }
encrypt() { voxsign encrypt --cert tftp.pem --for phone.pem "$@"; }

# nothing_new: no file was written beside those of the setup.
nothing_new() { [ -z "$(find . -name '*.sgn' -o -name '*.tmp' -o -name out)" ]; }

@test "sign" {
    status 2 sign a.xml a.xml
    says "a.xml and a.xml would both become a.xml.sgn"
    status 2 sign a.xml b.xml --name SEP1.cnf.xml
    says "--name and -o are for one file, not for 2"
    status 2 sign a.xml b.xml -o out
    status 2 sign a.xml -o out --output-dir .
    says "one of the two"
    status 2 sign a.xml --name x --root .
    says "--root has nothing to add"
    status 2 sign folder
    says "sign what is in it with --recursive"
    status 2 sign folder -r --name x
    says "--name and -o are for one file"
    status 2 sign folder -r -o out
    status 2 sign a.xml --jobs 1025
    says "a number from 1 to 1024"
    status 2 sign a.xml --name "$(printf '%01025d' 0)"
    says "--name: 1 to"
    status 2 sign - a.xml <b.xml
    says "standard input and output take one file"
    status 2 sign - <b.xml
    says "say with --name what phones ask for"
    status 2 sign a.xml -o - --root .
    says "instead of --root"
    nothing_new
}

@test "sign anew" {
    status 2 sign - --instead-of tftp.pem <a.xml
    says "standard input has no place"
    for option in --name=x --root=. --output=out --output-dir=. --digest=sha1; do
        status 2 sign a.xml --instead-of tftp.pem "$option"
        says "files stay where they are, with their names and digests"
    done
    nothing_new
}

@test "encrypt" {
    status 2 encrypt - <a.xml
    says "standard input has no name"
    status 2 encrypt - --name SEP1.cnf.xml <a.xml
    status 2 encrypt - -o out.enc.sgn <a.xml
    status 2 encrypt - --name SEP1.cnf.xml -o out.enc.sgn --remove-plain <a.xml
    says "standard input is no file"
    status 2 encrypt a.xml --for phone.pem
    says "one file is for one phone"
    status 2 encrypt a.xml -o out.enc.sgn --output-dir .
    says "one of the two"
    status 2 encrypt a.xml --name x --root .
    says "--root has nothing to add"
    status 2 encrypt a.xml -o out.sgn
    says "must end in .enc.sgn"
    nothing_new
    [ -e a.xml ]
}

@test "verify" {
    status 2 voxsign verify a.xml
    says "who must have signed?"
    status 2 voxsign verify a.xml --cert tftp.pem --trust "$LAB/ITLFile-sha512.tlv"
    says "either a certificate"
    nine=()
    for i in 1 2 3 4 5 6 7 8 9; do nine+=(--trust "$LAB/ITLFile-sha512.tlv"); done
    status 2 voxsign verify a.xml "${nine[@]}"
    says "8 lists at most"
    status 3 voxsign verify a.xml "${nine[@]:2}"
}

@test "what is no plain file" {
    mkfifo pipe
    status 4 sign pipe
    says "pipe: is no regular file"
    status 3 sign - --name x <"$LAB/signed-sha1.cnf.xml.sgn"
    says "signed already"
    status 3 sign - --name x <"$LAB/CTLFile-sha1.tlv"
    says "a trust list"
    nothing_new
    status 0 sign - --name x -o x.sgn <a.xml
    [ "$(stat -c %a x.sgn)" = 644 ]
}
