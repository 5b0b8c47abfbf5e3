/* The tables are what reading, writing and showing go by: they must be sound themselves. */
#include "lab.h"

#include "tags.h"

static void test_rows_are_found_by_their_tag(void **state)
{
    size_t n;

    (void)state;
    const struct tag_row *rows = tag_header_rows(&n);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(tag_header_row(rows[i].tag), &rows[i]);
    assert_int_equal(n, 28);
    assert_null(tag_header_row(0));
    assert_null(tag_header_row(29));
    assert_null(tag_header_row(255));

    rows = tag_record_rows(&n);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(tag_record_row(rows[i].tag), &rows[i]);
    assert_int_equal(n, 12);
    assert_null(tag_record_row(0));
    assert_null(tag_record_row(13));
}

static void test_parents_are_containers_and_end(void **state)
{
    size_t n;

    (void)state;
    const struct tag_row *rows = tag_header_rows(&n);
    for (size_t i = 0; i < n; i++) {
        const struct tag_row *row = &rows[i];
        unsigned depth = 0;

        assert_int_equal(row->required & ~row->kinds, 0);
        while (row->parent != 0) {
            const struct tag_row *parent = tag_header_row(row->parent);

            assert_non_null(parent);
            assert_int_equal(parent->rule, RULE_CONTAINER);
            assert_int_equal(row->kinds & ~parent->kinds, 0);
            row = parent;
            assert_true(++depth <= 2); /* what header_write() has room for */
        }
    }
}

static void check(const struct tag_row *row, const void *data, size_t len, const char *says)
{
    const struct tlv t = {.tag = row->tag, .offset = 512, .value = {data, len}};
    struct vox_error err;
    enum vox_err code = tag_check(row, 3, &t, &err);

    if (says == NULL) {
        assert_int_equal(code, VOX_OK);
        return;
    }
    assert_int_equal(code, VOX_E_INPUT);
    assert_string_equal(err.text, says);
}

static void test_rules(void **state)
{
    static const uint8_t b[17];

    (void)state;
    check(tag_record_row(RTAG_FUNCTION), b, 2, NULL);
    check(tag_record_row(RTAG_FUNCTION), b, 3, "trust-list.md 3.4: FUNCTION: must be 2 bytes, has 3 (byte 512)");
    check(tag_record_row(RTAG_HASHALGORITHM), b, 0,
          "trust-list.md 3.12: HASH ALGORITHM: must be 1 byte, has 0 (byte 512)");
    check(tag_record_row(RTAG_DNSNAME), "cm1", 4, NULL);
    check(tag_record_row(RTAG_DNSNAME), "", 1, NULL); /* tokens */
    check(tag_record_row(RTAG_DNSNAME), "", 0, "trust-list.md 3.2: DNSNAME: text lacks the NUL at its end (byte 512)");
    check(tag_record_row(RTAG_DNSNAME), "cm1", 3,
          "trust-list.md 3.2: DNSNAME: text lacks the NUL at its end (byte 512)");
    check(tag_record_row(RTAG_DNSNAME), b, 2, NULL); /* clusters' ITLs */
    check(tag_record_row(RTAG_SUBJECTNAME), b, 2, "trust-list.md 3.3: SUBJECTNAME: text has a NUL inside (byte 512)");
    check(tag_record_row(RTAG_DNSNAME), "cm1\0", 5, "trust-list.md 3.2: DNSNAME: text has a NUL inside (byte 512)");
    check(tag_record_row(RTAG_DNSNAME), "c\0m", 4, "trust-list.md 3.2: DNSNAME: text has a NUL inside (byte 512)");
    check(tag_record_row(RTAG_SERIALNUMBER), b, 1, NULL);
    check(tag_record_row(RTAG_SERIALNUMBER), b, 0, "trust-list.md 3.6: SERIALNUMBER: is empty (byte 512)");
    check(tag_record_row(RTAG_IPADDRESS), b, 4, NULL);
    check(tag_record_row(RTAG_IPADDRESS), b, 16, NULL);
    check(tag_record_row(RTAG_IPADDRESS), b, 5,
          "trust-list.md 3.10: IPADDRESS: must be 4 bytes (16 for IPv6), has 5 (byte 512)");
    check(tag_header_row(HTAG_IV), b, 16, NULL);
    check(tag_header_row(HTAG_IV), b, 17, "trust-list.md 3.19: IV: must be 16 bytes, has 17 (byte 512)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_found_by_their_tag),
        cmocka_unit_test(test_parents_are_containers_and_end),
        cmocka_unit_test(test_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
