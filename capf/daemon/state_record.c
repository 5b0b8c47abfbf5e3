/* What has happened becomes what the store knows. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/audit.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/file.h>
#include <libcert/ledger.h>
#include <libcert/printable.h>

#include "state_parts.h"

enum vox_err state_phone_of(struct state *st, const struct session *s, struct phone *out, struct vox_error *err)
{
    enum vox_err code = phone_get(st->store, s->machine.device, out, err);

    if (code == VOX_OK && (out->operation != s->operation || strcmp(out->operation_id, s->operation_id) != 0))
        return vox_fail(err, VOX_E_NOT_FOUND, "it was given something else to do");
    return code;
}

enum vox_err state_phone_set(struct state *st, struct phone *p, enum phone_state to, const char *reason,
                             struct vox_error *err)
{
    p->state = to;
    p->state_since = clock_now();
    printable_escape(p->reason, sizeof p->reason, reason);
    return phone_put(st->store, p, err);
}

enum vox_err state_audit(struct state *st, const struct session *s, const char *verb, const char *device,
                         const char *detail, struct vox_error *err)
{
    char what[256];

    (void)snprintf(what, sizeof what, "voxcapfd %s %s: %s%s%s", verb, device, detail, s != NULL ? ", from " : "",
                   s != NULL ? s->peer : "");
    return audit_append(st->store, what, "done", err);
}

/* The operation is complete. */
static enum vox_err complete(struct state *st, const struct session *s, struct phone *p, struct vox_error *err)
{
    (void)s;
    p->operation = PHONE_NONE;
    p->not_before = 0;
    p->by = 0;
    return state_phone_set(st, p, PHONE_DELIVERED, "", err);
}

static enum vox_err record_stored(struct state *st, struct session *s, struct vox_error *err)
{
    char hex[2 * CAPF_REQUEST_ID_LEN + 1], fingerprint[CERT_FINGERPRINT_MAX], detail[96];
    struct phone p;
    enum vox_err code;

    if (!s->has_request || s->cert == NULL)
        return vox_fail(err, VOX_E_STORE, "a certificate was stored that was not issued");
    hex_encode(s->request.id, sizeof s->request.id, hex);
    if ((code = ledger_delivered(st->store, hex, clock_now(), err)) != VOX_OK ||
        (code = state_offline_done(st, s, err)) != VOX_OK)
        return code;
    cert_fingerprint(s->cert, fingerprint);
    (void)snprintf(detail, sizeof detail, "certificate %s", fingerprint);
    if ((code = state_audit(st, s, "deliver", s->machine.device, detail, err)) != VOX_OK)
        return code;
    code = phone_get(st->store, s->machine.device, &p, err);
    if (code != VOX_OK)
        return code == VOX_E_NOT_FOUND ? VOX_OK : code; /* removed meanwhile */
    memcpy(p.lsc, fingerprint, sizeof fingerprint);     /* the phone has it, whatever else it is to do now */
    p.lsc_not_after = cert_not_after(s->cert);
    if (p.operation != s->operation || strcmp(p.operation_id, s->operation_id) != 0)
        return phone_put(st->store, &p, err);
    return complete(st, s, &p, err);
}

enum vox_err state_fetched_folder(const struct state *st, char *out, size_t outlen, struct vox_error *err)
{
    char store[PATH_MAX];

    (void)snprintf(store, sizeof store, "%s", store_path(st->store));
    (void)snprintf(out, outlen, "%s/fetched", dirname(store));
    if (mkdir(out, 0700) != 0 && errno != EEXIST)
        return vox_fail_errno(err, VOX_E_IO, "folder %s cannot be made", out);
    return VOX_OK;
}

/* Beside the store, for people who look for what is wrong with a phone. */
static enum vox_err keep_fetched(struct state *st, const char *device, struct cert *c, struct vox_error *err)
{
    char path[PATH_MAX + 32];
    struct bytes pem;
    enum vox_err code = state_fetched_folder(st, path, PATH_MAX, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s.pem", device);
    if ((code = bundle_write_pem(&c, 1, true, &pem, err)) != VOX_OK)
        return code;
    code = file_replace(path, pem.data, pem.len, 0600, err);
    bytes_free(&pem);
    return code;
}

static enum vox_err record_fetched(struct state *st, struct session *s, const struct capf_message *m,
                                   struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX], detail[96];
    struct phone p;
    enum vox_err code;

    if (m->certificate.len == 0) {
        (void)snprintf(detail, sizeof detail, "the phone has no certificate");
    } else {
        if ((code = cert_from_der(m->certificate.data, m->certificate.len, &s->cert, err)) != VOX_OK)
            return code; /* VOX_E_INPUT: told as the phone's fault */
        if ((code = keep_fetched(st, s->machine.device, s->cert, err)) != VOX_OK)
            return VOX_E_IO;
        cert_fingerprint(s->cert, fingerprint);
        (void)snprintf(detail, sizeof detail, "certificate %s", fingerprint);
    }
    if ((code = state_audit(st, s, "fetch", s->machine.device, detail, err)) != VOX_OK)
        return code;
    code = state_phone_of(st, s, &p, err);
    return code == VOX_OK ? complete(st, s, &p, err) : code == VOX_E_NOT_FOUND ? VOX_OK : code;
}

static enum vox_err record_deleted(struct state *st, struct session *s, struct vox_error *err)
{
    struct phone p;
    enum vox_err code = state_audit(st, s, "delete", s->machine.device, "the phone's certificate", err);

    if (code != VOX_OK)
        return code;
    code = phone_get(st->store, s->machine.device, &p, err);
    if (code != VOX_OK)
        return code == VOX_E_NOT_FOUND ? VOX_OK : code;
    p.lsc[0] = '\0';
    p.lsc_not_after = 0;
    if (p.operation != s->operation || strcmp(p.operation_id, s->operation_id) != 0)
        return phone_put(st->store, &p, err);
    return complete(st, s, &p, err);
}

void state_record(struct state *st, struct session *s, const struct capf_message *m)
{
    struct capf_step step;
    struct vox_error err;
    enum vox_err code;

    if (round_store(st, s, &err) != VOX_OK)
        return;
    switch (s->machine.pending) {
    case CAPF_R_ISSUED:
        code = record_stored(st, s, &err);
        break;
    case CAPF_R_DELETED:
        code = record_deleted(st, s, &err);
        break;
    default:
        code = record_fetched(st, s, m, &err);
    }
    if (code == VOX_E_INPUT && s->machine.pending == CAPF_R_FETCHED)
        code = capf_session_refuse(&s->machine, CAPF_DECLINED, CAPF_R_DECLINED, "what it shows is no certificate",
                                   &step, &err);
    else if (code == VOX_E_IO && s->machine.pending == CAPF_R_FETCHED)
        code = capf_session_later(&s->machine, err.text, &step, &err); /* its own file, nobody else's trouble */
    else if (code == VOX_OK)
        code = capf_session_recorded(&s->machine, &step, &err);
    else {
        round_fail(st, &err);
        return;
    }
    round_step(st, s, code, &step, &err);
}

void state_unfinished(struct state *st, struct session *s, const struct capf_step *step)
{
    char reason[PHONE_REASON_MAX + 1];
    struct vox_error err;
    struct phone p;
    enum vox_err code;

    switch (step->result) {
    case CAPF_R_REFUSED:
    case CAPF_R_DECLINED:
    case CAPF_R_KEY:
    case CAPF_R_LATER:
    case CAPF_R_PROTOCOL:
    case CAPF_R_LOST:
        break;
    default:
        return;
    }
    if (round_store(st, s, &err) != VOX_OK)
        return;
    code = state_phone_of(st, s, &p, &err);
    if (code != VOX_OK) {
        if (code != VOX_E_NOT_FOUND)
            round_fail(st, &err);
        return;
    }
    if (step->result == CAPF_R_LATER) {
        if (p.state != PHONE_ISSUED)
            code = state_phone_set(st, &p, PHONE_PENDING, s->waits_for_ca ? STATE_WAITS_FOR_CA : "", &err);
    } else if (step->result != CAPF_R_LOST || p.state != PHONE_ISSUED) { /* issued and recorded: it comes again */
        (void)snprintf(reason, sizeof reason, "%s: %.150s", capf_result_word(step->result),
                       step->why[0] != '\0' ? step->why : "the session ended");
        code = state_phone_set(st, &p, PHONE_FAILED, reason, &err);
        if (code == VOX_OK && step->result == CAPF_R_DECLINED) /* it lost the key: it makes another one */
            code = state_offline_done(st, s, &err);
    }
    if (code != VOX_OK)
        round_fail(st, &err);
}
