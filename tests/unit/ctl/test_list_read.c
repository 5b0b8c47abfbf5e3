/* Records and whole lists: what is taken, and every way to be refused. */
#include "lab.h"

#include <libcert/limits.h>

/* A record to be: raw fields after RECORDLENGTH, whose value is right plus `off`. */
struct rec {
    const char *fields;
    size_t len;
    int off;
};

static void put_record(struct tlv_writer *w, const struct rec *r)
{
    tlv_put_tlv_u16(w, 1, (uint16_t)((int)r->len + 5 + r->off));
    tlv_put(w, r->fields, r->len);
}

static struct bytes list_of(const struct rec *r)
{
    struct tlv_writer w = tlv_writer(4 << 20);

    lab_put_header(&w, &(struct lab_header){0});
    put_record(&w, r);
    return lab_done(&w);
}

#define REC(s) ((struct rec){.fields = s, .len = sizeof(s) - 1})
#define ROLE   "\004\0\002\0\002"

static void test_the_vectors(void **state)
{
    static const char *const files[] = {"CTLFile-sha1.tlv", "CTLFile-sha512.tlv", "ITLFile-sha1.tlv",
                                        "ITLFile-sha512.tlv"};
    static const int ctl_roles[] = {0, 1, 4}, itl_roles[] = {0, 0, 2, 3, 3, 4, 21, 7};

    (void)state;
    for (size_t f = 0; f < 4; f++) {
        struct bytes file = lab_file(files[f]);
        struct ctl_list *l = lab_read(bytes_view_of(&file));
        const int *roles = f < 2 ? ctl_roles : itl_roles;

        assert_int_equal(l->nrecords, f < 2 ? 3 : 8);
        for (size_t i = 0; i < l->nrecords; i++) {
            assert_int_equal(l->records[i].function, roles[i]);
            assert_non_null(l->records[i].cert);
            assert_null(l->records[i].dns_name);
            assert_null(l->records[i].ip.data);
            assert_true(bytes_equal(l->records[i].serial, cert_serial(l->records[i].cert)));
        }
        assert_int_equal(l->header.signer_version, f < 2 ? SIGNER_VERSION_1_0 : SIGNER_VERSION_1_1);
        assert_int_equal(l->header.digest, f % 2 == 0 ? DIGEST_SHA1 : DIGEST_SHA512);
        ctl_list_free(&l);
        bytes_free(&file);
    }
}

static void test_an_emptied_record(void **state)
{
    struct bytes file = list_of(&REC("\002\0\01510.48.47.153\0" ROLE "\012\0\004\0\0\0\0"));
    struct ctl_list *l = lab_read(bytes_view_of(&file));

    (void)state;
    assert_int_equal(l->nrecords, 1);
    assert_int_equal(l->records[0].record_length, 33);
    assert_string_equal(l->records[0].dns_name, "10.48.47.153");
    assert_int_equal(l->records[0].function, 2);
    assert_int_equal(l->records[0].ip.len, 4);
    assert_null(l->records[0].cert);
    assert_null(l->records[0].subject);
    assert_null(l->records[0].serial.data);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void test_what_is_tolerated(void **state)
{
    static const struct rec cases[] = {
        {ROLE, 5, 0},                                                 /* the least there can be */
        {"\002\0\001\0" ROLE, 9, 0},                                  /* a token's DNSNAME: a lone NUL */
        {"\004\0\002\377\377", 5, 0},                                 /* unknown role */
        {"\310\0\003abc" ROLE "\310\0\0\0\0\0", 17, 0},               /* unknown tags, one of them 0 */
        {"\006\0\001\7" ROLE "\003\0\002a\0", 14, 0},                 /* another order */
        {ROLE "\013\0\024aaaaaaaaaaaaaaaaaaaa\014\0\001\001", 32, 0}, /* a hash in place of the certificate */
        {ROLE "\012\0\020aaaaaaaaaaaaaaaa", 24, 0},                   /* IPv6 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes file = list_of(&cases[i]);
        struct ctl_list *l = lab_read(bytes_view_of(&file));
        struct bytes again;

        assert_int_equal(l->nrecords, 1);
        assert_int_equal(ctl_list_encode(l, &again, NULL), VOX_OK);
        assert_true(bytes_equal(bytes_view_of(&again), bytes_view_of(&file)));
        bytes_free(&again);
        ctl_list_free(&l);
        bytes_free(&file);
    }
}

static void test_refused_records(void **state)
{
    static const struct {
        struct rec rec;
        const char *says;
    } cases[] = {
        {{"", 0, 0}, "record 1: trust-list.md 3.4: FUNCTION: is missing"},
        {{"\002\0\001\0", 4, 0}, "3.4: FUNCTION: is missing"},
        {{ROLE, 5, -1}, "3.1: record: tag 4 at byte"},
        {{ROLE, 5, 1}, "3.1: RECORDLENGTH: 11 runs past the end of the file, 10 bytes are left"},
        {{ROLE, 5, -5}, "3.4: FUNCTION: is missing"},
        {{ROLE, 5, -6}, "3.1: RECORDLENGTH: 4 is too short for a record"},
        {{ROLE, 5, -10}, "3.1: RECORDLENGTH: 0 is too short for a record"},
        {{"\004\0\003\0\002\0", 6, 0}, "3.4: FUNCTION: must be 2 bytes, has 3"},
        {{"\004\0\001\002", 4, 0}, "3.4: FUNCTION: must be 2 bytes, has 1"},
        {{"\004\0\0", 3, 0}, "3.4: FUNCTION: must be 2 bytes, has 0"},
        {{ROLE ROLE, 10, 0}, "3.4: FUNCTION: stands there twice"},
        {{ROLE "\002\0\001\0\002\0\001\0", 13, 0}, "3.2: DNSNAME: stands there twice"},
        {{ROLE "\001\0\002\0\012", 10, 0}, "3.1: RECORDLENGTH: stands there twice"},
        {{ROLE "\002\0\0", 8, 0}, "3.2: DNSNAME: text lacks the NUL at its end"},
        {{ROLE "\002\0\002ab", 10, 0}, "3.2: DNSNAME: text lacks the NUL at its end"},
        {{ROLE "\003\0\004a\0b\0", 12, 0}, "3.3: SUBJECTNAME: text has a NUL inside"},
        {{ROLE "\005\0\002\0\0", 10, 0}, "3.5: ISSUERNAME: text has a NUL inside"},
        {{ROLE "\006\0\0", 8, 0}, "3.6: SERIALNUMBER: is empty"},
        {{ROLE "\007\0\0", 8, 0}, "3.7: PUBLICKEY: is empty"},
        {{ROLE "\010\0\0", 8, 0}, "3.8: SIGNATURE: is empty"},
        {{ROLE "\011\0\0", 8, 0}, "3.9: CERTIFICATE: is empty"},
        {{ROLE "\011\0\0030\001\0", 11, 0}, "3.9: CERTIFICATE: "},
        {{ROLE "\012\0\003aaa", 11, 0}, "3.10: IPADDRESS: must be 4 bytes (16 for IPv6), has 3"},
        {{ROLE "\014\0\002\0\001", 10, 0}, "3.12: HASH ALGORITHM: must be 1 byte, has 2"},
        {{ROLE "\310\377\377", 8, 0}, "3.1: record: tag 200 at byte"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        lab_refused(list_of(&cases[i].rec), cases[i].says);
}

static void test_left_over_bytes(void **state)
{
    for (size_t n = 1; n < 5; n++) {
        struct tlv_writer w = tlv_writer(1 << 20);

        (void)state;
        lab_put_header(&w, &(struct lab_header){0});
        put_record(&w, &REC(ROLE));
        tlv_put(&w, "\001\0\002\0", n);
        lab_refused(lab_done(&w), "record 2: trust-list.md 3.1: RECORDLENGTH: two bytes of it must start a record");
    }
}

static void test_a_certificate_with_something_behind_it(void **state)
{
    struct cert *c = lab_cert("ccm.pem");
    struct tlv_writer w = tlv_writer(1 << 20);
    struct bytes_view der = cert_der(c);

    (void)state;
    lab_put_header(&w, &(struct lab_header){0});
    tlv_put_tlv_u16(&w, 1, (uint16_t)(5 + 5 + 3 + der.len + 1));
    tlv_put(&w, ROLE, 5);
    tlv_put_u8(&w, 9);
    tlv_put_u16(&w, (uint16_t)(der.len + 1));
    tlv_put(&w, der.data, der.len);
    tlv_put_u8(&w, 0);
    lab_refused(lab_done(&w), "record 1: trust-list.md 3.9: CERTIFICATE: ");
    cert_free(&c);
}

static void test_many_fields(void **state)
{
    char fields[5 + 3 * RECORD_TAGS_MAX] = ROLE;

    (void)state;
    for (size_t i = 0; i < RECORD_TAGS_MAX; i++)
        memcpy(fields + 5 + 3 * i, "\310\0\0", 3);
    lab_refused(list_of(&(struct rec){fields, sizeof fields, 0}), "3: record: more than 32 fields");
    lab_refused(list_of(&(struct rec){fields, sizeof fields - 3, 0}), "3: record: more than 32 fields");
    struct bytes file = list_of(&(struct rec){fields, sizeof fields - 6, 0});
    struct ctl_list *l = lab_read(bytes_view_of(&file));
    assert_int_equal(l->records[0].ntlvs, RECORD_TAGS_MAX);
    ctl_list_free(&l);
    bytes_free(&file);
}

static void test_limits_of_a_list(void **state)
{
    struct tlv_writer w = tlv_writer(4 << 20);
    struct ctl_list *l;

    (void)state;
    lab_put_header(&w, &(struct lab_header){0});
    for (size_t i = 0; i < LIMIT_LIST_RECORDS; i++)
        put_record(&w, &REC(ROLE));
    l = lab_read((struct bytes_view){w.data, w.len});
    assert_int_equal(l->nrecords, LIMIT_LIST_RECORDS);
    ctl_list_free(&l);
    put_record(&w, &REC(ROLE));
    lab_refused(lab_done(&w), "6: list: more than 1000 records");

    struct bytes big = {calloc(1, LIMIT_LIST_FILE + 1), LIMIT_LIST_FILE + 1};
    lab_refused(big, "6: list: 1048577 bytes, more than 1048576");
}

static void test_an_empty_file(void **state)
{
    struct bytes none = {NULL, 0};

    (void)state;
    lab_refused(none, "trust-list.md 1: not a trust list: it is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors),       cmocka_unit_test(test_an_emptied_record),
        cmocka_unit_test(test_what_is_tolerated), cmocka_unit_test(test_refused_records),
        cmocka_unit_test(test_left_over_bytes),   cmocka_unit_test(test_a_certificate_with_something_behind_it),
        cmocka_unit_test(test_many_fields),       cmocka_unit_test(test_limits_of_a_list),
        cmocka_unit_test(test_an_empty_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
