/* Byte strings: copies, comparison, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/bytes.h>

static struct bytes_view view(const char *data, size_t len)
{
    return (struct bytes_view){(const uint8_t *)data, len};
}

static void test_copies_are_owned_even_when_empty(void **state)
{
    struct bytes b;

    (void)state;
    assert_int_equal(bytes_copy(&b, "abc", 3, NULL), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&b), view("abc", 3)));
    bytes_wipe(&b);
    assert_null(b.data);
    assert_int_equal(bytes_copy(&b, NULL, 0, NULL), VOX_OK);
    assert_non_null(b.data);
    assert_int_equal(b.len, 0);
    bytes_free(&b);
    assert_null(b.data);
    bytes_free(&b);
    bytes_wipe(NULL);
}

static void test_equal_is_length_and_content(void **state)
{
    (void)state;
    assert_true(bytes_equal(view("ab", 2), view("ab", 2)));
    assert_false(bytes_equal(view("ab", 2), view("abc", 3)));
    assert_false(bytes_equal(view("ab", 2), view("ac", 2)));
    assert_true(bytes_equal(view(NULL, 0), view("", 0)));
}

static void test_numbers_are_equal_whatever_zeros_stand_in_front(void **state)
{
    (void)state;
    assert_true(bytes_same_number(view("\0\xf0\1", 3), view("\xf0\1", 2)));
    assert_true(bytes_same_number(view("\0\0\0", 3), view("\0", 1)));
    assert_false(bytes_same_number(view("\1\0", 2), view("\1", 1)));
    assert_false(bytes_same_number(view("\0\1", 2), view("\2", 1)));
    assert_false(bytes_same_number(view("\0", 1), view(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_owned_even_when_empty),
        cmocka_unit_test(test_equal_is_length_and_content),
        cmocka_unit_test(test_numbers_are_equal_whatever_zeros_stand_in_front),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
