#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <libcert/limits.h>

#include "x509/bundle_parts.h"
#include "x509/cert_der.h"
#include "x509/password_cost.h"

/* Bags inside bags: real files have none, hostile ones many. */
enum { BAG_DEPTH = 4 };

/* A library context of its own for files whose certificates are encrypted with RC2: nothing else may use the legacy
 * provider. */
struct context {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *standard, *legacy;
};

static void context_close(struct context *x)
{
    if (x->legacy != NULL)
        OSSL_PROVIDER_unload(x->legacy);
    if (x->standard != NULL)
        OSSL_PROVIDER_unload(x->standard);
    OSSL_LIB_CTX_free(x->lib);
}

/* Without the legacy provider all but RC2 works: that it is missing is told when it is needed. */
static bool context_open(struct context *x)
{
    *x = (struct context){.lib = OSSL_LIB_CTX_new()};
    if (x->lib == NULL || (x->standard = OSSL_PROVIDER_load(x->lib, "default")) == NULL)
        return false;
    x->legacy = OSSL_PROVIDER_load(x->lib, "legacy");
    ERR_clear_error();
    return true;
}

/* A file that is being read, and its password once it is known. An absent password and an empty one differ. */
struct file {
    struct bundle *b;
    const char *what;
    const struct password_source *pass;
    struct bytes password;
    bool empty_password; /* "" fits */
    bool asked;
    bool legacy;
    int64_t iterations; /* that its parts ask for, together */
};

bool bundle_is_pkcs12(struct bytes_view der)
{
    /* PFX: version 3, then ContentInfo. The length may be of BER's indefinite form, which the walk does not take. */
    static const uint8_t version[] = {DER_INTEGER, 1, 3, DER_SEQUENCE};
    size_t head;

    if (der.len < 2 + sizeof version || der.data[0] != DER_SEQUENCE)
        return false;
    head = 2 + ((der.data[1] & 0x80) != 0 ? der.data[1] & 0x7fU : 0U);
    return head <= 6 && der.len >= head + sizeof version && memcmp(der.data + head, version, sizeof version) == 0;
}

static const char *password(const struct file *f, int *len)
{
    *len = f->asked ? (int)f->password.len : 0;
    if (f->asked)
        return f->password.data != NULL ? (const char *)f->password.data : "";
    return f->empty_password ? "" : NULL;
}

static enum vox_err ask(struct file *f, struct vox_error *err)
{
    enum vox_err code;

    if (f->pass == NULL)
        return vox_fail(err, VOX_E_USAGE, "needs a password");
    if ((code = f->pass->get(f->pass->arg, f->what, &f->password, err)) == VOX_OK)
        f->asked = true;
    return code;
}

/* The limit is for all parts together: a file can have hundreds. */
static enum vox_err check_cost(struct file *f, int64_t iterations, struct vox_error *err)
{
    if (iterations >= 0 && iterations <= LIMIT_KDF_ITERATIONS)
        f->iterations += iterations;
    else
        f->iterations = INT64_MAX;
    if (f->iterations > LIMIT_KDF_ITERATIONS)
        return vox_fail(err, VOX_E_INPUT,
                        "PKCS#12 whose password is stretched in a way or by a count that no program writes (at most %d "
                        "iterations are taken)",
                        LIMIT_KDF_ITERATIONS);
    return VOX_OK;
}

/* Whether the password is right shows here, before anything is decrypted. */
static enum vox_err check_mac(struct file *f, PKCS12 *p12, struct vox_error *err)
{
    const ASN1_INTEGER *iterations;
    enum vox_err code;
    const char *text;
    int64_t n = 1; /* DEFAULT */
    int len;

    if (!PKCS12_mac_present(p12))
        return VOX_OK;
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
    if (iterations != NULL && ASN1_INTEGER_get_int64(&n, iterations) <= 0)
        n = -1;
    if ((code = check_cost(f, n, err)) != VOX_OK)
        return code;
    if (PKCS12_verify_mac(p12, NULL, 0) > 0)
        return VOX_OK;
    if (PKCS12_verify_mac(p12, "", 0) > 0) {
        f->empty_password = true;
        return VOX_OK;
    }
    ERR_clear_error();
    if ((code = ask(f, err)) != VOX_OK)
        return code;
    text = password(f, &len);
    if (PKCS12_verify_mac(p12, text, len) <= 0)
        return vox_fail_openssl(err, VOX_E_INPUT, "wrong password, or the file is damaged");
    return VOX_OK;
}

static enum vox_err take_bags(struct file *f, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth, struct vox_error *err);

static enum vox_err take_cert(struct file *f, const PKCS12_SAFEBAG *bag, struct vox_error *err)
{
    X509 *x;
    enum vox_err code;

    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return VOX_OK; /* SDSI: nobody's */
    if ((x = PKCS12_SAFEBAG_get1_cert(bag)) == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged certificate in the PKCS#12 (after %zu good ones)",
                                f->b->ncerts);
    code = bundle_add_x509(f->b, x, err);
    X509_free(x);
    return code;
}

static enum vox_err take_bag(struct file *f, const PKCS12_SAFEBAG *bag, int depth, struct vox_error *err)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
    case NID_pkcs8ShroudedKeyBag:
        f->b->has_private_key = true;
        return VOX_OK;
    case NID_certBag:
        return take_cert(f, bag, err);
    case NID_safeContentsBag:
        if (depth == BAG_DEPTH)
            return vox_fail(err, VOX_E_INPUT, "PKCS#12 with bags nested more than %d deep", BAG_DEPTH);
        return take_bags(f, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, err);
    default:
        return VOX_OK;
    }
}

static enum vox_err take_bags(struct file *f, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && code == VOX_OK; i++)
        code = take_bag(f, sk_PKCS12_SAFEBAG_value(bags, i), depth, err);
    return code;
}

static enum vox_err not_decrypted(const struct file *f, struct vox_error *err)
{
    bool unsupported = false;

    for (unsigned long e; (e = ERR_get_error()) != 0;)
        unsupported |= ERR_GET_REASON(e) == ERR_R_UNSUPPORTED || ERR_GET_REASON(e) == EVP_R_UNSUPPORTED_ALGORITHM ||
                       ERR_GET_REASON(e) == EVP_R_UNKNOWN_PBE_ALGORITHM;
    if (unsupported)
        return vox_fail(err, VOX_E_INPUT,
                        "PKCS#12 whose certificates are encrypted with an algorithm that is not to be had here%s: "
                        "export it again with AES-256, or as PEM",
                        f->legacy ? "" : " (OpenSSL's legacy provider is not installed)");
    return vox_fail(err, VOX_E_INPUT, "wrong password, or the file is damaged");
}

/* Encrypted certificates. Without a MAC nothing has said yet whether a password is needed: none is tried first. */
static enum vox_err take_encrypted(struct file *f, PKCS7 *safe, struct vox_error *err)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;
    enum vox_err code;
    const char *text;
    int len;

    if (safe->d.encrypted == NULL || safe->d.encrypted->enc_data == NULL)
        return vox_fail(err, VOX_E_INPUT, "damaged PKCS#12");
    if ((code = check_cost(f, password_cost(safe->d.encrypted->enc_data->algorithm), err)) != VOX_OK)
        return code;
    text = password(f, &len);
    bags = PKCS12_unpack_p7encdata(safe, text, len);
    if (bags == NULL && !f->asked && !f->empty_password) {
        if ((code = ask(f, err)) != VOX_OK)
            return code;
        ERR_clear_error();
        text = password(f, &len);
        bags = PKCS12_unpack_p7encdata(safe, text, len);
    }
    if (bags == NULL)
        return not_decrypted(f, err);
    code = take_bags(f, bags, 0, err);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return code;
}

static enum vox_err take_safe(struct file *f, PKCS7 *safe, struct vox_error *err)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;
    enum vox_err code;

    if (PKCS7_type_is_encrypted(safe))
        return take_encrypted(f, safe, err);
    if (!PKCS7_type_is_data(safe))
        return vox_fail(err, VOX_E_INPUT, "PKCS#12 that is encrypted to a public key: export it with a password");
    if ((bags = PKCS12_unpack_p7data(safe)) == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged PKCS#12");
    code = take_bags(f, bags, 0, err);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return code;
}

static enum vox_err take_pkcs12(struct file *f, PKCS12 *p12, struct vox_error *err)
{
    STACK_OF(PKCS7) * safes;
    enum vox_err code;

    if ((code = check_mac(f, p12, err)) != VOX_OK)
        return code;
    if ((safes = PKCS12_unpack_authsafes(p12)) == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged PKCS#12");
    for (int i = 0; i < sk_PKCS7_num(safes) && code == VOX_OK; i++)
        code = take_safe(f, sk_PKCS7_value(safes, i), err);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    if (code == VOX_OK && f->b->ncerts == 0)
        return vox_fail(err, VOX_E_INPUT, "PKCS#12 without a certificate in it");
    return code;
}

enum vox_err bundle_read_pkcs12(struct bundle *b, struct bytes_view der, const char *what,
                                const struct password_source *pass, struct vox_error *err)
{
    struct file f = {.b = b, .what = what, .pass = pass};
    const unsigned char *p = der.data;
    struct context x;
    enum vox_err code;
    PKCS12 *p12;

    if (!context_open(&x)) {
        context_close(&x);
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot set up the library for PKCS#12");
    }
    f.legacy = x.legacy != NULL;
    /* Decoding into an object made for the context is how the context gets to all that is inside. */
    p12 = PKCS12_init_ex(NID_pkcs7_data, x.lib, NULL);
    if (p12 == NULL)
        code = vox_fail_openssl(err, VOX_E_MEMORY, "out of memory");
    else if (d2i_PKCS12(&p12, &p, (long)der.len) == NULL || p != der.data + der.len)
        code = vox_fail_openssl(err, VOX_E_INPUT, "damaged PKCS#12, or bytes after it");
    else
        code = take_pkcs12(&f, p12, err);
    PKCS12_free(p12);
    context_close(&x);
    bytes_wipe(&f.password);
    return code;
}
