#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/limits.h>

#include "config.h"

static struct phone_config out;
static struct vox_error err;

static enum vox_err read_text(const char *text)
{
    memset(&out, 0xa5, sizeof out);
    return config_read((const uint8_t *)text, strlen(text), &out, &err);
}

static void expect_refused(const char *text, const char *words)
{
    err = (struct vox_error){0};
    assert_int_equal(read_text(text), VOX_E_INPUT);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_false(out.there);
    assert_int_equal(out.security, 0);
}

static void what_stands_in_it(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("<?xml version=\"1.0\"?>\n<device><fullConfig>false</fullConfig><encrConfig>true</encrConfig>"
                  "<certHash>00112233445566778899aabbccddeeff</certHash><capfAuthMode> 4 </capfAuthMode>"
                  "<deviceSecurityMode>\n3\n</deviceSecurityMode><devicePool><callManagerGroup><members>"
                  "<member priority=\"0\"><callManager><ports><securedSipPort>5062</securedSipPort></ports>"
                  "<processNodeName>cm1.example.test</processNodeName></callManager></member></members>"
                  "</callManagerGroup></devicePool><capfList><capf><phonePort>3805</phonePort>"
                  "<processNodeName>2001:db8::1</processNodeName></capf></capfList></device>"),
        VOX_OK);
    assert_true(out.there);
    assert_false(out.full);
    assert_true(out.encrypted);
    assert_string_equal(out.cert_hash, "00112233445566778899aabbccddeeff");
    assert_int_equal(out.capf_mode, 4);
    assert_int_equal(out.security, 3);
    assert_string_equal(out.ccm, "cm1.example.test");
    assert_int_equal(out.ccm_port, 5062);
    assert_string_equal(out.capf, "2001:db8::1");
    assert_int_equal(out.capf_port, 3805);
}

static void what_does_not(void **state)
{
    (void)state;
    assert_int_equal(read_text("<device/>"), VOX_OK);
    assert_true(out.there && out.full);
    assert_false(out.encrypted);
    assert_string_equal(out.cert_hash, "");
    assert_string_equal(out.ccm, "");
    assert_string_equal(out.capf, "");
    assert_int_equal(out.ccm_port + out.capf_port + out.capf_mode + out.security, 0);
    /* The same names elsewhere are something else. */
    assert_int_equal(read_text("<device><vendorConfig><encrConfig>true</encrConfig><deviceSecurityMode>3"
                               "</deviceSecurityMode></vendorConfig><processNodeName>a</processNodeName></device>"),
                     VOX_OK);
    assert_false(out.encrypted);
    assert_int_equal(out.security, 0);
    assert_string_equal(out.ccm, "");
}

/* Only "false" says that it is not whole, only "true" that it is a stub. */
static void yes_and_no(void **state)
{
    static const struct {
        const char *word;
        bool full, encrypted;
    } rows[] = {{"true", true, true}, {"TRUE", true, true},   {"false", false, false}, {"False", false, false},
                {"", true, false},    {"maybe", true, false}, {"0", true, false},      {"1", true, false}};
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(text, sizeof text, "<device><fullConfig>%s</fullConfig><encrConfig>%s</encrConfig></device>",
                       rows[i].word, rows[i].word);
        assert_int_equal(read_text(text), VOX_OK);
        if (out.full != rows[i].full || out.encrypted != rows[i].encrypted)
            fail_msg("%s: full %d, encrypted %d", rows[i].word, out.full, out.encrypted);
    }
}

static void numbers_and_their_ranges(void **state)
{
    static const struct {
        const char *word;
        unsigned mode, security, port;
    } rows[] = {{"0", 0, 0, 0},
                {"2", 2, 2, 2},
                {"3", 3, 3, 3},
                {"4", 4, 0, 4},
                {"5", 0, 0, 5},
                {"65535", 0, 0, 65535},
                {"65536", 0, 0, 0},
                {"-1", 0, 0, 0},
                {"+1", 0, 0, 0},
                {"1x", 0, 0, 0},
                {"0x2", 0, 0, 0},
                {"", 0, 0, 0},
                {"99999999999999999999", 0, 0, 0}};
    char text[400];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(text, sizeof text,
                       "<device><capfAuthMode>%s</capfAuthMode><deviceSecurityMode>%s</deviceSecurityMode><capfList>"
                       "<capf><phonePort>%s</phonePort></capf></capfList></device>",
                       rows[i].word, rows[i].word, rows[i].word);
        assert_int_equal(read_text(text), VOX_OK);
        if (out.capf_mode != rows[i].mode || out.security != rows[i].security || out.capf_port != rows[i].port)
            fail_msg("%s: %u %u %u", rows[i].word, out.capf_mode, out.security, out.capf_port);
    }
}

static void the_first_of_several(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("<device><capfList><capf><processNodeName>one</processNodeName><phonePort>1</phonePort></capf>"
                  "<capf><processNodeName>two</processNodeName><phonePort>2</phonePort></capf></capfList></device>"),
        VOX_OK);
    assert_string_equal(out.capf, "one");
    assert_int_equal(out.capf_port, 1);
}

static void names_of_hosts(void **state)
{
    static const char *const wrong[] = {"a b", "a/b", "a@b", "[::1]", "h\xc3\xb6st", "%65"};
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(text, sizeof text,
                       "<device><capfList><capf><processNodeName>%s</processNodeName></capf></capfList></device>",
                       wrong[i]);
        assert_int_equal(read_text(text), VOX_OK);
        assert_string_equal(out.capf, "");
    }
}

static void digests_have_32_digits(void **state)
{
    (void)state;
    assert_int_equal(read_text("<device><certHash>00112233445566778899aabbccddeef</certHash></device>"), VOX_OK);
    assert_string_equal(out.cert_hash, "");
    assert_int_equal(read_text("<device><certHash>00112233445566778899aabbccddeeff0</certHash></device>"), VOX_OK);
    assert_string_equal(out.cert_hash, "");
}

static void nested(char *text, size_t room, unsigned depth)
{
    size_t at = (size_t)snprintf(text, room, "<device><deviceSecurityMode>3</deviceSecurityMode>");

    for (unsigned i = 1; i < depth; i++)
        at += (size_t)snprintf(text + at, room - at, "<a>");
    for (unsigned i = 1; i < depth; i++)
        at += (size_t)snprintf(text + at, room - at, "</a>");
    (void)snprintf(text + at, room - at, "</device>");
}

static void what_is_none(void **state)
{
    char text[4096], *large = calloc(1, LIMIT_CONFIG_FILE + 1);

    (void)state;
    assert_non_null(large);
    expect_refused("", "line 1");
    expect_refused("<device>", "line 1");
    expect_refused("<phone><deviceSecurityMode>3</deviceSecurityMode></phone>", "the root is not <device>");
    expect_refused("<devices/>", "the root is not <device>");
    expect_refused("<!DOCTYPE device [<!ENTITY a \"3\">]><device><deviceSecurityMode>&a;</deviceSecurityMode></device>",
                   "a DTD");
    expect_refused("<!DOCTYPE device SYSTEM \"file:///etc/passwd\"><device/>", "a DTD");
    nested(text, sizeof text, LIMIT_XML_DEPTH);
    assert_int_equal(read_text(text), VOX_OK);
    assert_int_equal(out.security, 3);
    nested(text, sizeof text, LIMIT_XML_DEPTH + 1);
    expect_refused(text, "nested too deeply");
    (void)snprintf(text, sizeof text, "<device><%0600d/></device>", 0);
    text[9] = 'a';
    expect_refused(text, "nested too deeply");
    /* A text of any length is read as far as it is kept. */
    (void)snprintf(text, sizeof text,
                   "<device><capfList><capf><processNodeName>%0900d</processNodeName></capf>"
                   "</capfList></device>",
                   0);
    assert_int_equal(read_text(text), VOX_OK);
    assert_int_equal(strlen(out.capf), CONFIG_TEXT_MAX - 1);
    memset(large, ' ', LIMIT_CONFIG_FILE + 1);
    memcpy(large, "<device/>", 9);
    assert_int_equal(config_read((const uint8_t *)large, LIMIT_CONFIG_FILE, &out, &err), VOX_OK);
    assert_int_equal(config_read((const uint8_t *)large, LIMIT_CONFIG_FILE + 1, &out, &err), VOX_E_INPUT);
    free(large);
}

static void targets(void **state)
{
    char text[CONFIG_TEXT_MAX];

    (void)state;
    config_target("cm1", 0, 5061, text, sizeof text);
    assert_string_equal(text, "cm1:5061");
    config_target("192.0.2.1", 5062, 5061, text, sizeof text);
    assert_string_equal(text, "192.0.2.1:5062");
    config_target("2001:db8::1", 0, 3804, text, sizeof text);
    assert_string_equal(text, "[2001:db8::1]:3804");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_in_it),
        cmocka_unit_test(what_does_not),
        cmocka_unit_test(yes_and_no),
        cmocka_unit_test(numbers_and_their_ranges),
        cmocka_unit_test(the_first_of_several),
        cmocka_unit_test(names_of_hosts),
        cmocka_unit_test(digests_have_32_digits),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
