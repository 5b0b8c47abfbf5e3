# A CAPF server that does as it is told: load ../harness/capfserver. See capfserver.c for its words.

# serve WORD...: such a server for one connection, at $AT; what it hears is in heard. Its identity is capf.pem, of which phones have capf.crt.
serve() {
    [ -f capf.pem ] || {
        openssl req -x509 -newkey rsa:2048 -nodes -keyout capf.key -out capf.crt -days 30 -subj /CN=CAPF-1234/O=Lab \
            -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,digitalSignature,keyCertSign 2>/dev/null
        cat capf.crt capf.key >capf.pem
    }
    rm -f heard
    "${VOX_BUILD:?}/tests/capfserver" capf.pem "$@" >heard 2>&1 3>&- &
    SERVER=$!
    local i
    for ((i = 0; i < 400; i++)); do
        ! grep -q '^port ' heard 2>/dev/null || break
        sleep 0.05
    done
    AT=127.0.0.1:$(sed -n 's/^port //p' heard)
}

# served: wait until it has done all of it.
served() { wait "$SERVER"; }

heard() { grep -qE -- "$1" heard || { cat heard >&2; return 1; }; }
