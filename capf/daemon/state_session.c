#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libcert/log.h>

#include "state_parts.h"

int64_t state_milliseconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct session_list *bucket_of(struct state *st, const struct serve_link *l, uint64_t connection)
{
    return &st->buckets[(connection ^ ((uintptr_t)l >> 6)) % BUCKETS];
}

struct session *state_session_find(struct state *st, const struct serve_link *l, uint64_t connection)
{
    struct session *s;

    LIST_FOREACH(s, bucket_of(st, l, connection), same_hash)
    {
        if (s->link == l && s->connection == connection)
            return s;
    }
    return NULL;
}

static struct net *net_of(struct state *st, struct serve_link *l)
{
    struct net *n;

    LIST_FOREACH(n, &st->nets, all)
    {
        if (n->link == l)
            return n;
    }
    if ((n = calloc(1, sizeof *n)) == NULL)
        return NULL;
    n->link = l;
    TAILQ_INIT(&n->sessions);
    LIST_INSERT_HEAD(&st->nets, n, all);
    return n;
}

/* It counts no more; it is freed when its round is settled. */
static void leave_net(struct state *st, struct session *s)
{
    if (s->net == NULL)
        return;
    TAILQ_REMOVE(&s->net->sessions, s, of_net);
    s->net->n--;
    s->net = NULL;
    st->nsessions--;
}

void state_net_forget(struct state *st, const struct serve_link *l)
{
    struct net *n;
    struct session *s;

    LIST_FOREACH(n, &st->nets, all)
    {
        if (n->link == l)
            break;
    }
    if (n == NULL)
        return;
    while ((s = TAILQ_FIRST(&n->sessions)) != NULL)
        leave_net(st, s);
    LIST_REMOVE(n, all);
    free(n);
}

/* The table is full. Has n less than its share? Then the oldest session of the one that has most makes room. */
static bool make_room(struct state *st, const struct net *n)
{
    struct net *other, *most = NULL;
    struct session *oldest;
    size_t nets = 0;

    LIST_FOREACH(other, &st->nets, all)
    {
        nets++;
        if (most == NULL || other->n > most->n)
            most = other;
    }
    if (n->n >= SESSIONS_MAX / nets)
        return false;
    if (st->told_full == 0 || state_milliseconds() - st->told_full > FULL_SECONDS * 1000) {
        st->told_full = state_milliseconds();
        log_line(LOG_LEVEL_ERROR, "too many sessions: one net process has %zu, and loses the oldest to the others",
                 most->n);
    }
    oldest = TAILQ_FIRST(&most->sessions);
    leave_net(st, oldest);
    if (oldest->machine.state != CAPF_S_ENDED) { /* else it is about to be freed */
        round_enter(st, oldest);
        round_later(st, oldest, "too many sessions");
    }
    return true;
}

struct session *state_session_new(struct state *st, struct serve_link *l, uint64_t connection, const char *peer)
{
    struct net *n = net_of(st, l);
    struct session *s;

    if (n == NULL || (st->nsessions >= SESSIONS_MAX && !make_room(st, n)) || (s = calloc(1, sizeof *s)) == NULL)
        return NULL;
    s->link = l;
    s->connection = connection;
    (void)snprintf(s->peer, sizeof s->peer, "%s", peer);
    LIST_INSERT_HEAD(bucket_of(st, l, connection), s, same_hash);
    LIST_INSERT_HEAD(&st->sessions, s, all);
    s->net = n;
    TAILQ_INSERT_TAIL(&n->sessions, s, of_net);
    n->n++;
    st->nsessions++;
    return s;
}

void state_session_free(struct state *st, struct session *s)
{
    LIST_REMOVE(s, same_hash);
    LIST_REMOVE(s, all);
    leave_net(st, s);
    state_not_issuing(st, s);
    if (s->is_parked)
        STAILQ_REMOVE(&st->parked, s, session, parked);
    bytes_free(&s->reply);
    bytes_wipe(&s->waiting); /* an authentication string may be in it */
    cert_free(&s->cert);
    free(s);
}
