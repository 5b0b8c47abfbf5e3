/* Texts of a file made safe, and what records are called. */
#include <ctl/show.h>
#include <libcert/role.h>

#include "lab.h"
#include <libcert/printable.h>

#include "show_words.h"

static void escapes(const char *text, const char *want)
{
    char out[256];

    printable_escape(out, sizeof out, text);
    assert_string_equal(out, want);
}

static void plain_text_stays(void **state)
{
    (void)state;
    escapes("", "");
    escapes("CN=cm1;O=Example", "CN=cm1;O=Example");
    escapes("Krak\xc3\xb3w \xe2\x82\xac \xf0\x9f\x93\x9e", "Krak\xc3\xb3w \xe2\x82\xac \xf0\x9f\x93\x9e");
    escapes("back\\slash", "back\\slash");
}

static void what_a_terminal_obeys_is_escaped(void **state)
{
    (void)state;
    escapes("\033[31mred\n\r\t\x7f", "\\x1b[31mred\\x0a\\x0d\\x09\\x7f");
    escapes("\xc2\x9b"
            "31m",
            "\\xc2\\x9b31m"); /* CSI as C1 in UTF-8 */
    escapes("a\xe2\x80\xae"
            "b",
            "a\\xe2\\x80\\xae"
            "b"); /* right-to-left override */
    escapes("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
}

static void what_is_no_utf8_is_escaped(void **state)
{
    (void)state;
    escapes("\xff", "\\xff");
    escapes("\x9b"
            "31m",
            "\\x9b31m");                                 /* C1 as a byte */
    escapes("\xc3", "\\xc3");                            /* cut short */
    escapes("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
    escapes("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    escapes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past the end */
    escapes("\xe2\x82", "\\xe2\\x82");
}

static void long_text_is_cut_between_characters(void **state)
{
    char out[8];

    (void)state;
    printable_escape(out, sizeof out, "1234567");
    assert_string_equal(out, "1234567");
    printable_escape(out, sizeof out, "12345678");
    assert_string_equal(out, "1234...");
    printable_escape(out, sizeof out, "123\xe2\x82\xac\xe2\x82\xac");
    assert_string_equal(out, "123...");
    printable_escape(out, sizeof out, "\033\033\033");
    assert_string_equal(out, "\\x1b...");
    show_fit(out, sizeof out, "%s-%d", "abcdef", 12);
    assert_string_equal(out, "abcd...");
}

static void serials_roles_and_addresses(void **state)
{
    static const uint8_t bytes[80] = {0x00, 0xab};
    char serial[SHOW_SERIAL_MAX], role[SHOW_ROLE_MAX], ip[SHOW_IP_MAX];

    (void)state;
    show_serial((struct bytes_view){bytes, 2}, serial);
    assert_string_equal(serial, "00:AB");
    show_serial((struct bytes_view){NULL, 0}, serial);
    assert_string_equal(serial, "");
    show_serial((struct bytes_view){bytes, 80}, serial);
    assert_int_equal(strlen(serial), 3 * 64 - 1 + 3);
    show_role(ROLE_SAST, role);
    assert_string_equal(role, "SAST");
    show_role(ROLE_CCM_TFTP, role);
    assert_string_equal(role, "CCM+TFTP");
    show_role(65535, role);
    assert_string_equal(role, "role 65535");
    show_ip((struct bytes_view){(const uint8_t *)"\xc0\x00\x02\x01", 4}, ip);
    assert_string_equal(ip, "192.0.2.1");
    show_ip((struct bytes_view){bytes, 16}, ip);
    assert_string_equal(ip, "ab::");
    show_ip((struct bytes_view){NULL, 0}, ip);
    assert_string_equal(ip, "");
}

static void labels_tell_records_apart(void **state)
{
    struct cert *c = lab_cert("tvs.pem");
    struct ctl_record r = {.function = ROLE_TVS, .cert = c};
    char label[CTL_LABEL_MAX];

    (void)state;
    ctl_show_label(&r, label);
    assert_string_equal(label, "TVS CN=vector-tvs (serial 72:83:37:96:42:BA:99:83:48:67:19:92:E9:AF:32:B2, RSA 2048)");
    r = (struct ctl_record){.function = ROLE_CCM_TFTP, .dns_name = "10.0.0.\033"};
    ctl_show_label(&r, label);
    assert_string_equal(label, "CCM+TFTP 10.0.0.\\x1b (emptied)");
    r = (struct ctl_record){.function = ROLE_CAPF, .subject = "CN=x\n", .serial = {(const uint8_t *)"\x01", 1}};
    ctl_show_label(&r, label);
    assert_string_equal(label, "CAPF CN=x\\x0a (serial 01, no certificate)");
    cert_free(&c);
}

static void json_texts_are_safe(void **state)
{
    json_t *j = show_json_text("a\xff\033");

    (void)state;
    assert_string_equal(json_string_value(j), "a\\xff\\x1b");
    json_decref(j);
    j = show_json_text(NULL);
    assert_true(json_is_null(j));
    j = show_json_hex((struct bytes_view){(const uint8_t *)"\x01\xfe", 2});
    assert_string_equal(json_string_value(j), "01fe");
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(what_a_terminal_obeys_is_escaped),
        cmocka_unit_test(what_is_no_utf8_is_escaped),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(serials_roles_and_addresses),
        cmocka_unit_test(labels_tell_records_apart),
        cmocka_unit_test(json_texts_are_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
