/* A connection from its first byte to the end of the handshake. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include <libcert/log.h>

#include "conn_state.h"
#include "hello.h"

enum { SEND_BUFFER = 32 * 1024 };

static void handshake_failed(struct conn *c)
{
    char reason[160] = "the peer closed the connection";
    unsigned long e = ERR_peek_last_error();
    const char *words = e != 0 ? ERR_reason_error_string(e) : NULL;

    if (words != NULL)
        strncpy(reason, words, sizeof reason - 1);
    worker_count(c->w, COUNT_HANDSHAKE_FAILED);
    char text[200] = "TLS handshake failed: ";
    strncat(text, reason, sizeof text - strlen(text) - 1);
    conn_log_drop(c, LOG_LEVEL_INFO, text);
}

/* TLS 1.3 KeyUpdate and TLS 1.2 renegotiation cost us more than the peer, and no deadline ends them. */
static void on_record(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    struct conn *c = arg;

    (void)version;
    (void)ssl;
    if (!sent && c->shaken && len > 0 && (type == SSL3_RT_HEADER || type == SSL3_RT_INNER_CONTENT_TYPE) &&
        *(const uint8_t *)data == SSL3_RT_HANDSHAKE)
        c->rekeys++;
}

static void on_handshake(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    ERR_clear_error();
    int n = SSL_accept(c->ssl);

    if (n <= 0) {
        if (!conn_want(c, n))
            handshake_failed(c);
        return;
    }
    c->shaken = true;
    worker_count(c->w, COUNT_HANDSHAKES);
    if (SSL_session_reused(c->ssl))
        worker_count(c->w, COUNT_RESUMED);
    (void)event_del(&c->io);
    (void)event_assign(&c->io, c->w->base, c->fd, EV_READ | EV_PERSIST, conn_on_io, c);
    if (c->w->app->opened != NULL) { /* here the server speaks first */
        const struct serve_peer peer = conn_peer(c);

        c->opened = true;
        conn_wait_for_reply(c);
        c->w->app->opened(c->w->app->arg, &peer);
        return;
    }
    (void)event_add(&c->io, NULL);
    conn_set_deadline(c, c->w->app->limits.idle_s);
    conn_on_io(c->fd, EV_READ, c); /* the first message may have come with the last flight */
}

static void on_hello(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    switch (hello_look(fd, &c->awaited)) {
    case HELLO_AWAITED:
        return;
    case HELLO_NEVER: /* a line for each would be a flood's second effect */
        worker_count(c->w, COUNT_HANDSHAKE_FAILED);
        conn_drop(c, "the peer said nothing");
        return;
    case HELLO_CAME:
        break;
    }
    ERR_clear_error();
    c->ssl = SSL_new(c->legacy ? c->w->legacy_ctx : c->w->main_ctx);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) <= 0) {
        conn_drop(c, "no memory");
        return;
    }
    SSL_set_msg_callback(c->ssl, on_record);
    SSL_set_msg_callback_arg(c->ssl, c);
    (void)event_del(&c->io);
    (void)event_assign(&c->io, c->w->base, fd, EV_READ | EV_PERSIST, on_handshake, c);
    (void)event_add(&c->io, NULL);
    on_handshake(fd, what, c);
}

/* What a peer can make the kernel keep for it, and for how long. Without these it is slower or larger, not wrong. */
static void bound_kernel(int fd, unsigned idle_s)
{
    const int one = 1, buffer = SEND_BUFFER;
    const unsigned unacknowledged_ms = idle_s * 1000;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
}

bool conn_accept(struct worker *w, int fd, const struct address *from, bool legacy, uint16_t source)
{
    struct conn *c = calloc(1, sizeof *c);

    if (c == NULL || !places_enter(&w->places, c, &c->id)) {
        free(c);
        (void)close(fd);
        worker_gone(w, source);
        return false;
    }
    bound_kernel(fd, w->app->limits.idle_s);
    c->w = w;
    c->fd = fd;
    c->from = *from;
    c->legacy = legacy;
    c->source = source;
    TAILQ_INSERT_TAIL(&w->conns, c, link);
    (void)event_assign(&c->io, w->base, fd, EV_READ | EV_PERSIST, on_hello, c);
    (void)event_assign(&c->deadline, w->base, -1, 0, conn_on_deadline, c);
    (void)event_add(&c->io, NULL);
    conn_set_deadline(c, w->app->limits.handshake_s);
    return true;
}
