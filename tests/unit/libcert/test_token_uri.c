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

static struct token_bytes bytes_of(const void *data, size_t len)
{
    struct token_bytes b = {.len = len};

    memcpy(b.data, data, len);
    return b;
}

/* What is written is read as what it was, whatever the bytes: also such as are no text. */
static void test_round_trip(void **state)
{
    static const char label[] = "A token; with ?%\xff\xfe\t\x1b[", serial[] = "00 ff\x80", object[] = "key \xc3\x28 1";
    static struct token_object o = {.id = {0, 1, ';', '%', 0xff}, .idlen = 5};
    struct token_info t = {.label = "as it is shown", .serial = "as it is shown"};
    char text[TOKEN_URI_MAX];
    struct token_uri *u;
    CK_TOKEN_INFO info;

    (void)state;
    t.raw_label = bytes_of(label, sizeof label - 1);
    t.raw_serial = bytes_of(serial, sizeof serial - 1);
    o.raw_label = bytes_of(object, sizeof object - 1);
    token_uri_text(&t, &o, text);
    assert_null(strstr(text, "object="));
    assert_non_null(
        strstr(text, "token=A%20token%3B%20with%20%3F%25%FF%FE%09%1B%5B;serial=00%20ff%80;id=%00%01%3B%25%FF"));
    u = good(text);
    assert_int_equal(u->idlen, o.idlen);
    assert_memory_equal(u->id, o.id, o.idlen);
    memset(&info, ' ', sizeof info);
    memcpy(info.label, label, sizeof label - 1);
    memcpy(info.serialNumber, serial, sizeof serial - 1);
    assert_true(token_uri_matches(u, &info));
    /* a module that pads with NULs */
    memset(info.label + sizeof label - 1, 0, sizeof info.label - sizeof label + 1);
    memset(info.serialNumber + sizeof serial - 1, 0, sizeof info.serialNumber - sizeof serial + 1);
    assert_true(token_uri_matches(u, &info));
    info.label[16] = 0xfd;
    assert_false(token_uri_matches(u, &info));
    info.label[16] = 0xff;
    info.serialNumber[0] = '1';
    assert_false(token_uri_matches(u, &info));
    token_uri_free(&u);
    o.idlen = 0;
    token_uri_text(&t, &o, text);
    u = good(text);
    assert_string_equal(u->object, object);
    token_uri_free(&u);
}

/* The longest that there is fits. */
static void test_longest(void **state)
{
    static struct token_object o;
    static const uint8_t odd[TOKEN_OBJECT_MAX] = {0};
    struct token_info t = {.label = ""};
    char text[TOKEN_URI_MAX];
    struct token_uri *u;
    uint8_t full[TOKEN_OBJECT_MAX];

    (void)state;
    memset(full, 0xff, sizeof full);
    memcpy(o.id, odd, TOKEN_ID_MAX);
    t.raw_label = bytes_of(full, 32);
    t.raw_serial = bytes_of(full, 16);
    o.raw_label = bytes_of(full, TOKEN_OBJECT_MAX - 1);
    token_uri_text(&t, &o, text);
    u = good(text);
    assert_int_equal(strlen(u->object), TOKEN_OBJECT_MAX - 1);
    token_uri_free(&u);
    o.idlen = TOKEN_ID_MAX;
    token_uri_text(&t, &o, text);
    u = good(text);
    assert_int_equal(u->idlen, TOKEN_ID_MAX);
    token_uri_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
