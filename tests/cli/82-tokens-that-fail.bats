#!/usr/bin/env bats
# Modules that go wrong at any call, hang, fall; PINs that are wrong. Nothing hangs, no bad signature is published, no PIN is tried twice.

load ../harness/cli
load ../harness/token

story_setup() {
    two_tokens
    new_key SAST1 one.pem
    echo '<device/>' >SEP001122334455.cnf.xml
    SIGN=(voxsign sign SEP001122334455.cnf.xml --key "$URI" --cert one.pem --password-file pin -q)
}

signed() { [ -e SEP001122334455.cnf.xml.sgn ]; }

# logins: how often a PIN was sent.
logins() { grep -c '^login' calls || true; }

# refused STATUS TEXT...: it fails with that status and says so; nothing is written.
refused() {
    local want=$1
    shift
    run faulty "${SIGN[@]}"
    [ "$status" -eq "$want" ] || { printf 'status %s: %s\n' "$status" "$output" >&2; return 1; }
    says "$@"
    never signed
}

never() { ! "$@"; }

@test "through the faulty module, when it does nothing wrong" {
    status 0 faulty "${SIGN[@]}"
    signed
    [ "$(logins)" -eq 1 ]
    grep -qx 'login user=1 pin=6' calls
}

@test "each function, each call, several codes: an error or a good signature, and one PIN at most" {
    local function k code tried=0
    for function in C_Initialize C_GetSlotList C_GetTokenInfo C_OpenSession C_Login C_FindObjectsInit C_FindObjects \
        C_FindObjectsFinal C_GetAttributeValue C_SignInit C_Sign C_CloseSession; do
        for code in 0x5 0x30 0xE0 0x80000005; do
            for ((k = 1; k < 60; k++)); do
                rm -f ./*.sgn
                run env P11_FAULT="$function@$k=$code" VOXTRUST_PKCS11_MODULE="$VOX_BUILD/tests/faultp11.so" P11_LOG="$T/calls" "${SIGN[@]}"
                tried=$((tried + 1))
                [ "$(logins)" -le 1 ]
                if [ "$status" -eq 0 ]; then
                    voxsign verify SEP001122334455.cnf.xml.sgn --cert one.pem -q
                else
                    { [ "$status" -eq 3 ] || [ "$status" -eq 4 ]; } || { echo "$function@$k=$code: status $status: $output" >&2; return 1; }
                    [ -n "$output" ]
                    never signed
                fi
                [ "$(grep -cx "$function" calls)" -ge "$k" ] || break # it was not called that often
                rm -f calls
            done
            rm -f calls
        done
    done
    echo "# $tried calls failed" >&3
    [ "$tried" -gt 100 ]
}

@test "a module that never answers is ended" {
    local function
    for function in C_Initialize C_GetSlotList C_GetTokenInfo C_Login C_Sign; do
        VOXTRUST_TOKEN_SECONDS=1 P11_FAULT=$function@1=hang refused 4 "did not answer within 1 seconds and was ended"
    done
    never pgrep -f "voxsign sign SEP001122334455.cnf.xml --key $URI"
}

@test "a search that never comes to its end is given up" {
    P11_ENDLESS=1 status 3 faulty voxtoken show pkcs11:token=SAST1
    says "more than 1000 objects"
}

@test "a module that falls takes nobody with it" {
    for function in C_Initialize C_GetTokenInfo C_Login C_FindObjects C_Sign; do
        P11_FAULT=$function@1=crash refused 4 "crashed; nothing was written"
    done
}

@test "a signature that is wrong or too short is thrown away" {
    P11_FAULT=C_Sign@1=corrupt refused 4 "does not verify"
    P11_FAULT=C_Sign@1=short refused 4 "returned a signature of 128 bytes, not 256" "SAST1"
}

@test "what went wrong is said with the token's name, the code and what to do" {
    P11_FAULT=C_Sign@1=0x32 refused 4 'the token "SAST1" (serial number ' 'was pulled out; nothing was written' "C_Sign: 0x32, CKR_DEVICE_REMOVED"
    P11_FAULT=C_OpenSession@1=0xB1 refused 4 "close the other programs"
    P11_FAULT=C_Login@1=0xA4 refused 4 "is locked" "the other token"
    P11_FAULT=C_Login@1=0xA3 refused 4 "has to be changed first"
    P11_FAULT=C_SignInit@1=0x70 refused 3 "cannot make this kind of signature"
    P11_FAULT=C_Sign@1=0x21 refused 3 "does not sign a digest of this length"
    P11_FAULT=C_Sign@1=0x101 refused 4 "wants its PIN again"
    P11_FAULT=C_Login@1=0x50 refused 1 "cancelled"
    P11_FAULT=C_Sign@1=0x80000005 refused 4 "a code of its vendor" "0x80000005"
}

@test "a wrong PIN is tried once, one of the wrong length never" {
    cp wrong-pin pin
    refused 3 "wrong PIN" "SAST1" "few tries are left"
    [ "$(logins)" -eq 1 ]
    echo 12 >pin
    refused 3 "has 4 to 255 characters; this one was not tried"
    [ "$(logins)" -eq 0 ]
}

@test "few tries left: a warning; the last one: not without somebody who says so" {
    P11_FLAGS=0x10000 run faulty "${SIGN[@]}"
    [ "$status" -eq 0 ]
    says "few tries are left"
    rm ./*.sgn
    P11_FLAGS=0x20000 refused 2 "the next wrong PIN locks the token"
    [ "$(logins)" -eq 0 ]
    P11_FLAGS=0x40000 refused 4 "is locked"
    P11_FLAGS=0x80000 refused 4 "has to be changed first"
    [ "$(logins)" -eq 0 ]
}

@test "a reader with keys of its own: no PIN is asked for or sent" {
    P11_FLAGS=0x100 status 0 faulty "${SIGN[@]}"
    says "Enter the PIN of the token \"SAST1\"" "on its reader"
    signed
    grep -qx 'login user=1 pin=none 0' calls
}

@test "a key that wants its PIN for each signature" {
    P11_ALWAYS=1 status 0 faulty "${SIGN[@]}"
    signed
    [ "$(grep -c '^login user=1' calls)" -eq 1 ]
    [ "$(grep -c '^login user=2' calls)" -ge 1 ]
    voxsign verify SEP001122334455.cnf.xml.sgn --cert one.pem -q
}

@test "PIN files that others can read are refused" {
    chmod 644 pin
    status 4 voxsign sign SEP001122334455.cnf.xml --key "$URI?pin-source=$T/pin" --cert one.pem
    says "chmod"
    chmod 600 pin
    ln -s pin link
    status 4 voxsign sign SEP001122334455.cnf.xml --key "$URI?pin-source=$T/link" --cert one.pem
    status 0 voxsign sign SEP001122334455.cnf.xml --key "$URI?pin-source=file:$T/pin" --cert one.pem
    status 4 voxsign sign SEP001122334455.cnf.xml --key "$URI?pin-source=$T/none" --cert one.pem
}

@test "two keys with one name, and two tokens with one label" {
    voxtoken new-key pkcs11:token=SAST1 --pin-file pin -q
    status 2 voxsign sign SEP001122334455.cnf.xml --key "pkcs11:token=SAST1;object=SAST" --cert one.pem --password-file pin
    says "several private keys"
    softhsm2-util --init-token --free --label SAST1 --so-pin 87654321 --pin 123456 >/dev/null
    status 2 voxsign sign SEP001122334455.cnf.xml --key "pkcs11:token=SAST1" --cert one.pem --password-file pin
    says "several tokens" "serial="
}

@test "nobody is asked where there is no terminal" {
    status 2 setsid voxsign sign SEP001122334455.cnf.xml --key "$URI" --cert one.pem
    says "the PIN of the token" "?pin-source=FILE"
}

# token_process PARENT: the process that talks to the module.
token_process() { for p in $(pgrep -P "$1"); do grep -qx voxtrust-token "/proc/$p/comm" && echo "$p"; done; }

@test "the module's process has no file of the program's, leaves no core file, and ends with the program" {
    exec 9>marker # which the program has, too
    : >calls
    env VOXTRUST_PKCS11_MODULE="$VOX_BUILD/tests/faultp11.so" P11_LOG="$T/calls" P11_FAULT=C_Sign@1=hang "${SIGN[@]}" >out 2>&1 &
    program=$!
    ready() { AGENT=$(token_process $program) && [ -n "$AGENT" ] && grep -q '^login' calls; }
    until_true ready
    [ -e "/proc/$program/fd/9" ]
    [ "$(find "/proc/$AGENT/fd" -mindepth 1 -maxdepth 1 -printf '%l\n' | grep -c -e marker -e SEP001122334455 -e one.pem)" -eq 0 ]
    [ "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$AGENT/limits")" = "0 0" ]
    kill -KILL $program
    gone() { ! kill -0 "$AGENT" 2>/dev/null || grep -q '^State:.Z' "/proc/$AGENT/status"; }
    until_true gone
    exec 9>&-
}
