#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <libcert/certcheck.h>
#include <libcert/limits.h>

#include "x509/weakkey.h"

enum { FERMAT_ROUNDS = 100, EXPONENT_MIN = 65537, EXPONENT_BITS_MAX = 32 };

static enum vox_err check_size(int bits, unsigned least, struct vox_error *err)
{
    if (bits < 0 || (unsigned)bits < least)
        return vox_fail(err, VOX_E_INPUT, "RSA key of %d bits: at least %u are needed (certificates.md 5.1)", bits,
                        least);
    if (bits > LIMIT_RSA_BITS_MAX)
        return vox_fail(err, VOX_E_INPUT, "RSA key of %d bits: at most %d are taken (certificates.md 5.1)", bits,
                        LIMIT_RSA_BITS_MAX);
    return VOX_OK;
}

static enum vox_err check_exponent(const BIGNUM *e, unsigned least, struct vox_error *err)
{
    if (!BN_is_odd(e))
        return vox_fail(err, VOX_E_INPUT, "RSA key with an even public exponent: no key (certificates.md 5.2)");
    if (BN_num_bits(e) > EXPONENT_BITS_MAX)
        return vox_fail(err, VOX_E_INPUT,
                        "RSA key with a public exponent of %d bits: over %d is not interoperable (certificates.md 5.2)",
                        BN_num_bits(e), EXPONENT_BITS_MAX);
    if (BN_get_word(e) < least)
        return vox_fail(err, VOX_E_INPUT,
                        "RSA key with public exponent %lu: under %u signatures are forged more easily "
                        "(certificates.md 5.2)",
                        (unsigned long)BN_get_word(e), least);
    return VOX_OK;
}

static enum vox_err check_modulus(const BIGNUM *n, struct vox_error *err)
{
    int factor, roca, fermat;

    if (!BN_is_odd(n))
        return vox_fail(err, VOX_E_INPUT, "RSA key with an even modulus: no key (certificates.md 5.3)");
    if ((factor = weakkey_small_factor(n)) > 0)
        return vox_fail(err, VOX_E_INPUT, "RSA key whose modulus is divisible by %d: no key (certificates.md 5.3)",
                        factor);
    if ((roca = weakkey_roca(n)) == 1)
        return vox_fail(
            err, VOX_E_INPUT,
            "RSA key with the ROCA fingerprint (CVE-2017-15361): made by a faulty chip, its private key can "
            "be computed (certificates.md 5.4)");
    if ((fermat = weakkey_fermat(n, FERMAT_ROUNDS)) == 1)
        return vox_fail(err, VOX_E_INPUT,
                        "RSA key whose two primes are so close that it was just factored (certificates.md 5.5)");
    if (factor < 0 || roca < 0 || fermat < 0)
        return vox_fail_openssl(err, VOX_E_MEMORY, "no memory to examine a key");
    return VOX_OK;
}

enum vox_err weakkey_check_rsa(const BIGNUM *n, const BIGNUM *e, const struct weakkey_limits *l, struct vox_error *err)
{
    enum vox_err code = check_size(BN_num_bits(n), l->rsa_bits_min, err);

    if (code == VOX_OK && (code = check_exponent(e, l->exponent_min, err)) == VOX_OK)
        code = check_modulus(n, err);
    return code;
}

static enum vox_err check_rsa(const EVP_PKEY *key, const struct weakkey_limits *l, struct vox_error *err)
{
    BIGNUM *n = NULL, *e = NULL;
    enum vox_err code;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) <= 0 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) <= 0)
        code = vox_fail_openssl(err, VOX_E_INPUT, "RSA key without a modulus or an exponent");
    else
        code = weakkey_check_rsa(n, e, l, err);
    BN_free(n);
    BN_free(e);
    return code;
}

static enum vox_err explicit_parameters(struct vox_error *err)
{
    return vox_fail(
        err, VOX_E_INPUT,
        "EC key with curve parameters of its own in place of a curve's name: P-256, P-384 and P-521 by name "
        "are taken (certificates.md 5.6)");
}

static bool has_explicit_parameters(const EVP_PKEY *key)
{
    char encoding[32];
    int from_explicit = 0;

    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &from_explicit) > 0 &&
        from_explicit != 0)
        return true;
    return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding, NULL) > 0 &&
           strcmp(encoding, "explicit") == 0;
}

/* On its curve, not at infinity, of the right order: the library's own check does that well. */
static bool point_ok(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_public_check(ctx) > 0;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static enum vox_err check_ec(EVP_PKEY *key, struct vox_error *err)
{
    char group[64];

    if (has_explicit_parameters(key))
        return explicit_parameters(err);
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL) <= 0)
        return explicit_parameters(err);
    if (strcmp(group, "prime256v1") != 0 && strcmp(group, "secp384r1") != 0 && strcmp(group, "secp521r1") != 0)
        return vox_fail(err, VOX_E_INPUT,
                        "EC key on the curve %.40s: P-256, P-384 and P-521 are taken (certificates.md 5.6)", group);
    if (!point_ok(key))
        return vox_fail_openssl(err, VOX_E_INPUT, "EC key whose point is no point of its curve (certificates.md 5.6)");
    return VOX_OK;
}

struct weakkey_limits weakkey_limits_default(void)
{
    return (struct weakkey_limits){.rsa_bits_min = LIMIT_RSA_BITS_MIN, .exponent_min = EXPONENT_MIN};
}

enum vox_err weakkey_check_with(EVP_PKEY *key, const struct weakkey_limits *l, struct vox_error *err)
{
    const char *type;
    enum vox_err code;

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        code = check_rsa(key, l, err);
        break;
    case EVP_PKEY_EC:
        code = check_ec(key, err);
        break;
    default:
        type = EVP_PKEY_get0_type_name(key);
        code = vox_fail(err, VOX_E_INPUT, "key of type %.40s: RSA and EC keys are taken (certificates.md 5)",
                        type != NULL ? type : "unknown");
    }
    ERR_clear_error(); /* asking for a parameter that a key lacks leaves an entry */
    return code;
}

enum vox_err weakkey_check(EVP_PKEY *key, struct vox_error *err)
{
    const struct weakkey_limits l = weakkey_limits_default();

    return weakkey_check_with(key, &l, err);
}

enum vox_err weakkey_check_cert(const struct cert *c, struct vox_error *err)
{
    EVP_PKEY *key;
    char text[64];
    enum vox_err code;

    cert_key_text(c, text, sizeof text);
    switch (cert_key_type(c)) {
    case CERT_KEY_RSA: /* before the library spends its time on a monster */
        if ((code = check_size((int)cert_rsa_bits(c), LIMIT_RSA_BITS_MIN, err)) != VOX_OK)
            return code;
        break;
    case CERT_KEY_EC:
        if (strcmp(text, "EC explicit") == 0)
            return explicit_parameters(err);
        break;
    default:
        return vox_fail(err, VOX_E_INPUT, "key of type %s: RSA and EC keys are taken (certificates.md 5)", text);
    }
    if ((key = cert_key(c)) == NULL)
        return cert_key_type(c) == CERT_KEY_EC
                   ? vox_fail_openssl(err, VOX_E_INPUT,
                                      "%s key that is damaged, on an unknown curve or no point of its curve "
                                      "(certificates.md 5.6)",
                                      text)
                   : vox_fail_openssl(err, VOX_E_INPUT, "%s key that is damaged (certificates.md 5.1)", text);
    return weakkey_check(key, err);
}

enum vox_err weakkey_check_root(const struct cert *c, struct vox_error *err)
{
    struct weakkey_limits l = weakkey_limits_default();
    enum vox_err code = weakkey_check_cert(c, err);

    if (code == VOX_OK || !cert_self_issued(c) || cert_key(c) == NULL || X509_check_ca(cert_x509(c)) <= 0)
        return code;
    l.exponent_min = 3;
    return weakkey_check_with(cert_key(c), &l, err);
}
