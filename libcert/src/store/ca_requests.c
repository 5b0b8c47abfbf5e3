#include <libcert/carequests.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>
#include <libcert/phones.h>

#include "store/phones.h"

#define SETTING_MODE    "capf-ca.mode"
#define SETTING_ISSUERS "capf-ca.issuers"
#define COLUMNS \
    "SELECT r.device, r.request, r.operation_id, r.key, r.evidence, r.asked, r.public_key FROM ca_requests r"

enum { KEY_TEXT_MAX = 32 };

enum vox_err ca_request_put(struct store *s, const struct ca_request *r, struct vox_error *err)
{
    char key[KEY_TEXT_MAX], evidence[2 * CA_REQUEST_EVIDENCE_LEN + 1], asked[CLOCK_RFC3339_MAX];
    struct store_query q;

    key_spec_text(&r->ordered, key, sizeof key);
    hex_encode(r->evidence, sizeof r->evidence, evidence);
    clock_format(r->asked, asked);
    store_query_begin(&q, s,
                      "INSERT INTO ca_requests (device, request, operation_id, key, evidence, asked, public_key)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (device) DO UPDATE SET"
                      " request = excluded.request, operation_id = excluded.operation_id, key = excluded.key,"
                      " evidence = excluded.evidence, asked = excluded.asked, public_key = excluded.public_key",
                      err);
    store_query_text(&q, 1, r->device);
    store_query_text(&q, 2, r->request);
    store_query_text(&q, 3, r->operation_id);
    store_query_text(&q, 4, key);
    store_query_text(&q, 5, evidence);
    store_query_text(&q, 6, asked);
    store_query_blob(&q, 7, (struct bytes_view){r->public_key, r->public_key_len});
    return store_query_run(&q, NULL);
}

static enum vox_err read_row(struct store_query *q, struct ca_request *r)
{
    char key[KEY_TEXT_MAX], evidence[2 * CA_REQUEST_EVIDENCE_LEN + 1];
    struct bytes bytes = {NULL, 0};
    struct bytes_view v;

    memset(r, 0, sizeof *r);
    phones_text_at(q, 0, r->device, sizeof r->device);
    phones_text_at(q, 1, r->request, sizeof r->request);
    phones_text_at(q, 2, r->operation_id, sizeof r->operation_id);
    phones_text_at(q, 3, key, sizeof key);
    phones_text_at(q, 4, evidence, sizeof evidence);
    r->asked = phones_time_at(q, 5);
    v = store_query_bytes(q, 6);
    if (q->rc != VOX_OK)
        return q->rc;
    if (phone_key_parse(key, &r->ordered, NULL) != VOX_OK || hex_decode(evidence, &bytes, NULL) != VOX_OK ||
        bytes.len != sizeof r->evidence || v.len == 0 || v.len > sizeof r->public_key) {
        bytes_free(&bytes);
        return store_query_fail(
            q, vox_fail(q->err, VOX_E_STORE, "the store is damaged: the request of %s for the CA", r->device));
    }
    memcpy(r->evidence, bytes.data, sizeof r->evidence);
    bytes_free(&bytes);
    memcpy(r->public_key, v.data, v.len);
    r->public_key_len = v.len;
    return VOX_OK;
}

enum vox_err ca_request_of(struct store *s, const char *device, struct ca_request *out, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, COLUMNS " WHERE r.device = $1", err);
    store_query_text(&q, 1, device);
    if (store_query_next(&q))
        read_row(&q, out);
    else if (q.rc == VOX_OK)
        store_query_fail(&q, vox_fail(err, VOX_E_NOT_FOUND, "no request of %s waits for the CA", device));
    return store_query_end(&q);
}

enum vox_err ca_request_remove(struct store *s, const char *device, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s, "DELETE FROM ca_requests WHERE device = $1", err);
    store_query_text(&q, 1, device);
    return store_query_run(&q, NULL);
}

enum vox_err ca_requests_open(struct store *s, bool (*each)(void *arg, const struct ca_request *r), void *arg,
                              struct vox_error *err)
{
    struct store_query q;
    bool more = true;

    store_query_begin(&q, s,
                      COLUMNS
                      " JOIN phones p ON p.name = r.device AND p.operation = 'install'"
                      " AND p.operation_id = r.operation_id"
                      " WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.request = r.request) ORDER BY r.device",
                      err);
    while (more && store_query_next(&q)) {
        struct ca_request r;

        more = read_row(&q, &r) == VOX_OK && each(arg, &r);
    }
    return store_query_end(&q);
}

enum vox_err ca_offline(struct store *s, bool *out, struct vox_error *err)
{
    char *value = NULL;
    enum vox_err code = store_setting_get(s, SETTING_MODE, &value, err);

    *out = value != NULL && strcmp(value, "offline") == 0;
    free(value);
    return code;
}

/* Fingerprints with a blank between. */
enum vox_err ca_offline_issuers(struct store *s, struct ca_issuers *out, struct vox_error *err)
{
    char *value = NULL, *rest = NULL;
    enum vox_err code = store_setting_get(s, SETTING_ISSUERS, &value, err);

    *out = (struct ca_issuers){.n = 0};
    for (char *one = value != NULL ? strtok_r(value, " ", &rest) : NULL; one != NULL && out->n < CA_ISSUERS_MAX;
         one = strtok_r(NULL, " ", &rest))
        if (strlen(one) < CERT_FINGERPRINT_MAX)
            memcpy(out->fingerprint[out->n++], one, strlen(one) + 1);
    free(value);
    return code;
}

enum vox_err ca_offline_set(struct store *s, const char *fingerprint, struct vox_error *err)
{
    char text[CA_ISSUERS_MAX * CERT_FINGERPRINT_MAX];
    struct ca_issuers known;
    size_t len, kept = 1;
    enum vox_err code = store_setting_set(s, SETTING_MODE, fingerprint != NULL ? "offline" : "here", err);

    if (code != VOX_OK || fingerprint == NULL)
        return code;
    if ((code = ca_offline_issuers(s, &known, err)) != VOX_OK)
        return code;
    len = (size_t)snprintf(text, sizeof text, "%.64s", fingerprint);
    for (size_t i = 0; i < known.n && kept < CA_ISSUERS_MAX; i++) {
        if (strcmp(known.fingerprint[i], fingerprint) == 0)
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, " %s", known.fingerprint[i]);
        kept++;
    }
    return store_setting_set(s, SETTING_ISSUERS, text, err);
}
