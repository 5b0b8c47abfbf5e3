/* Who signed a list, whatever the writer's habits; and who did not. */
#include <libcert/limits.h>

#include "lab_cluster.h"

static void test_the_vectors_verify(void **state)
{
    static const char *const files[] = {"CTLFile-sha1.tlv", "CTLFile-sha512.tlv", "ITLFile-sha1.tlv",
                                        "ITLFile-sha512.tlv"};
    EVP_PKEY *signer = lab_key("sast.pem"), *other = lab_key("sast2.pem");

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bytes file = lab_file(files[i]);
        struct ctl_list *l = lab_read(bytes_view_of(&file));
        struct vox_error err;

        if (ctl_verify(l, &err) != VOX_OK)
            fail_msg("%s: %s", files[i], err.text);
        assert_int_equal(ctl_signer_record(l), 0);
        for (size_t r = 0; r < l->nrecords; r++)
            assert_int_equal(ctl_signed_by(l, r), r == 0);
        assert_false(ctl_signed_by(l, l->nrecords));
        assert_int_equal(ctl_verify_with(l, signer, NULL), VOX_OK);
        assert_int_equal(ctl_verify_with(l, other, NULL), VOX_E_NO);
        ctl_list_free(&l);
        bytes_free(&file);
    }
    EVP_PKEY_free(signer);
    EVP_PKEY_free(other);
}

static void verify_says(struct ctl_list *l, const char *says)
{
    struct vox_error err;

    assert_int_equal(ctl_verify(l, &err), VOX_E_NO);
    if (strstr(err.text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, err.text);
}

static void test_headers_that_do_not_fit_the_key(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    const struct ctl_header good = l->header;

    (void)state;
    l->header.digest = 4;
    verify_says(l, "2.8: DIGESTALGORTITHM: 4 is no digest");
    l->header = good;
    l->header.digest = 0;
    verify_says(l, "2.8: DIGESTALGORTITHM: 0 is no digest");
    l->header = good;
    l->header.signature_algorithm = 1;
    verify_says(l, "2.10: SIGNATUREALGORTITHM: 1 is not RSA (0)");
    l->header = good;
    l->header.modulus_code = 4;
    verify_says(l, "2.11: SIGNATUREMODULUS: 4 is no key size");
    l->header = good;
    l->header.modulus_code = 1;
    verify_says(l, "2.12: SIGNATURE: has 256 bytes, but SIGNATUREMODULUS says 1024 bits");
    l->header.signature.len = 128;
    verify_says(l, "2.11: SIGNATUREMODULUS: says RSA 1024, but the signer's key is another");
    l->header = good;
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void test_the_signer_must_be_a_sast_of_that_serial_and_issuer(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    static const uint8_t other[] = {1, 2, 3};
    const struct ctl_header good = l->header;

    (void)state;
    l->records[0].function = ROLE_CCM;
    verify_says(l, "4: the signer that the header names, CN=vector-sast,");
    assert_int_equal(ctl_signer_record(l), -1);
    assert_false(ctl_signed_by(l, 0));
    l->records[0].function = ROLE_SAST;
    l->header.serial = (struct bytes_view){other, sizeof other};
    verify_says(l, "is not among the SAST records");
    l->header = good;
    l->header.ca_name = "CN=another,O=Example Voice,OU=Lab,L=Auckland,ST=AKL,C=NZ";
    verify_says(l, "is not among the SAST records");
    l->header.ca_name =
        "CN=vector-sast;OU=Lab;O=Example Voice;L=Auckland;ST=AKL;C=NZ"; /* the same in another writing */
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    /* As tokens write it: attribute names in lower case, padded and quoted values, a quote missing. */
    l->header.ca_name = "cn=\"vector-sast        \";ou=Lab;o=Example Voice;l=Auckland;st=AKL;c=\"NZ";
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    /* Texts of the record do not decide: its certificate does. */
    l->records[0].issuer = l->records[0].subject = "CN=nonsense";
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void test_a_serial_with_its_sign_byte(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv");
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    uint8_t with_sign[17] = {0};

    (void)state;
    assert_int_equal(l->header.serial.len, 16);
    memcpy(with_sign + 1, l->header.serial.data, 16);
    l->header.serial = (struct bytes_view){with_sign, sizeof with_sign};
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    ctl_list_free(&l);
    bytes_free(&file);
}

/* Two certificates with the signer's serial and issuer: a renewed key under the old names. The right one is found. */
static void test_several_candidates(void **state)
{
    EVP_PKEY *other = lab_rsa(1024), *right = lab_rsa(1024);
    const struct lab_wanted w = {.subject = "CN=signer", .serial_len = 8, .key = right},
                            v = {.subject = "CN=signer", .serial_len = 8, .key = other};
    struct cert *a = lab_make(&v), *b = lab_make(&w);
    const struct ctl_member members[] = {{.cert = a, .role = ROLE_SAST},
                                         {.cert = b, .role = ROLE_SAST},
                                         {.cert = b, .role = ROLE_CCM_TFTP},
                                         {.cert = b, .role = ROLE_SAST}};
    const struct ctl_build_params p = {
        .filename = "CTLFile.tlv", .digest = DIGEST_SHA1, .signer = b, .members = members, .nmembers = 4};

    (void)state;
    assert_true(cert_same_issuer_serial(a, b));
    struct bytes file = lab_build(&p, right);
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    assert_int_equal(ctl_signer_record(l), 1);
    assert_false(ctl_signed_by(l, 0));
    assert_true(ctl_signed_by(l, 1));
    assert_false(ctl_signed_by(l, 2)); /* its key, but not its role */
    assert_true(ctl_signed_by(l, 3));
    ctl_list_free(&l);

    file.data[file.len - 1] ^= 1; /* in the last certificate's signature */
    l = lab_read(bytes_view_of(&file));
    assert_int_equal(ctl_verify(l, NULL), VOX_E_NO);
    assert_int_equal(ctl_signer_record(l), 0); /* none signed: the first that is named */
    ctl_list_free(&l);
    bytes_free(&file);
    cert_free(&a);
    cert_free(&b);
    EVP_PKEY_free(other);
    EVP_PKEY_free(right);
}

/* Each key that is tried costs a hash of the whole list: a hostile list does not get a thousand of them. */
static void test_a_crowd_of_candidates(void **state)
{
    enum { CROWD = LIMIT_LIST_SIGNERS + 1 };
    EVP_PKEY *other = lab_rsa(1024), *right = lab_rsa(1024);
    const struct lab_wanted w = {.subject = "CN=signer", .serial_len = 8, .key = right},
                            v = {.subject = "CN=signer", .serial_len = 8, .key = other};
    struct cert *a = lab_make(&v), *b = lab_make(&w);
    struct ctl_member members[CROWD];
    struct ctl_build_params p = {.filename = "CTLFile.tlv", .digest = DIGEST_SHA1, .signer = b, .members = members};

    (void)state;
    p.nmembers = CROWD;
    for (size_t i = 0; i < CROWD; i++)
        members[i] = (struct ctl_member){.cert = i == CROWD - 2 ? b : a, .role = ROLE_SAST};
    struct bytes file = lab_build(&p, right);
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    assert_int_equal(ctl_signer_record(l), CROWD - 2);

    const struct ctl_record last = l->records[CROWD - 1]; /* the signer comes one too late */
    l->records[CROWD - 1] = l->records[CROWD - 2];
    l->records[CROWD - 2] = last;
    assert_int_equal(ctl_verify(l, NULL), VOX_E_NO);
    assert_int_equal(ctl_signer_record(l), 0);
    ctl_list_free(&l);
    bytes_free(&file);
    cert_free(&a);
    cert_free(&b);
    EVP_PKEY_free(other);
    EVP_PKEY_free(right);
}

/* A SAST record without certificate: its PUBLICKEY verifies. */
static void test_a_signer_by_its_public_key(void **state)
{
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    x.members[0].hash_only = true;
    struct bytes file = lab_build(&x.params, x.key);
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    assert_null(l->records[0].cert);
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);
    assert_int_equal(ctl_signer_record(l), 0);

    const char *issuer = l->records[0].issuer;
    l->records[0].issuer = "CN=another"; /* the same number from another CA */
    verify_says(l, "is not among the SAST records");
    l->records[0].issuer = issuer;

    const struct bytes_view whole = l->records[0].public_key;
    uint8_t *longer = calloc(1, whole.len + 1);
    assert_non_null(longer);
    memcpy(longer, whole.data, whole.len);
    l->records[0].public_key = (struct bytes_view){longer, whole.len + 1}; /* a key and a byte more */
    verify_says(l, "record 1: the signer's public key cannot be decoded");
    free(longer);
    l->records[0].public_key = whole;
    assert_int_equal(ctl_verify(l, NULL), VOX_OK);

    l->records[0].public_key.len--; /* not one whole key */
    verify_says(l, "record 1: the signer's public key cannot be decoded");
    l->records[0].public_key.data = NULL;
    verify_says(l, "is not among the SAST records");
    ctl_list_free(&l);
    bytes_free(&file);
    lab_cluster_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors_verify),
        cmocka_unit_test(test_headers_that_do_not_fit_the_key),
        cmocka_unit_test(test_the_signer_must_be_a_sast_of_that_serial_and_issuer),
        cmocka_unit_test(test_a_serial_with_its_sign_byte),
        cmocka_unit_test(test_several_candidates),
        cmocka_unit_test(test_a_crowd_of_candidates),
        cmocka_unit_test(test_a_signer_by_its_public_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
