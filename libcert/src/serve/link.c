#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <libcert/log.h>

#include "link.h"

enum { ROUNDS_PER_EVENT = 256 }; /* messages of one end before the others have their turn */

struct waiting {
    STAILQ_ENTRY(waiting) next;
    struct bytes m;
};

struct serve_link {
    struct link_calls calls;
    struct event *readable, *writable;
    STAILQ_HEAD(, waiting) queue; /* what the other end has not taken */
    size_t queued;                /* its bytes */
    const char *name;
    int fd;
    bool broken; /* nothing can be sent any more; gone() follows */
};

static bool try_send(struct serve_link *l, struct bytes_view m, bool *full)
{
    ssize_t n;

    do
        n = send(l->fd, m.data, m.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    *full = n < 0 && (errno == EAGAIN || errno == ENOBUFS);
    return n == (ssize_t)m.len;
}

/* Nothing can be sent any more. The reading side hears what has come, then the end, and tells of it. Not every error
 * has an end behind it (a socket may be too small for a message): it is made one. */
static bool give_up(struct serve_link *l)
{
    l->broken = true;
    (void)event_del(l->writable);
    (void)shutdown(l->fd, SHUT_RDWR);
    return false;
}

static void forget_first(struct serve_link *l)
{
    struct waiting *w = STAILQ_FIRST(&l->queue);

    STAILQ_REMOVE_HEAD(&l->queue, next);
    l->queued -= w->m.len;
    bytes_wipe(&w->m); /* a proof may have been in it */
    free(w);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct serve_link *l = arg;
    bool full;

    (void)fd;
    (void)what;
    while (!STAILQ_EMPTY(&l->queue)) {
        if (!try_send(l, bytes_view_of(&STAILQ_FIRST(&l->queue)->m), &full)) {
            if (!full)
                (void)give_up(l);
            return;
        }
        forget_first(l);
    }
    (void)event_del(l->writable);
}

bool serve_link_send(struct serve_link *l, struct bytes_view m)
{
    struct waiting *w;
    bool full = true;

    if (l->broken || m.len == 0 || m.len > SERVE_LINK_MAX)
        return false;
    if (STAILQ_EMPTY(&l->queue) && try_send(l, m, &full))
        return true;
    if (!full)
        return give_up(l);
    if (l->queued + m.len > SERVE_QUEUE_MAX) {
        log_line(LOG_LEVEL_ERROR, "the %s process does not take what it is told", l->name);
        return give_up(l);
    }
    if ((w = malloc(sizeof *w)) == NULL || bytes_copy(&w->m, m.data, m.len, NULL) != VOX_OK) {
        free(w);
        return false;
    }
    STAILQ_INSERT_TAIL(&l->queue, w, next);
    l->queued += m.len;
    (void)event_add(l->writable, NULL);
    return true;
}

static void end(struct serve_link *l)
{
    l->broken = true;
    l->calls.gone(l->calls.arg, l);
    link_free(l);
}

/* The next message. false: there is none at this moment, or the link has ended, and is freed. */
static bool hear(struct serve_link *l, bool *ended)
{
    static uint8_t buffer[SERVE_LINK_MAX + 1];
    struct vox_error err;
    ssize_t n = recv(l->fd, buffer, sizeof buffer, MSG_DONTWAIT);

    /* The other end died with messages of ours unread. This is told first, once; what it had said comes after. */
    if (n < 0 && errno == ECONNRESET)
        n = recv(l->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    *ended = false;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    *ended = true;
    if (n <= 0) {
        end(l);
        return false;
    }
    enum vox_err code = n > SERVE_LINK_MAX
                            ? vox_fail(&err, VOX_E_INPUT, "a message over %d bytes", SERVE_LINK_MAX)
                            : l->calls.message(l->calls.arg, l, (struct bytes_view){buffer, (size_t)n}, &err);
    OPENSSL_cleanse(buffer, (size_t)n); /* proofs pass here */
    if (code != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "the %s process speaks no sense: %s", l->name, err.text);
        end(l);
        return false;
    }
    *ended = false;
    return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    bool ended;

    (void)fd;
    (void)what;
    for (int i = 0; i < ROUNDS_PER_EVENT && hear(arg, &ended); i++)
        ;
}

void link_finish(struct serve_link *l)
{
    bool ended = false;

    (void)give_up(l);
    while (hear(l, &ended) || !ended) /* interrupted: the end is yet to come */
        ;
}

struct serve_link *link_new(struct event_base *base, int fd, const char *name, const struct link_calls *calls)
{
    struct serve_link *l = calloc(1, sizeof *l);

    if (l == NULL) {
        (void)close(fd);
        return NULL;
    }
    *l = (struct serve_link){.calls = *calls, .name = name, .fd = fd};
    STAILQ_INIT(&l->queue);
    l->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
    l->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, l);
    if (l->readable == NULL || l->writable == NULL || event_add(l->readable, NULL) != 0) {
        link_free(l);
        return NULL;
    }
    return l;
}

void link_free(struct serve_link *l)
{
    if (l == NULL)
        return;
    while (!STAILQ_EMPTY(&l->queue))
        forget_first(l);
    if (l->readable != NULL)
        event_free(l->readable);
    if (l->writable != NULL)
        event_free(l->writable);
    (void)close(l->fd);
    free(l);
}
