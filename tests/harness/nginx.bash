# nginx on a port of its own, for stories that need the server that many deployments have: `load ../harness/nginx` after cli and daemon.

# nginx_runs CERT KEY [LINE]...: nginx with these files at 127.0.0.1:$port; the lines go into its server block. Without a version and ciphers
# among them they are those of our medium level.
nginx_runs() {
    local cert=$1 key=$2
    shift 2
    command -v nginx >/dev/null || skip "no nginx"
    nginx_stops
    port=$(peer port)
    mkdir -p n
    cat >n/nginx.conf <<END
daemon off;
worker_processes 1;
pid $PWD/n/pid;
error_log stderr notice;
events { worker_connections 32; }
http {
    access_log off;
    client_body_temp_path $PWD/n/body;
    proxy_temp_path $PWD/n/proxy;
    fastcgi_temp_path $PWD/n/fastcgi;
    uwsgi_temp_path $PWD/n/uwsgi;
    scgi_temp_path $PWD/n/scgi;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $PWD/$cert;
        ssl_certificate_key $PWD/$key;
$(printf '        %s\n' "${@:-ssl_protocols TLSv1.2;}")
        return 200 "\$ssl_client_verify \$ssl_client_s_dn\n";
    }
}
END
    nginx -e stderr -p "$PWD/n" -c "$PWD/n/nginx.conf" >n/log 2>&1 3>&- &
    nginx=$!
    until_true nginx_answers
}

nginx_answers() { (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { ! kill -0 "$nginx" 2>/dev/null && cat n/log >&2 && exit 1; }; }

# nginx_stops: it and its workers; waits for the end.
nginx_stops() {
    [ -z "${nginx:-}" ] || { kill "$nginx"; wait "$nginx" || true; } 2>/dev/null
    nginx=
}

teardown() {
    nginx_stops
    cd / && rm -rf "$T"
}
