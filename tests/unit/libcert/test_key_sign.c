/* Signatures are verified before they leave, and nothing but the right one verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <libcert/key.h>

static EVP_PKEY *rsa, *other, *ec;
static const struct bytes_view parts[] = {{(const uint8_t *)"one", 3}, {NULL, 0}, {(const uint8_t *)"two", 3}};
static const struct bytes_view whole[] = {{(const uint8_t *)"onetwo", 6}};

static int setup(void **state)
{
    (void)state;
    return key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &rsa, NULL) != VOX_OK ||
           key_open(VOX_VECTORS "/lab/tvs.pem", NULL, &other, NULL) != VOX_OK ||
           key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-256"}, &ec, NULL) != VOX_OK;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(other);
    EVP_PKEY_free(ec);
    return 0;
}

static void test_digests(void **state)
{
    enum digest d;

    (void)state;
    assert_string_equal(digest_name(1), "sha1");
    assert_string_equal(digest_name(2), "sha256");
    assert_string_equal(digest_name(3), "sha512");
    assert_null(digest_name(0));
    assert_null(digest_name(4));
    assert_null(digest_md(-1));
    assert_int_equal(EVP_MD_get_size(digest_md(DIGEST_SHA512)), 64);
    assert_true(digest_parse("SHA-512", &d) && d == DIGEST_SHA512);
    assert_true(digest_parse("sha1", &d) && d == DIGEST_SHA1);
    assert_true(digest_parse("Sha256", &d) && d == DIGEST_SHA256);
    assert_false(digest_parse("", &d));
    assert_false(digest_parse("sha", &d));
    assert_false(digest_parse("sha2566", &d));
    assert_false(digest_parse("md5", &d));
}

static void test_sign_and_verify(void **state)
{
    EVP_PKEY *keys[] = {rsa, ec};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (enum digest d = DIGEST_SHA1; d <= DIGEST_SHA512; d++) {
            struct bytes sig;

            assert_int_equal(key_sign(keys[i], d, parts, 3, &sig, NULL), VOX_OK);
            assert_int_equal(key_verify(keys[i], d, whole, 1, bytes_view_of(&sig), NULL), VOX_OK);
            assert_int_equal(key_verify(keys[i], d, parts, 2, bytes_view_of(&sig), NULL), VOX_E_NO);
            assert_int_equal(key_verify(keys[i], d, NULL, 0, bytes_view_of(&sig), NULL), VOX_E_NO);
            assert_int_equal(key_verify(other, d, whole, 1, bytes_view_of(&sig), NULL), VOX_E_NO);
            for (enum digest e = DIGEST_SHA1; e <= DIGEST_SHA512; e++)
                if (e != d)
                    assert_int_equal(key_verify(keys[i], e, whole, 1, bytes_view_of(&sig), NULL), VOX_E_NO);
            bytes_free(&sig);
        }
    }
}

static void test_every_changed_byte_and_every_cut(void **state)
{
    EVP_PKEY *keys[] = {rsa, ec};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t longer[600] = {0};
        struct bytes sig;

        assert_int_equal(key_sign(keys[i], DIGEST_SHA256, whole, 1, &sig, NULL), VOX_OK);
        for (size_t n = 0; n < sig.len; n++) {
            struct vox_error err;

            assert_int_equal(key_verify(keys[i], DIGEST_SHA256, whole, 1, (struct bytes_view){sig.data, n}, &err),
                             VOX_E_NO);
            sig.data[n] ^= 0x10;
            assert_int_equal(key_verify(keys[i], DIGEST_SHA256, whole, 1, bytes_view_of(&sig), &err), VOX_E_NO);
            sig.data[n] ^= 0x10;
        }
        memcpy(longer, sig.data, sig.len);
        for (size_t n = 1; n <= 3; n++)
            assert_int_equal(
                key_verify(keys[i], DIGEST_SHA256, whole, 1, (struct bytes_view){longer, sig.len + n}, NULL), VOX_E_NO);
        bytes_free(&sig);
    }
}

/* RSA with a padding that looks right to those who compare the end only. */
static void test_forged_paddings(void **state)
{
    uint8_t hash[32], block[256], sig[256];
    /* DigestInfo of SHA-256 */
    static const uint8_t info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    /* One without parameters: accepted nowhere here. */
    static const uint8_t bare[] = {0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                   0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20};

    (void)state;
    assert_true(EVP_Digest("onetwo", 6, hash, NULL, EVP_sha256(), NULL) > 0);
    for (int variant = 0; variant < 7; variant++) {
        const uint8_t *prefix = variant == 5 ? bare : info;
        size_t n = variant == 5 ? sizeof bare : variant == 6 ? 0 : sizeof info, tail = variant == 4 ? 8 : 0;

        memset(block, 0xff, sizeof block);
        block[0] = 0;
        block[1] = variant == 1 ? 0 : variant == 2 ? 2 : 1;
        size_t at = sizeof block - tail - sizeof hash - n;
        block[at - 1] = 0;
        memcpy(block + at, prefix, n);
        memcpy(block + at + n, hash, sizeof hash);
        if (variant == 3)
            block[5] = 0xfe;
        /* The raw private operation. */
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, rsa, NULL);
        size_t len = sizeof sig;
        assert_true(EVP_PKEY_sign_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
                    EVP_PKEY_sign(ctx, sig, &len, block, sizeof block) > 0);
        EVP_PKEY_CTX_free(ctx);
        assert_int_equal(key_verify(rsa, DIGEST_SHA256, whole, 1, (struct bytes_view){sig, len}, NULL),
                         variant == 0 ? VOX_OK : VOX_E_NO);
    }
}

static void test_degenerate_ecdsa(void **state)
{
    /* r and s of 0, 1, -1; not DER; empty. */
    static const uint8_t zero[] = {0x30, 6, 2, 1, 0, 2, 1, 0};
    static const uint8_t one[] = {0x30, 6, 2, 1, 1, 2, 1, 1};
    static const uint8_t minus[] = {0x30, 6, 2, 1, 0xff, 2, 1, 0xff};
    static const uint8_t text[] = "not DER";
    static const struct bytes_view sigs[] = {{zero, 8}, {one, 8}, {minus, 8}, {text, 7}, {NULL, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
        assert_int_equal(key_verify(ec, DIGEST_SHA256, whole, 1, sigs[i], NULL), VOX_E_NO);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *b)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY *out = NULL;

    assert_true(EVP_PKEY_fromdata_init(ctx) > 0 && EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_KEYPAIR, params) > 0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    return out;
}

/* A damaged key signs happily; the signature must not get out, as it may give the private key away. */
static void test_a_faulty_signature_never_leaves(void **state)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *n = NULL, *e = NULL, *d = NULL;
    struct vox_error err;
    struct bytes sig;

    (void)state;
    assert_true(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &n) > 0 &&
                EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_E, &e) > 0 &&
                EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_D, &d) > 0);
    assert_true(BN_sub_word(d, 2) > 0);
    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) > 0 &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) > 0 &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_D, d) > 0);
    EVP_PKEY *bad = from_params("RSA", b);
    assert_int_equal(key_sign(bad, DIGEST_SHA256, whole, 1, &sig, &err), VOX_E_CRYPTO);
    assert_null(sig.data);
    EVP_PKEY_free(bad);
    BN_free(n);
    BN_free(e);
    BN_clear_free(d);

    unsigned char *point = NULL;
    BIGNUM *secret = NULL;
    EVP_PKEY *another;
    assert_int_equal(key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-256"}, &another, NULL), VOX_OK);
    size_t len = EVP_PKEY_get1_encoded_public_key(another, &point);
    assert_true(EVP_PKEY_get_bn_param(ec, OSSL_PKEY_PARAM_PRIV_KEY, &secret) > 0);
    b = OSSL_PARAM_BLD_new();
    assert_true(OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) > 0 &&
                OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, len) > 0 &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, secret) > 0);
    bad = from_params("EC", b);
    assert_int_equal(key_sign(bad, DIGEST_SHA256, whole, 1, &sig, &err), VOX_E_CRYPTO);
    assert_non_null(strstr(err.text, "thrown away"));
    assert_null(sig.data);
    EVP_PKEY_free(bad);
    EVP_PKEY_free(another);
    BN_clear_free(secret);
    OPENSSL_free(point);
}

static void test_keys_that_do_not_belong_here(void **state)
{
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(ec, &der);
    const unsigned char *p = der;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, len);
    struct bytes sig;

    (void)state;
    assert_int_equal(key_sign(ed, DIGEST_SHA256, whole, 1, &sig, NULL), VOX_E_CRYPTO);
    assert_int_equal(key_verify(ed, DIGEST_SHA256, whole, 1, whole[0], NULL), VOX_E_NO);
    assert_int_equal(key_sign(public, DIGEST_SHA256, whole, 1, &sig, NULL), VOX_E_CRYPTO);
    assert_null(sig.data);
    assert_int_equal(key_sign(ec, (enum digest)9, whole, 1, &sig, NULL), VOX_E_CRYPTO);
    assert_int_equal(key_verify(ec, (enum digest)9, whole, 1, whole[0], NULL), VOX_E_CRYPTO);
    EVP_PKEY_free(ed);
    EVP_PKEY_free(public);
    OPENSSL_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_sign_and_verify),
        cmocka_unit_test(test_every_changed_byte_and_every_cut),
        cmocka_unit_test(test_forged_paddings),
        cmocka_unit_test(test_degenerate_ecdsa),
        cmocka_unit_test(test_a_faulty_signature_never_leaves),
        cmocka_unit_test(test_keys_that_do_not_belong_here),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
