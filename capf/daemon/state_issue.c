/* From a phone's key to its certificate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/ledger.h>
#include <libcert/log.h>
#include <libcert/name.h>

#include "state_parts.h"

enum { ID_HEX = 2 * CAPF_REQUEST_ID_LEN + 1 };

static void refuse(struct state *st, struct session *s, enum capf_result result, const char *why)
{
    struct capf_step step;
    struct vox_error err;
    enum vox_err code = capf_session_refuse(&s->machine, CAPF_DECLINED, result, why, &step, &err);

    round_step(st, s, code, &step, &err);
}

/* The certificate is in the ledger when the round is: off it goes with the round. */
static void hand_out(struct state *st, struct session *s, struct cert *c)
{
    struct capf_step step;
    struct vox_error err;
    enum vox_err code;

    cert_free(&s->cert);
    s->cert = cert_ref(c);
    state_not_issuing(st, s);
    code = capf_session_issued(&s->machine, cert_der(c), &step, &err);
    round_step(st, s, code, &step, &err);
    serve_count(COUNT_ISSUES);
    serve_add(COUNT_ISSUE_MILLISECONDS, (uint64_t)(state_milliseconds() - s->issue_since));
}

/* The phone whose order this certificate answers, if that order still stands. */
static enum vox_err mark_issued(struct state *st, const char *device, const struct capf_request *r, struct cert *c,
                                struct vox_error *err)
{
    uint8_t id[CAPF_REQUEST_ID_LEN];
    struct phone p;
    enum vox_err code = phone_get(st->store, device, &p, err);

    if (code != VOX_OK)
        return code == VOX_E_NOT_FOUND ? VOX_OK : code; /* removed meanwhile: the ledger has it all the same */
    if (!capf_request_id(device, p.operation_id, cert_spki_der(c), id))
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (p.operation != PHONE_INSTALL || memcmp(id, r->id, sizeof id) != 0)
        return VOX_OK;
    return state_phone_set(st, &p, PHONE_ISSUED, "", err);
}

/* Is another phone's certificate on its way for the same key? */
static bool key_is_taken(const struct state *st, const struct session *s)
{
    const struct session *other;

    LIST_FOREACH(other, &st->issuing, issuing)
    {
        if (memcmp(other->spki_sha256, s->spki_sha256, sizeof s->spki_sha256) == 0 &&
            strcmp(other->machine.device, s->machine.device) != 0)
            return true;
    }
    return false;
}

static void ask_signer(struct state *st, struct session *s, const struct capf_message *m)
{
    struct ipc_message out = {.type = IPC_ISSUE, .request = s->request};
    struct vox_error err;
    enum vox_err code;

    out.request.ordered = s->ordered;
    out.request.public_key = m->public_key;
    memcpy(out.request.evidence, s->evidence, sizeof out.request.evidence);
    if ((code = ipc_write(&out, &s->asks, &err)) == VOX_OK)
        state_asks_signer(st, s);
    else if (code == VOX_E_INPUT)
        refuse(st, s, CAPF_R_KEY, err.text);
    else /* nothing is wrong with the key */
        round_later(st, s, err.text);
}

static enum vox_err issue(struct state *st, struct session *s, const struct capf_message *m, struct vox_error *err)
{
    char owner[PHONE_NAME_MAX + 1], hex[ID_HEX];
    struct ledger_entry known;
    struct phone p;
    enum vox_err code = state_phone_of(st, s, &p, err);

    if (code == VOX_E_NOT_FOUND) {
        refuse(st, s, CAPF_R_REFUSED, "the order was withdrawn meanwhile");
        return VOX_OK;
    }
    if (code != VOX_OK)
        return code;
    if (p.by != 0 && clock_now() > p.by) {
        refuse(st, s, CAPF_R_REFUSED, "late request: its time ended while it made its key");
        return VOX_OK;
    }
    if (EVP_Digest(m->public_key.data, m->public_key.len, s->spki_sha256, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    if ((code = ledger_key_owner(st->store, s->spki_sha256, owner, err)) != VOX_OK)
        return code;
    if ((owner[0] != '\0' && strcmp(owner, s->machine.device) != 0) || key_is_taken(st, s)) {
        refuse(st, s, CAPF_R_KEY, "another phone has this key");
        return VOX_OK;
    }
    if (!capf_request_id(s->machine.device, s->operation_id, m->public_key, s->request.id))
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    (void)snprintf(s->request.device, sizeof s->request.device, "%s", s->machine.device);
    s->has_request = true;
    s->issue_since = state_milliseconds();
    hex_encode(s->request.id, sizeof s->request.id, hex);
    code = ledger_by_request(st->store, hex, &known, err);
    if (code == VOX_E_NOT_FOUND) {
        bool kept;

        if ((code = state_offline_keep(st, s, m, &kept, err)) == VOX_OK && !kept)
            ask_signer(st, s, m);
        return code;
    }
    if (code != VOX_OK)
        return code;
    if ((code = mark_issued(st, s->machine.device, &s->request, known.cert, err)) == VOX_OK)
        hand_out(st, s, known.cert);
    ledger_entry_clear(&known);
    return code;
}

void state_issue(struct state *st, struct session *s, const struct capf_message *m)
{
    struct vox_error err;

    if (round_store(st, s, &err) == VOX_OK && issue(st, s, m, &err) != VOX_OK)
        round_fail(st, &err);
}

void state_store_is_older(struct state *st)
{
    if (!st->compare_all)
        log_line(LOG_LEVEL_NOTICE,
                 "the store is another than before, as after a restore: all that the signer's journal "
                 "holds is compared with it");
    st->compare_all = true;
    st->out_of_step = true;
    st->reconciled = false;
}

/* Did a phone ask for it just now? The signer has verified what it made then. */
static bool is_fresh(const struct state *st, const struct ipc_message *m, const uint8_t *spki_sha256)
{
    const struct session *s;

    LIST_FOREACH(s, &st->issuing, issuing)
    {
        if (memcmp(s->request.id, m->request.id, sizeof s->request.id) == 0 && st->reconciled && s->tries == 1)
            return memcmp(s->spki_sha256, spki_sha256, sizeof s->spki_sha256) == 0;
    }
    return false;
}

/* What stood in the journal: a certificate for that device by a CA of this cluster? VOX_E_NO if not. */
static enum vox_err examine(struct state *st, const char *device, const struct cert *c, struct vox_error *err)
{
    struct capf_trust trust;
    char *name = NULL;
    bool fits;
    enum vox_err code = state_trust_current(st, &trust, err);

    if (code != VOX_OK)
        return code;
    if ((code = name_common_name(cert_subject_der(c), &name, err)) == VOX_E_MEMORY)
        return code;
    fits = code == VOX_OK && strcmp(name, device) == 0;
    free(name);
    if (!fits)
        return vox_fail(err, VOX_E_NO, "it is for another device");
    for (size_t i = 0; i < trust.nissuers; i++)
        if (bytes_equal(cert_subject_der(trust.issuers[i]), cert_issuer_der(c)) &&
            cert_verify_signed_by(c, trust.issuers[i]))
            return VOX_OK;
    return vox_fail(err, VOX_E_NO, "no certificate of CAPF in the store, present or former, has signed it");
}

/* The result into the ledger, unless it is there. VOX_E_NO: it stood in the journal, and is not what it should be.
 * *foreign: the key is another phone's; recorded, but not handed out. m->recorded: VOX_E_NOT_FOUND when it is not
 * there. */
static enum vox_err enter(struct state *st, const struct ipc_message *m, struct cert *c, bool *foreign,
                          struct vox_error *err)
{
    const struct capf_request *r = &m->request;
    struct ledger_entry e = {.cert = c, .issued = clock_now()}, known;
    char owner[PHONE_NAME_MAX + 1], fingerprint[CERT_FINGERPRINT_MAX], detail[96];
    struct bytes_view spki = cert_spki_der(c);
    uint8_t digest[CERT_SHA256_LEN];
    enum vox_err code;

    if (EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    if ((code = ledger_key_owner(st->store, digest, owner, err)) != VOX_OK)
        return code;
    *foreign = owner[0] != '\0' && strcmp(owner, r->device) != 0;
    hex_encode(r->id, sizeof r->id, e.request);
    (void)snprintf(e.device, sizeof e.device, "%s", r->device);
    if ((code = ledger_by_request(st->store, e.request, &known, err)) == VOX_OK) {
        bool same = cert_same(known.cert, c) && strcmp(known.device, e.device) == 0;

        ledger_entry_clear(&known);
        return same ? VOX_OK
                    : vox_fail(err, VOX_E_STORE,
                               "the signer made another certificate for request %s of %s than the "
                               "ledger has",
                               e.request, e.device);
    }
    if (code != VOX_E_NOT_FOUND || m->recorded)
        return code;
    if ((!is_fresh(st, m, digest) && (code = examine(st, r->device, c, err)) != VOX_OK) ||
        (code = ledger_add(st->store, &e, err)) != VOX_OK)
        return code;
    cert_fingerprint(c, fingerprint);
    (void)snprintf(detail, sizeof detail, "certificate %s", fingerprint);
    return state_audit(st, NULL, "issue", r->device, detail, err);
}

static void answer_later(struct state *st, const struct ipc_message *m, const char *why)
{
    struct session *s, *next;

    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (memcmp(s->request.id, m->request.id, sizeof s->request.id) != 0)
            continue;
        round_enter(st, s);
        round_later(st, s, why);
    }
}

enum vox_err state_issued(struct state *st, const struct ipc_message *m, struct vox_error *err)
{
    struct session *s, *next;
    struct vox_error why;
    struct cert *c;
    bool foreign = false;
    enum vox_err code = cert_from_der(m->bytes.data, m->bytes.len, &c, err);

    if (code == VOX_E_MEMORY) { /* which is not the signer's fault: it tells it again */
        log_line(LOG_LEVEL_ERROR, "%s: the signer's result is asked for again: %s", m->request.device, err->text);
        st->out_of_step = true;
        return VOX_OK;
    }
    if (code != VOX_OK)
        return code;
    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (memcmp(s->request.id, m->request.id, sizeof s->request.id) != 0)
            continue;
        round_enter(st, s);
        s->uses_store = true; /* also when the transaction cannot be begun below */
    }
    if (round_store(st, NULL, &why) != VOX_OK) {
        st->out_of_step = true;
        goto out;
    }
    if ((code = enter(st, m, c, &foreign, &why)) == VOX_E_NOT_FOUND) {
        state_store_is_older(st); /* those that wait for it get it then */
        code = VOX_OK;
        goto out;
    }
    if (code == VOX_E_NO) { /* RECORDED is not said: it stays in the journal */
        char fingerprint[CERT_FINGERPRINT_MAX];

        cert_fingerprint(c, fingerprint);
        log_line(LOG_LEVEL_ERROR,
                 "%s: the signer's journal holds certificate %s, which the ledger does not take: %s; it stays there",
                 m->request.device, fingerprint, why.text);
        answer_later(st, m, "its certificate in the journal is not what it should be");
        code = VOX_OK;
        goto out;
    }
    /* What is told as recorded is old news to the phone's record. */
    if (code != VOX_OK || (!m->recorded && mark_issued(st, m->request.device, &m->request, c, &why) != VOX_OK)) {
        round_fail(st, &why);
        st->out_of_step = true;
        goto out;
    }
    round_recorded(st, m->request.id);
    if (foreign)
        log_line(LOG_LEVEL_ERROR, "%s: a certificate for another phone's key was recorded; it is not handed out",
                 m->request.device);
    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (memcmp(s->request.id, m->request.id, sizeof s->request.id) != 0)
            continue;
        if (foreign)
            refuse(st, s, CAPF_R_KEY, "another phone has this key");
        else
            hand_out(st, s, c);
    }
out:
    cert_free(&c);
    return VOX_OK;
}

void state_not_issued(struct state *st, const struct ipc_message *m)
{
    struct session *s, *next;

    for (s = LIST_FIRST(&st->issuing); s != NULL; s = next) {
        next = LIST_NEXT(s, issuing);
        if (memcmp(s->request.id, m->request.id, sizeof s->request.id) != 0)
            continue;
        round_enter(st, s);
        if (m->type == IPC_REFUSED)
            refuse(st, s, CAPF_R_KEY, m->text);
        else
            round_later(st, s, m->text);
    }
}
