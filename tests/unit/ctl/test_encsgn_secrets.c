/* Content keys and plain configurations, which hold passwords: wiped wherever they stood, whole in strength. */
#include "unit/wiped.h"

#include "lab_sgn.h"

#include <openssl/rsa.h>

#include <ctl/encsgn.h>

#include "encsgn_cipher.h"

static EVP_PKEY *phone_key;
static const uint8_t plain[] = "<device><password>gallivant-0815-quincunx</password></device>";

static int setup(void **state)
{
    (void)state;
    phone_key = lab_key("phone-rsa.pem");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(phone_key);
    return 0;
}

/* The content key of a file, as the phone gets it. */
static void unwrap(const struct ctl_header *h, uint8_t out[static ENCSGN_KEY_LEN])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, phone_key, NULL);
    uint8_t room[512];
    size_t len = sizeof room;

    assert_true(EVP_PKEY_decrypt_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0);
    assert_true(EVP_PKEY_decrypt(ctx, room, &len, h->wrapped_key.data, h->wrapped_key.len) > 0);
    assert_int_equal(len, ENCSGN_KEY_LEN);
    memcpy(out, room, ENCSGN_KEY_LEN);
    EVP_PKEY_CTX_free(ctx);
}

static struct bytes encrypt(struct ctl_header *h, struct bytes_view *content)
{
    struct cert *phone = lab_cert("phone-rsa.pem"), *tftp = lab_cert("tftp.pem");
    EVP_PKEY *key = lab_key("tftp.pem");
    const struct sgn_params p = {
        .filename = "SEP.cnf.xml.enc.sgn", .digest = DIGEST_SHA512, .signer = tftp, .key = key, .timestamp = 1};
    struct bytes file;

    assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, sizeof plain}, &file, NULL), VOX_OK);
    *content = lab_sgn(bytes_view_of(&file), h);
    cert_free(&phone);
    cert_free(&tftp);
    EVP_PKEY_free(key);
    return file;
}

static void test_what_encrypting_leaves(void **state)
{
    struct bytes_view content;
    struct ctl_header h;
    uint8_t secret[ENCSGN_KEY_LEN];

    (void)state;
    wiped_begin();
    struct bytes file = encrypt(&h, &content);
    const size_t copies = wiped_times(plain, sizeof plain);

    unwrap(&h, secret);
    assert_int_equal(copies, 2); /* with its padding, and decrypted to be compared */
    assert_true(wiped_times(secret, sizeof secret) >= 1);
    bytes_free(&file);
}

static void test_what_decrypting_leaves(void **state)
{
    struct bytes_view content;
    struct ctl_header h;
    uint8_t secret[ENCSGN_KEY_LEN], digest[64];
    struct bytes file = encrypt(&h, &content), out;

    (void)state;
    unwrap(&h, secret);
    wiped_begin();
    assert_int_equal(encsgn_decrypt(&h, content, phone_key, &out, NULL), VOX_OK);
    assert_true(wiped_times(secret, sizeof secret) >= 2); /* as it was unwrapped, and as it was used */
    bytes_wipe(&out);

    assert_int_equal(h.content_digest.len, sizeof digest);
    memcpy(digest, h.content_digest.data, sizeof digest);
    digest[sizeof digest - 1] ^= 1; /* the last byte counts as the first */
    h.content_digest.data = digest;
    wiped_begin();
    assert_int_equal(encsgn_decrypt(&h, content, phone_key, &out, NULL), VOX_E_NO);
    assert_null(out.data);
    assert_int_equal(wiped_times(plain, sizeof plain), 1);
    bytes_free(&file);
}

/* Each quarter of the key is random, not only its beginning. */
static void test_a_whole_key(void **state)
{
    enum { PART = ENCSGN_KEY_LEN / 4 };
    uint8_t keys[2][ENCSGN_KEY_LEN];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bytes_view content;
        struct ctl_header h;
        struct bytes file = encrypt(&h, &content);

        unwrap(&h, keys[i]);
        bytes_free(&file);
    }
    for (size_t at = 0; at < ENCSGN_KEY_LEN; at += PART)
        assert_memory_not_equal(keys[0] + at, keys[1] + at, PART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_encrypting_leaves),
        cmocka_unit_test(test_what_decrypting_leaves),
        cmocka_unit_test(test_a_whole_key),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
