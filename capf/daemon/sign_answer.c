#include <string.h>

#include <openssl/evp.h>

#include <libcert/log.h>

#include "sign_parts.h"

static void send_message(struct serve_link *l, struct ipc_message *m, const struct capf_request *r)
{
    struct bytes out;
    struct vox_error err;

    if (l == NULL)
        return;
    memcpy(m->request.id, r->id, sizeof m->request.id);
    memcpy(m->request.device, r->device, sizeof m->request.device);
    if (ipc_write(m, &out, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s: no answer: %s", r->device, err.text);
        return;
    }
    (void)serve_link_send(l, bytes_view_of(&out)); /* when the other end is gone, gone() follows */
    bytes_free(&out);
}

static void answer_no(struct serve_link *l, enum ipc_type type, const struct capf_request *r, const char *why)
{
    struct ipc_message m = {.type = (uint8_t)type};
    size_t len = strlen(why);

    if (len >= sizeof m.text)
        len = sizeof m.text - 1;
    memcpy(m.text, why, len);
    send_message(l, &m, r);
}

void sign_refuse(struct serve_link *l, const struct capf_request *r, const char *why)
{
    log_line(LOG_LEVEL_NOTICE, "%s: no certificate: %s", r->device, why);
    serve_count(signer.o.count_refused);
    answer_no(l, IPC_REFUSED, r, why);
}

void sign_later(struct serve_link *l, const struct capf_request *r, const char *why)
{
    log_line(LOG_LEVEL_ERROR, "%s: no certificate now: %s", r->device, why);
    serve_count(signer.o.count_failed);
    answer_no(l, IPC_LATER, r, why);
}

/* A cap is a brake, and a sign that something is wrong: a phone that enrols again and again, or somebody who steals. */
void sign_alarm(struct serve_link *l, const struct capf_request *r, const char *who, const char *setting, unsigned cap)
{
    log_line(LOG_LEVEL_ERROR, "alarm: %s: no certificate now: %s reached the cap of %u (setting capf.%s)", r->device,
             who, cap, setting);
    serve_count(signer.o.count_refused);
    answer_no(l, IPC_LATER, r, "too many certificates: a cap of the cluster is reached");
}

void sign_answer(struct serve_link *l, const struct capf_request *r, struct bytes_view certificate, bool recorded)
{
    struct ipc_message m = {.type = IPC_ISSUED, .bytes = certificate, .recorded = recorded};

    send_message(l, &m, r);
}

/* Does what stands in the journal have the serial number and the key of its intent? */
static bool is_of(const struct bytes *der, const struct sign_request *q)
{
    uint8_t digest[CERT_SHA256_LEN];
    struct bytes_view serial, spki;
    struct cert *c;
    size_t skip = 0;
    bool is;

    if (cert_from_der(der->data, der->len, &c, NULL) != VOX_OK)
        return false;
    serial = cert_serial(c);
    spki = cert_spki_der(c);
    while (skip < CAPF_SERIAL_LEN - 1 && q->serial[skip] == 0)
        skip++;
    is = bytes_equal(serial, (struct bytes_view){q->serial + skip, CAPF_SERIAL_LEN - skip}) &&
         EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha256(), NULL) > 0 &&
         memcmp(digest, q->spki_sha256, sizeof digest) == 0;
    cert_free(&c);
    return is;
}

/* What was signed before, again. */
void sign_answer_known(struct serve_link *l, const struct capf_request *r, const struct sign_request *q)
{
    struct bytes der;
    struct vox_error err;

    if (sign_journal_certificate(signer.journal, q, &der, &err) != VOX_OK) {
        sign_later(l, r, err.text);
        return;
    }
    if (!is_of(&der, q)) {
        sign_later(l, r, "the certificate in the journal is not the one that was to be signed: look who wrote there");
        bytes_free(&der);
        return;
    }
    sign_answer(l, r, bytes_view_of(&der), q->recorded && !q->doubted);
    bytes_free(&der);
}
