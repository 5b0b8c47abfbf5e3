/* Decrypting: the vectors, wrong keys, altered content, fields that lie. */
#include "lab_sgn.h"

#include <ctl/encsgn.h>

static EVP_PKEY *phone_key;
static struct bytes file;
static struct ctl_header header;
static struct bytes_view content;

static int setup(void **state)
{
    (void)state;
    phone_key = lab_key("phone-rsa.pem");
    file = lab_file("encrypted-sha512.cnf.xml.enc.sgn");
    content = lab_sgn(bytes_view_of(&file), &header);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(phone_key);
    bytes_free(&file);
    return 0;
}

static void test_the_vectors(void **state)
{
    static const char *const files[] = {"encrypted-sha1.cnf.xml.enc.sgn", "encrypted-sha512.cnf.xml.enc.sgn"};
    struct bytes plain = lab_file("plain.cnf.xml");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bytes one = lab_file(files[i]), out;
        struct ctl_header h;
        struct bytes_view body = lab_sgn(bytes_view_of(&one), &h);
        struct vox_error err;

        if (encsgn_decrypt(&h, body, phone_key, &out, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        assert_true(bytes_equal(bytes_view_of(&out), bytes_view_of(&plain)));
        bytes_wipe(&out);
        bytes_free(&one);
    }
    bytes_free(&plain);
}

static void says_no(const struct ctl_header *h, struct bytes_view body, EVP_PKEY *key, enum vox_err want,
                    const char *says)
{
    struct vox_error err;
    struct bytes out;

    assert_int_equal(encsgn_decrypt(h, body, key, &out, &err), want);
    assert_null(out.data);
    lab_says(&err, says);
}

static void test_another_key(void **state)
{
    EVP_PKEY *other = lab_key("tftp.pem"), *ec = lab_key("web-ec.pem"), *shorter = lab_rsa(1024);

    (void)state;
    says_no(&header, content, other, VOX_E_NO, "encrypted to another phone");
    says_no(&header, content, ec, VOX_E_NO, "EC P-");
    says_no(&header, content, shorter, VOX_E_NO, "wrapped to one of 2048 bits");
    EVP_PKEY_free(other);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(shorter);
}

static void test_altered_content(void **state)
{
    struct bytes copy;

    (void)state;
    assert_int_equal(bytes_copy(&copy, content.data, content.len, NULL), VOX_OK);
    for (size_t i = 0; i < copy.len; i++) {
        struct bytes out;

        copy.data[i] ^= 0x40;
        assert_int_equal(encsgn_decrypt(&header, bytes_view_of(&copy), phone_key, &out, NULL), VOX_E_NO);
        assert_null(out.data);
        copy.data[i] ^= 0x40;
    }
    copy.data[0] ^= 1;
    says_no(&header, bytes_view_of(&copy), phone_key, VOX_E_NO, "signed-files.md 2.3: CONTENT_DIGEST");
    copy.data[0] ^= 1;
    copy.data[copy.len - 1] ^= 1;
    says_no(&header, bytes_view_of(&copy), phone_key, VOX_E_NO, "padding");
    says_no(&header, (struct bytes_view){content.data, content.len - 16}, phone_key, VOX_E_NO, "padding");
    bytes_free(&copy);
}

static void test_fields_that_lie(void **state)
{
    static const uint8_t zeros[64];
    struct ctl_header h;

    (void)state;
#define LIE(field, value, what)                             \
    do {                                                    \
        h = header;                                         \
        h.field = (value);                                  \
        says_no(&h, content, phone_key, VOX_E_INPUT, what); \
    } while (0)
    LIE(kind, HEADER_SGN, "not encrypted");
    LIE(content_algorithm, 1, "2.1: CONTENT_ALGORITHM: 1");
    LIE(iv, ((struct bytes_view){zeros, 15}), "2.1: IV");
    LIE(padding_length, 0, "2.1: PADDING_LENGTH: must be 1 to 16, is 0");
    LIE(padding_length, 17, "2.1: PADDING_LENGTH");
    LIE(key_algorithm, 0, "2.2: KEY_ALGORITHM: 0");
    LIE(key_bits, 4096, "2.2: KEY: has 256 bytes, but KEY_SIZE says 4096");
    LIE(wrapped_key, ((struct bytes_view){zeros, 0}), "2.2: KEY: has 0");
    LIE(content_digest_algorithm, 0, "2.3: CONTENT_DIGEST_ALGORITHM: 0");
    LIE(content_digest_algorithm, 1, "2.3: CONTENT_DIGEST: must be 20");
    LIE(content_digest, ((struct bytes_view){zeros, 63}), "2.3: CONTENT_DIGEST: must be 64 bytes, has 63");
#undef LIE
    says_no(&header, (struct bytes_view){content.data, 0}, phone_key, VOX_E_INPUT, "no whole blocks");
    says_no(&header, (struct bytes_view){content.data, content.len - 1}, phone_key, VOX_E_INPUT, "no whole blocks");
    says_no(&header, (struct bytes_view){content.data, 5UL << 20}, phone_key, VOX_E_INPUT, "signed-files.md 4");
}

/* Padding of another length than PADDING_LENGTH says. */
static void test_padding_of_another_length(void **state)
{
    struct ctl_header h = header;

    (void)state;
    h.padding_length = (uint16_t)(header.padding_length - 1);
    says_no(&h, content, phone_key, VOX_E_NO, "CONTENT_DIGEST");
    h.padding_length = (uint16_t)(header.padding_length + 1);
    says_no(&h, content, phone_key, VOX_E_NO, "padding");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors),
        cmocka_unit_test(test_another_key),
        cmocka_unit_test(test_altered_content),
        cmocka_unit_test(test_fields_that_lie),
        cmocka_unit_test(test_padding_of_another_length),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
