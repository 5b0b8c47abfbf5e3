/* Re-building a header gives its bytes; a new one is in the vendor's order and aligned. */
#include "lab.h"

#include "header_write.h"

static const struct bytes_view nothing = {NULL, 0};

static void same_again(struct bytes file, enum header_kind kind)
{
    struct tlv_writer w = tlv_writer(1 << 20);
    struct ctl_header h;
    struct bytes again;

    assert_int_equal(ctl_header_read(file.data, file.len, kind, &h, NULL), VOX_OK);
    header_write(&w, &h, file.data, nothing);
    again = lab_done(&w);
    assert_int_equal(again.len, h.header_length);
    assert_memory_equal(again.data, file.data, again.len);
    bytes_free(&again);
    bytes_free(&file);
}

static void test_vectors_come_out_the_same(void **state)
{
    (void)state;
    same_again(lab_file("CTLFile-sha1.tlv"), HEADER_LIST);
    same_again(lab_file("ITLFile-sha512.tlv"), HEADER_LIST);
    same_again(lab_file("signed-sha1.cnf.xml.sgn"), HEADER_SGN);
    same_again(lab_file("stub-sha512.cnf.xml.sgn"), HEADER_SGN);
    same_again(lab_file("encrypted-sha1.cnf.xml.enc.sgn"), HEADER_ENCSGN);
    same_again(lab_file("encrypted-sha512.cnf.xml.enc.sgn"), HEADER_ENCSGN);
}

static void test_odd_headers_come_out_the_same(void **state)
{
    static const struct lab_header odd[] = {
        {.padding = 9},
        {.leave_out = 15},
        {.more = {(const uint8_t *)"\310\0\002xy\034\0\002\001\001\311\0\0", 13}},
        {.digest = 77, .algorithm = 9, .modulus = 250},
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct tlv_writer w = tlv_writer(1 << 20);

        lab_put_header(&w, &odd[i]);
        same_again(lab_done(&w), HEADER_LIST);
    }
}

static void test_a_new_header(void **state)
{
    static const uint8_t serial[] = {1, 2}, sig[128];
    static const uint8_t order[] = {1, 2, 28, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15};
    struct ctl_header h = {
        .kind = HEADER_LIST,
        .version_major = 1,
        .version_minor = 2,
        .signer_version = SIGNER_VERSION_1_1,
        .signer_name = "CN=signer",
        .ca_name = "CN=ca",
        .serial = {serial, sizeof serial},
        .digest = 3,
        .modulus_code = 1,
        .signature = {sig, sizeof sig},
        .has_timestamp = true,
        .timestamp = 7,
    };

    (void)state;
    for (size_t n = 1; n < 9; n++) { /* every alignment */
        char name[16] = "";
        struct tlv_writer w = tlv_writer(1 << 20);
        struct ctl_header back;

        memset(name, 'x', n);
        h.filename = name;
        header_plan(&h);
        header_write(&w, &h, NULL, nothing);
        struct bytes file = lab_done(&w);
        assert_int_equal(file.len % 4, 0);
        assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &back, NULL), VOX_OK);
        assert_true(back.padding < 4);
        assert_int_equal(back.ntlvs, sizeof order);
        for (size_t i = 0; i < sizeof order; i++)
            assert_int_equal(back.tlvs[i].tag, order[i]);
        assert_string_equal(back.filename, name);
        assert_int_equal(back.signer_version, SIGNER_VERSION_1_1);
        assert_int_equal(back.timestamp, 7);
        bytes_free(&file);
    }
}

static void test_extra_fields_stand_before_the_padding(void **state)
{
    static const uint8_t serial[] = {1}, sig[128], extra[] = {200, 0, 1, 13};
    struct ctl_header h = {.version_major = 1,
                           .version_minor = 2,
                           .signer_name = "",
                           .ca_name = "",
                           .filename = "f",
                           .serial = {serial, 1},
                           .signature = {sig, sizeof sig}};
    struct tlv_writer w = tlv_writer(1 << 20);
    struct ctl_header back;

    (void)state;
    header_plan(&h);
    header_write(&w, &h, NULL, (struct bytes_view){extra, sizeof extra});
    struct bytes file = lab_done(&w);
    assert_int_equal(ctl_header_read(file.data, file.len, HEADER_LIST, &back, NULL), VOX_OK);
    assert_int_equal(back.tlvs[back.ntlvs - 1].tag, 200);
    assert_false(back.has_timestamp);
    assert_int_equal(file.len % 4, 0);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_come_out_the_same),
        cmocka_unit_test(test_odd_headers_come_out_the_same),
        cmocka_unit_test(test_a_new_header),
        cmocka_unit_test(test_extra_fields_stand_before_the_padding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
