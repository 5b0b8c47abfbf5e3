/* Serial numbers: positive, random, long enough and not too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "x509/serial.h"

static void test_all_ones_is_positive_and_17_bytes(void **state)
{
    unsigned char raw[CERT_SERIAL_BYTES], *der = NULL;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    (void)state;
    memset(raw, 0xff, sizeof raw);
    assert_true(serial_from_bytes(raw, serial));
    assert_int_equal(serial->type, V_ASN1_INTEGER);
    assert_int_equal(i2d_ASN1_INTEGER(serial, &der), 2 + 17);
    assert_int_equal(der[1], 17);
    assert_int_equal(der[2], 0);
    OPENSSL_free(der);
    ASN1_INTEGER_free(serial);
}

static void test_too_few_significant_bits(void **state)
{
    unsigned char raw[CERT_SERIAL_BYTES] = {0};
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    (void)state;
    assert_false(serial_from_bytes(raw, serial));
    raw[8] = 0x7f; /* 63 bits */
    memset(raw + 9, 0xff, 7);
    assert_false(serial_from_bytes(raw, serial));
    raw[8] = 0x80; /* 64 */
    assert_true(serial_from_bytes(raw, serial));
    ASN1_INTEGER_free(serial);
}

static void test_random_ones(void **state)
{
    ASN1_INTEGER *last = ASN1_INTEGER_new(), *serial = ASN1_INTEGER_new();
    unsigned char seen[CERT_SERIAL_BYTES] = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(serial_random(serial, NULL), VOX_OK);
        assert_int_equal(serial->type, V_ASN1_INTEGER);
        assert_in_range(serial->length, 8, CERT_SERIAL_BYTES);
        assert_int_not_equal(ASN1_INTEGER_cmp(serial, last), 0);
        assert_int_equal(ASN1_STRING_copy(last, serial), 1);
        for (int j = 0; j < serial->length; j++)
            seen[CERT_SERIAL_BYTES - serial->length + j] |= serial->data[j];
    }
    for (int j = 0; j < CERT_SERIAL_BYTES; j++)
        assert_int_equal(seen[j], 0xff); /* every bit of the 128 is in use */
    ASN1_INTEGER_free(last);
    ASN1_INTEGER_free(serial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_ones_is_positive_and_17_bytes),
        cmocka_unit_test(test_too_few_significant_bits),
        cmocka_unit_test(test_random_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
