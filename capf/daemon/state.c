#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include <libcert/carequests.h>
#include <libcert/clock.h>
#include <libcert/log.h>

#include "sign.h"
#include "state_parts.h"

enum {
    SIGNER_SECONDS = 60, /* no answer of the signer takes longer: a token's queue included */
    PARKED_SECONDS = 5,  /* a phone waits so long for journal and store to agree, then it comes again */
    GAUGE_SECONDS = 15,  /* between looks at all phones */
    EXPIRING_DAYS = 60,
    DAY = 86400,
};

static struct state the_state; /* one of its kind in this process */

/* --- messages of the net processes --- */

static void note_unknown(struct session *s, const struct capf_message *m)
{
    size_t len = 0;

    for (size_t i = 0; i < m->nunknown && i < CAPF_UNKNOWN_MAX && len < sizeof s->unknown_tags - 8; i++)
        len += (size_t)snprintf(s->unknown_tags + len, sizeof s->unknown_tags - len, "%s%u", i == 0 ? "" : ",",
                                m->unknown[i]);
}

static void park(struct state *st, struct session *s, struct bytes_view frame)
{
    struct vox_error err;

    if (bytes_copy(&s->waiting, frame.data, frame.len, &err) != VOX_OK) {
        round_later(st, s, err.text);
        return;
    }
    s->is_parked = true;
    s->parked_since = state_milliseconds();
    STAILQ_INSERT_TAIL(&st->parked, s, parked);
}

static void unpark(struct state *st, struct session *s, struct capf_message *m)
{
    struct vox_error err;

    STAILQ_REMOVE(&st->parked, s, session, parked);
    s->is_parked = false;
    round_enter(st, s);
    if (m == NULL || capf_message_read(s->waiting.data, s->waiting.len, m, &err) != VOX_OK)
        round_later(st, s, "the signer's journal and the store do not agree yet");
    else
        state_authorize(st, s, m);
    bytes_wipe(&s->waiting);
}

static void on_opened(struct state *st, struct serve_link *l, const struct ipc_message *m)
{
    struct session *s = state_session_new(st, l, m->connection, m->text);
    struct capf_step step;
    struct vox_error err;
    struct bytes out;
    uint32_t id;
    enum vox_err code;

    if (s == NULL) {
        const struct ipc_message end = {.type = IPC_REPLY, .connection = m->connection, .end = true};

        log_line(LOG_LEVEL_ERROR, "%s: too many sessions, or no memory", m->text);
        if (ipc_write(&end, &out, &err) == VOX_OK) {
            (void)serve_link_send(l, bytes_view_of(&out));
            bytes_free(&out);
        }
        return;
    }
    round_enter(st, s);
    if (RAND_bytes((unsigned char *)&id, sizeof id) <= 0) {
        step = (struct capf_step){.effect = CAPF_DO_END};
        code = vox_fail_openssl(&err, VOX_E_CRYPTO, "no random number for a session");
    } else {
        code = capf_session_begin(&s->machine, id, &step, &err);
    }
    round_step(st, s, code, &step, &err);
}

static void on_frame(struct state *st, struct session *s, struct bytes_view frame)
{
    struct capf_message m;
    struct capf_step step;
    struct vox_error err, why;
    char text[256];
    enum vox_err code;

    round_enter(st, s);
    if (capf_message_read(frame.data, frame.len, &m, &why) != VOX_OK) {
        code = capf_session_broken(&s->machine, why.text, &step, &err);
        round_step(st, s, code, &step, &err);
        return;
    }
    note_unknown(s, &m);
    capf_message_text(&m, text, sizeof text);
    log_line(LOG_LEVEL_DEBUG, "%s: device=%s says %s", s->peer, s->machine.device, text);
    code = capf_session_message(&s->machine, &m, &step, &err);
    if (code == VOX_OK && step.why[0] != '\0')
        memcpy(s->why, step.why, sizeof s->why);
    if (code == VOX_OK && step.effect == CAPF_DO_AUTHORIZE && !st->reconciled)
        park(st, s, frame);
    else if (code == VOX_OK && step.effect == CAPF_DO_AUTHORIZE)
        state_authorize(st, s, &m);
    else if (code == VOX_OK && step.effect == CAPF_DO_ISSUE)
        state_issue(st, s, &m);
    else if (code == VOX_OK && step.effect == CAPF_DO_RECORD)
        state_record(st, s, &m);
    else
        round_step(st, s, code, &step, &err);
}

static void lose(struct state *st, struct session *s, const char *why)
{
    struct capf_step step;
    struct vox_error err;
    char text[sizeof step.why];
    enum vox_err code;

    round_enter(st, s);
    if (s->machine.state == CAPF_S_ENDED)
        return; /* it ended in this very round */
    (void)snprintf(text, sizeof text, "%.100s (%s)", why, capf_session_state_word(s->machine.state));
    code = capf_session_lost(&s->machine, text, &step, &err);
    round_step(st, s, code, &step, &err);
    s->answers = false; /* nobody is there */
}

/* An address with its port, or "?", as net processes write it. It goes into the store: what that refused would undo the
 * count of the very try that it came with. */
static bool is_peer(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && len < sizeof((struct session *)NULL)->peer &&
           (strcmp(text, "?") == 0 || strspn(text, "0123456789abcdefABCDEF.:[]") == len);
}

static enum vox_err from_net(struct state *st, struct serve_link *l, const struct ipc_message *m, struct vox_error *err)
{
    struct session *s = state_session_find(st, l, m->connection);

    switch (m->type) {
    case IPC_OPENED:
        if (s != NULL)
            return vox_fail(err, VOX_E_INPUT, "a connection is opened twice");
        if (!is_peer(m->text))
            return vox_fail(err, VOX_E_INPUT, "a connection from what is no address");
        on_opened(st, l, m);
        return VOX_OK;
    case IPC_FRAME:
        if (s != NULL && s->machine.state != CAPF_S_ENDED)
            on_frame(st, s, m->bytes);
        return VOX_OK; /* it may have ended while the frame was on its way */
    case IPC_CLOSED:
        if (s != NULL)
            lose(st, s, m->text);
        return VOX_OK;
    default:
        return vox_fail(err, VOX_E_INPUT, "a message of type %u, which is none of a net process", m->type);
    }
}

/* --- the signer --- */

static void ask_for_results(struct state *st)
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
    st->compare_all = st->compare_all && st->out_of_step;
    st->more_results = false;
    bytes_free(&out);
}

struct names {
    char (*list)[PHONE_NAME_MAX + 1];
    size_t n, room;
    bool no_memory;
};

static bool note_name(void *arg, const struct phone *p)
{
    struct names *names = arg;

    if (names->n == names->room) {
        size_t room = names->room * 2 + 64;
        void *more = realloc(names->list, room * sizeof *names->list);

        if (more == NULL) {
            names->no_memory = true;
            return false;
        }
        names->list = more;
        names->room = room;
    }
    (void)snprintf(names->list[names->n++], sizeof *names->list, "%s", p->name);
    return true;
}

/* Sessions end with the process: phones that were in the middle wait again. */
static enum vox_err forget_progress(struct state *st, struct vox_error *err)
{
    const struct phone_filter f = {.state = PHONE_IN_PROGRESS};
    struct names names = {0};
    struct phone p;
    enum vox_err code = phones_each(st->store, &f, note_name, &names, err);

    if (code == VOX_OK && names.no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; code == VOX_OK && i < names.n; i++)
        if ((code = phone_get(st->store, names.list[i], &p, err)) == VOX_OK)
            code = state_phone_set(st, &p, PHONE_PENDING, "", err);
    free(names.list);
    return code;
}

static void on_reconciled(struct state *st, bool last)
{
    struct vox_error err;

    if (!last || st->compare_all)
        st->more_results = true;
    if (st->reconciled || st->more_results)
        return;
    if (round_store(st, NULL, &err) != VOX_OK) {
        st->out_of_step = true;
        return;
    }
    if (forget_progress(st, &err) != VOX_OK)
        round_fail(st, &err);
    st->reconciling_ends = true;
}

static enum vox_err from_signer(struct state *st, const struct ipc_message *m, struct vox_error *err)
{
    switch (m->type) {
    case IPC_ISSUED:
        return state_issued(st, m, err);
    case IPC_REFUSED:
    case IPC_LATER:
        state_not_issued(st, m);
        return VOX_OK;
    case IPC_RECONCILED:
        on_reconciled(st, m->end);
        return VOX_OK;
    default:
        return vox_fail(err, VOX_E_INPUT, "a message of type %u, which is none of the signer", m->type);
    }
}

/* --- the service --- */

static enum vox_err on_start(void *arg, struct vox_error *err)
{
    struct state *st = &the_state;

    (void)arg;
    sign_needs_memory(); /* the library is not to be trusted when memory is out; the store makes an end harmless */
    LIST_INIT(&st->sessions);
    LIST_INIT(&st->issuing);
    STAILQ_INIT(&st->parked);
    STAILQ_INIT(&st->round);
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&st->buckets[i]);
    st->trust.version = st->version = -1;
    return st->o->issuer_path != NULL ? state_read_issuer(st->o->issuer_path, &st->issuer, err) : VOX_OK;
}

static enum vox_err on_prepare(void *arg, struct serve_files *f, struct vox_error *err)
{
    struct state *st = &the_state;
    enum vox_err code = state_store_open(st, f, err);

    (void)arg;
    return code == VOX_OK ? phones_key_open(st->store, true, &st->strings, err) : code;
}

static enum vox_err on_ready(void *arg, struct vox_error *err)
{
    struct state *st = &the_state;
    bool elsewhere;
    enum vox_err code = ca_offline(st->store, &elsewhere, err);

    (void)arg;
    if (code == VOX_OK && st->o->one_key && !elsewhere)
        log_line(LOG_LEVEL_NOTICE, "the CA's key is also the one of the certificate that is shown: the net processes "
                                   "hold it; --issuer parts them");
    return code;
}

static void on_linked(void *arg, struct serve_link *l, const char *name)
{
    (void)arg;
    if (name == NULL)
        return; /* a net process: it speaks first */
    the_state.sign = l;
    ask_for_results(&the_state);
}

static enum vox_err on_message(void *arg, struct serve_link *l, struct bytes_view data, struct vox_error *err)
{
    struct ipc_message m;
    enum vox_err code = ipc_read(data, &m, err);

    (void)arg;
    if (code != VOX_OK)
        return code;
    return l == the_state.sign ? from_signer(&the_state, &m, err) : from_net(&the_state, l, &m, err);
}

static void on_gone(void *arg, struct serve_link *l)
{
    struct state *st = &the_state;
    struct session *s, *next;

    (void)arg;
    if (l == st->sign) {
        st->sign = NULL;
        for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
            next = LIST_NEXT(s, issuing);
            round_enter(st, s);
            round_later(st, s, "the signer is gone");
        }
        return;
    }
    LIST_FOREACH(s, &st->sessions, all)
    {
        if (s->link != l)
            continue;
        lose(st, s, "its net process ended");
        s->link = NULL;
    }
}

static void on_settle(void *arg)
{
    struct state *st = &the_state;
    struct capf_message m;

    (void)arg;
    round_settle(st);
    if (st->more_results && (st->compare_all || !st->out_of_step)) /* else the store cannot be written: later */
        ask_for_results(st);
    if (!st->reconciled || STAILQ_EMPTY(&st->parked))
        return;
    while (!STAILQ_EMPTY(&st->parked))
        unpark(st, STAILQ_FIRST(&st->parked), &m);
    round_settle(st);
}

static void tell_gauges(struct state *st, int64_t now_ms)
{
    const int64_t now = clock_now();
    struct phones_tally tally;
    struct vox_error err;

    serve_set(GAUGE_SESSIONS_OPEN, st->nsessions);
    serve_set(GAUGE_STORE_FAILING, st->store_failing);
    if (now_ms - st->told_gauges < GAUGE_SECONDS * 1000 && st->told_gauges != 0)
        return;
    st->told_gauges = now_ms;
    if (state_store_current(st, &err) != VOX_OK ||
        phones_tally(st->store, now, now + (int64_t)EXPIRING_DAYS * DAY, &tally, &err) != VOX_OK) {
        log_line(LOG_LEVEL_WARNING, "phones cannot be counted: %s", err.text);
        return;
    }
    serve_set(GAUGE_PENDING, (uint64_t)tally.by_state[PHONE_PENDING]);
    serve_set(GAUGE_FAILED, (uint64_t)tally.by_state[PHONE_FAILED]);
    serve_set(GAUGE_LOCKED, (uint64_t)tally.locked);
    serve_set(GAUGE_EXPIRING, (uint64_t)tally.ending);
}

static void on_tick(void *arg)
{
    struct state *st = &the_state;
    int64_t now = state_milliseconds();
    struct session *s, *next;
    struct vox_error err;

    (void)arg;
    while ((s = STAILQ_FIRST(&st->parked)) != NULL && now - s->parked_since > PARKED_SECONDS * 1000)
        unpark(st, s, NULL);
    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (now - s->issue_since > SIGNER_SECONDS * 1000) {
            round_enter(st, s);
            round_later(st, s, "the signer does not answer");
        }
    }
    if (st->store != NULL && state_store_current(st, &err) == VOX_OK)
        (void)state_store_continues(st, &err); /* a restore is noticed also when no phone comes */
    if (st->out_of_step)
        ask_for_results(st);
    tell_gauges(st, now);
}

static void on_stop(void *arg)
{
    struct state *st = &the_state;
    struct session *s;

    (void)arg;
    if (st->store != NULL)
        round_settle(st);
    while ((s = LIST_FIRST(&st->sessions)) != NULL)
        state_session_free(st, s);
    free(st->recorded);
    state_trust_clear(&st->trust);
    cert_free(&st->issuer);
    phones_key_free(&st->strings);
    store_close(&st->store);
}

struct serve_service state_service(const struct state_options *o, const char *files)
{
    static const char *const links[] = {"sign", NULL};

    the_state.o = o;
    return (struct serve_service){
        .name = "state",
        .links = links,
        .to_net = true,
        .files = files,
        .start = on_start,
        .prepare = on_prepare,
        .ready = on_ready,
        .linked = on_linked,
        .message = on_message,
        .gone = on_gone,
        .settle = on_settle,
        .tick = on_tick,
        .stop = on_stop,
    };
}
