#include "x509_fixture.h"

static struct cert *of_key(EVP_PKEY *key, EVP_PKEY *signer)
{
    struct cert *c = fixture_cert("CN=key", key, "CN=signer", signer);

    EVP_PKEY_free(key);
    return c;
}

static void expect(struct cert *c, const char *text, enum cert_key_type type, unsigned rsa_bits)
{
    char out[64];

    cert_key_text(c, out, sizeof out);
    assert_string_equal(out, text);
    assert_int_equal(cert_key_type(c), type);
    assert_int_equal(cert_rsa_bits(c), rsa_bits);
    cert_free(&c);
}

static void test_texts(void **state)
{
    EVP_PKEY *signer = fixture_key();
    EVP_PKEY *explicit_curve = EVP_EC_gen("P-256");

    (void)state;
    assert_true(EVP_PKEY_set_utf8_string_param(explicit_curve, "encoding", "explicit"));
    expect(of_key(explicit_curve, signer), "EC explicit", CERT_KEY_EC, 0);
    expect(fixture_lab("sast"), "RSA 2048", CERT_KEY_RSA, 2048);
    expect(fixture_lab("web-ec"), "EC P-384", CERT_KEY_EC, 0);
    expect(of_key(EVP_EC_gen("P-256"), signer), "EC P-256", CERT_KEY_EC, 0);
    expect(of_key(EVP_EC_gen("P-521"), signer), "EC P-521", CERT_KEY_EC, 0);
    expect(of_key(EVP_EC_gen("secp256k1"), signer), "EC secp256k1", CERT_KEY_EC, 0);
    expect(of_key(EVP_EC_gen("brainpoolP256r1"), signer), "EC brainpoolP256r1", CERT_KEY_EC, 0);
    expect(of_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), signer), "ED25519", CERT_KEY_OTHER, 0);
    expect(of_key(EVP_RSA_gen(1016u), signer), "RSA 1016", CERT_KEY_RSA, 1016);
    expect(of_key(EVP_RSA_gen(514u), signer), "RSA 514", CERT_KEY_RSA, 514);
    EVP_PKEY_free(signer);
}

static void test_small_output_and_damage(void **state)
{
    struct cert *c = fixture_lab("sast"), *d;
    struct bytes_view der = cert_der(c), bits = cert_public_key_bits(c);
    uint8_t *copy = malloc(der.len);
    char out[5] = "....";

    (void)state;
    cert_key_text(c, out, 0);
    assert_string_equal(out, "....");
    cert_key_text(c, out, sizeof out);
    assert_string_equal(out, "RSA ");
    memcpy(copy, der.data, der.len);
    copy[bits.data - der.data] ^= 1; /* SEQUENCE of PKCS#1 */
    assert_int_equal(cert_from_der(copy, der.len, &d, NULL), VOX_OK);
    expect(d, "RSA damaged", CERT_KEY_RSA, 0);
    free(copy);
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_small_output_and_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
