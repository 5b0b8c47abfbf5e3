/* What lists and signed files share: header, body, signature. */
#include "lab.h"

#include "signed_build.h"

static struct signed_params usual(const struct cert *signer)
{
    return (struct signed_params){.kind = HEADER_SGN,
                                  .signer = signer,
                                  .digest = DIGEST_SHA512,
                                  .filename = "SEP0123456789AB.cnf.xml.sgn",
                                  .timestamp = 0x6b04ae06,
                                  .max = 1 << 20};
}

static struct bytes_view text_of(const char *s)
{
    return (struct bytes_view){(const uint8_t *)s, strlen(s)};
}

/* The lab's signed file from its own content: the same but for the names, their order and so the signature. */
static void test_a_signed_file_like_the_labs(void **state)
{
    struct cert *signer = lab_cert("tftp.pem");
    EVP_PKEY *key = lab_key("tftp.pem");
    struct bytes theirs = lab_file("signed-sha512.cnf.xml.sgn"), content = lab_file("plain.cnf.xml"), ours;
    const struct signed_params p = usual(signer);
    struct ctl_header a, b;

    (void)state;
    assert_int_equal(signed_build(&p, bytes_view_of(&content), key, &ours, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(theirs.data, theirs.len, HEADER_SGN, &a, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(ours.data, ours.len, HEADER_SGN, &b, NULL), VOX_OK);
    assert_int_equal(ours.len, theirs.len);
    assert_int_equal(a.header_length, b.header_length);
    assert_int_equal(a.padding, b.padding);
    assert_int_equal(a.signature_tlv_offset, b.signature_tlv_offset);
    assert_string_equal(a.filename, b.filename);
    assert_true(bytes_equal(a.serial, b.serial));
    assert_int_equal(b.signer_version, SIGNER_VERSION_ABSENT);
    assert_memory_equal(ours.data + b.header_length, content.data, content.len);
    assert_int_equal(signed_verify(ours.data, ours.len, &b, key, NULL), VOX_OK);
    assert_int_equal(signed_verify(theirs.data, theirs.len, &a, key, NULL), VOX_OK);
    ours.data[ours.len - 1] ^= 1;
    assert_int_equal(signed_verify(ours.data, ours.len, &b, key, NULL), VOX_E_NO);
    bytes_free(&ours);
    bytes_free(&theirs);
    bytes_free(&content);
    cert_free(&signer);
    EVP_PKEY_free(key);
}

static void test_versions_by_kind(void **state)
{
    struct cert *signer = lab_cert("tftp.pem");
    struct signed_params p = usual(signer);
    struct bytes enc = lab_file("encrypted-sha1.cnf.xml.enc.sgn"), out;
    struct ctl_header theirs, h;

    (void)state;
    /* Their encryption fields behind our time stamp. */
    assert_int_equal(ctl_header_read(enc.data, enc.len, HEADER_ENCSGN, &theirs, NULL), VOX_OK);
    for (size_t i = 0; i < theirs.ntlvs; i++) {
        if (theirs.tlvs[i].tag == 16)
            p.extra = (struct bytes_view){enc.data + theirs.tlvs[i].offset,
                                          (size_t)theirs.header_length - theirs.padding - theirs.tlvs[i].offset};
    }
    p.kind = HEADER_ENCSGN;
    assert_int_equal(signed_build(&p, text_of("body"), NULL, &out, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(out.data, out.len, HEADER_ENCSGN, &h, NULL), VOX_OK);
    assert_true(bytes_equal(h.iv, theirs.iv));
    assert_true(bytes_equal(h.wrapped_key, theirs.wrapped_key));
    assert_int_equal(h.header_length % 4, 0);
    assert_int_equal(out.len, h.header_length + 4);
    bytes_free(&out);

    p = usual(signer);
    p.kind = HEADER_LIST;
    p.signer_version = SIGNER_VERSION_1_0;
    assert_int_equal(signed_build(&p, text_of(""), NULL, &out, NULL), VOX_OK);
    assert_int_equal(ctl_header_read(out.data, out.len, HEADER_LIST, &h, NULL), VOX_OK);
    assert_int_equal(h.signer_version, SIGNER_VERSION_1_0);
    assert_int_equal(out.len, h.header_length);
    bytes_free(&out);
    bytes_free(&enc);
    cert_free(&signer);
}

static void test_what_is_refused(void **state)
{
    struct cert *signer = lab_cert("tftp.pem"), *ec = lab_cert("web-ec.pem");
    EVP_PKEY *key = lab_key("tftp.pem"), *other = lab_key("sast.pem");
    struct signed_params p = usual(signer);
    struct vox_error err;
    struct bytes out;

    (void)state;
    assert_int_equal(signed_build(&p, text_of("x"), other, &out, &err), VOX_E_INPUT);
    assert_string_equal(err.text, "the private key does not belong to the signer's certificate");
    assert_null(out.data);
    p.signer = ec;
    assert_int_equal(signed_build(&p, text_of("x"), key, &out, &err), VOX_E_INPUT);
    p.signer = signer;
    p.filename = NULL;
    assert_int_equal(signed_build(&p, text_of("x"), key, &out, &err), VOX_E_INPUT);
    p = usual(signer);
    p.digest = (enum digest)4;
    assert_int_equal(signed_build(&p, text_of("x"), key, &out, &err), VOX_E_USAGE);
    p = usual(signer);
    p.max = 400;
    assert_int_equal(signed_build(&p, text_of("x"), key, &out, &err), VOX_E_INPUT);
    assert_null(out.data);
    cert_free(&signer);
    cert_free(&ec);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

static void test_put_signature(void **state)
{
    struct bytes file = lab_file("signed-sha1.cnf.xml.sgn");
    uint8_t sig[256] = {1, 2, 3};
    struct vox_error err;
    struct ctl_header h;

    (void)state;
    assert_int_equal(signed_put_signature(&file, HEADER_SGN, (struct bytes_view){sig, 255}, &err), VOX_E_INPUT);
    assert_int_equal(signed_put_signature(&file, HEADER_LIST, (struct bytes_view){sig, 256}, &err), VOX_E_INPUT);
    assert_int_equal(signed_put_signature(&file, HEADER_SGN, (struct bytes_view){sig, 256}, &err), VOX_OK);
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_SGN, &h, NULL), VOX_OK);
    assert_memory_equal(h.signature.data, sig, 256);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signed_file_like_the_labs),
        cmocka_unit_test(test_versions_by_kind),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_put_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
