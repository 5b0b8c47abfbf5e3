/* Signatures of phones: what is right is taken, and 10,000 forgeries are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <capf/proof.h>

enum { BITS = 1024, BLOCK = BITS / 8, SHA1_LEN = 20, SHA512_LEN = 64 };

static EVP_PKEY *rsa, *rsa3, *ec, *other;
static unsigned forgeries;
static const struct bytes_view text[] = {{(const uint8_t *)"SEP001122334455", 16},
                                         {(const uint8_t *)"certificate", 11}};
static uint8_t sha1[SHA1_LEN], sha512[SHA512_LEN];

static EVP_PKEY *make_rsa(unsigned bits, unsigned long e)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *n = BN_new();
    EVP_PKEY *key = NULL;

    assert_true(BN_set_word(n, e) > 0);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) > 0);
    assert_true(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, n) > 0);
    assert_true(EVP_PKEY_generate(ctx, &key) > 0);
    BN_free(n);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static int make_keys(void **state)
{
    unsigned char all[27];

    (void)state;
    rsa = make_rsa(BITS, 65537);
    rsa3 = make_rsa(BITS, 3);
    other = make_rsa(BITS, 65537);
    ec = EVP_EC_gen("P-256");
    memcpy(all, text[0].data, 16);
    memcpy(all + 16, text[1].data, 11);
    assert_true(EVP_Q_digest(NULL, "SHA1", NULL, all, sizeof all, sha1, NULL) > 0);
    assert_true(EVP_Q_digest(NULL, "SHA512", NULL, all, sizeof all, sha512, NULL) > 0);
    return ec == NULL;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(rsa3);
    EVP_PKEY_free(other);
    EVP_PKEY_free(ec);
    return 0;
}

static enum vox_err verify(EVP_PKEY *key, const EVP_MD *md, const uint8_t *sig, size_t len)
{
    struct vox_error err;

    return capf_bare_verify(key, md, text, 2, (struct bytes_view){sig, len}, &err);
}

#define assert_forgery(key, md, sig, len)                      \
    do {                                                       \
        forgeries++;                                           \
        assert_int_equal(verify(key, md, sig, len), VOX_E_NO); \
    } while (0)

/* The owner of the private key can make a signature around any block. */
static void around(EVP_PKEY *key, const uint8_t block[static BLOCK], uint8_t out[static BLOCK])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t len = BLOCK;

    assert_true(EVP_PKEY_sign_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0);
    assert_true(EVP_PKEY_sign(ctx, out, &len, block, BLOCK) > 0);
    assert_int_equal(len, BLOCK);
    EVP_PKEY_CTX_free(ctx);
}

static void right_block(uint8_t block[static BLOCK], const uint8_t *digest, size_t len)
{
    memset(block, 0xff, BLOCK);
    block[0] = 0;
    block[1] = 1;
    block[BLOCK - len - 1] = 0;
    memcpy(block + BLOCK - len, digest, len);
}

static void what_is_right_is_taken(void **state)
{
    EVP_PKEY *const keys[] = {rsa, ec};
    const EVP_MD *const mds[] = {EVP_sha1(), EVP_sha256(), EVP_sha512()};
    uint8_t block[BLOCK], sig[BLOCK];

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        for (size_t d = 0; d < 3; d++) {
            struct vox_error err;
            struct bytes out;

            assert_int_equal(capf_bare_sign(keys[k], mds[d], text, 2, &out, &err), VOX_OK);
            assert_int_equal(verify(keys[k], mds[d], out.data, out.len), VOX_OK);
            assert_forgery(keys[1 - k], mds[d], out.data, out.len);
            assert_forgery(keys[k], mds[(d + 1) % 3], out.data, out.len); /* wrong hash */
            bytes_free(&out);
        }
    }
    right_block(block, sha1, SHA1_LEN); /* the test's own idea of a block agrees */
    around(rsa, block, sig);
    assert_int_equal(verify(rsa, EVP_sha1(), sig, BLOCK), VOX_OK);
    assert_forgery(other, EVP_sha1(), sig, BLOCK);
    right_block(block, sha512, SHA512_LEN);
    around(rsa, block, sig);
    assert_int_equal(verify(rsa, EVP_sha512(), sig, BLOCK), VOX_OK);
}

/* Every byte of the block, with each of some wrong values. */
static void every_byte_of_the_block_counts(void **state)
{
    static const uint8_t flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 0xff};
    uint8_t block[BLOCK], sig[BLOCK];

    (void)state;
    for (size_t at = 0; at < BLOCK; at++) {
        for (size_t f = 0; f < sizeof flips; f++) {
            if (at == 0 && flips[f] >= 64)
                continue; /* larger than the modulus: cannot be signed */
            right_block(block, sha1, SHA1_LEN);
            block[at] ^= flips[f];
            around(rsa, block, sig);
            assert_forgery(rsa, EVP_sha1(), sig, BLOCK);
            right_block(block, sha512, SHA512_LEN);
            block[at] ^= flips[f];
            around(rsa, block, sig);
            assert_forgery(rsa, EVP_sha512(), sig, BLOCK);
        }
    }
}

static void every_bit_of_a_signature_counts(void **state)
{
    uint8_t block[BLOCK], sig[BLOCK];

    (void)state;
    right_block(block, sha512, SHA512_LEN);
    around(rsa, block, sig);
    for (size_t bit = 0; bit < 8 * BLOCK; bit++) {
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_forgery(rsa, EVP_sha512(), sig, BLOCK);
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verify(rsa, EVP_sha512(), sig, BLOCK), VOX_OK);
}

/* The digest moved to each other place, with each run of FF before it and garbage after it. */
static void short_runs_and_garbage(void **state)
{
    uint8_t block[BLOCK], sig[BLOCK];

    (void)state;
    for (size_t run = 0; run < BLOCK - SHA1_LEN - 3; run++) {
        memset(block, 0x5a, BLOCK);
        block[0] = 0;
        block[1] = 1;
        memset(block + 2, 0xff, run);
        block[2 + run] = 0;
        memcpy(block + 3 + run, sha1, SHA1_LEN);
        around(rsa, block, sig);
        assert_forgery(rsa, EVP_sha1(), sig, BLOCK); /* garbage after the hash */
        memset(block + 3 + run, 0, BLOCK - 3 - run);
        memcpy(block + BLOCK - SHA1_LEN, sha1, SHA1_LEN);
        around(rsa, block, sig);
        assert_forgery(rsa, EVP_sha1(), sig, BLOCK); /* a short run, then zeros */
    }
    for (unsigned type = 0; type < 256; type++) {
        if (type == 1)
            continue;
        right_block(block, sha1, SHA1_LEN);
        block[1] = (uint8_t)type;
        around(rsa, block, sig);
        assert_forgery(rsa, EVP_sha1(), sig, BLOCK);
        if (type == 0 || type == 2) { /* types that exist: 00 with zeros, 02 with anything but zeros */
            memset(block + 2, type == 0 ? 0 : 0x77, BLOCK - SHA1_LEN - 3);
            around(rsa, block, sig);
            assert_forgery(rsa, EVP_sha1(), sig, BLOCK);
        }
    }
}

/* The usual PKCS#1 signature, with its DigestInfo, is another thing; so are those that sloppy readers take. */
static void wrapped_digests(void **state)
{
    static const char *const before[] = {
        "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",     /* DigestInfo of SHA-1 */
        "\x30\x1f\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x14",             /* without the NULL */
        "\x30\x81\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", /* long form */
        "\x30\x23\x30\x0b\x06\x05\x2b\x0e\x03\x02\x1a\x04\x02zz\x04\x14",   /* other parameters */
        "\x04\x14",                                                         /* the OCTET STRING alone */
    };
    static const size_t lens[] = {15, 13, 16, 17, 2};
    uint8_t block[BLOCK], sig[BLOCK];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, rsa, NULL);
    size_t len = BLOCK;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        right_block(block, sha1, SHA1_LEN);
        block[BLOCK - SHA1_LEN - 1] = 0xff;
        memcpy(block + BLOCK - SHA1_LEN - lens[i], before[i], lens[i]);
        block[BLOCK - SHA1_LEN - lens[i] - 1] = 0;
        around(rsa, block, sig);
        assert_forgery(rsa, EVP_sha1(), sig, BLOCK);
    }
    assert_true(EVP_PKEY_sign_init(ctx) > 0 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha512()) > 0);
    assert_true(EVP_PKEY_sign(ctx, sig, &len, sha512, SHA512_LEN) > 0); /* as everybody else signs */
    assert_forgery(rsa, EVP_sha512(), sig, len);
    EVP_PKEY_CTX_free(ctx);
}

/* s + n is the same number to the sum, and not the same bytes. */
static void numbers_over_the_modulus(void **state)
{
    uint8_t block[BLOCK], sig[BLOCK], over[BLOCK + 1];
    BIGNUM *n = NULL, *s;

    (void)state;
    assert_true(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &n) > 0);
    right_block(block, sha1, SHA1_LEN);
    around(rsa, block, sig);
    s = BN_bin2bn(sig, BLOCK, NULL);
    for (int times = 1; times < 4; times++) {
        assert_true(BN_add(s, s, n) > 0);
        if (BN_num_bytes(s) <= BLOCK) {
            assert_int_equal(BN_bn2binpad(s, over, BLOCK), BLOCK);
            assert_forgery(rsa, EVP_sha1(), over, BLOCK);
        }
        assert_int_equal(BN_bn2binpad(s, over, BLOCK + 1), BLOCK + 1);
        assert_forgery(rsa, EVP_sha1(), over, BLOCK + 1);
    }
    assert_int_equal(BN_bn2binpad(n, over, BLOCK), BLOCK);
    assert_forgery(rsa, EVP_sha1(), over, BLOCK);
    memset(over, 0xff, sizeof over);
    assert_forgery(rsa, EVP_sha1(), over, BLOCK);
    memset(over, 0, sizeof over);
    assert_forgery(rsa, EVP_sha1(), over, BLOCK);
    BN_free(s);
    BN_free(n);
}

static void other_lengths(void **state)
{
    uint8_t block[BLOCK], sig[BLOCK], longer[2 * BLOCK + 2] = {0};

    (void)state;
    right_block(block, sha1, SHA1_LEN);
    around(rsa, block, sig);
    for (size_t len = 0; len < BLOCK; len++) {
        assert_forgery(rsa, EVP_sha1(), sig, len);
        assert_forgery(rsa, EVP_sha1(), sig + BLOCK - len, len);
    }
    for (size_t more = 1; more <= BLOCK; more++) {
        memset(longer, 0, sizeof longer);
        memcpy(longer + more, sig, BLOCK);
        assert_forgery(rsa, EVP_sha1(), longer, BLOCK + more); /* zeros before it */
        memset(longer, 0, sizeof longer);
        memcpy(longer, sig, BLOCK);
        assert_forgery(rsa, EVP_sha1(), longer, BLOCK + more); /* zeros behind it */
    }
}

/* A number that needs a byte less is still written with all of them. */
static void leading_zeros_belong_to_it(void **state)
{
    struct vox_error err;
    struct bytes sig;
    bool found = false;

    (void)state;
    for (unsigned i = 0; !found && i < 100000; i++) { /* one in 256 begins with a zero */
        const struct bytes_view chosen = {(const uint8_t *)&i, sizeof i};

        assert_int_equal(capf_bare_sign(rsa, EVP_sha1(), &chosen, 1, &sig, &err), VOX_OK);
        if (sig.data[0] == 0) {
            found = true;
            forgeries++;
            assert_int_equal(
                capf_bare_verify(rsa, EVP_sha1(), &chosen, 1, (struct bytes_view){sig.data + 1, BLOCK - 1}, &err),
                VOX_E_NO);
        }
        bytes_free(&sig);
    }
    assert_true(found);
}

/* The number whose cube ends in the digest: with e = 3 a signature for whoever compares the tail alone. */
static void cube_root_of_tail(const uint8_t *digest, size_t len, uint8_t out[static BLOCK])
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *h = BN_bin2bn(digest, (int)len, NULL), *x = BN_new(), *cube = BN_new();

    BN_zero(x);
    for (int bit = 0; bit < (int)len * 8; bit++) { /* odd numbers have exactly one cube root modulo a power of two */
        assert_true(BN_sqr(cube, x, ctx) > 0 && BN_mul(cube, cube, x, ctx) > 0);
        if (BN_is_bit_set(cube, bit) != BN_is_bit_set(h, bit))
            assert_true(BN_set_bit(x, bit) > 0);
    }
    assert_int_equal(BN_bn2binpad(x, out, BLOCK), BLOCK);
    BN_free(h);
    BN_free(x);
    BN_free(cube);
    BN_CTX_free(ctx);
}

static void forged_without_the_private_key(void **state)
{
    uint8_t digest[SHA1_LEN], sig[BLOCK], found[BLOCK];
    unsigned made = 0;

    (void)state;
    for (unsigned i = 0; made < 100; i++) {
        const struct bytes_view chosen = {(const uint8_t *)&i, sizeof i};
        EVP_PKEY_CTX *ctx;
        struct vox_error err;
        size_t len = sizeof found;

        assert_true(EVP_Q_digest(NULL, "SHA1", NULL, &i, sizeof i, digest, NULL) > 0);
        if ((digest[SHA1_LEN - 1] & 1) == 0)
            continue;
        cube_root_of_tail(digest, SHA1_LEN, sig);
        ctx = EVP_PKEY_CTX_new_from_pkey(NULL, rsa3, NULL);
        assert_true(EVP_PKEY_verify_recover_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0);
        assert_true(EVP_PKEY_verify_recover(ctx, found, &len, sig, BLOCK) > 0);
        EVP_PKEY_CTX_free(ctx);
        assert_memory_equal(found + BLOCK - SHA1_LEN, digest, SHA1_LEN); /* the forgery works on tails */
        forgeries++;
        assert_int_equal(capf_bare_verify(rsa3, EVP_sha1(), &chosen, 1, (struct bytes_view){sig, BLOCK}, &err),
                         VOX_E_NO);
        made++;
    }
}

/* Even the owner's own right signature is not taken from a key with e = 3. */
static void small_exponents_are_refused(void **state)
{
    uint8_t block[BLOCK], sig[BLOCK];
    struct vox_error err;
    struct bytes out;

    (void)state;
    right_block(block, sha1, SHA1_LEN);
    around(rsa3, block, sig);
    assert_forgery(rsa3, EVP_sha1(), sig, BLOCK);
    assert_int_equal(capf_bare_sign(rsa3, EVP_sha1(), text, 2, &out, &err), VOX_E_CRYPTO);
    assert_null(out.data);
}

static void random_blocks(void **state)
{
    uint8_t sig[BLOCK], digest[SHA512_LEN];

    (void)state;
    for (unsigned i = 0; i < 7000; i++) {
        for (size_t at = 0; at < BLOCK; at += SHA512_LEN) {
            const unsigned seed[] = {i, (unsigned)at};

            assert_true(EVP_Q_digest(NULL, "SHA512", NULL, seed, sizeof seed, digest, NULL) > 0);
            memcpy(sig + at, digest, SHA512_LEN);
        }
        sig[0] &= 0x7f;
        assert_forgery(rsa, i % 2 == 0 ? EVP_sha1() : EVP_sha512(), sig, BLOCK);
    }
}

static void other_algorithms(void **state)
{
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    uint8_t sig[64] = {1};
    struct vox_error err;
    struct bytes out;

    (void)state;
    assert_forgery(ed, EVP_sha512(), sig, sizeof sig);
    assert_int_equal(capf_bare_sign(ed, EVP_sha512(), text, 2, &out, &err), VOX_E_CRYPTO);
    EVP_PKEY_free(ed);
}

static void ten_thousand(void **state)
{
    (void)state;
    assert_true(forgeries >= 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_taken),
        cmocka_unit_test(every_byte_of_the_block_counts),
        cmocka_unit_test(every_bit_of_a_signature_counts),
        cmocka_unit_test(short_runs_and_garbage),
        cmocka_unit_test(wrapped_digests),
        cmocka_unit_test(numbers_over_the_modulus),
        cmocka_unit_test(other_lengths),
        cmocka_unit_test(leading_zeros_belong_to_it),
        cmocka_unit_test(forged_without_the_private_key),
        cmocka_unit_test(small_exponents_are_refused),
        cmocka_unit_test(random_blocks),
        cmocka_unit_test(other_algorithms),
        cmocka_unit_test(ten_thousand),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
