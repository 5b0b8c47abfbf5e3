/* Signed files: the fields of another implementation's, and what cannot sign. */
#include "lab_sgn.h"

#include <libcert/limits.h>

struct maker {
    struct cert *cert;
    EVP_PKEY *key;
};

static struct maker maker(const char *cert, const char *key)
{
    return (struct maker){lab_cert(cert), lab_key(key)};
}

static void maker_free(struct maker *m)
{
    cert_free(&m->cert);
    EVP_PKEY_free(m->key);
}

static struct bytes made(const struct sgn_params *p, struct bytes_view content)
{
    struct vox_error err;
    struct bytes out;

    if (sgn_write(p, content, &out, &err) != VOX_OK)
        fail_msg("%s", err.text);
    return out;
}

static size_t count(const struct ctl_header *h, uint8_t tag)
{
    size_t n = 0;

    for (size_t i = 0; i < h->ntlvs; i++)
        n += h->tlvs[i].tag == tag;
    return n;
}

/* Same input, time and signer: the same fields as the vectors have. Names are written another way (same length). */
static void test_the_fields_of_the_vectors(void **state)
{
    static const char *const files[] = {"signed-sha1.cnf.xml.sgn", "signed-sha512.cnf.xml.sgn"};
    struct bytes plain = lab_file("plain.cnf.xml");
    struct maker m = maker("tftp.pem", "tftp.pem");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bytes theirs = lab_file(files[i]), ours;
        struct ctl_header a, b;

        (void)lab_sgn(bytes_view_of(&theirs), &a);
        const struct sgn_params p = {.filename = a.filename,
                                     .timestamp = a.timestamp,
                                     .digest = (enum digest)a.digest,
                                     .signer = m.cert,
                                     .key = m.key};
        ours = made(&p, bytes_view_of(&plain));
        assert_int_equal(ours.len, theirs.len);
        assert_true(bytes_equal(lab_sgn(bytes_view_of(&ours), &b), bytes_view_of(&plain)));
        assert_int_equal(b.kind, HEADER_SGN);
        assert_int_equal(b.header_length, a.header_length);
        assert_int_equal(b.signer_version, SIGNER_VERSION_ABSENT);
        assert_true(bytes_equal(b.serial, a.serial));
        assert_int_equal(b.digest, a.digest);
        assert_int_equal(b.signature_algorithm, a.signature_algorithm);
        assert_int_equal(b.modulus_code, a.modulus_code);
        assert_int_equal(b.signature.len, a.signature.len);
        assert_string_equal(b.filename, a.filename);
        assert_int_equal(b.timestamp, a.timestamp);
        assert_int_equal(b.padding, a.padding);
        assert_true(name_text_agrees(b.signer_name, cert_subject_der(m.cert)));
        assert_true(name_text_agrees(b.ca_name, cert_issuer_der(m.cert)));
        assert_int_equal(b.ntlvs, a.ntlvs);
        for (unsigned tag = 1; tag < 29; tag++)
            assert_int_equal(count(&b, (uint8_t)tag), count(&a, (uint8_t)tag));
        assert_int_equal(lab_sgn_verify(bytes_view_of(&ours), m.cert, NULL), VOX_OK);
        bytes_free(&ours);
        bytes_free(&theirs);
    }
    maker_free(&m);
    bytes_free(&plain);
}

static void test_every_digest_and_any_content(void **state)
{
    static const uint8_t zeros[70000];
    const struct bytes_view contents[] = {{NULL, 0}, {zeros, 1}, {zeros, sizeof zeros}};
    struct maker m = maker("tftp.pem", "tftp.pem");

    (void)state;
    for (int d = DIGEST_SHA1; d <= DIGEST_SHA512; d++) {
        for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
            const struct sgn_params p = {.filename = "New_Zealand/g3-tones.xml.sgn",
                                         .timestamp = 1,
                                         .digest = (enum digest)d,
                                         .signer = m.cert,
                                         .key = m.key};
            struct bytes file = made(&p, contents[i]), again = made(&p, contents[i]);
            struct ctl_header h;

            assert_true(bytes_equal(lab_sgn(bytes_view_of(&file), &h), contents[i]));
            assert_int_equal(h.header_length % 4, 0);
            assert_string_equal(h.filename, p.filename);
            assert_int_equal(lab_sgn_verify(bytes_view_of(&file), m.cert, NULL), VOX_OK);
            assert_true(bytes_equal(bytes_view_of(&file), bytes_view_of(&again)));
            bytes_free(&again);
            bytes_free(&file);
        }
    }
    maker_free(&m);
}

static void test_who_cannot_sign(void **state)
{
    static const struct {
        const char *cert, *key, *says;
    } cases[] = {
        {"web-ec.pem", "web-ec.pem", "phones verify lists and files with RSA keys only"},
        {"tftp.pem", "ccm.pem", "does not belong to the signer's certificate"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct maker m = maker(cases[i].cert, cases[i].key);
        const struct sgn_params p = {.filename = "x.sgn", .digest = DIGEST_SHA1, .signer = m.cert, .key = m.key};
        struct vox_error err;
        struct bytes out;

        assert_int_equal(sgn_write(&p, (struct bytes_view){NULL, 0}, &out, &err), VOX_E_INPUT);
        assert_null(out.data);
        lab_says(&err, cases[i].says);
        maker_free(&m);
    }
}

static void test_no_key(void **state)
{
    struct cert *c = lab_cert("tftp.pem");
    const struct sgn_params p = {.filename = "x.sgn", .digest = DIGEST_SHA1, .signer = c};
    struct vox_error err;
    struct bytes out;

    (void)state;
    assert_int_equal(sgn_write(&p, (struct bytes_view){NULL, 0}, &out, &err), VOX_E_USAGE);
    lab_says(&err, "private key");
    cert_free(&c);
}

static void test_too_large(void **state)
{
    struct maker m = maker("tftp.pem", "tftp.pem");
    const struct sgn_params p = {.filename = "x.sgn", .digest = DIGEST_SHA1, .signer = m.cert, .key = m.key};
    struct bytes out;
    static const uint8_t b;

    (void)state;
    /* The length alone refuses it: not a byte of the content is looked at. */
    assert_int_equal(sgn_write(&p, (struct bytes_view){&b, LIMIT_SIGNED_FILE}, &out, NULL), VOX_E_INPUT);
    assert_null(out.data);
    maker_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fields_of_the_vectors),
        cmocka_unit_test(test_every_digest_and_any_content),
        cmocka_unit_test(test_who_cannot_sign),
        cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
