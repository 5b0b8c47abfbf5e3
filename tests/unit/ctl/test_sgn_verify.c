/* Who signed a file, and that no bit of it can change. */
#include "lab_sgn.h"

static const char *const files[] = {
    "signed-sha1.cnf.xml.sgn", "signed-sha512.cnf.xml.sgn",      "stub-sha1.cnf.xml.sgn",
    "stub-sha512.cnf.xml.sgn", "encrypted-sha1.cnf.xml.enc.sgn", "encrypted-sha512.cnf.xml.enc.sgn",
};
enum { FILES = sizeof files / sizeof *files };

static void test_the_vectors(void **state)
{
    struct cert *tftp = lab_cert("tftp.pem");

    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        struct bytes file = lab_file(files[i]);
        struct vox_error err;

        if (lab_sgn_verify(bytes_view_of(&file), tftp, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        bytes_free(&file);
    }
    cert_free(&tftp);
}

static void test_another_signer_is_named(void **state)
{
    struct bytes file = lab_file(files[0]);
    struct cert *ccm = lab_cert("ccm.pem");
    struct vox_error err;

    (void)state;
    assert_int_equal(lab_sgn_verify(bytes_view_of(&file), ccm, &err), VOX_E_NO);
    lab_says(&err, "CN=vector-tftp");
    lab_says(&err, "1A:0F:B9:74");
    lab_says(&err, "not by the certificate given, CN=vector-ccm");
    cert_free(&ccm);
    bytes_free(&file);
}

/* The right name and serial over another key: the signature decides. */
static void test_a_certificate_that_claims_the_name(void **state)
{
    struct bytes file = lab_file(files[0]);
    struct cert *tftp = lab_cert("tftp.pem"), *forged;
    EVP_PKEY *key = lab_key("ccm.pem");
    X509 *x = X509_dup(cert_x509(tftp));
    struct vox_error err;

    (void)state;
    assert_true(X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &forged, NULL), VOX_OK);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&file), forged, &err), VOX_E_NO);
    lab_says(&err, "signature is not valid");
    X509_free(x);
    EVP_PKEY_free(key);
    cert_free(&forged);
    cert_free(&tftp);
    bytes_free(&file);
}

/* The same key under another serial number or issuer is another certificate, though the signature would verify. */
static void test_a_renewed_certificate_is_another(void **state)
{
    static const char name[] = "CN=cm1;O=Example";
    EVP_PKEY *key = lab_key("ccm.pem");
    struct cert *was = lab_make(&(struct lab_wanted){.subject = name, .serial_len = 16, .serial_seed = 1, .key = key}),
                *renewed =
                    lab_make(&(struct lab_wanted){.subject = name, .serial_len = 16, .serial_seed = 2, .key = key}),
                *by_a_ca = lab_make(&(struct lab_wanted){
                    .subject = name, .issuer = "CN=CA", .serial_len = 16, .serial_seed = 1, .key = key});
    const struct sgn_params p = {
        .filename = "a.sgn", .timestamp = 1, .digest = DIGEST_SHA256, .signer = was, .key = key};
    struct vox_error err;
    struct bytes file;

    (void)state;
    assert_int_equal(sgn_write(&p, (struct bytes_view){(const uint8_t *)"a", 1}, &file, NULL), VOX_OK);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&file), was, &err), VOX_OK);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&file), renewed, &err), VOX_E_NO);
    lab_says(&err, "not by the certificate given");
    assert_int_equal(lab_sgn_verify(bytes_view_of(&file), by_a_ca, &err), VOX_E_NO);
    lab_says(&err, "not by the certificate given");
    bytes_free(&file);
    cert_free(&was);
    cert_free(&renewed);
    cert_free(&by_a_ca);
    EVP_PKEY_free(key);
}

static void test_every_flip_and_every_truncation(void **state)
{
    static const char *const some[] = {"signed-sha1.cnf.xml.sgn", "encrypted-sha512.cnf.xml.enc.sgn"};
    struct cert *tftp = lab_cert("tftp.pem");

    (void)state;
    for (size_t f = 0; f < sizeof some / sizeof *some; f++) {
        struct bytes file = lab_file(some[f]);

        for (size_t bit = 0; bit < file.len * 8; bit++) {
            file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (lab_sgn_verify(bytes_view_of(&file), tftp, NULL) == VOX_OK)
                fail_msg("%s: bit %zu of byte %zu is not covered", some[f], bit % 8, bit / 8);
            file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t len = 0; len < file.len; len++) {
            const enum vox_err code = lab_sgn_verify((struct bytes_view){file.data, len}, tftp, NULL);

            assert_true(code == VOX_E_INPUT || code == VOX_E_NO);
        }
        assert_int_equal(lab_sgn_verify(bytes_view_of(&file), tftp, NULL), VOX_OK);
        bytes_free(&file);
    }
    cert_free(&tftp);
}

static void test_something_appended(void **state)
{
    struct bytes file = lab_file(files[0]), longer = {.data = calloc(1, file.len + 1), .len = file.len + 1};
    struct cert *tftp = lab_cert("tftp.pem");

    (void)state;
    memcpy(longer.data, file.data, file.len);
    assert_int_equal(lab_sgn_verify(bytes_view_of(&longer), tftp, NULL), VOX_E_NO);
    cert_free(&tftp);
    bytes_free(&longer);
    bytes_free(&file);
}

/* Every length of every field one too long and one too short. */
static void test_every_length_off_by_one(void **state)
{
    struct cert *tftp = lab_cert("tftp.pem");

    (void)state;
    for (size_t f = 0; f < FILES; f++) {
        struct bytes file = lab_file(files[f]);
        struct ctl_header h;

        (void)lab_sgn(bytes_view_of(&file), &h);
        for (size_t i = 0; i < h.ntlvs; i++) {
            for (int off = -1; off <= 1; off += 2) {
                const unsigned len = h.tlvs[i].len + (unsigned)off;
                struct bytes bad;

                assert_int_equal(bytes_copy(&bad, file.data, file.len, NULL), VOX_OK);
                bad.data[h.tlvs[i].offset + 1] = (uint8_t)(len >> 8);
                bad.data[h.tlvs[i].offset + 2] = (uint8_t)len;
                if (lab_sgn_verify(bytes_view_of(&bad), tftp, NULL) == VOX_OK)
                    fail_msg("%s: length of tag %u off by %d is not seen", files[f], h.tlvs[i].tag, off);
                bytes_free(&bad);
            }
        }
        bytes_free(&file);
    }
    cert_free(&tftp);
}

/* --- by a list --- */

static enum vox_err by_list(const char *name, struct bytes_view file, size_t *record, struct vox_error *err)
{
    struct bytes bytes = lab_file(name);
    struct ctl_list *list = lab_read(bytes_view_of(&bytes));
    struct ctl_header h;
    enum vox_err code;

    (void)lab_sgn(file, &h);
    code = sgn_verify_listed(file.data, file.len, &h, list, record, err);
    ctl_list_free(&list);
    bytes_free(&bytes);
    return code;
}

static void test_the_list_knows_the_signer(void **state)
{
    size_t record = 99;
    struct vox_error err;

    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        struct bytes file = lab_file(files[i]);

        if (by_list("ITLFile-sha1.tlv", bytes_view_of(&file), &record, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        assert_true(record == 3 || record == 4);
        file.data[file.len - 1] ^= 1;
        assert_int_equal(by_list("ITLFile-sha1.tlv", bytes_view_of(&file), &record, &err), VOX_E_NO);
        lab_says(&err, "signature is not valid");
        bytes_free(&file);
    }
}

static void test_the_list_has_no_signer_of_files(void **state)
{
    struct bytes file = lab_file(files[0]);
    struct vox_error err;
    size_t record;

    (void)state;
    assert_int_equal(by_list("CTLFile-sha1.tlv", bytes_view_of(&file), &record, &err), VOX_E_NO);
    lab_says(&err, "no TFTP or CCM+TFTP record");
    bytes_free(&file);
}

/* Signed by a member of the list whose role does not allow it, and by a stranger. */
static void test_the_list_knows_better(void **state)
{
    static const struct {
        const char *pem, *says;
    } cases[] = {{"capf.pem", "with role 4 only"}, {"phone-rsa.pem", "none of the 3 TFTP"}};
    size_t record;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cert *c = lab_cert(cases[i].pem);
        EVP_PKEY *key = lab_key(cases[i].pem);
        const struct sgn_params p = {
            .filename = "x.xml.sgn", .timestamp = 1, .digest = DIGEST_SHA512, .signer = c, .key = key};
        struct vox_error err;
        struct bytes file;

        assert_int_equal(sgn_write(&p, (struct bytes_view){(const uint8_t *)"x", 1}, &file, &err), VOX_OK);
        assert_int_equal(by_list("ITLFile-sha512.tlv", bytes_view_of(&file), &record, &err), VOX_E_NO);
        lab_says(&err, cases[i].says);
        bytes_free(&file);
        EVP_PKEY_free(key);
        cert_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors),
        cmocka_unit_test(test_another_signer_is_named),
        cmocka_unit_test(test_a_certificate_that_claims_the_name),
        cmocka_unit_test(test_a_renewed_certificate_is_another),
        cmocka_unit_test(test_every_flip_and_every_truncation),
        cmocka_unit_test(test_something_appended),
        cmocka_unit_test(test_every_length_off_by_one),
        cmocka_unit_test(test_the_list_knows_the_signer),
        cmocka_unit_test(test_the_list_has_no_signer_of_files),
        cmocka_unit_test(test_the_list_knows_better),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
