#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>

#include "issue_parts.h"

#define PAGE " (capf.md 4)"

enum { DAY = 86400, SIGNIFICANT_BITS_MIN = 64, DRAFT_RSA_BITS = 768 /* the least that SHA-512 fits into */ };

static enum vox_err check_dates(const struct capf_issuer *i, int64_t now, struct vox_error *err)
{
    char at[CLOCK_RFC3339_MAX], clock[CLOCK_RFC3339_MAX];

    clock_format(now, clock);
    if (now < cert_not_before(i->cert)) {
        clock_format(cert_not_before(i->cert), at);
        return vox_fail(err, VOX_E_NO,
                        "the issuer's certificate is not valid before %s, and the clock says %s: set the clock" PAGE,
                        at, clock);
    }
    if (now >= cert_not_after(i->cert)) {
        clock_format(cert_not_after(i->cert), at);
        return vox_fail(err, VOX_E_NO,
                        "the issuer's certificate ended on %s (the clock says %s): renew it (voxcert new CAPF)" PAGE,
                        at, clock);
    }
    return VOX_OK;
}

enum vox_err capf_issuer_check(const struct capf_issuer *i, int64_t now, struct vox_error *err)
{
    X509 *x = cert_x509(i->cert);
    uint32_t flags;
    enum vox_err code;

    if (x == NULL)
        return vox_fail_openssl(err, VOX_E_NO, "the issuer's certificate cannot be decoded");
    if (i->profile.rsa_min > i->profile.rsa_max)
        return vox_fail(err, VOX_E_NO, "the setting capf.rsa-min is %u and capf.rsa-max %u: no RSA key would do",
                        i->profile.rsa_min, i->profile.rsa_max);
    flags = X509_get_extension_flags(x);
    if ((flags & EXFLAG_INVALID) != 0)
        return vox_fail(err, VOX_E_NO, "the issuer's certificate has extensions that cannot be read" PAGE);
    if ((flags & EXFLAG_CA) == 0)
        return vox_fail(err, VOX_E_NO, "the issuer's certificate is no CA's (basicConstraints CA:TRUE)" PAGE);
    if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0)
        return vox_fail(err, VOX_E_NO, "the issuer's certificate lacks the key usage keyCertSign" PAGE);
    if (X509_NAME_entry_count(X509_get_subject_name(x)) == 0)
        return vox_fail(err, VOX_E_NO, "the issuer's certificate has no name" PAGE);
    if (weakkey_check_cert(i->cert, err) != VOX_OK) {
        (void)vox_error_prefix(err, "the issuer's certificate");
        if (err != NULL)
            err->code = VOX_E_NO;
        return VOX_E_NO;
    }
    if (i->key == NULL || !cert_key_matches(i->cert, i->key))
        return vox_fail(err, VOX_E_NO, "the private key is not that of the issuer's certificate");
    code = check_dates(i, now, err);
    ERR_clear_error();
    return code;
}

X509_NAME_ENTRY *issue_subject_next(const X509_NAME *issuer, size_t *kind, int *at)
{
    static const int kinds[] = {NID_organizationName, NID_organizationalUnitName, NID_localityName,
                                NID_stateOrProvinceName, NID_countryName};

    while (*kind < sizeof kinds / sizeof *kinds) {
        *at = X509_NAME_get_index_by_NID(issuer, kinds[*kind], *at);
        if (*at >= 0)
            return X509_NAME_get_entry(issuer, *at);
        (*kind)++;
        *at = -1;
    }
    return NULL;
}

static bool set_subject(X509 *x, const X509_NAME *issuer, const char *device)
{
    X509_NAME *subject = X509_get_subject_name(x);
    X509_NAME_ENTRY *e;
    size_t kind = 0;
    int at = -1;
    bool ok = X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, (const unsigned char *)device, -1,
                                         -1, 0) > 0;

    while (ok && (e = issue_subject_next(issuer, &kind, &at)) != NULL)
        ok = X509_NAME_add_entry(subject, e, -1, 0) > 0;
    return ok;
}

static bool set_dates(X509 *x, const struct capf_issuer *i, int64_t now)
{
    int64_t from = now - i->profile.backdate_s, to = now + (int64_t)i->profile.days * DAY;

    if (from < cert_not_before(i->cert))
        from = cert_not_before(i->cert);
    if (to > cert_not_after(i->cert))
        to = cert_not_after(i->cert);
    return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)from) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)to) != NULL;
}

static bool set_serial(X509 *x, const uint8_t *serial)
{
    BIGNUM *n = BN_bin2bn(serial, CAPF_SERIAL_LEN, NULL);
    bool ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

    BN_free(n);
    return ok;
}

/* Everything but the signature. NULL: the library failed. */
static X509 *build(const struct capf_issuer *i, const struct capf_request *r, const uint8_t *serial, int64_t now)
{
    const X509_NAME *issuer = X509_get_subject_name(cert_x509(i->cert));
    X509 *x = X509_new();

    if (x != NULL && X509_set_version(x, X509_VERSION_3) > 0 && set_serial(x, serial) &&
        X509_set_issuer_name(x, issuer) > 0 && set_subject(x, issuer, r->device) && set_dates(x, i, now) &&
        issue_key_put(x, r->public_key) && issue_extensions_add(x, i, r))
        return x;
    X509_free(x);
    return NULL;
}

/*
 * A key for drafts, made once: of the issuer's algorithm, so that the draft says the same about its signature; small,
 * since nobody will believe it.
 */
static EVP_PKEY *draft_key(const EVP_PKEY *issuer)
{
    static EVP_PKEY *rsa, *ec;

    if (EVP_PKEY_get_base_id(issuer) == EVP_PKEY_EC)
        return ec != NULL ? ec : (ec = EVP_EC_gen("P-256"));
    return rsa != NULL ? rsa : (rsa = EVP_RSA_gen(DRAFT_RSA_BITS));
}

/*
 * X509_sign() has been seen to fail with -1 and to leave a certificate with an empty signature that encodes happily:
 * only what was read back from the bytes counts.
 */
static enum vox_err sign(X509 *x, EVP_PKEY *key, enum digest d, struct cert **out, struct vox_error *err)
{
    unsigned char *der = NULL;
    int len;
    enum vox_err code;

    *out = NULL;
    key_will_sign();
    if (key == NULL || X509_sign(x, key, digest_md((int)d)) <= 0)
        return key_failed(err, "the key did not sign the certificate");
    if ((len = i2d_X509(x, &der)) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot encode the certificate");
    code = cert_from_der(der, (size_t)len, out, err);
    OPENSSL_free(der);
    if (code == VOX_OK || code == VOX_E_MEMORY)
        return code;
    (void)vox_error_prefix(err, "the certificate just made cannot be read back");
    if (err != NULL)
        err->code = VOX_E_CRYPTO;
    return VOX_E_CRYPTO;
}

/* The element with its header that follows the skipped ones inside the certificate. */
static struct bytes_view part_of(const struct cert *c, int skip)
{
    const struct bytes_view der = cert_der(c);
    const uint8_t *p = der.data, *end, *from;
    long len;
    int tag, class;

    if ((ASN1_get_object(&p, &len, &tag, &class, (long)der.len) & 0x80) != 0)
        return (struct bytes_view){0};
    end = p + len;
    do {
        from = p;
        if ((ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x80) != 0)
            return (struct bytes_view){0};
        p += len;
    } while (skip-- > 0);
    return (struct bytes_view){from, (size_t)(p - from)};
}

struct bytes_view issue_tbs(const struct cert *c)
{
    return part_of(c, 0);
}

static enum vox_err check_serial(const uint8_t *serial, struct vox_error *err)
{
    for (size_t k = 0; k <= CAPF_SERIAL_LEN - SIGNIFICANT_BITS_MIN / 8; k++)
        if (serial[k] != 0)
            return VOX_OK;
    return vox_fail(err, VOX_E_CRYPTO, "the random number for a serial number is not random");
}

struct capf_draft {
    const struct capf_issuer *issuer;
    X509 *x;
    struct cert *linted; /* x under the throw-away key */
};

void capf_draft_free(struct capf_draft **d)
{
    if (*d == NULL)
        return;
    X509_free((*d)->x);
    cert_free(&(*d)->linted);
    free(*d);
    *d = NULL;
}

/* Sign under the throw-away key and lint. */
static enum vox_err examine(struct capf_draft *d, const struct capf_request *r, struct vox_error *err)
{
    const struct capf_issuer *i = d->issuer;
    enum vox_err code = sign(d->x, draft_key(i->key), i->profile.digest, &d->linted, err);

    if (code != VOX_OK || (code = capf_lint(d->linted, i, r, err)) == VOX_OK)
        return code;
    (void)vox_error_prefix(err, "not signed, for it would break a rule");
    if (code == VOX_E_INPUT)
        code = VOX_E_CRYPTO;
    if (err != NULL)
        err->code = code;
    return code;
}

/* What is asked before the key. */
static enum vox_err check_rest(const struct capf_issuer *i, const struct capf_drafting *j, struct vox_error *err)
{
    enum vox_err code;

    if (phone_name_check(j->request->device, err) != VOX_OK)
        return err->code = VOX_E_NO;
    if (cert_x509(i->cert) == NULL)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the issuer's certificate cannot be decoded");
    code = check_serial(j->serial, err);
    return code == VOX_OK ? check_dates(i, j->now, err) : code;
}

static enum vox_err make(const struct capf_issuer *i, const struct capf_drafting *j, struct capf_draft **out,
                         struct vox_error *err)
{
    struct capf_draft *d = calloc(1, sizeof *d);
    enum vox_err code;

    if (d == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory for a certificate");
    d->issuer = i;
    if ((d->x = build(i, j->request, j->serial, j->now)) == NULL)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the certificate");
    else
        code = examine(d, j->request, err);
    if (code == VOX_OK)
        *out = d;
    else
        capf_draft_free(&d);
    return code;
}

void capf_drafts_make(const struct capf_issuer *i, struct capf_drafting *jobs, size_t n)
{
    for (size_t from = 0, part; from < n; from += part) {
        const struct capf_request *asked[CAPF_TOGETHER];
        struct capf_checked checked[CAPF_TOGETHER];
        size_t nasked = 0, at = 0;

        part = n - from < CAPF_TOGETHER ? n - from : CAPF_TOGETHER;
        for (size_t k = from; k < from + part; k++) {
            jobs[k].draft = NULL;
            if ((jobs[k].code = check_rest(i, &jobs[k], &jobs[k].err)) == VOX_OK)
                asked[nasked++] = jobs[k].request;
        }
        capf_keys_check(i, asked, nasked, checked);
        for (size_t k = from; k < from + part; k++) {
            if (jobs[k].code != VOX_OK)
                continue;
            if ((jobs[k].code = checked[at].code) == VOX_OK)
                jobs[k].code = make(i, &jobs[k], &jobs[k].draft, &jobs[k].err);
            else
                jobs[k].err = checked[at].why;
            at++;
        }
    }
}

enum vox_err capf_draft_make(const struct capf_issuer *i, const struct capf_request *r,
                             const uint8_t serial[static CAPF_SERIAL_LEN], int64_t now, struct capf_draft **out,
                             struct vox_error *err)
{
    struct capf_drafting one = {.request = r, .serial = serial, .now = now};

    capf_drafts_make(i, &one, 1);
    *out = one.draft;
    if (one.code != VOX_OK && err != NULL)
        *err = one.err;
    return one.code;
}

/*
 * Does the issuer's key verify c? As X509_verify() would ask it, but of the bytes: decoding the certificate, and with
 * it the phone's key, takes as long as the signature. That the algorithm is the one that was asked for the draft has
 * been linted, and the same bytes stand outside what is signed.
 */
static bool verifies(const struct capf_issuer *i, const struct cert *c)
{
    const struct bytes_view tbs = issue_tbs(c), signature = cert_signature_bits(c);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool good = ctx != NULL &&
                      EVP_DigestVerifyInit(ctx, NULL, digest_md((int)i->profile.digest), NULL, cert_key(i->cert)) > 0 &&
                      EVP_DigestVerify(ctx, signature.data, signature.len, tbs.data, tbs.len) > 0;

    EVP_MD_CTX_free(ctx);
    return good;
}

/* The algorithm outside what is signed, as in the draft; the signature's own bytes follow it. */
static bool same_outside(const struct cert *c, const struct cert *draft)
{
    const struct bytes_view a = part_of(c, 1), b = part_of(draft, 1);

    return a.len > 0 && bytes_equal(a, b);
}

/* The draft has kept every rule: sign the same bytes with the issuer's key, and believe nothing but what comes out. */
enum vox_err capf_draft_sign(struct capf_draft *d, struct cert **out, struct vox_error *err)
{
    const struct capf_issuer *i = d->issuer;
    struct cert *c;
    enum vox_err code;

    *out = NULL;
    if ((code = sign(d->x, i->key, i->profile.digest, &c, err)) != VOX_OK)
        return code;
    if (!bytes_equal(issue_tbs(c), issue_tbs(d->linted)) || !same_outside(c, d->linted))
        code = vox_fail(err, VOX_E_CRYPTO, "what was signed is not what was examined: it was thrown away");
    else if (!verifies(i, c))
        code = vox_fail_openssl(err, VOX_E_CRYPTO,
                                "the certificate just made does not verify with the issuer's certificate: damaged key, "
                                "or a fault of the machine; it was thrown away");
    if (code == VOX_OK)
        *out = c;
    else
        cert_free(&c);
    return code;
}

enum vox_err capf_issue(const struct capf_issuer *i, const struct capf_request *r,
                        const uint8_t serial[static CAPF_SERIAL_LEN], int64_t now, struct cert **out,
                        struct vox_error *err)
{
    struct capf_draft *d;
    enum vox_err code;

    *out = NULL;
    if ((code = capf_draft_make(i, r, serial, now, &d, err)) == VOX_OK)
        code = capf_draft_sign(d, out, err);
    capf_draft_free(&d);
    return code;
}
