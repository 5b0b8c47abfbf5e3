/* Files under another signature: everything else stays, what stood in the header beside it too. */
#include "lab_sgn.h"

#include <ctl/encsgn.h>
#include <libcert/limits.h>

#include "signed_build.h"

static void check(const char *name)
{
    struct bytes file = lab_file(name), out = {NULL, 0};
    struct cert *old = lab_cert("tftp.pem"), *cert = lab_cert("sast.pem");
    EVP_PKEY *key = lab_key("sast.pem");
    struct bytes_view was, is;
    struct ctl_header a, b;
    struct vox_error err;

    was = lab_sgn(bytes_view_of(&file), &a);
    const struct sgn_params p = {.timestamp = 7, .signer = cert, .key = key};

    if (sgn_resign(&p, file.data, file.len, &out, &err) != VOX_OK)
        fail_msg("%s: %s", name, err.text);
    is = lab_sgn(bytes_view_of(&out), &b);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&out), cert, &err), VOX_OK);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&out), old, &err), VOX_E_NO);
    assert_true(bytes_equal(was, is));
    assert_int_equal(a.kind, b.kind);
    assert_int_equal(a.digest, b.digest);
    assert_string_equal(a.filename, b.filename);
    assert_int_equal(b.timestamp, 7);
    assert_int_equal(a.ntlvs, b.ntlvs);
    assert_true(bytes_equal(a.iv, b.iv));
    assert_true(bytes_equal(a.wrapped_key, b.wrapped_key));
    assert_true(bytes_equal(a.content_digest, b.content_digest));
    assert_int_equal(a.padding_length, b.padding_length);
    bytes_free(&file);
    bytes_free(&out);
    cert_free(&old);
    cert_free(&cert);
    EVP_PKEY_free(key);
}

static void test_all_but_the_signature_stays(void **state)
{
    (void)state;
    check("signed-sha1.cnf.xml.sgn");
    check("signed-sha512.cnf.xml.sgn");
    check("encrypted-sha1.cnf.xml.enc.sgn");
    check("encrypted-sha512.cnf.xml.enc.sgn");
}

/* Fields that a later version of the format may have. */
static void test_unknown_fields_stay(void **state)
{
    static const uint8_t unknown[] = {200, 0, 2, 'x', 'y', 29, 0, 0};
    struct cert *cert = lab_cert("sast.pem");
    EVP_PKEY *key = lab_key("sast.pem");
    const struct signed_params sp = {.kind = HEADER_SGN,
                                     .signer = cert,
                                     .signer_version = SIGNER_VERSION_ABSENT,
                                     .digest = DIGEST_SHA256,
                                     .filename = "a.xml",
                                     .timestamp = 1,
                                     .extra = {unknown, sizeof unknown},
                                     .max = LIMIT_SIGNED_FILE};
    const struct sgn_params p = {.timestamp = 7, .signer = cert, .key = key};
    struct bytes file, out;
    struct ctl_header h;

    (void)state;
    assert_int_equal(signed_build(&sp, (struct bytes_view){unknown, 1}, key, &file, NULL), VOX_OK);
    assert_int_equal(sgn_resign(&p, file.data, file.len, &out, NULL), VOX_OK);
    (void)lab_sgn(bytes_view_of(&out), &h);
    assert_true(h.ntlvs >= 2);
    assert_int_equal(h.tlvs[h.ntlvs - 2].tag, 200);
    assert_memory_equal(out.data + h.tlvs[h.ntlvs - 2].offset, unknown, sizeof unknown);
    bytes_free(&file);
    bytes_free(&out);
    cert_free(&cert);
    EVP_PKEY_free(key);
}

static void test_what_cannot_be(void **state)
{
    struct bytes file = lab_file("signed-sha1.cnf.xml.sgn"), list = lab_file("CTLFile-sha1.tlv"), out;
    struct cert *cert = lab_cert("sast.pem"), *ec = lab_cert("web-ec.pem");
    EVP_PKEY *key = lab_key("sast.pem"), *eckey = lab_key("web-ec.pem");
    struct sgn_params p = {.signer = cert};
    struct vox_error err;

    (void)state;
    assert_int_equal(sgn_resign(&p, file.data, file.len, &out, &err), VOX_E_USAGE);
    p.key = key;
    assert_int_equal(sgn_resign(&p, list.data, list.len, &out, &err), VOX_E_INPUT);
    for (size_t n = 0; n < 200; n++)
        assert_int_equal(sgn_resign(&p, file.data, n, &out, &err), VOX_E_INPUT);
    p = (struct sgn_params){.signer = ec, .key = eckey};
    assert_int_equal(sgn_resign(&p, file.data, file.len, &out, &err), VOX_E_INPUT);
    lab_says(&err, "RSA keys only");
    assert_null(out.data);
    bytes_free(&file);
    bytes_free(&list);
    cert_free(&cert);
    cert_free(&ec);
    EVP_PKEY_free(key);
    EVP_PKEY_free(eckey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_but_the_signature_stays),
        cmocka_unit_test(test_unknown_fields_stay),
        cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
