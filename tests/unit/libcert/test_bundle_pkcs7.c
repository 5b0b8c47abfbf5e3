#include "bundle_fixture.h"

#include <openssl/pkcs7.h>

static void test_write_and_read_back(void **state)
{
    struct vox_error err = {0};
    struct bundle b, again;
    struct bytes der;

    (void)state;
    assert_int_equal(fixture_read("chain.pem", NULL, &b, &err), VOX_OK);
    assert_int_equal(bundle_write_pkcs7(b.certs, b.ncerts, &der, &err), VOX_OK);
    assert_int_equal(bundle_read(der.data, der.len, "x", NULL, &again, &err), VOX_OK);
    assert_int_equal(again.form, BUNDLE_PKCS7);
    fixture_expect_names(&again, LEAF "," ISSUING "," ROOT);
    bundle_free(&again);

    /* Each cut is refused: nothing of it is taken. */
    for (size_t n = 1; n < der.len; n++) {
        assert_int_equal(bundle_read(der.data, n, "x", NULL, &again, &err), VOX_E_INPUT);
        assert_null(again.certs);
    }
    der.data = realloc(der.data, der.len + 1);
    der.data[der.len] = 0;
    assert_int_equal(bundle_read(der.data, der.len + 1, "x", NULL, &again, &err), VOX_E_INPUT);
    bytes_free(&der);
    bundle_free(&b);
}

static void test_without_certificates(void **state)
{
    static const int types[] = {NID_pkcs7_data, NID_pkcs7_digest, NID_pkcs7_enveloped};
    struct vox_error err = {0};
    struct bundle b;
    struct bytes der;

    (void)state;
    assert_int_equal(bundle_write_pkcs7(NULL, 0, &der, &err), VOX_OK);
    assert_int_equal(bundle_read(der.data, der.len, "x", NULL, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "PKCS#7 without a certificate"));
    bytes_free(&der);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        PKCS7 *p7 = PKCS7_new();
        unsigned char *out = NULL;
        int len;

        assert_true(PKCS7_set_type(p7, types[i]));
        if ((len = i2d_PKCS7(p7, &out)) > 0) {
            assert_int_equal(bundle_read(out, (size_t)len, "x", NULL, &b, &err), VOX_E_INPUT);
            assert_non_null(strstr(err.text, "holds no certificates"));
        }
        OPENSSL_free(out);
        PKCS7_free(p7);
        ERR_clear_error();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_read_back),
        cmocka_unit_test(test_without_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
