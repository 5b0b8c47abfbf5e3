/* What changed between two lists. */
#include <ctl/diff.h>

#include "lab_list.h"

static struct cert *a, *b, *tvs, *tftp, *ccm;
static EVP_PKEY *key_a, *key_b;

static int load(void **state)
{
    (void)state;
    a = lab_cert("sast.pem");
    b = lab_cert("sast2.pem");
    tvs = lab_cert("tvs.pem");
    tftp = lab_cert("tftp.pem");
    ccm = lab_cert("ccm.pem");
    key_a = lab_key("sast.pem");
    key_b = lab_key("sast2.pem");
    return 0;
}

static int unload(void **state)
{
    struct cert **all[] = {&a, &b, &tvs, &tftp, &ccm};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cert_free(all[i]);
    EVP_PKEY_free(key_a);
    EVP_PKEY_free(key_b);
    return 0;
}

static struct ctl_list *list(const struct ctl_member *m, size_t n)
{
    return lab_signed("ITLFile.tlv", a, key_a, m, n);
}

/* From x to y there is this one change, of this kind. Frees both. */
static void one_change(struct ctl_list *x, struct ctl_list *y, enum diff_kind kind, int old_record, int new_record,
                       const char *says)
{
    struct diff_entry *d;
    size_t n;

    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    for (size_t i = 0; i < n; i++)
        if (n != 1)
            print_message("%c %s\n", diff_sign(d[i].kind), d[i].text);
    assert_int_equal(n, 1);
    if (strstr(d[0].text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, d[0].text);
    assert_int_equal(d[0].kind, kind);
    assert_int_equal(d[0].old_record, old_record);
    assert_int_equal(d[0].new_record, new_record);
    free(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

static void equal_files_have_no_difference(void **state)
{
    const struct ctl_member m = {.cert = tvs, .role = ROLE_TVS};
    struct ctl_list *x = list(&m, 1), *y = list(&m, 1);
    struct diff_entry *d;
    size_t n;

    (void)state;
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 0);
    assert_null(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

static void records_come_and_go(void **state)
{
    const struct ctl_member m = {.cert = tvs, .role = ROLE_TVS};

    (void)state;
    one_change(list(NULL, 0), list(&m, 1), DIFF_ADDED, -1, 1, "TVS CN=vector-tvs (serial 72:83:37:96");
    one_change(list(&m, 1), list(NULL, 0), DIFF_REMOVED, 1, -1, "RSA 2048)");
}

static void a_partner_is_taken_once(void **state)
{
    const struct ctl_member m[] = {{.cert = tvs, .role = ROLE_TVS}, {.cert = tvs, .role = ROLE_TVS}};

    (void)state;
    one_change(list(m, 2), list(m, 1), DIFF_REMOVED, 2, -1, "TVS CN=vector-tvs");
    one_change(list(m, 1), list(m, 2), DIFF_ADDED, -1, 2, "TVS CN=vector-tvs");
}

static void records_without_anything_to_tell_them_by_are_equal(void **state)
{
    const struct ctl_member m = {.cert = NULL, .role = 4711, .dns_name = " "};
    const struct ctl_member k = {.cert = NULL, .role = 4712, .dns_name = " "};
    struct ctl_list *x = list(&m, 1), *y = list(&m, 1);
    struct diff_entry *d;
    size_t n;

    (void)state;
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 0);
    ctl_list_free(&y);
    y = list(&k, 1);
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 2);
    free(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

/* Two hashes are two certificates. */
static void records_with_hashes_are_told_by_them(void **state)
{
    const struct ctl_member one = {.cert = tvs, .role = ROLE_TVS, .hash_only = true};
    const struct ctl_member other = {.cert = tftp, .role = ROLE_TVS, .hash_only = true};
    struct ctl_list *x = list(&one, 1), *y = list(&other, 1);
    struct diff_entry *d;
    size_t n;

    (void)state;
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 2);
    assert_int_equal(d[0].kind, DIFF_REMOVED);
    assert_int_equal(d[1].kind, DIFF_ADDED);
    free(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

static void a_certificate_is_replaced_at_its_node(void **state)
{
    const struct ctl_member was = {.cert = tftp, .role = ROLE_CCM_TFTP, .dns_name = "cm1"};
    const struct ctl_member is = {.cert = ccm, .role = ROLE_CCM_TFTP, .dns_name = "cm1"};
    const struct ctl_member elsewhere = {.cert = ccm, .role = ROLE_CCM_TFTP, .dns_name = "cm2"};
    struct ctl_list *x = list(&was, 1), *y = list(&elsewhere, 1);
    struct diff_entry *d;
    size_t n;

    (void)state;
    one_change(list(&was, 1), list(&is, 1), DIFF_CHANGED, 1, 1, "certificate replaced by CCM+TFTP CN=vector-ccm");
    /* Another node's certificate is another record. */
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 2);
    assert_int_equal(d[0].kind, DIFF_REMOVED);
    assert_int_equal(d[1].kind, DIFF_ADDED);
    free(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

static void a_record_is_emptied_and_filled(void **state)
{
    const struct ctl_member full = {.cert = tftp, .role = ROLE_CCM_TFTP, .dns_name = "cm1", .has_ip = true};
    const struct ctl_member empty = {.cert = NULL, .role = ROLE_CCM_TFTP, .dns_name = "cm1", .has_ip = true};

    (void)state;
    one_change(list(&full, 1), list(&empty, 1), DIFF_CHANGED, 1, 1, "emptied: certificate removed");
    one_change(list(&empty, 1), list(&full, 1), DIFF_CHANGED, 1, 1, "certificate added: CCM+TFTP CN=vector-tftp");
}

static void role_name_and_address_change(void **state)
{
    const struct ctl_member m = {
        .cert = tftp, .role = ROLE_TFTP, .dns_name = "cm1", .has_ip = true, .ip = {192, 0, 2, 1}};
    struct ctl_member k = m;

    (void)state;
    k.role = ROLE_CCM_TFTP;
    one_change(list(&m, 1), list(&k, 1), DIFF_CHANGED, 1, 1, "role TFTP -> CCM+TFTP");
    k = m;
    k.dns_name = "cm2";
    one_change(list(&m, 1), list(&k, 1), DIFF_CHANGED, 1, 1, "dns cm1 -> cm2");
    k = m;
    k.ip[3] = 9;
    one_change(list(&m, 1), list(&k, 1), DIFF_CHANGED, 1, 1, "ip 192.0.2.1 -> 192.0.2.9");
    k.has_ip = false;
    one_change(list(&m, 1), list(&k, 1), DIFF_CHANGED, 1, 1, "ip 192.0.2.1 -> absent");
    k = m;
    k.token = true;
    one_change(list(&m, 1), list(&k, 1), DIFF_CHANGED, 1, 1, "SIGNATURE removed");
}

static void order_is_mentioned(void **state)
{
    const struct ctl_member m[] = {{.cert = tvs, .role = ROLE_TVS}, {.cert = tftp, .role = ROLE_TFTP}};
    const struct ctl_member k[] = {{.cert = tftp, .role = ROLE_TFTP}, {.cert = tvs, .role = ROLE_TVS}};

    (void)state;
    one_change(list(m, 2), list(k, 2), DIFF_HEADER, -1, -1, "order of the records");
}

static void the_header_is_compared_field_by_field(void **state)
{
    const struct ctl_member m = {.cert = b, .role = ROLE_SAST};
    const struct ctl_member k = {.cert = a, .role = ROLE_SAST};
    struct ctl_list *x = lab_signed("CTLFile.tlv", a, key_a, &m, 1), *y = lab_signed("ITLFile.tlv", b, key_b, &k, 1);
    static const char *const says[] = {"signer version: 1.0 -> 1.1", "signer: CN=vector-sast", "digest: sha1 -> sha512",
                                       "file name: CTLFile.tlv -> ITLFile.tlv",
                                       "time stamp: 2026-11-23T21:20:06Z -> absent"};
    struct diff_entry *d;
    size_t n;

    (void)state;
    y->header.signer_version = SIGNER_VERSION_1_1;
    y->header.digest = DIGEST_SHA512;
    y->header.has_timestamp = false;
    assert_int_equal(ctl_diff(x, y, &d, &n, NULL), VOX_OK);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(d[i].kind, DIFF_HEADER);
        if (strncmp(d[i].text, says[i], strlen(says[i])) != 0)
            fail_msg("not said: %s\nsaid: %s", says[i], d[i].text);
    }
    assert_string_equal(d[5].text, "order of the records differs");
    free(d);
    ctl_list_free(&x);
    ctl_list_free(&y);
}

static void a_signature_is_news_only_by_itself(void **state)
{
    struct ctl_list *x = list(NULL, 0), *y = list(NULL, 0);

    (void)state;
    y->file.data[y->header.signature_tlv_offset + 3] ^= 1;
    one_change(x, y, DIFF_HEADER, -1, -1, "signature differs, and nothing else");
    x = list(NULL, 0);
    y = list(NULL, 0);
    y->file.len--; /* bytes that no field shows */
    one_change(x, y, DIFF_HEADER, -1, -1, "encoded differently");
}

static void json_says_the_same(void **state)
{
    const struct diff_entry d[] = {{DIFF_ADDED, -1, 3, "x"}, {DIFF_CHANGED, 0, 1, "y"}};
    json_t *all = ctl_diff_json(d, 2), *one;

    (void)state;
    assert_int_equal(json_array_size(all), 2);
    one = json_array_get(all, 0);
    assert_string_equal(json_string_value(json_object_get(one, "change")), "added");
    assert_true(json_is_null(json_object_get(one, "old_record")));
    assert_int_equal(json_integer_value(json_object_get(one, "new_record")), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(all, 1), "text")), "y");
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_files_have_no_difference),
        cmocka_unit_test(records_come_and_go),
        cmocka_unit_test(a_partner_is_taken_once),
        cmocka_unit_test(records_without_anything_to_tell_them_by_are_equal),
        cmocka_unit_test(records_with_hashes_are_told_by_them),
        cmocka_unit_test(a_certificate_is_replaced_at_its_node),
        cmocka_unit_test(a_record_is_emptied_and_filled),
        cmocka_unit_test(role_name_and_address_change),
        cmocka_unit_test(order_is_mentioned),
        cmocka_unit_test(the_header_is_compared_field_by_field),
        cmocka_unit_test(a_signature_is_news_only_by_itself),
        cmocka_unit_test(json_says_the_same),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
