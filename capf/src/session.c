/* One row for each message that may come (capf.md 3); every other pair of state and command breaks the protocol. */
#include <capf/session.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libcert/printable.h>

#include "session_reply.h"

#define BIT(tag) (UINT32_C(1) << (tag))

static void say(struct capf_step *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct capf_step *out, const char *fmt, ...)
{
    char raw[sizeof out->why];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    printable_escape(out->why, sizeof out->why, raw);
}

/* The session ends here, whatever was said before in this step. */
static enum vox_err end(struct capf_session *s, enum capf_reason reason, enum capf_result result, struct capf_step *out,
                        struct vox_error *err)
{
    s->state = CAPF_S_ENDED;
    out->effect = CAPF_DO_END;
    out->result = result;
    return capf_reply_end(s->id, reason, &out->reply, err);
}

static enum vox_err broke(struct capf_session *s, struct capf_step *out, struct vox_error *err)
{
    return end(s, CAPF_DECLINED, CAPF_R_PROTOCOL, out, err);
}

static enum vox_err declined(struct capf_session *s, struct capf_step *out, struct vox_error *err)
{
    return end(s, CAPF_DECLINED, CAPF_R_DECLINED, out, err);
}

static enum vox_err record(struct capf_session *s, enum capf_result pending, struct capf_step *out)
{
    s->state = CAPF_S_RECORDING;
    s->pending = pending;
    out->effect = CAPF_DO_RECORD;
    out->result = pending;
    return VOX_OK;
}

static enum vox_err on_auth(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                            struct vox_error *err)
{
    struct vox_error why;

    if (m->version < 2) {
        say(out, "it speaks version %u of CAPF; 2 and 3 are spoken here", m->version);
        return broke(s, out, err);
    }
    s->version = m->version > 3 ? 3 : m->version; /* a later one can do what 3 can */
    if (capf_device_text(m->device, s->device, &why) != VOX_OK) {
        say(out, "%s", why.text);
        return end(s, CAPF_UNKNOWN_DEVICE, CAPF_R_REFUSED, out, err);
    }
    if (CAPF_HAS(m, CAPF_REASON) && m->reason != CAPF_OK && m->reason != CAPF_NO_ACTION) {
        say(out, "the phone does not want to prove who it is: reason %u", m->reason);
        return declined(s, out, err);
    }
    s->state = CAPF_S_AUTHORIZING;
    out->effect = CAPF_DO_AUTHORIZE;
    return VOX_OK;
}

static enum vox_err on_progress(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                                struct vox_error *err)
{
    (void)m;
    if (s->patience >= CAPF_PATIENCE_MAX) {
        say(out, "it asked for patience %d times", CAPF_PATIENCE_MAX);
        return broke(s, out, err);
    }
    s->patience++;
    out->key_wait = true;
    return VOX_OK;
}

static enum vox_err on_key(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                           struct vox_error *err)
{
    bool failed = CAPF_HAS(m, CAPF_REASON) && m->reason != CAPF_OK && m->reason != CAPF_NO_ACTION;

    if (failed) {
        say(out, "the phone made no key: reason %u", m->reason);
        return declined(s, out, err);
    }
    if (!CAPF_HAS(m, CAPF_PUBLIC_KEY)) {
        say(out, "KEY_GENERATE_RESPONSE without PUBLIC_KEY");
        return broke(s, out, err);
    }
    s->state = CAPF_S_ISSUING;
    out->effect = CAPF_DO_ISSUE;
    return VOX_OK;
}

static enum vox_err on_stored(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                              struct vox_error *err)
{
    if (m->reason != CAPF_OK) {
        say(out, "the phone did not store its certificate: reason %u", m->reason);
        return declined(s, out, err);
    }
    return record(s, CAPF_R_ISSUED, out);
}

static enum vox_err on_fetched(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                               struct vox_error *err)
{
    if (m->reason == CAPF_DECLINED) {
        say(out, "the phone has no certificate");
        return record(s, CAPF_R_FETCHED_NONE, out);
    }
    if (m->reason != CAPF_OK) {
        say(out, "the phone does not show its certificate: reason %u", m->reason);
        return declined(s, out, err);
    }
    if (!CAPF_HAS(m, CAPF_CERTIFICATE)) {
        say(out, "FETCH_CERTIFICATE_RESPONSE without CERTIFICATE");
        return broke(s, out, err);
    }
    return record(s, CAPF_R_FETCHED, out);
}

static enum vox_err on_deleted(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                               struct vox_error *err)
{
    if (m->reason == CAPF_DECLINED)
        say(out, "the phone had no certificate");
    else if (m->reason != CAPF_OK) {
        say(out, "the phone did not delete its certificate: reason %u", m->reason);
        return declined(s, out, err);
    }
    return record(s, CAPF_R_DELETED, out);
}

typedef enum vox_err on_message(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                                struct vox_error *err);

static const struct {
    enum capf_session_state state;
    enum capf_command command;
    uint32_t needed; /* elements without which it means nothing */
    on_message *handle;
} transitions[] = {
    {CAPF_S_GREETED, CAPF_AUTH_RESPONSE, BIT(CAPF_VERSION) | BIT(CAPF_DEVICE_NAME), on_auth},
    {CAPF_S_KEY, CAPF_REQUEST_IN_PROGRESS, 0, on_progress},
    {CAPF_S_KEY, CAPF_KEY_GENERATE_RESPONSE, 0, on_key},
    {CAPF_S_STORING, CAPF_STORE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), on_stored},
    {CAPF_S_FETCHING, CAPF_FETCH_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), on_fetched},
    {CAPF_S_DELETING, CAPF_DELETE_CERTIFICATE_RESPONSE, BIT(CAPF_REASON), on_deleted},
};

static enum vox_err take(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                         struct vox_error *err)
{
    const char *name = capf_command_name(m->command);

    if (m->session != s->id) {
        say(out, "a message of another session: %08x, not %08x", m->session, s->id);
        return broke(s, out, err);
    }
    for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++) {
        uint32_t missing = transitions[i].needed & ~m->present;

        if (transitions[i].state != s->state || transitions[i].command != m->command)
            continue;
        for (int tag = 0; missing != 0 && tag < CAPF_ELEMENT_COUNT; tag++) {
            if ((missing & BIT(tag)) != 0) {
                say(out, "%s without %s", name, capf_element_name(tag));
                return broke(s, out, err);
            }
        }
        return transitions[i].handle(s, m, out, err);
    }
    if (name != NULL)
        say(out, "%s while the session is %s", name, capf_session_state_word(s->state));
    else
        say(out, "unknown command %u", m->command);
    return broke(s, out, err);
}

/* Every call works on a copy: what fails has changed nothing. */
static enum vox_err settle(struct capf_session *s, const struct capf_session *next, enum vox_err code,
                           struct capf_step *out)
{
    if (code == VOX_OK) {
        *s = *next;
        return VOX_OK;
    }
    bytes_free(&out->reply);
    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    return code;
}

static enum vox_err misfit(const struct capf_session *s, const char *call, struct vox_error *err)
{
    return vox_fail(err, VOX_E_USAGE, "%s does not fit a session that is %s", call, capf_session_state_word(s->state));
}

static bool has_effect(const struct capf_session *s)
{
    return s->state == CAPF_S_AUTHORIZING || s->state == CAPF_S_ISSUING || s->state == CAPF_S_RECORDING;
}

enum vox_err capf_session_begin(struct capf_session *s, uint32_t id, struct capf_step *out, struct vox_error *err)
{
    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    *s = (struct capf_session){.state = CAPF_S_GREETED, .id = id};
    return capf_reply_greeting(id, &out->reply, err);
}

enum vox_err capf_session_message(struct capf_session *s, const struct capf_message *m, struct capf_step *out,
                                  struct vox_error *err)
{
    struct capf_session next = *s;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state == CAPF_S_ENDED)
        return misfit(s, "a message", err);
    return settle(s, &next, take(&next, m, out, err), out);
}

enum vox_err capf_session_broken(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err)
{
    struct capf_session next = *s;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state == CAPF_S_ENDED)
        return misfit(s, "bytes that are no message", err);
    say(out, "%s", why);
    return settle(s, &next, broke(&next, out, err), out);
}

enum vox_err capf_session_lost(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err)
{
    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state == CAPF_S_ENDED)
        return misfit(s, "a loss", err);
    say(out, "%s", why);
    s->state = CAPF_S_ENDED;
    out->effect = CAPF_DO_END;
    out->result = CAPF_R_LOST;
    return VOX_OK;
}

enum vox_err capf_session_plan(struct capf_session *s, const struct capf_plan *plan, struct capf_step *out,
                               struct vox_error *err)
{
    struct capf_session next = *s;
    enum vox_err code;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state != CAPF_S_AUTHORIZING)
        return misfit(s, "a plan", err);
    next.plan = *plan;
    switch (plan->what) {
    case CAPF_PLAN_INSTALL:
        if (plan->key.type == KEY_EC && next.version < 3) {
            say(out, "an EC key is ordered, and a client of version 2 can make RSA keys only");
            code = end(&next, CAPF_DECLINED, CAPF_R_REFUSED, out, err);
            break;
        }
        next.state = CAPF_S_KEY;
        out->key_wait = true;
        code = capf_reply_order(next.id, next.version, &plan->key, &out->reply, err);
        break;
    case CAPF_PLAN_STORE:
        next.plan.certificate = (struct bytes_view){NULL, 0}; /* borrowed */
        next.state = CAPF_S_STORING;
        code = capf_reply_store(next.id, plan->certificate, &out->reply, err);
        break;
    case CAPF_PLAN_FETCH:
        next.state = CAPF_S_FETCHING;
        code = capf_reply_bare(next.id, CAPF_FETCH_CERTIFICATE_REQUEST, &out->reply, err);
        break;
    case CAPF_PLAN_DELETE:
        next.state = CAPF_S_DELETING;
        code = capf_reply_bare(next.id, CAPF_DELETE_CERTIFICATE_REQUEST, &out->reply, err);
        break;
    case CAPF_PLAN_NOTHING:
    default:
        code = end(&next, CAPF_NO_ACTION, CAPF_R_NOTHING, out, err);
    }
    return settle(s, &next, code, out);
}

enum vox_err capf_session_refuse(struct capf_session *s, enum capf_reason reason, enum capf_result result,
                                 const char *why, struct capf_step *out, struct vox_error *err)
{
    struct capf_session next = *s;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (!has_effect(s))
        return misfit(s, "a refusal", err);
    say(out, "%s", why);
    return settle(s, &next, end(&next, reason, result, out, err), out);
}

enum vox_err capf_session_later(struct capf_session *s, const char *why, struct capf_step *out, struct vox_error *err)
{
    struct capf_session next = *s;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state == CAPF_S_ENDED)
        return misfit(s, "a delay", err);
    say(out, "%s", why);
    next.state = CAPF_S_ENDED;
    out->effect = CAPF_DO_END;
    out->result = CAPF_R_LATER;
    return settle(s, &next, capf_reply_bare(next.id, CAPF_RETRY_LATER, &out->reply, err), out);
}

enum vox_err capf_session_issued(struct capf_session *s, struct bytes_view certificate, struct capf_step *out,
                                 struct vox_error *err)
{
    struct capf_session next = *s;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state != CAPF_S_ISSUING)
        return misfit(s, "a certificate", err);
    next.state = CAPF_S_STORING;
    return settle(s, &next, capf_reply_store(next.id, certificate, &out->reply, err), out);
}

enum vox_err capf_session_recorded(struct capf_session *s, struct capf_step *out, struct vox_error *err)
{
    struct capf_session next = *s;
    bool shown = s->pending == CAPF_R_FETCHED || s->pending == CAPF_R_FETCHED_NONE;

    *out = (struct capf_step){.effect = CAPF_DO_NOTHING};
    if (s->state != CAPF_S_RECORDING)
        return misfit(s, "a record", err);
    return settle(s, &next, end(&next, shown ? CAPF_NO_ACTION : CAPF_OK, s->pending, out, err), out);
}
