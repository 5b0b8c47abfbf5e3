/* Every weak key of the vectors is refused with its reason, and no good one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <libcert/certcheck.h>

#include "x509/weakkey.h"

enum { MANY = 20 };

static FILE *vector(const char *name)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/weak/%s", VOX_VECTORS, name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s", path);
    return f;
}

/* reason NULL: must pass. */
static void expect_keys(const char *name, int count, const char *reason)
{
    FILE *f = vector(name);
    EVP_PKEY *key;
    int n = 0;

    while ((key = PEM_read_PUBKEY(f, NULL, NULL, NULL)) != NULL) {
        struct vox_error err = {0};
        enum vox_err code = weakkey_check(key, &err);

        n++;
        if (code != (reason != NULL ? VOX_E_INPUT : VOX_OK))
            fail_msg("%s: key %d: %s", name, n, code == VOX_OK ? "taken" : err.text);
        if (reason != NULL && strstr(err.text, reason) == NULL)
            fail_msg("%s: key %d: \"%s\" does not say \"%s\"", name, n, err.text, reason);
        assert_int_equal(ERR_peek_error(), 0);
        EVP_PKEY_free(key);
    }
    ERR_clear_error();
    assert_int_equal(n, count);
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
}

static void expect_certs(const char *name, int count, const char *reason)
{
    FILE *f = vector(name);
    unsigned char *der = NULL;
    char *label = NULL, *header = NULL;
    long len;
    int n = 0;

    while (PEM_read(f, &label, &header, &der, &len) > 0) {
        struct vox_error err = {0};
        struct cert *c;

        n++;
        if (cert_from_der(der, (size_t)len, &c, &err) != VOX_OK)
            fail_msg("%s: certificate %d: %s", name, n, err.text);
        if (weakkey_check_cert(c, &err) != VOX_E_INPUT)
            fail_msg("%s: certificate %d: taken", name, n);
        if (strstr(err.text, reason) == NULL)
            fail_msg("%s: certificate %d: \"%s\" does not say \"%s\"", name, n, err.text, reason);
        cert_free(&c);
        OPENSSL_free(der);
        OPENSSL_free(label);
        OPENSSL_free(header);
    }
    ERR_clear_error();
    assert_int_equal(n, count);
    fclose(f);
}

static void test_roca(void **state)
{
    (void)state;
    expect_keys("roca.pem", MANY, "ROCA");
}

static void test_fermat(void **state)
{
    (void)state;
    expect_keys("fermat.pem", MANY, "two primes are so close");
}

static void test_small_factor(void **state)
{
    (void)state;
    expect_keys("small-factor.pem", MANY, "divisible by");
}

static void test_even(void **state)
{
    (void)state;
    expect_keys("even.pem", MANY, "even modulus");
}

static void test_exponent(void **state)
{
    (void)state;
    expect_keys("exponent.pem", MANY, "public exponent");
}

static void test_size(void **state)
{
    (void)state;
    expect_keys("size.pem", MANY, "bits: at");
}

static void test_curves(void **state)
{
    (void)state;
    expect_keys("ec-other-curve.pem", MANY, "on the curve");
    expect_certs("ec-explicit.pem", MANY, "parameters of its own");
    expect_certs("ec-off-curve.pem", MANY, "no point of its curve");
    expect_certs("ec-infinity.pem", 3, "no point of its curve");
}

static void test_algorithms(void **state)
{
    (void)state;
    expect_keys("other-algorithm.pem", 8, "RSA and EC keys are taken");
}

static void test_good_keys_pass(void **state)
{
    (void)state;
    expect_keys("good.pem", 200, NULL);
}

static void test_explicit_parameters_of_a_decoded_key(void **state)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL, *decoded;
    unsigned char *der = NULL;
    struct vox_error err;

    (void)state;
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_group_name(ctx, "P-256") > 0 &&
                EVP_PKEY_CTX_set_ec_param_enc(ctx, 0) > 0 && EVP_PKEY_generate(ctx, &key) > 0);
    assert_int_equal(weakkey_check(key, &err), VOX_E_INPUT);
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *p = der;
    decoded = d2i_PUBKEY(NULL, &p, len);
    assert_non_null(decoded);
    assert_int_equal(weakkey_check(decoded, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "parameters of its own"));
    EVP_PKEY_free(key);
    EVP_PKEY_free(decoded);
    EVP_PKEY_CTX_free(ctx);
    OPENSSL_free(der);
}

/* The single tests against numbers that a reader can check by hand. */
static void test_small_numbers(void **state)
{
    static const struct {
        const char *n;
        int rounds, want;
    } fermat[] = {
        {"9", 1, 1},                          /* 3 * 3: round 0 */
        {"15", 1, 1},                         /* 4^2 - 1 */
        {"5959", 3, 1},                       /* 80^2 - 21^2: 77 is the root, three above it */
        {"5959", 2, 0},      {"10403", 1, 1}, /* 101 * 103 */
        {"1000003", 100, 0},                  /* a prime */
        {"1", 0, 1},
    };
    BIGNUM *n = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof fermat / sizeof *fermat; i++) {
        assert_true(BN_dec2bn(&n, fermat[i].n) > 0);
        assert_int_equal(weakkey_fermat(n, fermat[i].rounds), fermat[i].want);
    }
    static const struct {
        const char *n;
        int want;
    } factor[] = {{"4", 2},
                  {"9", 3},
                  {"35", 5},
                  {"4295098369", 0},     /* 65537 squared */
                  {"4292870399", 65519}, /* 65519 * 65521 */
                  {"65521", 65521}};
    for (size_t i = 0; i < sizeof factor / sizeof *factor; i++) {
        assert_true(BN_dec2bn(&n, factor[i].n) > 0);
        assert_int_equal(weakkey_small_factor(n), factor[i].want);
    }
    /* Powers of 65537 have the fingerprint by definition; the next odd number has not. */
    assert_true(BN_set_word(n, 65537) > 0);
    assert_int_equal(weakkey_roca(n), 1);
    assert_true(BN_set_word(n, 1) > 0);
    assert_int_equal(weakkey_roca(n), 1);
    assert_true(BN_set_word(n, 65539) > 0);
    assert_int_equal(weakkey_roca(n), 0);
    BN_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roca),           cmocka_unit_test(test_fermat),
        cmocka_unit_test(test_small_factor),   cmocka_unit_test(test_even),
        cmocka_unit_test(test_exponent),       cmocka_unit_test(test_size),
        cmocka_unit_test(test_curves),         cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_good_keys_pass), cmocka_unit_test(test_explicit_parameters_of_a_decoded_key),
        cmocka_unit_test(test_small_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
