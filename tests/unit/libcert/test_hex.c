#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/bytes.h>

static void test_encode(void **state)
{
    static const uint8_t data[] = {0x00, 0x9f, 0xa0};
    char out[16];

    (void)state;
    hex_encode(data, 3, out);
    assert_string_equal(out, "009fa0");
    hex_encode(data, 0, out);
    assert_string_equal(out, "");
    hex_encode_sep(data, 3, ':', out);
    assert_string_equal(out, "00:9F:A0");
    hex_encode_sep(data, 1, ' ', out);
    assert_string_equal(out, "00");
}

static void test_decode(void **state)
{
    static const char *const bad[] = {"1", "0g", "a:b", "12 3", "\xff\xff"};
    struct bytes b;

    (void)state;
    assert_int_equal(hex_decode("00:9F a0", &b, NULL), VOX_OK);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "\x00\x9f\xa0", 3);
    bytes_free(&b);
    assert_int_equal(hex_decode("", &b, NULL), VOX_OK);
    assert_int_equal(b.len, 0);
    bytes_free(&b);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(hex_decode(bad[i], &b, NULL), VOX_E_INPUT);
        assert_null(b.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_encode), cmocka_unit_test(test_decode)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
