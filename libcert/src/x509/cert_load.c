#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <libcert/cert.h>
#include <libcert/limits.h>

#include "x509/cert_der.h"
#include "x509/name_walk.h"

/* Serial numbers longer than the 20 octets of RFC 5280 4.1.2.2 occur; beyond this nobody means one. */
enum { SERIAL_MAX = 64 };

struct cert {
    size_t refs;
    struct bytes_view subject, issuer, serial, spki, key_bits, signature;
    int64_t not_before, not_after;
    _Atomic(X509 *) *library; /* behind a pointer: filled in for holders of a const certificate */
    _Atomic(X509 *) library_slot;
    uint8_t serial_magnitude[SERIAL_MAX + 1]; /* used if the serial number is negative */
    const char *refused_for;                  /* the field at which the walk gave up, and its first byte */
    size_t refused_at;
    size_t len;
    uint8_t der[];
};

/* AlgorithmIdentifier: an OID and at most one item more. */
static bool take_algorithm(struct bytes_view *in)
{
    struct cert_der_item alg, oid, params;

    if (!cert_der_take(in, DER_SEQUENCE, &alg) || !cert_der_take(&alg.content, DER_OID, &oid) || oid.content.len == 0)
        return false;
    return alg.content.len == 0 || (cert_der_next(&alg.content, &params) && alg.content.len == 0);
}

static bool take_name(struct bytes_view *in, struct bytes_view *out)
{
    struct cert_der_item name;

    if (!cert_der_take(in, DER_SEQUENCE, &name) || !name_well_formed(name.whole))
        return false;
    *out = name.whole;
    return true;
}

static bool take_time(struct bytes_view *in, int64_t *out)
{
    struct cert_der_item item;
    const unsigned char *p;
    struct tm tm;
    ASN1_TIME *t;
    bool ok;

    if ((!cert_der_is_next(*in, DER_UTC_TIME) && !cert_der_is_next(*in, DER_GENERALIZED_TIME)) ||
        !cert_der_next(in, &item))
        return false;
    p = item.whole.data;
    t = d2i_ASN1_TIME(NULL, &p, (long)item.whole.len);
    ok = t != NULL && ASN1_TIME_to_tm(t, &tm) == 1;
    ASN1_TIME_free(t);
    if (ok)
        *out = (int64_t)timegm(&tm);
    return ok;
}

/* The magnitude of a negative number: its two's complement. */
static struct bytes_view negate(struct bytes_view n, uint8_t out[static SERIAL_MAX + 1])
{
    unsigned carry = 1;
    size_t skip = 0;

    for (size_t i = n.len; i-- > 0;) {
        carry += (uint8_t)~n.data[i];
        out[i] = (uint8_t)carry;
        carry >>= 8;
    }
    while (skip + 1 < n.len && out[skip] == 0)
        skip++;
    return (struct bytes_view){out + skip, n.len - skip};
}

static bool take_serial(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item item;
    struct bytes_view n;

    if (cert_der_take_unsigned(in, &c->serial))
        return c->serial.len <= SERIAL_MAX;
    if (!cert_der_take(in, DER_INTEGER, &item))
        return false;
    n = item.content;
    if (n.len == 0 || n.len > SERIAL_MAX || (n.data[0] & 0x80) == 0 ||
        (n.len > 1 && n.data[0] == 0xff && (n.data[1] & 0x80) != 0))
        return false;
    c->serial = negate(n, c->serial_magnitude);
    return true;
}

/* [0] EXPLICIT version; absent is version 1. Written-out version 1 is no DER, but certificates have it. */
static bool take_version(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item outer;
    struct bytes_view version;

    (void)c;
    if (!cert_der_is_next(*in, DER_CONTEXT_EXPLICIT))
        return true;
    return cert_der_next(in, &outer) && cert_der_take_unsigned(&outer.content, &version) && outer.content.len == 0 &&
           version.len == 1 && version.data[0] <= 2;
}

static bool take_validity(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item item;

    return cert_der_take(in, DER_SEQUENCE, &item) && take_time(&item.content, &c->not_before) &&
           take_time(&item.content, &c->not_after) && item.content.len == 0;
}

static bool take_spki(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item item;

    if (!cert_der_take(in, DER_SEQUENCE, &item))
        return false;
    c->spki = item.whole;
    return take_algorithm(&item.content) && cert_der_take_bits(&item.content, &c->key_bits) && item.content.len == 0;
}

/* issuerUniqueID [1], subjectUniqueID [2]: nobody writes them any more, old certificates may. */
static bool take_unique_ids(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item item;

    (void)c;
    for (uint8_t n = 1; n <= 2; n++)
        if (cert_der_is_next(*in, (uint8_t)(DER_CONTEXT + n)) &&
            (!cert_der_next(in, &item) || item.content.len == 0 || item.content.data[0] > 7))
            return false;
    return true;
}

static bool take_extensions(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item outer, list, ext, item;

    (void)c;
    if (in->len == 0)
        return true;
    if (!cert_der_take(in, DER_CONTEXT_EXPLICIT + 3, &outer) || !cert_der_take(&outer.content, DER_SEQUENCE, &list) ||
        outer.content.len != 0)
        return false;
    while (list.content.len > 0) {
        if (!cert_der_take(&list.content, DER_SEQUENCE, &ext) || !cert_der_take(&ext.content, DER_OID, &item) ||
            item.content.len == 0)
            return false;
        if (cert_der_is_next(ext.content, DER_BOOLEAN) &&
            (!cert_der_next(&ext.content, &item) || item.content.len != 1))
            return false;
        if (!cert_der_take(&ext.content, DER_OCTET_STRING, &item) || ext.content.len != 0)
            return false;
    }
    return true;
}

static bool take_signature_algorithm(struct bytes_view *in, struct cert *c)
{
    (void)c;
    return take_algorithm(in);
}

static bool take_issuer(struct bytes_view *in, struct cert *c)
{
    return take_name(in, &c->issuer);
}

static bool take_subject(struct bytes_view *in, struct cert *c)
{
    return take_name(in, &c->subject);
}

static bool take_signature(struct bytes_view *in, struct cert *c)
{
    return cert_der_take_bits(in, &c->signature);
}

/* One field in its turn: how it is taken, and what to say if it cannot be. */
struct field {
    bool (*take)(struct bytes_view *in, struct cert *c);
    const char *what;
};

static const struct field tbs_fields[] = {
    {take_version, "4.1.2.1: version: must be 1, 2 or 3"},
    {take_serial, "4.1.2.2: serialNumber: no integer of at most 64 bytes in its shortest form"},
    {take_signature_algorithm, "4.1.2.3: signature: no algorithm"},
    {take_issuer, "4.1.2.4: issuer: no name"},
    {take_validity, "4.1.2.5: validity: not two times"},
    {take_subject, "4.1.2.6: subject: no name"},
    {take_spki, "4.1.2.7: subjectPublicKeyInfo: no algorithm with a key"},
    {take_unique_ids, "4.1.2.8: unique identifiers: no bit strings"},
    {take_extensions, "4.1.2.9: extensions: no list of extensions"},
    {NULL, "4.1.2: bytes after the last field"},
};

static bool take_tbs(struct bytes_view *in, struct cert *c);

static const struct field certificate_fields[] = {
    {take_tbs, "4.1.1.1: tbsCertificate: no SEQUENCE"},
    {take_signature_algorithm, "4.1.1.2: signatureAlgorithm: no algorithm"},
    {take_signature, "4.1.1.3: signatureValue: no bit string of whole bytes"},
    {NULL, "4.1.1: bytes after the signature"},
};

/* All fields in their turn, and nothing after them. The innermost refusal is the one that is told. */
static bool take_fields(struct bytes_view in, const struct field *fields, struct cert *c)
{
    for (const struct field *f = fields;; f++) {
        struct bytes_view at = in;

        if (f->take != NULL ? f->take(&in, c) : in.len == 0) {
            if (f->take == NULL)
                return true;
            continue;
        }
        if (c->refused_for == NULL) {
            c->refused_for = f->what;
            c->refused_at = (size_t)(at.data - c->der);
        }
        return false;
    }
}

static bool take_tbs(struct bytes_view *in, struct cert *c)
{
    struct cert_der_item tbs;

    return cert_der_take(in, DER_SEQUENCE, &tbs) && take_fields(tbs.content, tbs_fields, c);
}

static bool take_certificate(struct cert *c)
{
    struct bytes_view in = {c->der, c->len};
    struct cert_der_item outer;

    if (!cert_der_take(&in, DER_SEQUENCE, &outer)) {
        c->refused_for = "4.1: no SEQUENCE that fits into the bytes";
        return false;
    }
    if (in.len != 0) {
        c->refused_for = "4.1: bytes after the certificate";
        c->refused_at = c->len - in.len;
        return false;
    }
    return take_fields(outer.content, certificate_fields, c);
}

enum vox_err cert_from_der(const uint8_t *der, size_t len, struct cert **out, struct vox_error *err)
{
    struct cert *c;

    *out = NULL;
    if (len == 0)
        return vox_fail(err, VOX_E_INPUT, "no certificate: it is empty");
    if (len > LIMIT_CERT_DER)
        return vox_fail(err, VOX_E_INPUT, "no certificate that can be used: %zu bytes, at most %d are taken", len,
                        LIMIT_CERT_DER);
    c = calloc(1, sizeof *c + len);
    if (c == NULL)
        return vox_fail(err, VOX_E_MEMORY, "out of memory");
    c->refs = 1;
    c->len = len;
    memcpy(c->der, der, len);
    atomic_init(&c->library_slot, NULL);
    c->library = &c->library_slot;
    if (!take_certificate(c)) {
        ERR_clear_error();
        (void)vox_fail(err, VOX_E_INPUT, "not exactly one DER certificate: RFC 5280 %s (byte %zu of %zu)",
                       c->refused_for, c->refused_at, len);
        cert_free(&c);
        return VOX_E_INPUT;
    }
    *out = c;
    return VOX_OK;
}

enum vox_err cert_from_x509(X509 *x, struct cert **out, struct vox_error *err)
{
    unsigned char *der = NULL;
    enum vox_err code;
    int len = i2d_X509(x, &der);

    *out = NULL;
    if (len <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot encode a certificate");
    code = cert_from_der(der, (size_t)len, out, err);
    OPENSSL_free(der);
    return code;
}

struct cert *cert_ref(struct cert *c)
{
    c->refs++;
    return c;
}

void cert_free(struct cert **c)
{
    if (*c != NULL && --(*c)->refs == 0) {
        X509_free(atomic_load(&(*c)->library_slot));
        free(*c);
    }
    *c = NULL;
}

X509 *cert_x509(const struct cert *c)
{
    X509 *x = atomic_load(c->library), *seen = NULL;
    const unsigned char *p = c->der;

    if (x != NULL)
        return x;
    x = d2i_X509(NULL, &p, (long)c->len);
    if (x == NULL || p != c->der + c->len) {
        X509_free(x);
        ERR_clear_error();
        return NULL;
    }
    ERR_clear_error(); /* a key that it cannot decode is no error to d2i_X509, but leaves one behind */
    /* Two threads may have decoded it at the same time: the first one's stays. */
    if (!atomic_compare_exchange_strong(c->library, &seen, x)) {
        X509_free(x);
        x = seen;
    }
    return x;
}

EVP_PKEY *cert_key(const struct cert *c)
{
    X509 *x = cert_x509(c);
    EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;

    if (key == NULL)
        ERR_clear_error();
    return key;
}

struct bytes_view cert_der(const struct cert *c)
{
    return (struct bytes_view){c->der, c->len};
}

struct bytes_view cert_subject_der(const struct cert *c)
{
    return c->subject;
}

struct bytes_view cert_issuer_der(const struct cert *c)
{
    return c->issuer;
}

struct bytes_view cert_serial(const struct cert *c)
{
    return c->serial;
}

struct bytes_view cert_spki_der(const struct cert *c)
{
    return c->spki;
}

struct bytes_view cert_public_key_bits(const struct cert *c)
{
    return c->key_bits;
}

struct bytes_view cert_signature_bits(const struct cert *c)
{
    return c->signature;
}

int64_t cert_not_before(const struct cert *c)
{
    return c->not_before;
}

int64_t cert_not_after(const struct cert *c)
{
    return c->not_after;
}
