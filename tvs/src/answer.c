#include <libcert/cert.h>
#include <tvs/answer.h>

#include "snapshot.h"

const char *tvs_reason_word(enum tvs_reason r)
{
    switch (r) {
    case TVS_BY_CERTIFICATE:
        return "certificate";
    case TVS_BY_SERIAL:
        return "serial";
    case TVS_BY_SUBJECT:
        return "subject";
    case TVS_UNKNOWN:
        return "unknown";
    case TVS_AMBIGUOUS:
        return "ambiguous";
    case TVS_EXPIRED:
        return "expired";
    }
    return "unknown";
}

/* tvs.md 4.1: the exact certificate, or none. What is no certificate at all has no match either. */
static void look_up_certificate(const struct tvs_message *m, const struct tvs_snapshot *s, struct tvs_outcome *o)
{
    o->entry = tvs_snapshot_by_der(s, m->certificate);
    o->reason = o->entry != NULL ? TVS_BY_CERTIFICATE : TVS_UNKNOWN;
}

/*
 * tvs.md 4.2: by serial number and issuer; where only the subject came through, by subject when it is unique. Serial
 * number and issuer make one certificate: a subject in another writing is no reason not to find it, only to choose.
 */
static void look_up_name(const struct tvs_message *m, const struct tvs_snapshot *s, struct tvs_outcome *o)
{
    size_t matches = 0;

    if (m->serial.data != NULL) {
        o->entry = tvs_snapshot_by_serial(s, m->serial, m->issuer, m->issuer != NULL ? NULL : m->subject, &matches);
        if (matches > 1 && m->issuer != NULL && m->subject != NULL)
            o->entry = tvs_snapshot_by_serial(s, m->serial, m->issuer, m->subject, &matches);
        o->reason = TVS_BY_SERIAL;
    } else {
        o->entry = tvs_snapshot_by_subject(s, m->subject, m->issuer, &matches);
        o->reason = TVS_BY_SUBJECT;
    }
    if (matches != 1) {
        o->entry = NULL;
        o->reason = matches == 0 ? TVS_UNKNOWN : TVS_AMBIGUOUS;
    }
}

enum vox_err tvs_answer(const struct tvs_message *request, const struct tvs_snapshot *snapshot,
                        const struct tvs_policy *policy, struct bytes *reply, struct tvs_outcome *outcome,
                        struct vox_error *err)
{
    struct tvs_message m = {.session = request->session, .has_status = true, .status = TVS_NOT_TRUSTED};

    *outcome = (struct tvs_outcome){.status = TVS_NOT_TRUSTED, .reason = TVS_UNKNOWN};
    if (request->command == TVS_VERIFY_REQUEST) {
        m.command = TVS_VERIFY_RESPONSE;
        look_up_certificate(request, snapshot, outcome);
    } else if (request->command == TVS_QUERY_REQUEST) {
        m.command = TVS_QUERY_RESPONSE;
        look_up_name(request, snapshot, outcome);
    } else {
        return vox_fail(err, VOX_E_INPUT, "tvs.md 2: COMMAND: a %s is no request", tvs_command_name(request->command));
    }
    if (outcome->entry != NULL) {
        const struct tvs_entry *e = outcome->entry;

        outcome->outside_validity = policy->now < cert_not_before(e->cert) || policy->now > cert_not_after(e->cert);
        if (outcome->outside_validity && policy->refuse_expired) {
            outcome->reason = TVS_EXPIRED;
        } else {
            m.status = outcome->status = TVS_TRUSTED;
            m.roles = (struct bytes_view){e->roles, e->nroles};
            m.has_ttl = true;
            m.ttl = e->ttl;
            if (m.command == TVS_QUERY_RESPONSE)
                m.certificate = cert_der(e->cert);
        }
    }
    return tvs_message_write(&m, reply, err);
}
