/* Foreign text cannot speak to a terminal, forge a line, or turn the writing round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/error.h>
#include <libcert/printable.h>

static void test_escape(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain CN=cm1;O=x", "plain CN=cm1;O=x"},
        {"Krak\xc3\xb3w", "Krak\xc3\xb3w"},
        {"a\nb\r\t\x1b[31m\x7f", "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f"},
        {"\x9b[2J", "\\x9b[2J"},                      /* CSI as one byte */
        {"\xc2\x9b[2J", "\\xc2\\x9b[2J"},             /* and as UTF-8 */
        {"\xe2\x80\xaeltr", "\\xe2\\x80\\xaeltr"},    /* U+202E */
        {"\xd8\x9cx", "\\xd8\\x9cx"},                 /* U+061C */
        {"a\xe2\x80\x8b", "a\\xe2\\x80\\x8b"},        /* U+200B */
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},          /* U+FEFF */
        {"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* U+E0041 */
        {"\xe2\x80\x8d", "\xe2\x80\x8d"},             /* U+200D: words are written with it */
        {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xe2\x82", "\\xe2\\x82"},                   /* cut off */
        {"\xed\xbf\xbf", "\\xed\\xbf\\xbf"},          /* the last surrogate */
        {"\xc2\x9f", "\\xc2\\x9f"},                   /* the last of C1 */
        {"\xc2\xa0", "\xc2\xa0"},
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"}, /* U+2066 */
        {"\xe2\x81\xa9", "\\xe2\\x81\\xa9"}, /* U+2069 */
        {"\xe2\x81\xb0", "\xe2\x81\xb0"},    /* U+2070 */
        {"\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e"},
        {"", ""},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        printable_escape(out, sizeof out, cases[i].in);
        assert_string_equal(out, cases[i].out);
    }
}

static void test_cut_between_pieces(void **state)
{
    char out[8];

    (void)state;
    printable_escape(out, sizeof out, "abcdefg");
    assert_string_equal(out, "abcdefg");
    printable_escape(out, sizeof out, "abcdefgh");
    assert_string_equal(out, "abcd...");
    printable_escape(out, sizeof out, "abc\n\n\n");
    assert_string_equal(out, "abc...");
}

static void test_errors_use_it(void **state)
{
    struct vox_error err;

    (void)state;
    (void)vox_fail(&err, VOX_E_INPUT, "signer %s",
                   "\x9b"
                   "31m");
    assert_string_equal(err.text, "signer \\x9b31m");
    (void)vox_error_prefix(&err, "%s", "file\x9b");
    assert_string_equal(err.text, "file\\x9b: signer \\x9b31m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_cut_between_pieces),
        cmocka_unit_test(test_errors_use_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
