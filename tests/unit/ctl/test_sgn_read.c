/* Signed and encrypted files: what is taken apart, and what is none. */
#include "lab_sgn.h"

static const struct {
    const char *name;
    enum header_kind kind;
    uint8_t digest;
    const char *filename;
} files[] = {
    {"signed-sha1.cnf.xml.sgn", HEADER_SGN, DIGEST_SHA1, "SEP0123456789AB.cnf.xml.sgn"},
    {"signed-sha512.cnf.xml.sgn", HEADER_SGN, DIGEST_SHA512, "SEP0123456789AB.cnf.xml.sgn"},
    {"stub-sha1.cnf.xml.sgn", HEADER_SGN, DIGEST_SHA1, "SEP0123456789AB.cnf.xml.sgn"},
    {"stub-sha512.cnf.xml.sgn", HEADER_SGN, DIGEST_SHA512, "SEP0123456789AB.cnf.xml.sgn"},
    {"encrypted-sha1.cnf.xml.enc.sgn", HEADER_ENCSGN, DIGEST_SHA1, "SEP0123456789AB.cnf.xml.enc.sgn"},
    {"encrypted-sha512.cnf.xml.enc.sgn", HEADER_ENCSGN, DIGEST_SHA512, "SEP0123456789AB.cnf.xml.enc.sgn"},
};

static void test_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes file = lab_file(files[i].name);
        struct ctl_header h;
        struct bytes_view content = lab_sgn(bytes_view_of(&file), &h);

        assert_int_equal(h.kind, files[i].kind);
        assert_int_equal(h.digest, files[i].digest);
        assert_string_equal(h.filename, files[i].filename);
        assert_true(h.has_timestamp);
        assert_int_equal(h.header_length % 4, 0);
        assert_ptr_equal(content.data, file.data + h.header_length);
        assert_int_equal(content.len, file.len - h.header_length);
        bytes_free(&file);
    }
}

static void test_strip_is_the_plain_file(void **state)
{
    struct bytes plain = lab_file("plain.cnf.xml");
    struct ctl_header h;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bytes file = lab_file(files[i].name);

        assert_true(bytes_equal(lab_sgn(bytes_view_of(&file), &h), bytes_view_of(&plain)));
        bytes_free(&file);
    }
    bytes_free(&plain);
}

static void test_a_file_without_content(void **state)
{
    struct bytes file = lab_file(files[0].name);
    struct ctl_header h;

    (void)state;
    (void)lab_sgn(bytes_view_of(&file), &h);
    file.len = h.header_length;
    assert_int_equal(lab_sgn(bytes_view_of(&file), &h).len, 0);
    bytes_free(&file);
}

static void test_what_is_none(void **state)
{
    struct bytes list = lab_file("CTLFile-sha1.tlv"), plain = lab_file("plain.cnf.xml");
    static const uint8_t future[] = {1, 0, 2, 3, 0, 2, 0, 2, 0, 10};
    const struct {
        struct bytes_view file;
        const char *says;
    } cases[] = {
        {bytes_view_of(&list), "trust list"},
        {bytes_view_of(&plain), "signed-files.md 1: VERSION"},
        {{NULL, 0}, "signed-files.md 1: VERSION"},
        {{future, sizeof future}, "signed-files.md 1: VERSION"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes_view content;
        struct vox_error err;
        struct ctl_header h;

        assert_int_equal(sgn_read(cases[i].file.data, cases[i].file.len, &h, &content, &err), VOX_E_INPUT);
        lab_says(&err, cases[i].says);
    }
    bytes_free(&list);
    bytes_free(&plain);
}

/* A header cut short is refused; a content cut short is seen by the signature (test_sgn_verify.c). */
static void test_every_truncation_of_the_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes file = lab_file(files[i].name);
        struct bytes_view content;
        struct ctl_header whole, h;

        (void)lab_sgn(bytes_view_of(&file), &whole);
        for (size_t len = 0; len < whole.header_length; len++) {
            struct bytes cut;

            assert_int_equal(bytes_copy(&cut, file.data, len, NULL), VOX_OK); /* so that a read past it is seen */
            assert_int_equal(sgn_read(cut.data, cut.len, &h, &content, NULL), VOX_E_INPUT);
            bytes_free(&cut);
        }
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors),
        cmocka_unit_test(test_strip_is_the_plain_file),
        cmocka_unit_test(test_a_file_without_content),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_every_truncation_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
