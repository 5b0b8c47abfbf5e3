#include <string.h>

#include <openssl/rand.h>

#include <libcert/clock.h>
#include <libcert/log.h>

#include "sign_parts.h"

/* --- a request comes in --- */

static bool same_content(const char *device, const uint8_t *spki_sha256, const struct capf_request *r,
                         const uint8_t *hash)
{
    return strcmp(device, r->device) == 0 && memcmp(spki_sha256, hash, CERT_SHA256_LEN) == 0;
}

/* An id is a hash over what was asked: two requests under one id are a fault or an attack. */
static void refuse_id(struct serve_link *l, const struct capf_request *r, const char *other)
{
    log_line(LOG_LEVEL_ERROR, "%s: its request has the id of another one, of %s", r->device, other);
    sign_refuse(l, r, "another request has this id");
}

static size_t queued_of(const char *device)
{
    size_t n = 0;

    for (size_t i = 0; i < signer.n; i++)
        n += device == NULL || strcmp(signer.group[i].request.device, device) == 0;
    return n;
}

static bool under_caps(struct serve_link *l, const struct capf_request *r, int64_t now)
{
    const struct capf_profile *p = &signer.issuer.profile;

    if (sign_known_of_device(&signer.known, r->device, now, p->per_device_day) + queued_of(r->device) >=
        p->per_device_day) {
        sign_alarm(l, r, "it", "per-device-day", p->per_device_day);
        return false;
    }
    if (p->per_hour > 0 && sign_known_in_hour(&signer.known, now) + queued_of(NULL) >= p->per_hour) {
        sign_alarm(l, r, "all devices together", "per-hour", p->per_hour);
        return false;
    }
    return true;
}

static struct sign_waiting *enqueue(struct serve_link *l, const struct capf_request *r, const uint8_t *hash)
{
    struct sign_waiting *w = &signer.group[signer.n++];

    *w = (struct sign_waiting){.link = l, .request = *r, .time = clock_now()};
    memcpy(w->public_key, r->public_key.data, r->public_key.len); /* the message goes */
    w->request.public_key.data = w->public_key;
    memcpy(w->spki_sha256, hash, sizeof w->spki_sha256);
    return w;
}

static void prepare(struct serve_link *l, const struct capf_request *r, const uint8_t *hash)
{
    uint8_t serial[CAPF_SERIAL_LEN];

    if (signer.issuer.key == NULL) { /* a new signer is about to start */
        sign_later(l, r, "the CA was elsewhere until now, and its key here is not read yet");
        return;
    }
    if (!under_caps(l, r, clock_now()))
        return;
    if (r->public_key.len > CAPF_SPKI_MAX) {
        sign_refuse(l, r, "the public key is too long");
        return;
    }
    if (RAND_bytes(serial, sizeof serial) <= 0) {
        sign_later(l, r, "no random numbers for a serial number");
        return;
    }
    memcpy(enqueue(l, r, hash)->serial, serial, sizeof serial);
}

void sign_issue(struct serve_link *l, const struct capf_request *r)
{
    uint8_t hash[CERT_SHA256_LEN];
    const struct sign_request *q;
    struct vox_error err;

    if (EVP_Digest(r->public_key.data, r->public_key.len, hash, NULL, EVP_sha256(), NULL) <= 0) {
        sign_later(l, r, "the public key cannot be hashed");
        return;
    }
    if (sign_journal_follow(signer.journal, &signer.known, &err) != VOX_OK)
        log_line(LOG_LEVEL_WARNING, "%s", err.text);
    if ((q = sign_known_find(&signer.known, r->id)) != NULL) {
        if (!same_content(q->device, q->spki_sha256, r, hash)) {
            refuse_id(l, r, q->device);
            return;
        }
        if (q->length > 0) {
            sign_answer_known(l, r, q);
            return;
        }
    }
    for (size_t i = 0; i < signer.n; i++) {
        const struct sign_waiting *w = &signer.group[i];

        if (memcmp(w->request.id, r->id, sizeof r->id) != 0)
            continue;
        if (!same_content(w->request.device, w->spki_sha256, r, hash)) {
            refuse_id(l, r, w->request.device);
        } else { /* both get what the first gets */
            enqueue(l, r, hash)->again = true;
        }
        goto full;
    }
    prepare(l, r, hash);
full:
    if (signer.n == SIGN_GROUP_MAX)
        sign_settle();
}

/* --- a group is examined --- */

static void leave_out(struct sign_waiting *w, enum vox_err code, const char *why)
{
    if (code == VOX_E_NO)
        sign_refuse(w->link, &w->request, why);
    else
        sign_later(w->link, &w->request, why);
    w->refused = true;
}

static void drop_refused(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < signer.n; i++) {
        if (signer.group[i].refused)
            continue;
        if (kept != i) {
            signer.group[kept] = signer.group[i];
            signer.group[kept].request.public_key.data = signer.group[kept].public_key;
        }
        kept++;
    }
    signer.n = kept;
}

/* Checked, built, linted: all that can be refused is refused here, before the journal hears of it. */
static void examine(void)
{
    static struct capf_drafting jobs[SIGN_GROUP_MAX];
    struct sign_waiting *asks[SIGN_GROUP_MAX];
    size_t n = 0;

    for (size_t i = 0; i < signer.n; i++) {
        struct sign_waiting *w = &signer.group[i];

        if (w->again)
            continue;
        jobs[n] = (struct capf_drafting){.request = &w->request, .serial = w->serial, .now = w->time};
        asks[n++] = w;
    }
    capf_drafts_make(&signer.issuer, jobs, n);
    for (size_t k = 0; k < n; k++) {
        asks[k]->draft = jobs[k].draft;
        if (jobs[k].code == VOX_OK)
            continue;
        leave_out(asks[k], jobs[k].code, jobs[k].err.text);
        for (size_t i = 0; i < signer.n; i++)
            if (signer.group[i].again &&
                memcmp(signer.group[i].request.id, asks[k]->request.id, CAPF_REQUEST_ID_LEN) == 0)
                leave_out(&signer.group[i], jobs[k].code, jobs[k].err.text);
    }
    drop_refused();
}

/* --- a group is made durable --- */

static struct capf_journal_record intent_of(const struct sign_waiting *w)
{
    struct capf_journal_record r = {.type = CAPF_JOURNAL_INTENT, .time = w->time};

    memcpy(r.id, w->request.id, sizeof r.id);
    memcpy(r.device, w->request.device, sizeof r.device);
    memcpy(r.serial, w->serial, sizeof r.serial);
    memcpy(r.spki_sha256, w->spki_sha256, sizeof r.spki_sha256);
    memcpy(r.evidence, w->request.evidence, sizeof r.evidence);
    return r;
}

/* All intents, then the disk has them. */
static enum vox_err write_intents(struct vox_error *err)
{
    struct capf_journal_record r;
    enum vox_err code = sign_known_room(&signer.known, signer.n, err);

    for (size_t i = 0; i < signer.n && code == VOX_OK; i++) {
        struct sign_waiting *w = &signer.group[i];

        if (w->draft == NULL)
            continue;
        r = intent_of(w);
        if ((code = sign_journal_add(signer.journal, &r, &w->at, err)) != VOX_OK)
            sign_journal_drop(signer.journal);
    }
    return code == VOX_OK ? sign_journal_write(signer.journal, true, err) : code;
}

/* From here on they count, whatever comes of them: what an intent says may have been signed. */
static void know_intents(void)
{
    for (size_t i = 0; i < signer.n; i++) {
        const struct sign_waiting *w = &signer.group[i];
        struct capf_journal_record r;

        if (w->draft == NULL)
            continue;
        r = intent_of(w);
        (void)sign_known_intent(&signer.known, &r, w->at); /* write_intents() made room */
    }
}

/* Each is signed; those that cannot be get their answer. */
static void sign_each(void)
{
    struct vox_error err;

    for (size_t i = 0; i < signer.n; i++) {
        struct sign_waiting *w = &signer.group[i];

        if (w->draft != NULL && capf_draft_sign(w->draft, &w->cert, &err) != VOX_OK) {
            log_line(LOG_LEVEL_ERROR, "%s: %s%s%s", w->request.device, err.text, err.detail[0] != '\0' ? ": " : "",
                     err.detail);
            sign_later(w->link, &w->request, err.text);
            w->link = NULL;
        }
    }
}

static enum vox_err write_results(struct vox_error *err)
{
    enum vox_err code;

    for (size_t i = 0; i < signer.n; i++) {
        struct sign_waiting *w = &signer.group[i];
        struct capf_journal_record r = {.type = CAPF_JOURNAL_RESULT};

        if (w->cert == NULL)
            continue;
        memcpy(r.id, w->request.id, sizeof r.id);
        r.certificate = cert_der(w->cert);
        if ((code = sign_journal_add(signer.journal, &r, &w->at, err)) != VOX_OK) {
            sign_journal_drop(signer.journal);
            return code;
        }
    }
    return sign_journal_write(signer.journal, true, err);
}

/* Results that no file holds are not handed out. Their intents stay behind without a result: void. */
static void all_later(const char *why)
{
    for (size_t i = 0; i < signer.n; i++)
        if (signer.group[i].link != NULL)
            sign_later(signer.group[i].link, &signer.group[i].request, why);
}

static void know_results(void)
{
    for (size_t i = 0; i < signer.n; i++) {
        const struct sign_waiting *w = &signer.group[i];
        struct sign_request *q;

        if (w->cert == NULL || (q = sign_known_newest(&signer.known, w->request.id, 0)) == NULL)
            continue;
        q->result = w->at + CAPF_JOURNAL_CERTIFICATE_AT;
        q->length = (uint32_t)cert_der(w->cert).len;
    }
}

static void answer_each(void)
{
    for (size_t i = 0; i < signer.n; i++) {
        const struct sign_waiting *w = &signer.group[i];
        const struct sign_request *q;
        char serial[2 * CAPF_SERIAL_LEN + 1];

        if (w->cert != NULL) {
            hex_encode(w->serial, sizeof w->serial, serial);
            log_line(LOG_LEVEL_INFO, "%s: signed a certificate with serial number %s", w->request.device, serial);
            serve_count(signer.o.count_issued);
            sign_answer(w->link, &w->request, cert_der(w->cert), false);
        } else if (w->again) {
            q = sign_known_find(&signer.known, w->request.id);
            if (q != NULL && q->length > 0)
                sign_answer_known(w->link, &w->request, q);
            else
                sign_later(w->link, &w->request, "the same request before it could not be answered");
        }
    }
}

void sign_settle(void)
{
    struct vox_error err;

    examine();
    if (signer.n == 0) {
        if (sign_journal_write(signer.journal, false, &err) != VOX_OK) /* RECORDED marks: the store is asked again */
            log_line(LOG_LEVEL_WARNING, "%s", err.text);
        return;
    }
    if (write_intents(&err) != VOX_OK) {
        all_later(err.text);
        goto out;
    }
    know_intents();
    sign_each();
    if (write_results(&err) != VOX_OK) {
        all_later(err.text);
        goto out;
    }
    know_results();
    answer_each();
out:
    for (size_t i = 0; i < signer.n; i++) {
        capf_draft_free(&signer.group[i].draft);
        cert_free(&signer.group[i].cert);
    }
    signer.n = 0;
}
