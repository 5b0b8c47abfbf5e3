#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/log.h>

#include "state_parts.h"

void round_enter(struct state *st, struct session *s)
{
    if (s->in_round)
        return;
    s->in_round = true;
    s->uses_store = false;
    s->before = s->machine;
    STAILQ_INSERT_TAIL(&st->round, s, round);
}

void round_fail(struct state *st, const struct vox_error *err)
{
    if (!st->failed)
        (void)snprintf(st->failure, sizeof st->failure, "%s", err->text);
    st->failed = true;
}

enum vox_err round_store(struct state *st, struct session *s, struct vox_error *err)
{
    enum vox_err code;

    if (s != NULL)
        s->uses_store = true;
    if (st->failed)
        return vox_fail(err, VOX_E_STORE, "%s", st->failure);
    if (st->in_transaction)
        return VOX_OK;
    if ((code = state_store_current(st, err)) == VOX_OK && (code = store_begin(st->store, err)) == VOX_OK)
        st->in_transaction = true;
    if (code == VOX_OK)
        code = state_store_continues(st, err);
    if (code != VOX_OK)
        round_fail(st, err);
    return code;
}

void round_later(struct state *st, struct session *s, const char *why)
{
    struct capf_step step;
    struct vox_error err;
    enum vox_err code = capf_session_later(&s->machine, why, &step, &err);

    round_step(st, s, code, &step, &err);
}

static unsigned wait_for_key(const struct state *st, struct session *s)
{
    int64_t now = state_milliseconds(), left;

    if (s->key_since == 0)
        s->key_since = now;
    left = (int64_t)st->o->key_timeout_s * KEY_PATIENCE - (now - s->key_since) / 1000;
    if (left > st->o->key_timeout_s)
        return st->o->key_timeout_s;
    return left > 1 ? (unsigned)left : 1;
}

void round_step(struct state *st, struct session *s, enum vox_err code, struct capf_step *step,
                const struct vox_error *err)
{
    bytes_free(&s->reply);
    if (code != VOX_OK) { /* memory is out, or we went wrong: the connection ends without a word */
        *step = (struct capf_step){.effect = CAPF_DO_END, .result = CAPF_R_LOST};
        (void)snprintf(step->why, sizeof step->why, "%.190s", err->text);
        s->machine.state = CAPF_S_ENDED;
    }
    s->reply = step->reply;
    step->reply = (struct bytes){NULL, 0};
    if (step->why[0] != '\0')
        memcpy(s->why, step->why, sizeof s->why);
    s->answers = true;
    s->ends = step->effect == CAPF_DO_END;
    s->wait_s = step->key_wait ? wait_for_key(st, s) : 0;
    if (!s->ends)
        return;
    s->result = step->result;
    state_not_issuing(st, s);
    if (s->proved)
        state_unfinished(st, s, step);
}

void round_recorded(struct state *st, const uint8_t id[static CAPF_REQUEST_ID_LEN])
{
    if (st->nrecorded == st->room_recorded) {
        size_t room = st->room_recorded * 2 + 64;
        void *more = realloc(st->recorded, room * sizeof *st->recorded);

        if (more == NULL) {
            st->out_of_step = true; /* the signer tells it again */
            return;
        }
        st->recorded = more;
        st->room_recorded = room;
    }
    memcpy(st->recorded[st->nrecorded++], id, CAPF_REQUEST_ID_LEN);
}

/* Nothing of the round has happened: sessions stand where they stood, and those that need the store come again. */
static void undo(struct state *st)
{
    struct session *s;

    store_rollback(st->store);
    serve_count(COUNT_ROUNDS_FAILED);
    if (!st->store_failing)
        log_line(LOG_LEVEL_ERROR, "the store cannot be written, phones are told to come again: %s", st->failure);
    st->store_failing = true;
    if (st->nrecorded > 0 || st->reconciling_ends)
        st->out_of_step = true;
    st->nrecorded = 0;
    st->reconciling_ends = false;
    STAILQ_FOREACH(s, &st->round, round)
    {
        bool gone = s->machine.state == CAPF_S_ENDED && s->result == CAPF_R_LOST;
        char device[sizeof s->machine.device];

        if (!s->uses_store || gone || s->before.state == CAPF_S_ENDED)
            continue;
        memcpy(device, s->machine.device, sizeof device);
        s->machine = s->before;
        memcpy(s->machine.device, device, sizeof device); /* for the log */
        s->proved = false;                                /* its phone's record stays as it is */
        round_later(st, s, "the store cannot be written");
    }
}

static bool commit(struct state *st)
{
    struct audit_mark mark;
    struct vox_error err;

    if (st->in_transaction && !st->failed) {
        serve_count(COUNT_ROUNDS);
        if (audit_mark_take(st->store, &mark, &err) != VOX_OK || store_commit(st->store, &err) != VOX_OK) {
            round_fail(st, &err);
        } else {
            st->mark = mark;
            if (st->store_failing)
                log_line(LOG_LEVEL_NOTICE, "the store can be written again");
            st->store_failing = false;
        }
    }
    st->in_transaction = false;
    if (st->failed) {
        undo(st);
        return false;
    }
    return true;
}

static void log_end(const struct session *s)
{
    bool plain = s->result == CAPF_R_NOTHING || s->result == CAPF_R_ISSUED || s->result == CAPF_R_FETCHED ||
                 s->result == CAPF_R_FETCHED_NONE || s->result == CAPF_R_DELETED || s->result == CAPF_R_LOST;

    log_line(plain ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "%s: device=%s operation=%s result=%s%s%s%s%s", s->peer,
             s->machine.device[0] != '\0' ? s->machine.device : "-",
             s->operation != PHONE_NONE ? phone_operation_word(s->operation) : "-", capf_result_word(s->result),
             s->unknown_tags[0] != '\0' ? " unknown-tags=" : "", s->unknown_tags, s->why[0] != '\0' ? ": " : "",
             s->why);
}

static void tell_signer(struct state *st)
{
    struct vox_error err;

    for (size_t i = 0; i < st->nrecorded; i++) {
        struct ipc_message m = {.type = IPC_RECORDED};
        struct bytes out;

        memcpy(m.request.id, st->recorded[i], sizeof m.request.id);
        if (st->sign == NULL) /* a new one is asked what it holds */
            break;
        if (ipc_write(&m, &out, &err) != VOX_OK) {
            st->out_of_step = true; /* it tells that result again */
            continue;
        }
        (void)serve_link_send(st->sign, bytes_view_of(&out));
        bytes_free(&out);
    }
    st->nrecorded = 0;
}

static void send_out(struct state *st, struct session *s)
{
    struct ipc_message m = {.type = IPC_REPLY, .connection = s->connection, .wait_s = s->wait_s, .end = s->ends};
    struct vox_error err;
    struct bytes out;

    m.bytes = bytes_view_of(&s->reply);
    state_signer_ask(st, s);
    if (s->answers && s->link != NULL && ipc_write(&m, &out, &err) == VOX_OK) {
        (void)serve_link_send(s->link, bytes_view_of(&out)); /* if it is gone, so is the phone */
        bytes_free(&out);
    }
    bytes_free(&s->reply);
    s->in_round = false;
    s->answers = false;
    if (s->ends) {
        log_end(s);
        serve_count(COUNT_SESSIONS + s->result - 1);
        state_session_free(st, s);
    }
}

void round_settle(struct state *st)
{
    struct session *s;

    if (commit(st)) {
        if (st->reconciling_ends) {
            st->reconciled = true;
            st->comparing_all = false;
        }
        st->reconciling_ends = false;
        tell_signer(st);
    }
    st->failed = false;
    while ((s = STAILQ_FIRST(&st->round)) != NULL) {
        STAILQ_REMOVE_HEAD(&st->round, round);
        send_out(st, s);
    }
}
