/* What it costs to try a password, in every form that files say it in, and in forms that are meant to do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "x509/password_cost.h"

static long cost_and_free(X509_ALGOR *alg)
{
    long cost;

    assert_non_null(alg);
    cost = password_cost(alg);
    X509_ALGOR_free(alg);
    return cost;
}

/* PBES2 with this key derivation, whose parameters are taken. */
static X509_ALGOR *pbes2(int kdf, ASN1_STRING *parameters)
{
    PBE2PARAM *p = PBE2PARAM_new();
    X509_ALGOR *alg = X509_ALGOR_new();
    ASN1_STRING *packed = NULL;

    assert_non_null(p);
    assert_non_null(alg);
    assert_int_equal(X509_ALGOR_set0(p->keyfunc, OBJ_nid2obj(kdf), V_ASN1_SEQUENCE, parameters), 1);
    assert_int_equal(X509_ALGOR_set0(p->encryption, OBJ_nid2obj(NID_aes_256_cbc), V_ASN1_NULL, NULL), 1);
    assert_non_null(ASN1_item_pack(p, ASN1_ITEM_rptr(PBE2PARAM), &packed));
    assert_int_equal(X509_ALGOR_set0(alg, OBJ_nid2obj(NID_pbes2), V_ASN1_SEQUENCE, packed), 1);
    PBE2PARAM_free(p);
    return alg;
}

static X509_ALGOR *scrypt(int64_t n, int64_t r, int64_t p)
{
    SCRYPT_PARAMS *s = SCRYPT_PARAMS_new();
    ASN1_STRING *packed = NULL;

    assert_non_null(s);
    assert_int_equal(ASN1_OCTET_STRING_set(s->salt, (const unsigned char *)"salt", 4), 1);
    assert_int_equal(ASN1_INTEGER_set_int64(s->costParameter, n), 1);
    assert_int_equal(ASN1_INTEGER_set_int64(s->blockSize, r), 1);
    assert_int_equal(ASN1_INTEGER_set_int64(s->parallelizationParameter, p), 1);
    assert_non_null(ASN1_item_pack(s, ASN1_ITEM_rptr(SCRYPT_PARAMS), &packed));
    SCRYPT_PARAMS_free(s);
    return pbes2(NID_id_scrypt, packed);
}

static void test_pbkdf2_and_the_older_ones_count_iterations(void **state)
{
    (void)state;
    assert_int_equal(cost_and_free(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 12345, NULL, 8, NULL, NID_hmacWithSHA256)),
                     12345);
    assert_int_equal(cost_and_free(PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 777, NULL, 8)), 777);
}

static void test_scrypt_is_work_times_width(void **state)
{
    (void)state;
    assert_int_equal(cost_and_free(scrypt(16384, 8, 1)), 16384 * 8);
    assert_int_equal(cost_and_free(scrypt(1024, 8, 16)), 1024 * 8 * 16);
}

static void test_what_is_beyond_measure_has_no_cost(void **state)
{
    (void)state;
    assert_true(cost_and_free(scrypt(INT32_MAX, INT32_MAX, INT32_MAX)) < 0);
    assert_true(cost_and_free(scrypt((int64_t)INT32_MAX + 1, 8, 1)) < 0);
    assert_true(cost_and_free(scrypt(0, 8, 1)) < 0);
    assert_true(cost_and_free(scrypt(16384, -8, 1)) < 0);
}

static void test_what_is_not_known_has_no_cost(void **state)
{
    X509_ALGOR *none = X509_ALGOR_new();

    (void)state;
    assert_int_equal(X509_ALGOR_set0(none, OBJ_nid2obj(NID_pbes2), V_ASN1_NULL, NULL), 1);
    assert_true(cost_and_free(none) < 0);
    assert_true(cost_and_free(pbes2(NID_id_pbkdf2, ASN1_STRING_type_new(V_ASN1_SEQUENCE))) < 0);
    assert_true(cost_and_free(pbes2(NID_sha256, ASN1_STRING_type_new(V_ASN1_SEQUENCE))) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pbkdf2_and_the_older_ones_count_iterations),
        cmocka_unit_test(test_scrypt_is_work_times_width),
        cmocka_unit_test(test_what_is_beyond_measure_has_no_cost),
        cmocka_unit_test(test_what_is_not_known_has_no_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
