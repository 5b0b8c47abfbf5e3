#include "x509_fixture.h"

static void test_fingerprint(void **state)
{
    struct cert *c = fixture_lab("sast");
    uint8_t digest[CERT_SHA256_LEN];
    char text[CERT_FINGERPRINT_MAX], again[CERT_FINGERPRINT_MAX];
    unsigned n;

    (void)state;
    assert_true(X509_digest(cert_x509(c), EVP_sha256(), digest, &n));
    hex_encode(digest, n, again);
    cert_fingerprint(c, text);
    assert_string_equal(text, again);
    cert_free(&c);
}

static void test_comparisons(void **state)
{
    EVP_PKEY *ka = fixture_key(), *kb = fixture_key();
    struct cert *root = fixture_cert("CN=root", ka, NULL, NULL), *again = fixture_cert("CN=root", ka, NULL, NULL);
    struct cert *leaf = fixture_cert("CN=leaf", kb, "CN=root", ka), *copy;

    (void)state;
    assert_int_equal(cert_from_der(cert_der(root).data, cert_der(root).len, &copy, NULL), VOX_OK);
    assert_true(cert_same(root, copy));
    assert_true(cert_same_issuer_serial(root, copy));
    assert_false(cert_same(root, again)); /* another serial number */
    assert_false(cert_same_issuer_serial(root, again));
    assert_true(cert_same_key(root, again));
    assert_false(cert_same_key(root, leaf));
    assert_true(cert_self_issued(root));
    assert_false(cert_self_issued(leaf));
    assert_true(cert_verify_signed_by(leaf, root));
    assert_true(cert_verify_signed_by(root, root));
    assert_false(cert_verify_signed_by(root, leaf));
    assert_false(cert_verify_signed_by(leaf, leaf));
    struct cert *rsa = fixture_lab("sast"); /* with a key of another kind the library fails, and does not say no */
    assert_false(cert_verify_signed_by(leaf, rsa));
    assert_false(cert_verify_signed_by(rsa, root));
    cert_free(&rsa);
    cert_free(&copy);
    cert_free(&leaf);
    cert_free(&again);
    cert_free(&root);
    EVP_PKEY_free(ka);
    EVP_PKEY_free(kb);
}

static void test_keys(void **state)
{
    EVP_PKEY *ka = fixture_key(), *kb = fixture_key();
    struct cert *c = fixture_cert("CN=a", ka, NULL, NULL), *rsa = fixture_lab("sast");

    (void)state;
    assert_true(cert_key_matches(c, ka));
    assert_true(cert_key_matches(c, cert_key(c))); /* a public half */
    assert_false(cert_key_matches(c, kb));
    assert_false(cert_key_matches(c, NULL));
    assert_false(cert_key_matches(rsa, ka)); /* another kind */
    assert_int_equal(ERR_peek_error(), 0);
    cert_free(&rsa);
    cert_free(&c);
    EVP_PKEY_free(ka);
    EVP_PKEY_free(kb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
