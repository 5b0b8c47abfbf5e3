#include "handshake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/err.h>

enum { QUIET_MS = 1000, LEVEL_FATAL = 2, ALERT_CLOSE_NOTIFY = 0 };

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what happens on the way --- */

static void on_info(const SSL *ssl, int where, int ret)
{
    struct handshake *h = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (ret & 0xff) != ALERT_CLOSE_NOTIFY &&
        (ret >> 8) == LEVEL_FATAL)
        h->alert = ret & 0xff;
}

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
    struct handshake *h = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)session;
    h->ticket = true;
    return 0; /* not kept */
}

static int on_request(SSL *ssl, void *arg)
{
    struct handshake *h = arg;

    (void)ssl;
    h->asked = true;
    return 1; /* what is set is shown */
}

/* Take down what the peer shows, and go on: it is judged afterwards, with all that is wrong. */
int handshake_shown(X509_STORE_CTX *ctx, void *arg)
{
    struct handshake *h = arg;
    STACK_OF(X509) *all = X509_STORE_CTX_get0_untrusted(ctx);
    int n = sk_X509_num(all);

    if (h->shown != NULL || n <= 0 || (h->shown = calloc((size_t)n, sizeof *h->shown)) == NULL)
        return 1;
    for (int i = 0; i < n; i++) {
        if (cert_from_x509(sk_X509_value(all, i), &h->shown[h->nshown], NULL) == VOX_OK)
            h->nshown++;
    }
    return 1;
}

void handshake_begin(struct handshake *h)
{
    *h = (struct handshake){.alert = HANDSHAKE_NO_ALERT, .version = ""};
}

void handshake_watch(SSL_CTX *ctx, struct handshake *h)
{
    (void)SSL_CTX_set_app_data(ctx, h);
    SSL_CTX_set_info_callback(ctx, on_info);
}

void handshake_settled(SSL *ssl, struct handshake *h)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

    h->version = SSL_get_version(ssl); /* static */
    (void)snprintf(h->cipher, sizeof h->cipher, "%s", cipher != NULL ? SSL_CIPHER_get_name(cipher) : "");
}

enum vox_err handshake_narrow(SSL_CTX *ctx, enum handshake_how how, struct vox_error *err)
{
    bool ok = true;

    if (how == HANDSHAKE_NULL_SHA)
        ok = SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) > 0 &&
             SSL_CTX_set_cipher_list(ctx, "NULL-SHA:@SECLEVEL=0") > 0;
    else if (how == HANDSHAKE_ANYTHING)
        ok = SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) > 0 &&
             SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:!aNULL:@SECLEVEL=0") > 0;
    return ok ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "this OpenSSL has no such TLS ciphers");
}

/* --- afterwards --- */

/* What comes next: AFTER_NOT_ASKED when that is nothing until the deadline, or, if it will do, a ticket. */
static enum handshake_after next_word(SSL *ssl, const struct handshake *h, int64_t deadline, bool ticket_will_do)
{
    for (;;) {
        char data[512];
        size_t len;

        ERR_clear_error();
        int n = SSL_read_ex(ssl, data, sizeof data, &len);
        int why = SSL_get_error(ssl, n);

        if (n > 0)
            return AFTER_TAKEN;
        if (h->alert != HANDSHAKE_NO_ALERT)
            return AFTER_REFUSED;
        if (why != SSL_ERROR_WANT_READ)
            return AFTER_CLOSED;
        if (h->ticket && ticket_will_do)
            return AFTER_NOT_ASKED;
        struct pollfd p = {.fd = SSL_get_fd(ssl), .events = POLLIN};
        int64_t left = deadline - now_ms();

        if (left <= 0 || poll(&p, 1, (int)left) == 0)
            return AFTER_NOT_ASKED;
    }
}

/*
 * With TLS 1.3 our side is done before the device has looked at our certificate. So: listen a while for an alert, or
 * for the line going dead. Then say good-bye, and wait until that is answered: what the device has to say about our
 * certificate comes before. Without the good-bye a device that waits for us to speak, as SIP servers do, could not be
 * told from a slow one that is about to refuse.
 */
static enum handshake_after await_judgement(SSL *ssl, struct handshake *h, unsigned timeout_ms)
{
    enum handshake_after after = next_word(ssl, h, now_ms() + (timeout_ms < QUIET_MS ? timeout_ms : QUIET_MS), true);

    if (after != AFTER_NOT_ASKED)
        return after;
    (void)SSL_shutdown(ssl);
    after = next_word(ssl, h, now_ms() + timeout_ms, false);
    if (after == AFTER_CLOSED)
        return AFTER_TAKEN;
    return after == AFTER_NOT_ASKED ? AFTER_SILENT : after;
}

/* --- the handshake --- */

void handshake_address(int fd, struct handshake *h)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    char text[INET6_ADDRSTRLEN] = "?";

    if (getpeername(fd, (struct sockaddr *)&sa, &len) != 0)
        return;
    if (sa.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&sa;

        (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        (void)snprintf(h->address, sizeof h->address, "[%s]:%u", text, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&sa;

        (void)inet_ntop(AF_INET, &in4->sin_addr, text, sizeof text);
        (void)snprintf(h->address, sizeof h->address, "%s:%u", text, ntohs(in4->sin_port));
    }
}

/* A name to ask for: the host's, when it is one. */
static const char *server_name(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1 ? NULL : host;
}

static enum vox_err prepare(const struct handshake_params *p, struct handshake *h, SSL_CTX **out, struct vox_error *err)
{
    const struct tlsctx_identity identity = ourside_identity(p->ours);
    const struct tlsctx_client_params params = {.policy =
                                                    p->how == HANDSHAKE_ANYTHING ? tlspolicy_legacy() : p->ours->policy,
                                                .identity = p->ours->nchain > 0 ? &identity : NULL};
    enum vox_err code = tlsctx_client(&params, out, err);

    if (code != VOX_OK)
        return code;
    handshake_watch(*out, h);
    SSL_CTX_set_cert_verify_callback(*out, handshake_shown, h);
    SSL_CTX_set_cert_cb(*out, on_request, h);
    (void)SSL_CTX_set_session_cache_mode(*out, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(*out, on_ticket);
    return handshake_narrow(*out, p->how, err);
}

enum vox_err handshake(const struct handshake_params *p, struct handshake *out, struct vox_error *err)
{
    struct tlsconn_target target;
    struct tlsconn *conn = NULL;
    SSL_CTX *ctx = NULL;
    enum vox_err code;

    handshake_begin(out);
    (void)snprintf(target.host, sizeof target.host, "%s", p->to->host);
    (void)snprintf(target.port, sizeof target.port, "%u", p->to->port);
    if ((code = prepare(p, out, &ctx, err)) != VOX_OK)
        goto out;
    const struct tlsconn_params conn_params = {
        .target = &target, .ctx = ctx, .sni = server_name(p->to->host), .timeout_ms = p->timeout_ms};

    out->code = tlsconn_open(&conn_params, &conn, &out->err);
    if (out->code == VOX_OK) {
        SSL *ssl = tlsconn_ssl(conn);

        handshake_address(SSL_get_fd(ssl), out);
        handshake_settled(ssl, out);
        if (out->asked && SSL_version(ssl) >= TLS1_3_VERSION)
            out->after = await_judgement(ssl, out, p->timeout_ms);
    }
out:
    tlsconn_close(&conn);
    SSL_CTX_free(ctx);
    return code;
}

void handshake_clear(struct handshake *h)
{
    for (size_t i = 0; i < h->nshown; i++)
        cert_free(&h->shown[i]);
    free(h->shown);
    handshake_begin(h);
}
