#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <libcert/certbuild.h>
#include <libcert/certcheck.h>
#include <libcert/key.h>

#include "x509/extensions.h"
#include "x509/serial.h"

enum { DAYS_MAX = 36500, DAY = 86400 };

/* 9999-12-31T23:59:59Z: the last second that a certificate can name (RFC 5280 4.1.2.5.2); 0000-01-01 the first. */
static const int64_t time_first = -62167219200, time_last = 253402300799;

int certbuild_default_days(enum service s)
{
    /* Phones keep ITLRecovery as their way back: it must outlive everything else. */
    return s == SERVICE_ITLRECOVERY ? 7300 : 1825;
}

/* A hash shorter than the curve would waste the curve. */
static const EVP_MD *digest_for(const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? EVP_PKEY_get_bits(key) : 0;

    return bits > 384 ? EVP_sha512() : bits > 256 ? EVP_sha384() : EVP_sha256();
}

static enum vox_err check_params(const struct certbuild_params *p, bool dated, struct vox_error *err)
{
    if ((unsigned)p->service >= SERVICE_COUNT)
        return vox_fail(err, VOX_E_USAGE, "service number %d is not known", (int)p->service);
    if (p->subject == NULL || X509_NAME_entry_count(p->subject) == 0)
        return vox_fail(err, VOX_E_USAGE, "the subject is empty: phones find certificates by their names");
    if (dated && (p->days < 1 || p->days > DAYS_MAX))
        return vox_fail(err, VOX_E_USAGE, "%d days: 1 to %d are possible", p->days, DAYS_MAX);
    if (dated && (p->not_before < time_first || p->not_before > time_last - (int64_t)p->days * DAY))
        return vox_fail(err, VOX_E_USAGE, "the certificate would be valid outside the years 0 to 9999");
    return weakkey_check(p->key, err);
}

static bool set_fields(X509 *x, const struct certbuild_params *p, const STACK_OF(X509_EXTENSION) * exts)
{
    int64_t not_after = p->not_before + (int64_t)p->days * DAY;

    if (X509_set_version(x, X509_VERSION_3) <= 0 || X509_set_subject_name(x, p->subject) <= 0 ||
        X509_set_issuer_name(x, p->subject) <= 0 || X509_set_pubkey(x, p->key) <= 0 ||
        ASN1_TIME_set(X509_getm_notBefore(x), (time_t)p->not_before) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(x), (time_t)not_after) == NULL)
        return false;
    for (int i = 0; i < sk_X509_EXTENSION_num(exts); i++)
        if (X509_add_ext(x, sk_X509_EXTENSION_value(exts, i), -1) <= 0)
            return false;
    return true;
}

/*
 * X509_sign() has been seen to fail with -1 and to leave a certificate with an empty signature that encodes happily:
 * only what was read back from the bytes and verified counts.
 */
static enum vox_err read_back(const X509 *x, EVP_PKEY *key, struct cert **out, struct vox_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    struct cert *c = NULL;
    enum vox_err code;

    if (len <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot encode the certificate");
    code = cert_from_der(der, (size_t)len, &c, err);
    OPENSSL_free(der);
    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "the certificate just made cannot be read back");
        return code == VOX_E_MEMORY ? code : VOX_E_CRYPTO;
    }
    if (cert_x509(c) == NULL || !cert_key_matches(c, key) || X509_verify(cert_x509(c), key) <= 0) {
        cert_free(&c);
        return vox_fail_openssl(
            err, VOX_E_CRYPTO,
            "the certificate just made does not verify with its own key: damaged key, or a fault of "
            "the machine; it was thrown away");
    }
    *out = c;
    return VOX_OK;
}

enum vox_err certbuild_self_signed(const struct certbuild_params *p, struct cert **out, struct vox_error *err)
{
    STACK_OF(X509_EXTENSION) *exts = NULL;
    X509 *x = NULL;
    enum vox_err code;

    *out = NULL;
    if ((code = check_params(p, true, err)) != VOX_OK)
        return code;
    if ((code = extension_build(p->service, p->key, p->san, EXT_SELF_SIGNED, &exts, err)) != VOX_OK)
        return code;
    if ((x = X509_new()) == NULL || !set_fields(x, p, exts)) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the certificate");
        goto out;
    }
    if ((code = serial_random(X509_get_serialNumber(x), err)) != VOX_OK)
        goto out;
    key_will_sign();
    if (X509_sign(x, p->key, digest_for(p->key)) <= 0)
        code = key_failed(err, "the key did not sign the certificate");
    else
        code = read_back(x, p->key, out, err);
out:
    X509_free(x);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    return code;
}

static bool set_request(X509_REQ *req, const struct certbuild_params *p, const STACK_OF(X509_EXTENSION) * exts)
{
    return X509_REQ_set_version(req, X509_REQ_VERSION_1) > 0 && X509_REQ_set_subject_name(req, p->subject) > 0 &&
           X509_REQ_set_pubkey(req, p->key) > 0 && X509_REQ_add_extensions(req, exts) > 0;
}

/* As read_back(), from the text that will be handed out. */
static enum vox_err request_out(const X509_REQ *req, EVP_PKEY *key, struct bytes *out, struct vox_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem()), *again = NULL;
    X509_REQ *reread = NULL;
    char *text;
    enum vox_err code;

    if (bio == NULL || PEM_write_bio_X509_REQ(bio, req) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot encode the request");
        goto out;
    }
    long len = BIO_get_mem_data(bio, &text);

    again = BIO_new_mem_buf(text, (int)len);
    if (again == NULL || (reread = PEM_read_bio_X509_REQ(again, NULL, NULL, NULL)) == NULL ||
        X509_REQ_verify(reread, key) <= 0 || EVP_PKEY_eq(X509_REQ_get0_pubkey(reread), key) != 1)
        code =
            vox_fail_openssl(err, VOX_E_CRYPTO,
                             "the request just made does not verify with its own key: damaged key, or a fault of the "
                             "machine; it was thrown away");
    else
        code = bytes_copy(out, text, (size_t)len, err);
out:
    X509_REQ_free(reread);
    BIO_free(again);
    BIO_free(bio);
    return code;
}

enum vox_err certbuild_request(const struct certbuild_params *p, struct bytes *out, struct vox_error *err)
{
    STACK_OF(X509_EXTENSION) *exts = NULL;
    X509_REQ *req = NULL;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = check_params(p, false, err)) != VOX_OK)
        return code;
    if ((code = extension_build(p->service, p->key, p->san, EXT_REQUEST, &exts, err)) != VOX_OK)
        return code;
    key_will_sign();
    if ((req = X509_REQ_new()) == NULL || !set_request(req, p, exts))
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make the request");
    else if (X509_REQ_sign(req, p->key, digest_for(p->key)) <= 0)
        code = key_failed(err, "the key did not sign the request");
    else
        code = request_out(req, p->key, out, err);
    X509_REQ_free(req);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    return code;
}
