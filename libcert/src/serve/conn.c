#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <libcert/log.h>

#include "conn.h"
#include "conn_state.h"
#include "tidy.h"

enum {
    READ_CHUNK = 16384,   /* one TLS record */
    ROUNDS_PER_EVENT = 8, /* records of one peer before the others have their turn */
    LINGER_SECONDS = 2,   /* after our last message: what the peer still says is thrown away for so long */
    REKEYS_MAX = 64,      /* handshake records after the handshake, in a row; a phone sends none */
};

struct serve_peer conn_peer(const struct conn *c)
{
    struct serve_peer peer = {.id = c->id, .legacy = c->legacy};

    address_text(&c->from, peer.address, sizeof peer.address);
    return peer;
}

void conn_drop(struct conn *c, const char *why)
{
    struct worker *w = c->w;

    (void)event_del(&c->io);
    (void)event_del(&c->deadline);
    TAILQ_REMOVE(&w->conns, c, link);
    if (c->opened && w->app->closed != NULL) {
        const struct serve_peer peer = conn_peer(c);

        w->app->closed(w->app->arg, &peer, why);
    }
    places_leave(&w->places, c->id);
    if (c->out.len > 0) { /* replies that nobody takes would stay in the kernel for minutes: reset */
        const struct linger at_once = {.l_onoff = 1};

        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else if (c->shaken && !c->lingering) {
        (void)SSL_shutdown(c->ssl); /* says good-bye; nobody waits for the answer */
    }
    SSL_free(c->ssl);
    (void)close(c->fd);
    bytes_wipe(&c->in); /* a proof may have been in it */
    bytes_free(&c->out);
    worker_gone(w, c->source);
    free(c);
    ERR_clear_error();
    tidy_later(w->base);
    if (w->draining && TAILQ_EMPTY(&w->conns))
        (void)event_base_loopbreak(w->base);
}

void conn_log_drop(struct conn *c, enum log_level level, const char *why)
{
    char from[64];

    address_text(&c->from, from, sizeof from);
    log_line(level, "%s: %s", from, why);
    conn_drop(c, why);
}

void conn_set_deadline(struct conn *c, unsigned seconds)
{
    const struct timeval tv = {.tv_sec = (time_t)seconds};

    (void)event_add(&c->deadline, &tv);
}

void conn_on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    if (c->lingering) {
        conn_drop(c, "done");
        return;
    }
    worker_count(c->w, COUNT_TIMED_OUT);
    if (!c->shaken)
        conn_log_drop(c, LOG_LEVEL_INFO, "closed: the TLS handshake took too long");
    else if (c->waiting) /* more of the peer's may lie here: not its fault */
        conn_log_drop(c, LOG_LEVEL_ERROR, "closed: the daemon did not answer in time");
    else if (c->in.len > 0)
        conn_log_drop(c, LOG_LEVEL_INFO, "closed: a message took too long");
    else
        conn_drop(c, "timed out"); /* idle: an event of every day */
}

/* Wait for what TLS wants next. false: the connection is over. */
bool conn_want(struct conn *c, int result)
{
    short events;

    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        events = EV_READ;
        break;
    case SSL_ERROR_WANT_WRITE:
        events = EV_WRITE;
        break;
    default:
        return false;
    }
    ERR_clear_error();
    if (events != (event_get_events(&c->io) & (EV_READ | EV_WRITE))) {
        (void)event_del(&c->io);
        (void)event_assign(&c->io, c->w->base, c->fd, (short)(events | EV_PERSIST), event_get_callback(&c->io), c);
        (void)event_add(&c->io, NULL);
    }
    return true;
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    char thrown_away[4096];
    ssize_t n = recv(fd, thrown_away, sizeof thrown_away, MSG_DONTWAIT);

    (void)what;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        conn_drop(arg, "done");
}

/* Close our side, and wait for the peer to close its own: a socket that is closed with bytes unread resets the
 * connection, and takes our last message with it. */
static void linger(struct conn *c)
{
    (void)SSL_shutdown(c->ssl);
    ERR_clear_error();
    (void)shutdown(c->fd, SHUT_WR);
    c->lingering = true;
    (void)event_del(&c->io);
    (void)event_assign(&c->io, c->w->base, c->fd, EV_READ | EV_PERSIST, on_linger, c);
    (void)event_add(&c->io, NULL);
    conn_set_deadline(c, LINGER_SECONDS);
}

/* Hand out what is waiting. false: nothing more is to be done with the connection. */
static bool flush(struct conn *c)
{
    while (c->out.len > c->out_sent) {
        int n = SSL_write(c->ssl, c->out.data + c->out_sent, (int)(c->out.len - c->out_sent));

        if (n <= 0) {
            if (conn_want(c, n))
                return true;
            conn_drop(c, "the peer does not take the answer");
            return false;
        }
        c->out_sent += (size_t)n;
    }
    bytes_free(&c->out);
    c->out_sent = 0;
    if (c->ending)
        linger(c);
    return !c->ending;
}

/* Nothing is read until it comes; our own processes have a time limit too. */
void conn_wait_for_reply(struct conn *c)
{
    c->waiting = true;
    (void)event_del(&c->io);
    conn_set_deadline(c, c->w->app->limits.idle_s);
}

static bool answer(struct conn *c, struct bytes_view message)
{
    const struct serve_peer peer = conn_peer(c);
    struct vox_error err = {0};
    struct bytes reply = {NULL, 0};

    c->rekeys = 0;
    worker_count(c->w, COUNT_MESSAGES);
    enum serve_verdict verdict = c->w->app->message(c->w->app->arg, &peer, message, &reply, &err);
    if (verdict == SERVE_LATER) {
        conn_wait_for_reply(c);
        return true;
    }
    if (verdict != SERVE_REPLY) {
        bytes_free(&reply);
        worker_count(c->w, COUNT_MALFORMED);
        conn_log_drop(c, LOG_LEVEL_NOTICE, err.text);
        return false;
    }
    c->out = reply;
    c->out_sent = 0;
    conn_set_deadline(c, c->w->app->limits.idle_s);
    return flush(c);
}

/* Put data behind what has come of a message. false: dropped. Room is doubled: bytes that come one by one are not
 * copied again and again. */
static bool append(struct conn *c, const uint8_t *data, size_t len)
{
    size_t wanted = c->in.len + len;

    if (len == 0)
        return true;
    if (wanted > c->in_room) {
        size_t room = wanted > 2 * c->in_room ? wanted : 2 * c->in_room;
        struct bytes more = {malloc(room), c->in.len};

        if (more.data == NULL) {
            conn_log_drop(c, LOG_LEVEL_ERROR, "closed: no memory");
            return false;
        }
        if (c->in.len > 0)
            memcpy(more.data, c->in.data, c->in.len);
        bytes_wipe(&c->in); /* not realloc(): what it leaves behind nobody wipes */
        c->in = more;
        c->in_room = room;
    }
    memcpy(c->in.data + c->in.len, data, len);
    c->in.len = wanted;
    return true;
}

/* Answer every whole message in data; *used says how far. false: dropped. Stops early while a reply waits for its peer.
 */
static bool consume(struct conn *c, const uint8_t *data, size_t len, size_t *used)
{
    const struct serve_app *app = c->w->app;
    struct vox_error err;
    size_t need;

    *used = 0;
    while (*used < len && c->out.len == 0 && !c->waiting) {
        enum vox_err code = app->frame(data + *used, len - *used, &need, &err);

        if (code == VOX_E_NOT_FOUND && need <= app->limits.message_max)
            break;
        if (code == VOX_OK && need > app->limits.message_max)
            code = VOX_E_NOT_FOUND;
        if (code != VOX_OK) {
            worker_count(c->w, COUNT_MALFORMED);
            conn_log_drop(c, LOG_LEVEL_NOTICE,
                          code == VOX_E_NOT_FOUND ? "closed: the message is longer than the limit" : err.text);
            return false;
        }
        if (!answer(c, (struct bytes_view){data + *used, need}))
            return false;
        *used += need;
    }
    return true;
}

/* Answer what has come together. false: dropped. */
static bool digest(struct conn *c)
{
    size_t used;

    if (!consume(c, c->in.data, c->in.len, &used))
        return false;
    if (used == c->in.len) {
        bytes_wipe(&c->in);
        c->in_room = 0;
        return true;
    }
    memmove(c->in.data, c->in.data + used, c->in.len - used);
    OPENSSL_cleanse(c->in.data + c->in.len - used, used);
    c->in.len -= used;
    return true;
}

/* n more bytes came. false: dropped. */
static bool received(struct conn *c, const uint8_t *data, size_t n)
{
    size_t used;

    if (c->in.len > 0)
        return append(c, data, n) && digest(c);
    conn_set_deadline(c, c->w->app->limits.idle_s); /* a message begins: it has this long in all */
    return consume(c, data, n, &used) && append(c, data + used, n - used);
}

void conn_on_io(evutil_socket_t fd, short what, void *arg)
{
    static uint8_t chunk[READ_CHUNK];
    struct conn *c = arg;

    (void)fd;
    (void)what;
    if (c->out.len > 0 && (!flush(c) || c->out.len > 0))
        return;
    if (c->in.len > 0 && (!digest(c) || c->out.len > 0 || c->waiting)) /* messages that came while a reply waited */
        return;
    for (int round = 0; round < ROUNDS_PER_EVENT; round++) {
        ERR_clear_error();
        int n = SSL_read(c->ssl, chunk, sizeof chunk);

        if (c->rekeys > REKEYS_MAX) {
            worker_count(c->w, COUNT_MALFORMED);
            conn_log_drop(c, LOG_LEVEL_NOTICE, "closed: asks for new keys again and again");
            return;
        }
        if (n <= 0) {
            if (!conn_want(c, n))
                conn_drop(c, "the peer closed the connection");
            return;
        }
        const bool alive = received(c, chunk, (size_t)n);
        OPENSSL_cleanse(chunk, (size_t)n); /* a proof may have been in it */
        if (!alive || c->out.len > 0 || c->waiting)
            return;
        if (c->w->stopping && c->in.len == 0 && !c->opened) { /* that was the message that was waited for */
            conn_drop(c, "stopping");
            return;
        }
    }
    if (SSL_pending(c->ssl) > 0) /* decrypted already: the socket will not announce it */
        event_active(&c->io, EV_READ, 0);
}

/* Nothing is owed to this peer. Sessions that the daemon follows may end by themselves. */
static bool idle(const struct conn *c)
{
    return c->shaken && !c->opened && !c->waiting && !c->lingering && c->in.len == 0 && c->out.len == 0;
}

bool conn_reply(struct worker *w, uint64_t id, struct bytes *reply, unsigned wait_s, bool end)
{
    struct conn *c = places_find(&w->places, id);

    if (c == NULL || c->id != id || !c->waiting) {
        bytes_free(reply);
        return false;
    }
    c->waiting = false;
    c->ending = end;
    c->out = *reply;
    c->out_sent = 0;
    *reply = (struct bytes){NULL, 0};
    conn_set_deadline(c, wait_s > 0 ? wait_s : w->app->limits.idle_s);
    (void)event_del(&c->io);
    (void)event_assign(&c->io, w->base, c->fd, EV_READ | EV_PERSIST, conn_on_io, c);
    (void)event_add(&c->io, NULL);
    ERR_clear_error();
    if (!flush(c) || c->out.len > 0)
        return true;
    if (c->in.len > 0 || SSL_pending(c->ssl) > 0)
        event_active(&c->io, EV_READ, 0); /* what the peer said meanwhile; the socket will not announce it */
    else if (w->stopping && idle(c))
        linger(c); /* that was the answer that was waited for */
    return true;
}

void conn_drain_all(struct worker *w, bool now)
{
    struct conn *c = TAILQ_FIRST(&w->conns), *next;

    for (; c != NULL; c = next) {
        next = TAILQ_NEXT(c, link);
        /* Sessions that the daemon follows may end by themselves. */
        if (now || idle(c))
            conn_drop(c, "stopping");
    }
}
