#!/usr/bin/env bats
# The example of a hook that hands certificates to servers and has them taken up.

load ../harness/cli

story_setup() { a_cluster; }

# stubs NAME...: each notes how it was called.
stubs() {
    mkdir -p stubs
    for name; do
        printf '#!/bin/sh\necho "%s $*" >>%s/called\n' "$name" "$T" >"stubs/$name"
        chmod 755 "stubs/$name"
    done
    PATH=$T/stubs:$PATH
}

# reload EVENT SERVICE NODE: the example, set up for this machine.
reload() { "$T/reload-servers" "$@"; }

set_up() { # VARIABLE=VALUE...
    cp "$VOX_SOURCE/packaging/hooks.d/reload-servers" reload-servers
    for set in "FILES=$T/served" "KEYS=$T/state/keys" "$@"; do sed -i "s|^${set%%=*}=.*|$set|" reload-servers; done
}

@test "the example that reloads servers: files that fit, then the server's own command" {
    voxcert new tomcat -q
    stubs kamcmd asterisk fs_cli nginx apachectl systemctl
    set_up CALLMANAGER="\"kamailio asterisk freeswitch\"" TOMCAT="\"nginx apache\""
    status 0 reload installed CallManager cm1
    [ "$(cat called)" = $'kamcmd tls.reload\nasterisk -rx core restart when convenient\nfs_cli -x sofia profile internal restart' ]
    voxcert export CallManager --node cm1 | cmp - served/CallManager.pem
    [ "$(openssl x509 -in served/CallManager.pem -noout -pubkey)" = "$(openssl pkey -in served/CallManager.key -pubout)" ]
    [ "$(stat -c %a served/CallManager.key)" = 640 ]
    : >called
    voxrotate stage CallManager -q
    voxrotate activate CallManager --no-proof -q
    status 0 reload activated CallManager cm1
    voxcert export CallManager --node cm1 | cmp - served/CallManager.pem
    [ "$(openssl x509 -in served/CallManager.pem -noout -pubkey)" = "$(openssl pkey -in served/CallManager.key -pubout)" ]
    : >called
    status 0 reload activated tomcat cm1
    status 0 reload rolled-back TVS cm1
    status 0 reload activated CAPF ""
    [ "$(cat called)" = $'nginx -s reload\napachectl graceful\nsystemctl reload voxtvsd\nsystemctl reload voxcapfd' ]
    : >called
    for what in "retired CallManager cm1" "trusted CallManager-trust x" "activated ITLRecovery x" "certificates-expiring x x"; do
        # shellcheck disable=SC2086  # words on purpose
        status 0 reload $what
    done
    [ ! -s called ]
    [ "$(ls -A served | tr '\n' ' ')" = "CallManager.key CallManager.pem tomcat.key tomcat.pem " ]
}

@test "as the store's user that example asks root for what its sudoers file allows, and for nothing else" {
    voxcert new tomcat -q
    stubs root
    set_up AS_ROOT="\"root -n\"" CALLMANAGER="\"kamailio asterisk freeswitch\"" TOMCAT="\"nginx apache\""
    for what in "CallManager cm1" "tomcat cm1" "TVS cm1" "CAPF"; do
        # shellcheck disable=SC2086  # words on purpose
        status 0 reload activated $what ""
    done
    sed -n 's|^voxtrust ALL=(root) NOPASSWD: /usr/s\?bin/||p' "$VOX_SOURCE/packaging/hooks.d/reload-servers.sudoers" | sort >allowed
    [ "$(wc -l <allowed)" -eq 7 ]
    sed 's/^root -n //' called | sort | diff - allowed
    ! command -v visudo >/dev/null || visudo -cqf "$VOX_SOURCE/packaging/hooks.d/reload-servers.sudoers"
}

@test "that example on one node of several, with a server that is not there, and with one that fails" {
    stubs kamcmd
    set_up NODE=cm2
    status 0 reload activated CallManager cm1
    [ ! -e called ]
    set_up NODE=cm1 CALLMANAGER=sendmail
    status 1 reload activated CallManager cm1
    says "no such server: sendmail"
    printf '#!/bin/sh\nexit 3\n' >stubs/kamcmd
    set_up NODE=cm1
    status 1 reload activated CallManager cm1
    chmod 000 state/keys/CallManager-* && mv state/keys state/away
    rm -r served
    status 1 reload activated CallManager cm1
    [ "$(ls -A served 2>/dev/null | grep -vc '^\.')" -eq 0 ]
}
