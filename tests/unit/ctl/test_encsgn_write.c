/* Encrypted files: the fields of another implementation's, fresh keys, phones that cannot decrypt. */
#include "lab_sgn.h"

#include <ctl/encsgn.h>
#include <libcert/limits.h>

static struct cert *tftp, *phone;
static EVP_PKEY *tftp_key, *phone_key;

static int setup(void **state)
{
    (void)state;
    tftp = lab_cert("tftp.pem");
    tftp_key = lab_key("tftp.pem");
    phone = lab_cert("phone-rsa.pem");
    phone_key = lab_key("phone-rsa.pem");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cert_free(&tftp);
    cert_free(&phone);
    EVP_PKEY_free(tftp_key);
    EVP_PKEY_free(phone_key);
    return 0;
}

static struct sgn_params params(enum digest d)
{
    return (struct sgn_params){.filename = "SEP0123456789AB.cnf.xml.enc.sgn",
                               .timestamp = 0x6b04ae06,
                               .digest = d,
                               .signer = tftp,
                               .key = tftp_key};
}

static void test_the_fields_of_the_vectors(void **state)
{
    static const struct {
        const char *name;
        enum digest digest;
    } cases[] = {{"encrypted-sha1.cnf.xml.enc.sgn", DIGEST_SHA1}, {"encrypted-sha512.cnf.xml.enc.sgn", DIGEST_SHA512}};
    struct bytes plain = lab_file("plain.cnf.xml");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct sgn_params p = params(cases[i].digest);
        struct bytes theirs = lab_file(cases[i].name), ours;
        struct ctl_header a, b;

        assert_int_equal(encsgn_write(&p, phone, bytes_view_of(&plain), &ours, NULL), VOX_OK);
        assert_int_equal(lab_sgn(bytes_view_of(&theirs), &a).len, lab_sgn(bytes_view_of(&ours), &b).len);
        assert_int_equal(b.kind, HEADER_ENCSGN);
        assert_int_equal(b.header_length, a.header_length);
        assert_int_equal(b.ntlvs, a.ntlvs);
        for (size_t t = 0; t < a.ntlvs; t++) {
            /* 4, 5, 6 stand in another order. */
            const bool in_signer = a.tlvs[t].tag >= 4 && a.tlvs[t].tag <= 6;

            assert_true(in_signer || (a.tlvs[t].tag == b.tlvs[t].tag && a.tlvs[t].len == b.tlvs[t].len));
        }
        assert_int_equal(b.content_algorithm, a.content_algorithm);
        assert_int_equal(b.padding_length, a.padding_length);
        assert_int_equal(b.key_unknown, a.key_unknown);
        assert_int_equal(b.key_bits, a.key_bits);
        assert_int_equal(b.key_algorithm, a.key_algorithm);
        assert_int_equal(b.content_digest_algorithm, a.content_digest_algorithm);
        assert_true(bytes_equal(b.content_digest, a.content_digest));
        assert_int_equal(lab_sgn_verify(bytes_view_of(&ours), tftp, NULL), VOX_OK);
        bytes_free(&ours);
        bytes_free(&theirs);
    }
    bytes_free(&plain);
}

static void test_every_length_comes_back(void **state)
{
    uint8_t plain[50];

    (void)state;
    memset(plain, 0x0d, sizeof plain); /* the padding byte: must not be cut off with it */
    for (size_t len = 0; len <= sizeof plain; len += len < 34 ? 1 : 16) {
        const struct sgn_params p = params(DIGEST_SHA256);
        struct bytes file, back;
        struct bytes_view content;
        struct ctl_header h;

        assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, len}, &file, NULL), VOX_OK);
        content = lab_sgn(bytes_view_of(&file), &h);
        assert_int_equal(content.len % 16, 0);
        assert_int_equal(content.len, len + h.padding_length);
        assert_in_range(h.padding_length, 1, 16);
        assert_int_equal(encsgn_decrypt(&h, content, phone_key, &back, NULL), VOX_OK);
        assert_true(bytes_equal(bytes_view_of(&back), (struct bytes_view){plain, len}));
        bytes_wipe(&back);
        bytes_free(&file);
    }
}

/* The same input twice: another key and another IV, so that nothing can be told from two versions. */
static void test_nothing_is_used_twice(void **state)
{
    const struct sgn_params p = params(DIGEST_SHA512);
    static const uint8_t plain[64];
    struct bytes files[2];
    struct ctl_header h[2];
    struct bytes_view content[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, sizeof plain}, &files[i], NULL), VOX_OK);
        content[i] = lab_sgn(bytes_view_of(&files[i]), &h[i]);
    }
    assert_false(bytes_equal(h[0].iv, h[1].iv));
    assert_false(bytes_equal(h[0].wrapped_key, h[1].wrapped_key));
    assert_false(bytes_equal(content[0], content[1]));
    bytes_free(&files[0]);
    bytes_free(&files[1]);
}

static void test_what_cannot_be_made(void **state)
{
    struct cert *ec = lab_cert("web-ec.pem");
    struct sgn_params p = params(DIGEST_SHA512);
    static const uint8_t plain[1];
    struct vox_error err;
    struct bytes out;

    (void)state;
    assert_int_equal(encsgn_write(&p, ec, (struct bytes_view){plain, 1}, &out, &err), VOX_E_INPUT);
    lab_says(&err, "signed-files.md 2.2: KEY: the phone's key is EC P-");
    lab_says(&err, "cannot unwrap");
    assert_null(out.data);

    assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, LIMIT_CONFIG_FILE + 1}, &out, &err),
                     VOX_E_INPUT);
    lab_says(&err, "signed-files.md 4");

    p.signer = ec;
    assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, 1}, &out, &err), VOX_E_INPUT);
    lab_says(&err, "RSA keys only");
    p.signer = tftp;
    p.key = NULL;
    assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, 1}, &out, &err), VOX_E_USAGE);
    p.key = tftp_key;
    p.digest = (enum digest)9;
    assert_int_equal(encsgn_write(&p, phone, (struct bytes_view){plain, 1}, &out, &err), VOX_E_USAGE);
    cert_free(&ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fields_of_the_vectors),
        cmocka_unit_test(test_every_length_comes_back),
        cmocka_unit_test(test_nothing_is_used_twice),
        cmocka_unit_test(test_what_cannot_be_made),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
