/* A CA that is elsewhere: keys are kept for it, and its answers are handed out. Source: docs/formats/capf.md 7. */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/carequests.h>
#include <libcert/clock.h>
#include <libcert/ledger.h>

#include "sign_issuer.h"
#include "state_parts.h"

_Static_assert((int)CA_REQUEST_KEY_MAX >= (int)CAPF_SPKI_MAX, "every key that is taken can be kept");
_Static_assert((int)CA_REQUEST_EVIDENCE_LEN == (int)CAPF_EVIDENCE_LEN, "evidence is kept as it is");

/* The CA's certificate, of CAPF-trust. */
static enum vox_err find_issuer(struct state *st, struct cert **out, struct vox_error *err)
{
    struct store_binding_filter f = {.place = "CAPF-trust", .state = -1, .live = true};
    struct store_binding *list = NULL;
    struct ca_issuers known;
    size_t n = 0;
    enum vox_err code = ca_offline_issuers(st->store, &known, err);

    *out = NULL;
    f.fingerprint_prefix = known.n > 0 ? known.fingerprint[0] : NULL;
    if (code == VOX_OK && known.n > 0)
        code = store_bindings(st->store, &f, &list, &n, err);
    if (code == VOX_OK && n > 0 && list[0].cert != NULL)
        *out = cert_ref(list[0].cert);
    store_bindings_free(&list, n);
    return code;
}

/* What the CA would refuse is refused at once: nobody carries it there. */
static enum vox_err check_key(struct state *st, const struct capf_request *r, bool *good, struct vox_error *why,
                              struct vox_error *err)
{
    struct capf_issuer i = {0};
    struct cert *c = NULL;
    enum vox_err code = sign_profile_read(st->store, &i.profile, err);

    *good = false;
    if (code == VOX_OK && (code = find_issuer(st, &c, err)) == VOX_OK && c == NULL) {
        (void)vox_fail(why, VOX_E_NO, "the CA's certificate is not in CAPF-trust any more: voxcapf ca mode offline");
    } else if (code == VOX_OK) {
        i.cert = c;
        if ((code = capf_key_check(&i, r, why)) == VOX_OK)
            *good = true;
        else if (code == VOX_E_NO)
            code = VOX_OK;
        else if (err != NULL)
            *err = *why;
    }
    cert_free(&c);
    return code;
}

static enum vox_err keep(struct state *st, struct session *s, const struct capf_message *m, struct vox_error *err)
{
    struct ca_request r = {.ordered = s->ordered, .asked = clock_now(), .public_key_len = m->public_key.len};
    struct ca_request known = {.request = ""};
    char detail[96];
    enum vox_err code;

    (void)snprintf(r.device, sizeof r.device, "%s", s->machine.device);
    (void)snprintf(r.operation_id, sizeof r.operation_id, "%s", s->operation_id);
    hex_encode(s->request.id, sizeof s->request.id, r.request);
    memcpy(r.evidence, s->evidence, sizeof r.evidence);
    memcpy(r.public_key, m->public_key.data, m->public_key.len);
    code = ca_request_of(st->store, r.device, &known, err);
    if (code == VOX_OK && strcmp(known.request, r.request) == 0)
        return VOX_OK; /* the same key again: it waits since it came first */
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    if ((code = ca_request_put(st->store, &r, err)) != VOX_OK)
        return code;
    (void)snprintf(detail, sizeof detail, "request %s waits for the CA%s", r.request,
                   known.request[0] != '\0' ? ", in place of an older one" : "");
    return state_audit(st, s, "keep", r.device, detail, err);
}

enum vox_err state_offline_keep(struct state *st, struct session *s, const struct capf_message *m, bool *kept,
                                struct vox_error *err)
{
    struct capf_request r = s->request;
    struct capf_step step;
    struct vox_error why;
    bool good;
    enum vox_err code = ca_offline(st->store, kept, err);

    if (code != VOX_OK || !*kept)
        return code;
    r.ordered = s->ordered;
    r.public_key = m->public_key;
    if ((code = check_key(st, &r, &good, &why, err)) != VOX_OK)
        return code;
    if (!good) {
        code = capf_session_refuse(&s->machine, CAPF_DECLINED, CAPF_R_KEY, why.text, &step, err);
        round_step(st, s, code, &step, err);
        return VOX_OK;
    }
    if ((code = keep(st, s, m, err)) != VOX_OK)
        return code;
    s->waits_for_ca = true;
    round_later(st, s, STATE_WAITS_FOR_CA);
    return VOX_OK;
}

enum vox_err state_offline_answer(struct state *st, struct session *s, struct phone *p, struct capf_step *step,
                                  bool *found, struct vox_error *err)
{
    struct capf_plan plan = {.what = CAPF_PLAN_STORE};
    struct ledger_entry e;
    struct ca_request r;
    struct bytes id = {NULL, 0};
    enum vox_err code = ca_request_of(st->store, p->name, &r, err);

    *found = false;
    if (code != VOX_OK || strcmp(r.operation_id, p->operation_id) != 0)
        return code == VOX_E_NOT_FOUND ? VOX_OK : code;
    if ((code = ledger_by_request(st->store, r.request, &e, err)) != VOX_OK)
        return code == VOX_E_NOT_FOUND ? VOX_OK : code;
    if ((code = hex_decode(r.request, &id, err)) == VOX_OK && id.len == sizeof s->request.id) {
        memcpy(s->request.id, id.data, id.len);
        (void)snprintf(s->request.device, sizeof s->request.device, "%s", p->name);
        s->has_request = true;
        cert_free(&s->cert);
        s->cert = cert_ref(e.cert);
        plan.certificate = cert_der(e.cert);
        *found = true;
        if ((code = state_phone_set(st, p, PHONE_ISSUED, "", err)) == VOX_OK)
            code = capf_session_plan(&s->machine, &plan, step, err);
    }
    bytes_free(&id);
    ledger_entry_clear(&e);
    return code;
}

enum vox_err state_offline_done(struct state *st, struct session *s, struct vox_error *err)
{
    char hex[2 * CAPF_REQUEST_ID_LEN + 1];
    struct ca_request r;
    enum vox_err code;

    if (!s->has_request)
        return VOX_OK;
    hex_encode(s->request.id, sizeof s->request.id, hex);
    code = ca_request_of(st->store, s->request.device, &r, err);
    if (code == VOX_OK && strcmp(r.request, hex) == 0)
        code = ca_request_remove(st->store, r.device, err);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}
