/* Building: the lab's fields again, the same bytes every time, and whom it refuses as a signer. */
#include "lab_cluster.h"

#include <libcert/limits.h>

static void same_fields(const struct ctl_record *ours, const struct ctl_record *theirs)
{
    assert_int_equal(ours->function, theirs->function);
    assert_true(bytes_equal(ours->serial, theirs->serial));
    assert_true(bytes_equal(ours->public_key, theirs->public_key));
    assert_true(bytes_equal(ours->signature, theirs->signature));
    assert_true(cert_same(ours->cert, theirs->cert));
    assert_true(name_text_agrees(theirs->subject, cert_subject_der(ours->cert)));
    assert_int_equal(strlen(ours->subject), strlen(theirs->subject)); /* ';' for ',' */
    assert_int_equal(strlen(ours->issuer), strlen(theirs->issuer));
    assert_int_equal(ours->record_length, theirs->record_length);
}

static void test_lists_have_the_fields_of_the_lab(void **state)
{
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    for (int round = 0; round < 4; round++) {
        static const char *const names[] = {"ITLFile-sha1.tlv", "ITLFile-sha512.tlv", "CTLFile-sha1.tlv",
                                            "CTLFile-sha512.tlv"};
        struct bytes theirs_file = lab_file(names[round]), ours_file;
        struct ctl_list *theirs = lab_read(bytes_view_of(&theirs_file)), *ours;
        struct ctl_member ctl[] = {{.cert = x.certs[0], .role = ROLE_SAST},
                                   {.cert = x.certs[2], .role = ROLE_CCM},
                                   {.cert = x.certs[5], .role = ROLE_CAPF}};
        struct ctl_build_params p = x.params;

        p.digest = round % 2 == 0 ? DIGEST_SHA1 : DIGEST_SHA512;
        p.timestamp = theirs->header.timestamp;
        p.filename = theirs->header.filename;
        p.signer_version = theirs->header.signer_version;
        if (round >= 2) {
            p.members = ctl;
            p.nmembers = 3;
        }
        ours_file = lab_build(&p, x.key);
        ours = lab_read(bytes_view_of(&ours_file));
        assert_int_equal(ours->nrecords, theirs->nrecords);
        for (size_t i = 0; i < ours->nrecords; i++)
            same_fields(&ours->records[i], &theirs->records[i]);
        assert_int_equal(ours->file.len, theirs->file.len);
        assert_int_equal(ours->header.header_length, theirs->header.header_length);
        assert_int_equal(ours->header.digest, theirs->header.digest);
        assert_int_equal(ours->header.modulus_code, theirs->header.modulus_code);
        assert_true(bytes_equal(ours->header.serial, theirs->header.serial));
        ctl_list_free(&ours);
        ctl_list_free(&theirs);
        bytes_free(&ours_file);
        bytes_free(&theirs_file);
    }
    lab_cluster_free(&x);
}

static void test_names_are_the_vendors(void **state)
{
    struct lab_cluster x;
    struct bytes file;
    struct ctl_list *l;

    (void)state;
    lab_cluster_make(&x);
    file = lab_build(&x.params, x.key);
    l = lab_read(bytes_view_of(&file));
    assert_string_equal(l->header.signer_name, "CN=vector-sast;OU=Lab;O=Example Voice;L=Auckland;ST=AKL;C=NZ");
    assert_string_equal(l->records[0].subject, l->header.signer_name);
    assert_string_equal(l->header.ca_name, l->header.signer_name);
    ctl_list_free(&l);
    bytes_free(&file);
    lab_cluster_free(&x);
}

static void test_the_same_parameters_give_the_same_bytes(void **state)
{
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    struct bytes a = lab_build(&x.params, x.key), b = lab_build(&x.params, x.key);
    assert_true(bytes_equal(bytes_view_of(&a), bytes_view_of(&b)));
    bytes_free(&b);
    x.params.timestamp++;
    b = lab_build(&x.params, x.key);
    assert_false(bytes_equal(bytes_view_of(&a), bytes_view_of(&b)));
    bytes_free(&a);
    bytes_free(&b);
    lab_cluster_free(&x);
}

static void test_kinds_of_records(void **state)
{
    struct lab_cluster x;
    struct bytes file;
    struct ctl_list *l;

    (void)state;
    lab_cluster_make(&x);
    x.members[1].dns_name = "";
    x.members[1].token = true;
    x.members[2].dns_name = "cm1.example.test";
    x.members[2].has_ip = true;
    memcpy(x.members[2].ip, "\300\000\002\012", 4);
    x.members[3] = (struct ctl_member){.role = ROLE_CCM_TFTP, .dns_name = "10.48.47.153", .has_ip = true};
    x.members[6].hash_only = true;
    file = lab_build(&x.params, x.key);
    l = lab_read(bytes_view_of(&file));
    assert_null(l->records[0].dns_name);
    assert_string_equal(l->records[1].dns_name, "");
    assert_null(l->records[1].signature.data);
    assert_non_null(l->records[1].cert);
    assert_string_equal(l->records[2].dns_name, "cm1.example.test");
    assert_memory_equal(l->records[2].ip.data, "\300\000\002\012", 4);
    assert_int_equal(l->records[3].record_length, 33);
    assert_int_equal(l->records[3].ntlvs, 4);
    assert_null(l->records[6].cert);
    assert_int_equal(l->records[6].cert_hash.len, 20);
    assert_int_equal(l->records[6].hash_algorithm, DIGEST_SHA1);
    for (size_t i = 0; i < l->nrecords; i++) { /* ascending tags */
        for (size_t k = 1; k < l->records[i].ntlvs; k++)
            assert_true(l->records[i].tlvs[k].tag > l->records[i].tlvs[k - 1].tag);
    }
    ctl_list_free(&l);
    bytes_free(&file);
    lab_cluster_free(&x);
}

static void not_built(const struct ctl_build_params *p, EVP_PKEY *key, const char *says)
{
    struct vox_error err;
    struct bytes out;

    assert_int_equal(ctl_build(p, key, &out, &err), VOX_E_INPUT);
    assert_null(out.data);
    if (strstr(err.text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, err.text);
}

static void test_signers_that_are_refused(void **state)
{
    EVP_PKEY *rsa3072 = lab_rsa(3072), *rsa512 = lab_rsa(512), *other = lab_key("sast2.pem"),
             *ec = lab_key("web-ec.pem");
    struct cert *c3072 = lab_make(&(struct lab_wanted){.subject = "CN=a", .serial_len = 8, .key = rsa3072}),
                *c512 = lab_make(&(struct lab_wanted){.subject = "CN=b", .serial_len = 8, .key = rsa512});
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    x.params.signer = x.certs[2]; /* a member, but no SAST */
    not_built(&x.params, x.key, "the signer's certificate is not among the SAST members");
    x.params.signer = x.certs[0];
    not_built(&x.params, other, "the private key does not belong to the signer's certificate");
    x.members[0].cert = x.params.signer = c3072;
    not_built(&x.params, rsa3072, "RSA 3072, but the format can express 1024, 2048 and 4096 bits only");
    x.members[0].cert = x.params.signer = c512;
    not_built(&x.params, rsa512, "the signer's key is RSA 512, which is broken in days");
    x.members[0].cert = x.params.signer = x.certs[4];
    not_built(&x.params, ec, "the signer's key is EC P-384, but phones verify lists and files with RSA keys only");
    x.members[0].cert = x.certs[0];
    x.params.signer = NULL;
    not_built(&x.params, x.key, "a list needs a signer");
    x.params.signer = x.certs[0];
    x.params.nmembers = 0;
    not_built(&x.params, x.key, "a list needs at least its signer");
    x.params.nmembers = 1;
    x.params.filename = "";
    not_built(&x.params, x.key, "needs a file name");
    lab_cluster_free(&x);
    cert_free(&c3072);
    cert_free(&c512);
    EVP_PKEY_free(rsa3072);
    EVP_PKEY_free(rsa512);
    EVP_PKEY_free(other);
    EVP_PKEY_free(ec);
}

static void test_members_that_are_refused(void **state)
{
    struct ctl_member *many = calloc(LIMIT_LIST_RECORDS + 1, sizeof *many);
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    x.members[3].role = 65536;
    not_built(&x.params, x.key, "member 4: role 65536 cannot stand in a list");
    x.members[3].role = ROLE_NONE;
    not_built(&x.params, x.key, "member 4: role -1 cannot stand in a list");
    x.members[3] = (struct ctl_member){.role = ROLE_CCM};
    not_built(&x.params, x.key, "member 4: a record without certificate needs a DNS name");
    x.members[3].dns_name = "";
    not_built(&x.params, x.key, "member 4: a record without certificate needs a DNS name");

    char name[LIMIT_NAME_TEXT + 2];
    memset(name, 'a', sizeof name);
    name[LIMIT_NAME_TEXT + 1] = '\0';
    x.members[3].dns_name = name;
    not_built(&x.params, x.key, "member 4: a DNS name of 1025 bytes is too long");
    name[LIMIT_NAME_TEXT] = '\0';
    struct bytes longest = lab_build(&x.params, x.key);
    bytes_free(&longest);

    for (size_t i = 0; i <= LIMIT_LIST_RECORDS; i++)
        many[i] = x.members[i == 0 ? 0 : 4];
    x.params.members = many;
    x.params.nmembers = LIMIT_LIST_RECORDS + 1;
    not_built(&x.params, x.key, "1001 members are more than a list may have: 1000");
    for (size_t i = 1; i < LIMIT_LIST_RECORDS; i++)
        many[i] = x.members[2];
    x.params.nmembers = LIMIT_LIST_RECORDS; /* 1,000 of 1,686 bytes */
    not_built(&x.params, x.key, "too large for the format");
    free(many);
    lab_cluster_free(&x);
}

static void test_unknown_roles_are_written(void **state)
{
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    x.members[3].role = 65535;
    struct bytes file = lab_build(&x.params, x.key);
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    assert_int_equal(l->records[3].function, 65535);
    ctl_list_free(&l);
    bytes_free(&file);
    lab_cluster_free(&x);
}

static void test_unsigned_is_the_signed_one_with_zeros(void **state)
{
    struct lab_cluster x;
    struct ctl_list *l;
    struct bytes u;

    (void)state;
    lab_cluster_make(&x);
    struct bytes s = lab_build(&x.params, x.key);
    assert_int_equal(ctl_build_unsigned(&x.params, &u, NULL), VOX_OK);
    assert_int_equal(u.len, s.len);
    l = lab_read(bytes_view_of(&u));
    const size_t at = l->header.signature_tlv_offset + 3;
    assert_int_equal(l->header.signature.len, 256);
    for (size_t i = 0; i < u.len; i++)
        assert_int_equal(u.data[i], i >= at && i < at + 256 ? 0 : s.data[i]);
    assert_int_equal(ctl_verify(l, NULL), VOX_E_NO);
    ctl_list_free(&l);
    bytes_free(&u);
    bytes_free(&s);
    lab_cluster_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_have_the_fields_of_the_lab),
        cmocka_unit_test(test_names_are_the_vendors),
        cmocka_unit_test(test_the_same_parameters_give_the_same_bytes),
        cmocka_unit_test(test_kinds_of_records),
        cmocka_unit_test(test_signers_that_are_refused),
        cmocka_unit_test(test_members_that_are_refused),
        cmocka_unit_test(test_unknown_roles_are_written),
        cmocka_unit_test(test_unsigned_is_the_signed_one_with_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
