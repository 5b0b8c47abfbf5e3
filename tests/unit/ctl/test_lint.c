/* The linter: every code of docs/formats/trust-list.md 7 on the whole list, and that a good list has no finding. */
#include <ctl/verify.h>
#include <libcert/limits.h>

#include "lab_list.h"

static struct cert *a, *b, *tvs, *tftp;
static EVP_PKEY *key;

static int load(void **state)
{
    (void)state;
    a = lab_cert("sast.pem");
    b = lab_cert("sast2.pem");
    tvs = lab_cert("tvs.pem");
    tftp = lab_cert("tftp.pem");
    key = lab_key("sast.pem");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    cert_free(&a);
    cert_free(&b);
    cert_free(&tvs);
    cert_free(&tftp);
    EVP_PKEY_free(key);
    return 0;
}

/* How often the linter finds code; *f the last such finding. */
static size_t found(const struct ctl_list *l, int64_t now, const char *code, struct lint_finding *f)
{
    struct lint_finding *all;
    size_t n, hits = 0;

    assert_int_equal(ctl_lint(l, now, &all, &n, NULL), VOX_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].code, code) == 0) {
            hits++;
            *f = all[i];
        }
    free(all);
    return hits;
}

/* One finding of this code, severity and record. */
static void finds(const struct ctl_list *l, const char *code, enum lint_severity severity, int record, const char *says)
{
    struct lint_finding f = {.code = NULL};

    if (found(l, LAB_TIME, code, &f) != 1)
        fail_msg("%s: not found once", code);
    assert_int_equal(f.severity, severity);
    assert_int_equal(f.record, record);
    if (strstr(f.text, says) == NULL)
        fail_msg("not said: %s\nsaid: %s", says, f.text);
}

static void finds_none(const struct ctl_list *l, const char *code)
{
    struct lint_finding f;

    if (found(l, LAB_TIME, code, &f) != 0)
        fail_msg("%s: %s", code, f.text);
}

/* A CTL and an ITL that nothing is wrong with. */
static struct ctl_list *good_ctl(void)
{
    const struct ctl_member m[] = {{.cert = b, .role = ROLE_SAST}, {.cert = tftp, .role = ROLE_CCM_TFTP}};

    return lab_signed("CTLFile.tlv", a, key, m, 2);
}

static struct ctl_list *good_itl(void)
{
    const struct ctl_member m[] = {
        {.cert = b, .role = ROLE_SAST}, {.cert = tftp, .role = ROLE_TFTP}, {.cert = tvs, .role = ROLE_TVS}};

    return lab_signed("ITLFile.tlv", a, key, m, 3);
}

static void a_good_list_has_no_finding(void **state)
{
    struct ctl_list *lists[] = {good_ctl(), good_itl()};
    struct lint_finding *all;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ctl_lint(lists[i], LAB_TIME, &all, &n, NULL), VOX_OK);
        assert_int_equal(n, 0);
        assert_null(all);
        ctl_list_free(&lists[i]);
    }
}

static void the_lab_has_no_errors(void **state)
{
    static const char *const files[] = {"CTLFile-sha1.tlv", "CTLFile-sha512.tlv", "ITLFile-sha1.tlv",
                                        "ITLFile-sha512.tlv"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes file = lab_file(files[i]);
        struct ctl_list *l = lab_read(bytes_view_of(&file));
        struct lint_finding *all;
        size_t n;

        assert_int_equal(ctl_lint(l, LAB_TIME, &all, &n, NULL), VOX_OK);
        for (size_t k = 0; k < n; k++)
            if (all[k].severity == LINT_ERROR)
                fail_msg("%s: %s", files[i], all[k].text);
        free(all);
        ctl_list_free(&l);
        bytes_free(&file);
    }
}

static void the_signer_must_be_there(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->records[0].function = ROLE_CAPF;
    finds(l, "signer-absent", LINT_ERROR, -1, "8E:82:83");
    ctl_list_free(&l);
}

static void the_header_must_not_contradict_the_signer(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->header.signer_name = "CN=somebody else";
    finds(l, "signer-name", LINT_ERROR, -1, "SIGNERNAME \"CN=somebody else\"");
    ctl_list_free(&l);

    l = good_ctl();
    l->header.modulus_code = 1;
    finds(l, "modulus", LINT_WARNING, -1, "2048 bits");
    ctl_list_free(&l);
}

static void size_is_what_phones_hold(void **state)
{
    struct ctl_list *l = good_ctl();
    struct bytes real = l->file;
    uint8_t *large = calloc(1, LIMIT_LIST_PHONE + 1);

    (void)state;
    memcpy(large, real.data, real.len);
    l->file = (struct bytes){large, LIMIT_LIST_PHONE};
    finds_none(l, "size");
    l->file.len++;
    finds(l, "size", LINT_WARNING, -1, "65537 bytes");
    l->file = real;
    free(large);
    ctl_list_free(&l);
}

static void anchors_are_counted(void **state)
{
    const struct ctl_member m[] = {{.cert = b, .role = ROLE_SAST}, {.cert = tvs, .role = ROLE_SAST}};
    struct ctl_list *l = lab_signed("CTLFile.tlv", a, key, m, 2);

    (void)state;
    finds(l, "sast-count", LINT_WARNING, -1, "3 SAST records");
    finds_none(l, "one-sast");
    ctl_list_free(&l);
    l = lab_signed("CTLFile.tlv", a, key, NULL, 0);
    finds(l, "one-sast", LINT_NOTE, -1, "only one SAST");
    finds_none(l, "sast-count");
    ctl_list_free(&l);
}

static void phones_need_tftp_and_tvs(void **state)
{
    const struct ctl_member server = {.cert = tftp, .role = ROLE_TFTP};
    const struct ctl_member vouching = {.cert = tvs, .role = ROLE_TVS};
    struct ctl_list *l = lab_signed("ITLFile.tlv", a, key, &server, 1);

    (void)state;
    finds(l, "no-tvs", LINT_WARNING, -1, "without TVS");
    finds_none(l, "no-tftp");
    ctl_list_free(&l);
    l = lab_signed("ITLFile.tlv", a, key, &vouching, 1);
    finds(l, "no-tftp", LINT_WARNING, -1, "TFTP");
    finds_none(l, "no-tvs");
    ctl_list_free(&l);
    l = lab_signed("CTLFile.tlv", a, key, &vouching, 1);
    finds(l, "tvs-in-ctl", LINT_WARNING, 1, "ITL only");
    finds_none(l, "no-tvs");
    ctl_list_free(&l);
}

static void the_name_inside_is_one_of_two(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->header.filename = "CTLSEP001122334455.tlv";
    finds(l, "filename", LINT_WARNING, -1, "CTLSEP001122334455.tlv");
    ctl_list_free(&l);
}

static void a_time_stamp_may_be_a_day_ahead(void **state)
{
    struct ctl_list *l = good_ctl();
    struct lint_finding f;

    (void)state;
    assert_int_equal(found(l, (int64_t)LAB_TIME - 86400, "timestamp", &f), 0);
    assert_int_equal(found(l, (int64_t)LAB_TIME - 86401, "timestamp", &f), 1);
    assert_non_null(strstr(f.text, "2026-11-23T21:20:06Z"));
    l->header.has_timestamp = false;
    assert_int_equal(found(l, 0, "timestamp", &f), 0);
    ctl_list_free(&l);
}

static void headers_are_padded_to_four(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->header.header_length++;
    finds(l, "padding", LINT_WARNING, -1, "not padded");
    l->header.header_length += 3;
    l->header.padding += 4;
    finds(l, "padding", LINT_WARNING, -1, "bytes of padding");
    ctl_list_free(&l);
}

static void unknown_tags_are_named(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->header.tlvs[l->header.ntlvs++] = (struct header_tlv){.tag = 200, .offset = 77};
    finds(l, "unknown-tag", LINT_WARNING, -1, "tag 200 at byte 77 of the header");
    l->header.ntlvs--;
    l->records[1].tlvs[l->records[1].ntlvs++] = (struct record_tlv){.tag = 99, .offset = 1234};
    finds(l, "unknown-tag", LINT_WARNING, 1, "tag 99 at byte 1234");
    ctl_list_free(&l);
}

static void a_hostile_name_is_made_safe(void **state)
{
    struct ctl_list *l = good_ctl();

    (void)state;
    l->header.filename = "\033[2J\xff\nCTL";
    finds(l, "filename", LINT_WARNING, -1, "\\x1b[2J\\xff\\x0aCTL");
    ctl_list_free(&l);
}

static void the_kind_is_told_by_name_then_by_content(void **state)
{
    struct ctl_list *l = good_itl();

    (void)state;
    assert_true(ctl_is_itl(l));
    l->header.filename = "CTLFile.tlv";
    assert_false(ctl_is_itl(l));
    l->header.filename = "SCFFile.tlv";
    assert_true(ctl_is_itl(l));
    l->records[3].function = ROLE_CAPF;
    assert_false(ctl_is_itl(l));
    ctl_list_free(&l);
}

static void severities_have_words(void **state)
{
    (void)state;
    assert_string_equal(lint_severity_word(LINT_NOTE), "note");
    assert_string_equal(lint_severity_word(LINT_WARNING), "warning");
    assert_string_equal(lint_severity_word(LINT_ERROR), "error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_list_has_no_finding),
        cmocka_unit_test(the_lab_has_no_errors),
        cmocka_unit_test(the_signer_must_be_there),
        cmocka_unit_test(the_header_must_not_contradict_the_signer),
        cmocka_unit_test(size_is_what_phones_hold),
        cmocka_unit_test(anchors_are_counted),
        cmocka_unit_test(phones_need_tftp_and_tvs),
        cmocka_unit_test(the_name_inside_is_one_of_two),
        cmocka_unit_test(a_time_stamp_may_be_a_day_ahead),
        cmocka_unit_test(headers_are_padded_to_four),
        cmocka_unit_test(unknown_tags_are_named),
        cmocka_unit_test(a_hostile_name_is_made_safe),
        cmocka_unit_test(the_kind_is_told_by_name_then_by_content),
        cmocka_unit_test(severities_have_words),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
