#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

struct session *state_session_new(struct state *st, struct serve_link *l, uint64_t connection, const char *peer)
{
    struct session *s = st->nsessions < SESSIONS_MAX ? calloc(1, sizeof *s) : NULL;

    if (s == NULL)
        return NULL;
    s->link = l;
    s->connection = connection;
    (void)snprintf(s->peer, sizeof s->peer, "%s", peer);
    LIST_INSERT_HEAD(bucket_of(st, l, connection), s, same_hash);
    LIST_INSERT_HEAD(&st->sessions, s, all);
    st->nsessions++;
    return s;
}

void state_session_free(struct state *st, struct session *s)
{
    LIST_REMOVE(s, same_hash);
    LIST_REMOVE(s, all);
    state_not_issuing(st, s);
    if (s->is_parked)
        STAILQ_REMOVE(&st->parked, s, session, parked);
    bytes_free(&s->reply);
    bytes_wipe(&s->waiting); /* an authentication string may be in it */
    cert_free(&s->cert);
    st->nsessions--;
    free(s);
}
