/* Reading and encoding again is the identity: for the lab's lists and for ours. */
#include "lab_cluster.h"

static void same_again(struct bytes file)
{
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    struct bytes again;

    assert_int_equal(ctl_list_encode(l, &again, NULL), VOX_OK);
    assert_int_equal(again.len, file.len);
    assert_memory_equal(again.data, file.data, file.len);
    bytes_free(&again);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void test_vectors(void **state)
{
    (void)state;
    same_again(lab_file("CTLFile-sha1.tlv"));
    same_again(lab_file("CTLFile-sha512.tlv"));
    same_again(lab_file("ITLFile-sha1.tlv"));
    same_again(lab_file("ITLFile-sha512.tlv"));
}

static void test_built(void **state)
{
    struct lab_cluster x;

    (void)state;
    lab_cluster_make(&x);
    x.members[1].dns_name = "";
    x.members[1].token = true;
    x.members[2].dns_name = "cm1.example.test";
    x.members[2].has_ip = true;
    x.members[3] = (struct ctl_member){.role = ROLE_CCM_TFTP, .dns_name = "192.0.2.10", .has_ip = true};
    x.members[5].hash_only = true;
    for (int d = DIGEST_SHA1; d <= DIGEST_SHA512; d++) {
        x.params.digest = (enum digest)d;
        same_again(lab_build(&x.params, x.key));
    }
    lab_cluster_free(&x);
}

/* The empty DNSNAME of clusters' ITLs: two NULs. */
static void test_a_blank_name_keeps_its_length(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv"), longer = {calloc(1, file.len + 5), file.len + 5};
    struct ctl_list *l = lab_read(bytes_view_of(&file)), *back;
    const struct ctl_record *last = &l->records[l->nrecords - 1];
    static const uint8_t blank[] = {2, 0, 2, 0, 0};

    (void)state;
    assert_non_null(longer.data);
    memcpy(longer.data, file.data, file.len);
    memcpy(longer.data + file.len, blank, sizeof blank);
    longer.data[last->offset + 3] = (uint8_t)((last->record_length + 5) >> 8);
    longer.data[last->offset + 4] = (uint8_t)(last->record_length + 5);
    back = lab_read(bytes_view_of(&longer));
    assert_string_equal(back->records[back->nrecords - 1].dns_name, "");
    ctl_list_free(&back);
    ctl_list_free(&l);
    bytes_free(&file);
    same_again(longer);
}

/* What is encoded comes from the fields, not from the bytes that were read. */
static void test_a_changed_field_shows(void **state)
{
    struct bytes file = lab_file("CTLFile-sha1.tlv"), again;
    struct ctl_list *l = lab_read(bytes_view_of(&file)), *back;

    (void)state;
    l->header.filename = "ITLFile-with-a-longer-name.tlv";
    l->records[1].function = 7;
    assert_int_equal(ctl_list_encode(l, &again, NULL), VOX_OK);
    back = lab_read(bytes_view_of(&again));
    assert_string_equal(back->header.filename, "ITLFile-with-a-longer-name.tlv");
    assert_int_equal(back->header.header_length, l->header.header_length + 19);
    assert_int_equal(back->records[1].function, 7);
    assert_int_equal(ctl_verify(back, NULL), VOX_E_NO);
    ctl_list_free(&l);
    ctl_list_free(&back);
    bytes_free(&file);
    bytes_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_built),
        cmocka_unit_test(test_a_blank_name_keeps_its_length),
        cmocka_unit_test(test_a_changed_field_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
