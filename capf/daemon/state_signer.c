/* Requests that wait for the signer, also while it is started anew. */
#include <libcert/log.h>

#include "state_parts.h"

enum {
    SIGNER_SECONDS = 60, /* no answer of the signer takes longer: a token's queue included */
    HELD_SECONDS = 5,    /* one that falls is back in less, or does not come back by itself */
    HELD_MAX = 1024,     /* what it answers in about a second when it is back */
    TRIES_MAX = 2,       /* a request under which it fell twice may be why */
};

static bool may_hold(const struct state *st, const struct session *s)
{
    return !st->ending && st->nheld < HELD_MAX && s->tries < TRIES_MAX;
}

static void hold(struct state *st, struct session *s)
{
    s->is_held = true;
    s->held_since = state_milliseconds();
    st->nheld++;
}

static void let_go(struct state *st, struct session *s)
{
    if (s->is_held)
        st->nheld--;
    s->is_held = false;
}

void state_not_issuing(struct state *st, struct session *s)
{
    if (s->is_issuing)
        LIST_REMOVE(s, issuing);
    s->is_issuing = s->asks_now = false;
    let_go(st, s);
    bytes_free(&s->asks);
}

void state_asks_signer(struct state *st, struct session *s)
{
    if (st->sign == NULL && !may_hold(st, s)) {
        round_later(st, s, "there is no signer");
        return;
    }
    LIST_INSERT_HEAD(&st->issuing, s, issuing);
    s->is_issuing = s->asks_now = true;
    if (st->sign == NULL)
        hold(st, s);
}

static void ask(struct state *st, struct session *s)
{
    s->tries++;
    if (!serve_link_send(st->sign, bytes_view_of(&s->asks))) /* when it is gone, gone() follows */
        log_line(LOG_LEVEL_ERROR, "%s: device=%s: the signer cannot be reached", s->peer, s->machine.device);
}

void state_signer_ask(struct state *st, struct session *s)
{
    if (!s->asks_now)
        return;
    s->asks_now = false;
    if (!s->is_held)
        ask(st, s);
}

void state_signer_linked(struct state *st, struct serve_link *l)
{
    struct session *s;

    st->sign = l;
    state_signer_reconcile(st); /* first: what it had signed comes as an answer */
    LIST_FOREACH(s, &st->issuing, issuing)
    {
        if (!s->is_held)
            continue;
        let_go(st, s);
        if (!s->asks_now) /* else its round is open */
            ask(st, s);
    }
}

static void later(struct state *st, struct session *s, const char *why)
{
    round_enter(st, s);
    round_later(st, s, why);
}

void state_signer_gone(struct state *st)
{
    struct session *s, *next;

    st->sign = NULL;
    st->compare_all = st->compare_all || st->comparing_all;
    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (s->is_held)
            continue;
        if (may_hold(st, s))
            hold(st, s);
        else
            later(st, s, "the signer is gone");
    }
}

void state_signer_ending(struct state *st)
{
    struct session *s, *next;

    st->ending = true;
    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (s->is_held)
            later(st, s, "the signer is gone");
    }
}

void state_signer_tick(struct state *st, int64_t now)
{
    struct session *s, *next;

    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (s->is_held && now - s->held_since > HELD_SECONDS * 1000)
            later(st, s, "the signer is gone");
        else if (now - s->issue_since > SIGNER_SECONDS * 1000)
            later(st, s, "the signer does not answer");
    }
}

void state_signer_reconcile(struct state *st)
{
    const struct ipc_message m = {.type = IPC_RECONCILE, .all = st->compare_all};
    struct vox_error err;
    struct bytes out;

    if (st->sign == NULL)
        return;
    if (ipc_write(&m, &out, &err) != VOX_OK) {
        st->out_of_step = true; /* a second later, then */
        return;
    }
    st->out_of_step = !serve_link_send(st->sign, bytes_view_of(&out));
    st->comparing_all = st->comparing_all || (st->compare_all && !st->out_of_step);
    st->compare_all = st->compare_all && st->out_of_step;
    st->more_results = false;
    bytes_free(&out);
}
