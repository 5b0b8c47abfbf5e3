#include "store/certs.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>

enum { KEY_TEXT_MAX = 64 };

/* The columns for people. A Name that cannot be shown is no reason to refuse: der decides. */
static enum vox_err readable_name(struct bytes_view der, char **out, struct vox_error *err)
{
    enum vox_err rc = name_text(der, NAME_RFC4514, out, NULL);

    if (rc != VOX_OK && rc != VOX_E_MEMORY)
        *out = strdup("(not readable)");
    else if (rc == VOX_E_MEMORY)
        *out = NULL;
    return *out ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

static enum vox_err insert(struct store *s, const struct cert *c, const char *subject, const char *issuer,
                           struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX], key[KEY_TEXT_MAX];
    char from[CLOCK_RFC3339_MAX], until[CLOCK_RFC3339_MAX];
    struct bytes_view number = cert_serial(c);
    struct store_query q;
    enum vox_err rc;
    char *serial = malloc(2 * number.len + 1);

    if (!serial)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    hex_encode(number.data, number.len, serial);
    cert_fingerprint(c, fingerprint);
    cert_key_text(c, key, sizeof key);
    clock_format(cert_not_before(c), from);
    clock_format(cert_not_after(c), until);
    store_query_begin(&q, s,
                      "INSERT INTO certificates (fingerprint, subject, issuer, serial, not_before, not_after, key, der)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (fingerprint) DO NOTHING",
                      err);
    store_query_text(&q, 1, fingerprint);
    store_query_text(&q, 2, subject);
    store_query_text(&q, 3, issuer);
    store_query_text(&q, 4, serial);
    store_query_text(&q, 5, from);
    store_query_text(&q, 6, until);
    store_query_text(&q, 7, key);
    store_query_blob(&q, 8, cert_der(c));
    rc = store_query_run(&q, NULL);
    free(serial);
    return rc;
}

enum vox_err store_cert_put(struct store *s, const struct cert *c, struct vox_error *err)
{
    char *subject = NULL, *issuer = NULL;
    enum vox_err rc = readable_name(cert_subject_der(c), &subject, err);

    if (rc == VOX_OK)
        rc = readable_name(cert_issuer_der(c), &issuer, err);
    if (rc == VOX_OK)
        rc = insert(s, c, subject, issuer, err);
    free(subject);
    free(issuer);
    return rc;
}

enum vox_err store_cert_drop(struct store *s, const char *fingerprint, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "DELETE FROM certificates WHERE fingerprint = $1"
                      " AND NOT EXISTS (SELECT 1 FROM bindings WHERE fingerprint = $1)",
                      err);
    store_query_text(&q, 1, fingerprint);
    return store_query_run(&q, NULL);
}

enum vox_err store_cert_read(struct bytes_view der, const char *fingerprint, struct cert **out, struct vox_error *err)
{
    char actual[CERT_FINGERPRINT_MAX];
    enum vox_err rc = cert_from_der(der.data, der.len, out, err);

    if (rc == VOX_E_MEMORY)
        return rc;
    if (rc != VOX_OK)
        return vox_fail(err, VOX_E_STORE, "the store is damaged: certificate %s is not well-formed", fingerprint);
    cert_fingerprint(*out, actual);
    if (strcmp(actual, fingerprint) != 0) {
        cert_free(out);
        return vox_fail(err, VOX_E_STORE, "the store is damaged: the certificate recorded as %s is %s", fingerprint,
                        actual);
    }
    return VOX_OK;
}
