/* How a key that is good in itself may be written, and what kind it may be: each is refused for the reason that it has.
 */
#include "issuing.h"

#include <openssl/core_names.h>

static EVP_PKEY *rsa;

static int make_world(void **state)
{
    rsa = EVP_RSA_gen(2048);
    return make_issuers(state);
}

static int free_world(void **state)
{
    EVP_PKEY_free(rsa);
    return free_issuers(state);
}

static void expect(const struct capf_request *r, const char *words)
{
    why = (struct vox_error){0};
    if (words == NULL) {
        assert_int_equal(capf_key_check(&ec_issuer, r, &why), VOX_OK);
        return;
    }
    assert_int_equal(capf_key_check(&ec_issuer, r, &why), VOX_E_NO);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
}

/* bits as the key in a SubjectPublicKeyInfo that is itself in DER. */
static struct capf_request wrapped(int kind, int type, void *parameter, const uint8_t *bits, size_t len,
                                   const struct key_spec *ordered)
{
    struct capf_request r = {.device = PHONE, .ordered = *ordered};
    X509_PUBKEY *k = X509_PUBKEY_new();
    unsigned char *der = NULL;
    int n;

    assert_true(X509_PUBKEY_set0_param(k, OBJ_nid2obj(kind), type, parameter, OPENSSL_memdup(bits, len), (int)len) > 0);
    assert_true((n = i2d_X509_PUBKEY(k, &der)) > 0);
    r.public_key = (struct bytes_view){der, (size_t)n};
    X509_PUBKEY_free(k);
    return r;
}

/* An INTEGER with so many zeros in front. */
static uint8_t *put_integer(uint8_t *at, const char *param, unsigned zeros)
{
    BIGNUM *n = NULL;

    assert_true(EVP_PKEY_get_bn_param(rsa, param, &n) > 0);
    ASN1_put_object(&at, 0, BN_num_bytes(n) + (int)zeros, V_ASN1_INTEGER, V_ASN1_UNIVERSAL);
    memset(at, 0, zeros);
    (void)BN_bn2bin(n, at + zeros);
    at += zeros + (unsigned)BN_num_bytes(n);
    BN_free(n);
    return at;
}

static void rsa_keys_written_otherwise(void **state)
{
    static const struct {
        unsigned zeros_n, zeros_e, more_in, more_behind;
        const char *words;
    } rows[] = {
        {1, 0, 0, 0, NULL},
        {0, 0, 0, 0, "not written in DER"} /* a negative modulus */,
        {2, 0, 0, 0, "not written in DER"},
        {1, 1, 0, 0, "not written in DER"},
        {1, 0, 1, 0, "not written in DER"},
        {1, 0, 0, 1, "not written in DER"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        uint8_t inner[400], whole[420], *end = inner, *at = whole;
        struct capf_request r;

        end = put_integer(end, "n", rows[k].zeros_n);
        end = put_integer(end, "e", rows[k].zeros_e);
        memset(end, 0, 2);
        end += rows[k].more_in;
        ASN1_put_object(&at, 1, (int)(end - inner), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
        memcpy(at, inner, (size_t)(end - inner));
        at += end - inner;
        *at = 0;
        at += rows[k].more_behind;
        r = wrapped(NID_rsaEncryption, V_ASN1_NULL, NULL, whole, (size_t)(at - whole), &rsa2048);
        expect(&r, rows[k].words);
        free_request(&r);
    }
}

static void another_kind(void **state)
{
    struct capf_request r = request_for(rsa, &p256);
    unsigned char *bits = NULL;
    int len = i2d_PublicKey(rsa, &bits);

    (void)state;
    expect(&r, "key of type rsaEncryption, but EC was ordered");
    free_request(&r);
    r = wrapped(NID_rsaEncryption, V_ASN1_UNDEF, NULL, bits, (size_t)len, &rsa2048);
    expect(&r, "RSA key with parameters");
    free_request(&r);
    OPENSSL_free(bits);
}

static void points_of_other_lengths(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *point = NULL;
    uint8_t longer[80];
    int len = i2d_PublicKey(key, &point);

    (void)state;
    assert_int_equal(len, 65);
    memset(longer, 0, sizeof longer);
    memcpy(longer, point, (size_t)len);
    for (int n = 1; n < 70; n++) {
        struct capf_request r = wrapped(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1),
                                        longer, (size_t)n, &p256);

        expect(&r, n == 65 ? NULL : "EC key whose point has ");
        free_request(&r);
    }
    OPENSSL_free(point);
    EVP_PKEY_free(key);
}

static void curve_written_out(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct capf_request r;

    (void)state;
    assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") > 0);
    r = request_for(key, &p256);
    expect(&r, "curve parameters of its own");
    free_request(&r);
    EVP_PKEY_free(key);
}

static void one_size(void **state)
{
    struct capf_request r = request_for(rsa, &rsa2048);

    (void)state;
    ec_issuer.profile.rsa_max = 2048; /* and 2,048 is the least */
    expect(&r, NULL);
    ec_issuer.profile.rsa_max = capf_profile_default().rsa_max;
    free_request(&r);
}

/* More than are examined at once, the bad ones in all places. */
static void many_together(void **state)
{
    enum { MANY = 3 * CAPF_TOGETHER + 1 };
    const struct capf_request *asked[MANY];
    struct capf_checked out[MANY];
    struct capf_request good, prime, ec, all[3];
    BN_CTX *bn = BN_CTX_new();
    BIGNUM *n = BN_new();
    uint8_t bits[400], *end = bits, *at;
    EVP_PKEY *key = EVP_EC_gen("P-256");

    (void)state;
    assert_true(BN_generate_prime_ex2(n, 1024, 0, NULL, NULL, NULL, bn) > 0);
    ASN1_put_object(&end, 1, 131 + 1 + 5, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    at = end;
    ASN1_put_object(&at, 0, 129, V_ASN1_INTEGER, V_ASN1_UNIVERSAL);
    *at++ = 0;
    (void)BN_bn2bin(n, at);
    at = put_integer(at + 128, "e", 0);
    prime = wrapped(NID_rsaEncryption, V_ASN1_NULL, NULL, bits, (size_t)(at - bits),
                    &(struct key_spec){.type = KEY_RSA, .rsa_bits = 1024});
    good = request_for(rsa, &rsa2048);
    ec = request_for(key, &p256);
    ec_issuer.profile.rsa_min = 1024;
    for (size_t shift = 0; shift < 3; shift++) {
        all[(0 + shift) % 3] = good;
        all[(1 + shift) % 3] = ec;
        all[(2 + shift) % 3] = prime;
        for (size_t k = 0; k < MANY; k++)
            asked[k] = &all[k % 3];
        capf_keys_check(&ec_issuer, asked, MANY, out);
        for (size_t k = 0; k < MANY; k++)
            if ((out[k].code != VOX_OK) != (k % 3 == (2 + shift) % 3))
                fail_msg("%zu of them, from %zu: %d", k, shift, (int)out[k].code);
    }
    ec_issuer.profile.rsa_min = 2048;
    free_request(&good);
    free_request(&prime);
    free_request(&ec);
    EVP_PKEY_free(key);
    BN_free(n);
    BN_CTX_free(bn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsa_keys_written_otherwise),
        cmocka_unit_test(another_kind),
        cmocka_unit_test(points_of_other_lengths),
        cmocka_unit_test(curve_written_out),
        cmocka_unit_test(one_size),
        cmocka_unit_test(many_together),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
