/* The walk takes DER only, and nothing outside its window. */
#include "x509_fixture.h"

#include "x509/cert_der.h"

struct example {
    uint8_t data[8];
    size_t len;
};

static void test_what_is_no_der(void **state)
{
    static const struct example bad[] = {
        {{0x30}, 1},                /* no length */
        {{0x30, 1}, 2},             /* a length past the end */
        {{0x30, 0x80, 0, 0}, 4},    /* indefinite */
        {{0x30, 0x81, 1, 5}, 4},    /* a long form of a short length */
        {{0x30, 0x82, 0, 1, 5}, 5}, /* and a longer one */
        {{0x30, 0x84, 0x7f, 255, 255, 255}, 6},
        {{0x30, 0x89, 1, 1, 1, 1, 1, 1}, 8}, /* a length of nine bytes */
        {{0x10, 0}, 2},                      /* SEQUENCE as a primitive */
        {{0x11, 0}, 2},
        {{0x24, 0}, 2},          /* a constructed OCTET STRING */
        {{0x3d, 0}, 2},          /* CHARACTER STRING */
        {{0, 0}, 2},             /* end-of-contents */
        {{0x1f, 0x80, 1, 0}, 4}, /* a tag number with a zero before it */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t *exact = malloc(bad[i].len);
        struct bytes_view in = {exact, bad[i].len};
        struct cert_der_item item;

        memcpy(exact, bad[i].data, bad[i].len);
        if (cert_der_next(&in, &item))
            fail_msg("number %zu is taken", i);
        assert_ptr_equal(in.data, exact);
        assert_int_equal(in.len, bad[i].len);
        assert_int_equal(ERR_peek_error(), 0);
        free(exact);
    }
}

static void test_taking(void **state)
{
    static const uint8_t data[] = {2, 1, 5, 0x30, 3, 4, 1, 9, 0xa3, 0};
    struct bytes_view in = {data, sizeof data}, number;
    struct cert_der_item item;

    (void)state;
    assert_false(cert_der_take(&in, DER_SEQUENCE, &item));
    assert_true(cert_der_take_unsigned(&in, &number));
    assert_int_equal(number.data[0], 5);
    assert_true(cert_der_take(&in, DER_SEQUENCE, &item));
    assert_ptr_equal(item.whole.data, data + 3);
    assert_int_equal(item.whole.len, 5);
    assert_int_equal(item.content.len, 3);
    assert_true(cert_der_is_next(in, DER_CONTEXT_EXPLICIT + 3));
    assert_true(cert_der_next(&in, &item));
    assert_int_equal(item.content.len, 0);
    assert_int_equal(in.len, 0);
    assert_false(cert_der_next(&in, &item));
}

static void test_numbers_and_bits(void **state)
{
    static const struct example bad_numbers[] = {
        {{2, 0}, 2},
        {{2, 1, 0x80}, 3},
        {{2, 2, 0, 0x7f}, 4},
        {{3, 1, 0}, 3},
    };
    static const struct example bad_bits[] = {{{3, 0}, 2}, {{3, 2, 1, 2}, 4}, {{4, 2, 0, 2}, 4}};
    static const uint8_t bits[] = {3, 3, 0, 7, 8};
    struct bytes_view in = {bits, sizeof bits}, out;

    (void)state;
    assert_true(cert_der_take_bits(&in, &out));
    assert_ptr_equal(out.data, bits + 3);
    assert_int_equal(out.len, 2);
    for (size_t i = 0; i < sizeof bad_numbers / sizeof bad_numbers[0]; i++) {
        in = (struct bytes_view){bad_numbers[i].data, bad_numbers[i].len};
        assert_false(cert_der_take_unsigned(&in, &out));
        assert_int_equal(in.len, bad_numbers[i].len);
    }
    for (size_t i = 0; i < sizeof bad_bits / sizeof bad_bits[0]; i++) {
        in = (struct bytes_view){bad_bits[i].data, bad_bits[i].len};
        assert_false(cert_der_take_bits(&in, &out));
        assert_int_equal(in.len, bad_bits[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_der),
        cmocka_unit_test(test_taking),
        cmocka_unit_test(test_numbers_and_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
