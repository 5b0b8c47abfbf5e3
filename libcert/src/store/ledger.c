#include <libcert/ledger.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "store/certs.h"
#include "store/phones.h"

/* What the columns say beside the DER. */
struct row_text {
    char fingerprint[CERT_FINGERPRINT_MAX], spki[CERT_FINGERPRINT_MAX];
    char from[CLOCK_RFC3339_MAX], until[CLOCK_RFC3339_MAX], issued[CLOCK_RFC3339_MAX], delivered[CLOCK_RFC3339_MAX];
    char *serial;
};

static enum vox_err describe(const struct ledger_entry *e, struct row_text *t, struct vox_error *err)
{
    struct bytes_view spki = cert_spki_der(e->cert), number = cert_serial(e->cert);
    uint8_t digest[CERT_SHA256_LEN];

    if (EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "SHA-256 cannot be computed");
    hex_encode(digest, sizeof digest, t->spki);
    cert_fingerprint(e->cert, t->fingerprint);
    clock_format(cert_not_before(e->cert), t->from);
    clock_format(cert_not_after(e->cert), t->until);
    clock_format(e->issued, t->issued);
    phones_time_text(e->delivered, t->delivered);
    t->serial = malloc(2 * number.len + 1);
    if (!t->serial)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    hex_encode(number.data, number.len, t->serial);
    return VOX_OK;
}

enum vox_err ledger_add(struct store *s, const struct ledger_entry *e, struct vox_error *err)
{
    struct row_text t = {.serial = NULL};
    struct store_query q;
    enum vox_err rc = phone_name_check(e->device, err);

    if (rc == VOX_OK && strlen(e->request) != sizeof e->request - 1)
        rc = vox_fail(err, VOX_E_USAGE, "a request's id has %zu hexadecimal digits", sizeof e->request - 1);
    if (rc != VOX_OK || (rc = describe(e, &t, err)) != VOX_OK)
        return rc;
    store_query_begin(&q, s,
                      "INSERT INTO ledger (number, request, device, serial, fingerprint, spki, not_before, not_after,"
                      " issued, delivered, der) VALUES ((SELECT COALESCE(max(number), 0) + 1 FROM ledger),"
                      " $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                      err);
    store_query_text(&q, 1, e->request);
    store_query_text(&q, 2, e->device);
    store_query_text(&q, 3, t.serial);
    store_query_text(&q, 4, t.fingerprint);
    store_query_text(&q, 5, t.spki);
    store_query_text(&q, 6, t.from);
    store_query_text(&q, 7, t.until);
    store_query_text(&q, 8, t.issued);
    store_query_text(&q, 9, t.delivered);
    store_query_blob(&q, 10, cert_der(e->cert));
    rc = store_query_run(&q, NULL);
    if (rc == VOX_E_EXISTS)
        rc = vox_fail(err, VOX_E_EXISTS, "the ledger has request %s or serial number %s already", e->request, t.serial);
    free(t.serial);
    return rc;
}

static enum vox_err no_request(const char *request, struct vox_error *err)
{
    return vox_fail(err, VOX_E_NOT_FOUND, "the ledger has no certificate for request %s", request);
}

enum vox_err ledger_delivered(struct store *s, const char *request, int64_t when, struct vox_error *err)
{
    char text[CLOCK_RFC3339_MAX];
    struct store_query q;
    int64_t changed;
    enum vox_err rc;

    clock_format(when, text);
    /* the first confirmation counts */
    store_query_begin(&q, s,
                      "UPDATE ledger SET delivered = CASE WHEN delivered = '' THEN $2 ELSE delivered END"
                      " WHERE request = $1",
                      err);
    store_query_text(&q, 1, request);
    store_query_text(&q, 2, text);
    rc = store_query_run(&q, &changed);
    return rc == VOX_OK && changed == 0 ? no_request(request, err) : rc;
}

#define LEDGER_COLUMNS "SELECT request, device, issued, delivered, fingerprint, der FROM ledger"

static enum vox_err read_entry(struct store_query *q, struct ledger_entry *e)
{
    char fingerprint[CERT_FINGERPRINT_MAX];

    *e = (struct ledger_entry){.cert = NULL};
    phones_text_at(q, 0, e->request, sizeof e->request);
    phones_text_at(q, 1, e->device, sizeof e->device);
    e->issued = phones_time_at(q, 2);
    e->delivered = phones_time_at(q, 3);
    phones_text_at(q, 4, fingerprint, sizeof fingerprint);
    if (q->rc == VOX_OK)
        store_query_fail(q, store_cert_read(store_query_bytes(q, 5), fingerprint, &e->cert, q->err));
    return q->rc;
}

enum vox_err ledger_by_request(struct store *s, const char *request, struct ledger_entry *out, struct vox_error *err)
{
    struct store_query q;

    *out = (struct ledger_entry){.cert = NULL};
    store_query_begin(&q, s, LEDGER_COLUMNS " WHERE request = $1", err);
    store_query_text(&q, 1, request);
    if (store_query_next(&q))
        read_entry(&q, out);
    else if (q.rc == VOX_OK)
        store_query_fail(&q, no_request(request, err));
    return store_query_end(&q);
}

void ledger_entry_clear(struct ledger_entry *e)
{
    cert_free(&e->cert);
    *e = (struct ledger_entry){.cert = NULL};
}

enum vox_err ledger_has(struct store *s, const char *device, const struct cert *c, bool *has, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    struct store_query q;

    cert_fingerprint(c, fingerprint);
    store_query_begin(&q, s, "SELECT number FROM ledger WHERE device = $1 AND fingerprint = $2", err);
    store_query_text(&q, 1, device);
    store_query_text(&q, 2, fingerprint);
    *has = store_query_next(&q);
    return store_query_end(&q);
}

enum vox_err ledger_key_owner(struct store *s, const uint8_t *spki_sha256, char device[static PHONE_NAME_MAX + 1],
                              struct vox_error *err)
{
    char hex[CERT_FINGERPRINT_MAX];
    struct store_query q;

    device[0] = '\0';
    hex_encode(spki_sha256, CERT_SHA256_LEN, hex);
    store_query_begin(&q, s, "SELECT device FROM ledger WHERE spki = $1 ORDER BY number LIMIT 1", err);
    store_query_text(&q, 1, hex);
    if (store_query_next(&q))
        phones_text_at(&q, 0, device, PHONE_NAME_MAX + 1);
    return store_query_end(&q);
}

static enum vox_err each_entry(struct store_query *q, bool (*each)(void *arg, const struct ledger_entry *e), void *arg)
{
    bool more = true;

    while (more && store_query_next(q)) {
        struct ledger_entry e;

        more = read_entry(q, &e) == VOX_OK && each(arg, &e);
        ledger_entry_clear(&e);
    }
    return store_query_end(q);
}

enum vox_err ledger_each(struct store *s, const char *device, bool (*each)(void *arg, const struct ledger_entry *e),
                         void *arg, struct vox_error *err)
{
    struct store_query q;

    if (device) {
        store_query_begin(&q, s, LEDGER_COLUMNS " WHERE device = $1 ORDER BY number DESC", err);
        store_query_text(&q, 1, device);
    } else {
        store_query_begin(&q, s, LEDGER_COLUMNS " ORDER BY number DESC", err);
    }
    return each_entry(&q, each, arg);
}

enum vox_err ledger_latest(struct store *s, bool (*each)(void *arg, const struct ledger_entry *e), void *arg,
                           struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      LEDGER_COLUMNS
                      " AS l WHERE number = (SELECT number FROM ledger WHERE device = l.device"
                      " ORDER BY CASE WHEN delivered = '' THEN 1 ELSE 0 END, number DESC LIMIT 1) ORDER BY device",
                      err);
    return each_entry(&q, each, arg);
}
