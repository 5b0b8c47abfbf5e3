#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/token.h>

#include "token/uri.h"

static struct vox_error why;

static struct token_uri *good(const char *text)
{
    struct token_uri *u;

    if (token_uri_parse(text, &u, &why) != VOX_OK)
        fail_msg("%s: %s", text, why.text);
    return u;
}

static void test_what_it_says(void **state)
{
    struct token_uri *u =
        good("pkcs11:token=SAST%201;id=%01%ff;object=key?module-path=/usr/lib/x.so&pin-source=file:/etc/pin");

    (void)state;
    assert_string_equal(token_uri_module(u), "/usr/lib/x.so");
    assert_string_equal(token_uri_pin_source(u), "/etc/pin");
    assert_int_equal(u->idlen, 2);
    assert_memory_equal(u->id, "\x01\xff", 2);
    assert_string_equal(u->object, "key");
    assert_true(token_uri_names_token(u));
    token_uri_free(&u);
    assert_null(u);
    u = good("PKCS11:id=01");
    assert_int_equal(u->idlen, 2); /* two characters, not one byte */
    assert_null(token_uri_module(u));
    assert_false(token_uri_names_token(u));
    token_uri_free(&u);
    token_uri_free(&u);
}

static void test_refused(void **state)
{
    static const char *const bad[][2] = {
        {"token=SAST1", "no pkcs11: URI"},
        {"pkcs11:foo=bar", "foo= in the URI is not known"},
        {"pkcs11:token", "no NAME=VALUE"},
        {"pkcs11:token=a;;id=%01", "no NAME=VALUE"},
        {"pkcs11:token=a;token=b", "twice"},
        {"pkcs11:id=%01?id=%01", "before the '?'"},
        {"pkcs11:pin-source=x", "behind the '?'"},
        {"pkcs11:token=a?pin-value=1234", "list of processes"},
        {"pkcs11:token=a?pin-source=|cat", "a command"},
        {"pkcs11:token=a?pin-source=x&pin-source=y", "twice"},
        {"pkcs11:slot-id=1", "slot numbers change"},
        {"pkcs11:token=a?module-name=x", "module-path="},
        {"pkcs11:library-description=x", "not the library"},
        {"pkcs11:token=a b", "%20"},
        {"pkcs11:token=\xc3\xa4", "%20"},
        {"pkcs11:token=%zz", "cannot be read"},
        {"pkcs11:type=bogus", "not possible"},
        {"pkcs11:token=123456789012345678901234567890123", "32 bytes"},
        {"pkcs11:serial=12345678901234567", "16"},
    };
    char text[TOKEN_URI_MAX + 10] = "pkcs11:object=";
    struct token_uri *u;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (token_uri_parse(bad[i][0], &u, &why) == VOX_OK)
            fail_msg("taken: %s", bad[i][0]);
        assert_null(u);
        assert_int_equal(why.code, VOX_E_USAGE);
        if (strstr(why.text, bad[i][1]) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i][0], why.text, bad[i][1]);
    }
    memset(text + strlen(text), 'x', TOKEN_OBJECT_MAX);
    assert_int_equal(token_uri_parse(text, &u, &why), VOX_E_USAGE);
    memset(text + 14, 'x', TOKEN_URI_MAX - 14);
    assert_int_equal(token_uri_parse(text, &u, &why), VOX_E_USAGE);
    assert_non_null(strstr(why.text, "longer than"));
}

/* What is written is read as what it was, whatever the bytes. */
static void test_round_trip(void **state)
{
    const uint8_t id[] = {0, 1, ';', '%', 0xff};
    struct token_info t = {.label = "A token; with ?%", .serial = "00 ff"};
    char text[TOKEN_URI_MAX];
    struct token_uri *u;
    CK_TOKEN_INFO info;

    (void)state;
    token_uri_text(&t, id, sizeof id, "unused", text);
    assert_null(strstr(text, "unused"));
    u = good(text);
    assert_int_equal(u->idlen, sizeof id);
    assert_memory_equal(u->id, id, sizeof id);
    memset(&info, ' ', sizeof info);
    memcpy(info.label, t.label, strlen(t.label));
    memcpy(info.serialNumber, t.serial, strlen(t.serial));
    assert_true(token_uri_matches(u, &info));
    info.serialNumber[0] = '1';
    assert_false(token_uri_matches(u, &info));
    token_uri_free(&u);
    token_uri_text(&t, NULL, 0, "key 1", text);
    u = good(text);
    assert_string_equal(u->object, "key 1");
    token_uri_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
