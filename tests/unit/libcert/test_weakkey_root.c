/* Whose small exponent is let pass, and how far apart primes must be. */
#include "unit/libcert/x509_fixture.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

#include <libcert/certcheck.h>

static EVP_PKEY *good;
static BIGNUM *modulus;

static int set_up(void **state)
{
    (void)state;
    good = EVP_RSA_gen(1024);
    return good == NULL || EVP_PKEY_get_bn_param(good, OSSL_PKEY_PARAM_RSA_N, &modulus) <= 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(good);
    BN_free(modulus);
    return 0;
}

static EVP_PKEY *rsa_of(const BIGNUM *n, unsigned long exponent)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = BN_new();
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;

    assert_true(BN_set_word(e, exponent) && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e));
    params = OSSL_PARAM_BLD_to_param(b);
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    return key;
}

static enum vox_err root_check(unsigned long exponent, bool authority, const char *issuer, struct vox_error *err)
{
    EVP_PKEY *key = rsa_of(modulus, exponent);
    X509 *x = fixture_x509("CN=Maker Root", key, issuer, good);
    X509_EXTENSION *ext =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
    enum vox_err code;
    struct cert *c;

    assert_true(X509_add_ext(x, ext, -1) > 0 && X509_sign(x, good, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    assert_int_equal(weakkey_check_cert(c, err), exponent < 65537 ? VOX_E_INPUT : VOX_OK);
    code = weakkey_check_root(c, err);
    X509_EXTENSION_free(ext);
    X509_free(x);
    cert_free(&c);
    EVP_PKEY_free(key);
    return code;
}

/* The exponent 3 is a root's alone, and 1 nobody's: with it everything is its own signature. */
static void test_small_exponents(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(root_check(65537, true, NULL, &err), VOX_OK);
    assert_int_equal(root_check(3, true, NULL, &err), VOX_OK);
    assert_int_equal(root_check(3, true, "CN=Another Root", &err), VOX_E_INPUT);
    assert_int_equal(root_check(3, false, NULL, &err), VOX_E_INPUT);
    assert_int_equal(root_check(1, true, NULL, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "public exponent 1"));
}

/* n of two primes of 512 bits, the second about far * 2^256 above the first. */
static enum vox_err check_distance(unsigned long far, struct vox_error *err)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = BN_new(), *q = BN_new(), *n = BN_new();
    EVP_PKEY *key;
    enum vox_err code;

    assert_true(BN_generate_prime_ex(p, 512, 0, NULL, NULL, NULL) > 0);
    assert_true(BN_set_word(q, far) && BN_lshift(q, q, 256) && BN_add(q, q, p));
    while (BN_check_prime(q, ctx, NULL) == 0)
        assert_true(BN_add_word(q, 2));
    assert_true(BN_mul(n, p, q, ctx));
    key = rsa_of(n, 65537);
    code = weakkey_check(key, err);
    EVP_PKEY_free(key);
    BN_free(p);
    BN_free(q);
    BN_free(n);
    BN_CTX_free(ctx);
    return code;
}

/* Fermat's method finds them in (q - p)^2 / 8p rounds, p between 2^511 and 2^512: 32 to 64, and 800 or more. */
static void test_primes_that_are_close(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(check_distance(16, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "so close"));
    assert_int_equal(check_distance(80, &err), VOX_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_exponents),
        cmocka_unit_test(test_primes_that_are_close),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
