/* Is it the phone that it says, and what is it to do? */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/inventory.h>
#include <libcert/ledger.h>

#include "state_parts.h"

enum { PEER_MAX = sizeof((struct session *)NULL)->peer };

/* The address without its port. */
static void address_of(const char *peer, char out[static PEER_MAX])
{
    char *end;

    (void)snprintf(out, PEER_MAX, "%s", peer[0] == '[' ? peer + 1 : peer);
    if ((end = strrchr(out, peer[0] == '[' ? ']' : ':')) != NULL)
        *end = '\0';
}

/* As phones.h wants it: of IPv6 the /64, since a host has all of one. */
static void source_of(const char *peer, char *out, size_t outlen)
{
    char address[PEER_MAX];
    struct in6_addr six;

    address_of(peer, address);
    if (inet_pton(AF_INET6, address, &six) == 1) {
        memset(six.s6_addr + 8, 0, 8);
        char text[INET6_ADDRSTRLEN];
        (void)snprintf(out, outlen, "%s/64", inet_ntop(AF_INET6, &six, text, sizeof text) != NULL ? text : "::");
    } else {
        (void)snprintf(out, outlen, "%s", address[0] != '\0' ? address : "unknown");
    }
}

static enum vox_err try_string(struct state *st, const struct session *s, const struct capf_message *m, int64_t now,
                               struct vox_error *err)
{
    char source[80], when[CLOCK_RFC3339_MAX];
    struct vox_error counting;
    int64_t until;
    enum vox_err code;

    source_of(s->peer, source, sizeof source);
    if ((code = phone_source_locked(st->store, source, now, &until, err)) != VOX_OK)
        return code;
    if (until > 0) {
        clock_format(until, when);
        return vox_fail(err, VOX_E_NO, "its address waits until %s after wrong authentication strings", when);
    }
    code = phone_string_try(st->store, st->strings, s->machine.device, m->password.data, m->password.len, now, err);
    if (code == VOX_E_NO && m->password.len > 0 && phone_source_wrong(st->store, source, now, &counting) != VOX_OK) {
        if (err != NULL)
            *err = counting;
        return counting.code;
    }
    return code;
}

struct search {
    const char *fingerprint;
    bool found;
};

static bool is_it(void *arg, const struct ledger_entry *e)
{
    struct search *search = arg;
    char fingerprint[CERT_FINGERPRINT_MAX];

    cert_fingerprint(e->cert, fingerprint);
    search->found = strcmp(fingerprint, search->fingerprint) == 0;
    return !search->found;
}

static enum vox_err try_certificate(struct state *st, const struct session *s, const struct capf_message *m,
                                    const struct phone *p, int64_t now, struct capf_proof_result *result,
                                    struct vox_error *err)
{
    struct capf_trust trust;
    const struct capf_proof_params params = {
        .device = s->machine.device, .mode = p->proof, .trust = &trust, .now = now, .session = s->machine.id};
    struct search search = {.fingerprint = result->fingerprint};
    enum vox_err code;

    if ((code = state_trust_current(st, &trust, err)) != VOX_OK)
        return code;
    if ((code = capf_proof_check(m, &params, result, err)) != VOX_OK || result->kind != CAPF_LSC)
        return code;
    /* An LSC of our own that we do not know was made by somebody else with our key. */
    if ((code = ledger_each(st->store, p->name, is_it, &search, err)) != VOX_OK)
        return code;
    return search.found ? VOX_OK
                        : vox_fail(err, VOX_E_NO, "its LSC %.16s... was not issued to it here", result->fingerprint);
}

/* VOX_OK, VOX_E_NO with the reason, or what does not work. p NULL: an unknown device, for which the work is the same.
 */
static enum vox_err prove(struct state *st, const struct session *s, const struct capf_message *m,
                          const struct phone *p, int64_t now, struct capf_proof_result *result, struct vox_error *err)
{
    const struct capf_message nothing = {0};
    struct vox_error ignored;
    enum vox_err code, same_work;

    *result = (struct capf_proof_result){0};
    if (p == NULL || p->proof == PHONE_BY_STRING)
        return try_string(st, s, m, now, err);
    if (p->proof == PHONE_BY_NULL)
        return VOX_OK;
    code = try_certificate(st, s, m, p, now, result, err);
    if (code == VOX_E_NO && (same_work = try_string(st, s, &nothing, now, &ignored)) != VOX_E_NO &&
        same_work != VOX_OK) {
        *err = ignored;
        code = same_work;
    }
    return code;
}

/* What the signer's journal keeps of how the device proved itself. */
static bool make_evidence(const struct session *s, const struct phone *p, const struct capf_proof_result *result,
                          uint8_t out[static CAPF_EVIDENCE_LEN])
{
    char text[512];
    int len =
        snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s\n%s\n%08x\n", p->name, p->operation_id,
                 phone_proof_word(p->proof), result->fingerprint, result->sudi ? "sudi" : "", s->peer, s->machine.id);

    return len > 0 && (size_t)len < sizeof text && EVP_Digest(text, (size_t)len, out, NULL, EVP_sha256(), NULL) > 0;
}

static struct capf_plan plan_for(const struct phone *p)
{
    struct capf_plan plan = {.what = CAPF_PLAN_NOTHING, .key = p->key};

    if (p->operation == PHONE_INSTALL)
        plan.what = CAPF_PLAN_INSTALL;
    else if (p->operation == PHONE_FETCH)
        plan.what = CAPF_PLAN_FETCH;
    else if (p->operation == PHONE_DELETE)
        plan.what = CAPF_PLAN_DELETE;
    return plan;
}

/* It was here: for who asks which phones are still about. A null string proves nothing. */
static enum vox_err note_seen(struct state *st, const struct session *s, const struct phone *p, int64_t now,
                              struct vox_error *err)
{
    struct inventory_phone seen = {.seen = now, .how = "capf"};
    char address[PEER_MAX];

    if (p->proof == PHONE_BY_NULL)
        return VOX_OK;
    address_of(s->peer, address);
    (void)snprintf(seen.name, sizeof seen.name, "%s", p->name);
    if (strlen(address) < sizeof seen.address)
        memcpy(seen.address, address, strlen(address) + 1);
    return inventory_note(st->store, &seen, err);
}

/* It is the phone. */
static enum vox_err welcome(struct state *st, struct session *s, struct phone *p,
                            const struct capf_proof_result *result, int64_t now, struct vox_error *err)
{
    const struct capf_plan plan = plan_for(p);
    char by[CLOCK_RFC3339_MAX], why[80];
    struct capf_step step;
    enum vox_err code = note_seen(st, s, p, now, err);

    if (code != VOX_OK)
        return code;
    if (p->by != 0 && now > p->by) {
        clock_format(p->by, by);
        (void)snprintf(why, sizeof why, "late request: was to be complete by %s", by);
        if ((code = state_phone_set(st, p, PHONE_FAILED, why, err)) != VOX_OK)
            return code;
        code = capf_session_refuse(&s->machine, CAPF_DECLINED, CAPF_R_REFUSED, why, &step, err);
        round_step(st, s, code, &step, err);
        return VOX_OK;
    }
    if (!make_evidence(s, p, result, s->evidence))
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    s->proved = true;
    s->operation = p->operation;
    s->ordered = p->key;
    memcpy(s->operation_id, p->operation_id, sizeof s->operation_id);
    if ((code = state_phone_set(st, p, PHONE_IN_PROGRESS, "", err)) != VOX_OK)
        return code;
    if (p->operation == PHONE_INSTALL) {
        bool found;

        if ((code = state_offline_answer(st, s, p, &step, &found, err)) != VOX_OK || found) {
            if (code == VOX_OK)
                round_step(st, s, code, &step, err);
            return code;
        }
    }
    code = capf_session_plan(&s->machine, &plan, &step, err);
    round_step(st, s, code, &step, err);
    return VOX_OK;
}

static enum vox_err decide(struct state *st, struct session *s, const struct capf_message *m, struct vox_error *err)
{
    const struct capf_plan nothing = {.what = CAPF_PLAN_NOTHING};
    const int64_t now = clock_now();
    struct capf_proof_result result;
    struct capf_step step;
    struct phone p;
    enum vox_err code = phone_get(st->store, s->machine.device, &p, err);
    bool known = code == VOX_OK;

    if (!known && code != VOX_E_NOT_FOUND)
        return code;
    if (known && (p.operation == PHONE_NONE || p.not_before > now)) {
        code = capf_session_plan(&s->machine, &nothing, &step, err);
        round_step(st, s, code, &step, err);
        return VOX_OK;
    }
    code = prove(st, s, m, known ? &p : NULL, now, &result, err);
    if (code == VOX_OK && known)
        return welcome(st, s, &p, &result, now, err);
    if (code != VOX_E_NO && code != VOX_OK)
        return code;
    char why[VOX_ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", code == VOX_OK ? "there is no such phone" : err->text);
    if (known && p.proof != PHONE_BY_STRING && CAPF_HAS(m, CAPF_CERTIFICATE) &&
        (code = state_phone_set(st, &p, PHONE_FAILED, why, err)) != VOX_OK)
        return code;
    code = capf_session_refuse(&s->machine, CAPF_UNKNOWN_DEVICE, CAPF_R_REFUSED, why, &step, err);
    round_step(st, s, code, &step, err);
    return VOX_OK;
}

void state_authorize(struct state *st, struct session *s, const struct capf_message *m)
{
    struct vox_error err;

    if (round_store(st, s, &err) == VOX_OK && decide(st, s, m, &err) != VOX_OK)
        round_fail(st, &err);
}
