/* What keys can be asked for, and what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <libcert/certcheck.h>
#include <libcert/key.h>

static void test_parse(void **state)
{
    static const struct {
        const char *text, *back;
    } good[] = {
        {"rsa", "rsa:2048"},          {"RSA:1024", "rsa:1024"},
        {"rsa:4096", "rsa:4096"},     {"rsa:2056", "rsa:2056"},
        {"ec", "ec:P-256"},           {"ec:P-384", "ec:P-384"},
        {"EC:p-521", "ec:P-521"},     {"ec:prime256v1", "ec:P-256"},
        {"ec:secp256r1", "ec:P-256"}, {"ec:secp384r1", "ec:P-384"},
        {"ec:secp521r1", "ec:P-521"},
    };
    static const char *const bad[] = {"",         "rsa:",      "rsa:1016",   "rsa:4104",
                                      "rsa:2049", "rsa:-2048", "rsa:2048 ",  "rsa:99999999999999999999",
                                      "rsa2048",  "ec:",       "ec:P-224",   "ec:secp256k1",
                                      "dsa",      "ed25519",   "rsa:2048:x", ":",
                                      "pkcs11:x"};
    struct key_spec spec;
    struct vox_error err;
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(key_spec_parse(good[i].text, &spec, &err), VOX_OK);
        key_spec_text(&spec, text, sizeof text);
        assert_string_equal(text, good[i].back);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (key_spec_parse(bad[i], &spec, &err) != VOX_E_USAGE)
            fail_msg("taken: %s", bad[i]);
        assert_true(strstr(err.text, "possible") != NULL || strstr(err.text, "expected") != NULL);
    }
}

static void test_generate(void **state)
{
    static const struct {
        const char *spec, *described;
    } want[] = {{"rsa:1024", "RSA 1024"}, {"ec:P-256", "EC P-256"}, {"ec:P-384", "EC P-384"}, {"ec:P-521", "EC P-521"}};
    struct key_spec spec;
    struct vox_error err;
    EVP_PKEY *key;
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(key_spec_parse(want[i].spec, &spec, NULL), VOX_OK);
        assert_int_equal(key_generate(&spec, &key, &err), VOX_OK);
        key_describe(key, text, sizeof text);
        assert_string_equal(text, want[i].described);
        assert_int_equal(weakkey_check(key, &err), VOX_OK);
        if (i == 0) {
            BIGNUM *e = NULL;

            assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) > 0);
            assert_int_equal(BN_get_word(e), 65537);
            BN_free(e);
        }
        EVP_PKEY_free(key);
    }
    spec = (struct key_spec){.type = KEY_EC, .curve = "P-999"};
    assert_int_equal(key_generate(&spec, &key, &err), VOX_E_CRYPTO);
    assert_null(key);
    spec = (struct key_spec){.type = KEY_RSA, .rsa_bits = 1};
    assert_int_equal(key_generate(&spec, &key, &err), VOX_E_CRYPTO);
    assert_null(key);
}

static void test_describe_others(void **state)
{
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *k1 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
    char text[32];

    (void)state;
    key_describe(ed, text, sizeof text);
    assert_string_equal(text, "ED25519");
    key_describe(k1, text, sizeof text);
    assert_string_equal(text, "EC secp256k1");
    EVP_PKEY_free(ed);
    EVP_PKEY_free(k1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_generate),
        cmocka_unit_test(test_describe_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
