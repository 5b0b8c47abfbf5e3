#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "token/explain.h"

static const struct token_info token = {.label = "SAST1", .serial = "0042"};

static enum vox_err explain(CK_RV rv, struct vox_error *err)
{
    struct token_answer a = {.rv = rv, .function = "C_Sign"};

    return token_explain(&a, &token, err);
}

/* Every code of the standard that can come has words, the token's name, and the number. */
static void test_all_have_words(void **state)
{
    static const CK_RV codes[] = {0x01, 0x02, 0x03, 0x05, 0x06, 0x20, 0x21, 0x30,  0x31,  0x32,  0x50,  0x54,  0x60,
                                  0x62, 0x63, 0x68, 0x70, 0x71, 0x82, 0x90, 0xA0,  0xA1,  0xA2,  0xA3,  0xA4,  0xB0,
                                  0xB1, 0xB3, 0xB5, 0xD1, 0xE0, 0xE1, 0xE2, 0x101, 0x102, 0x104, 0x150, 0x190, 0x200};
    struct vox_error err;
    char number[16];

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_int_not_equal(explain(codes[i], &err), VOX_OK);
        assert_null(strstr(err.text, "cannot be put into words"));
        (void)snprintf(number, sizeof number, "C_Sign: 0x%lX,", codes[i]);
        if (strstr(err.text, number) == NULL || strstr(err.text, "CKR_") == NULL)
            fail_msg("0x%lx: %s", codes[i], err.text);
        if (codes[i] != 0x02 && codes[i] != 0x190 && codes[i] != 0x54)
            assert_non_null(strstr(err.text, "the token \"SAST1\" (serial number 0042)"));
    }
}

static void test_kinds(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(explain(CKR_OK, &err), VOX_OK);
    assert_int_equal(explain(CKR_PIN_INCORRECT, &err), VOX_E_INPUT);
    assert_int_equal(explain(CKR_DEVICE_REMOVED, &err), VOX_E_IO);
    assert_int_equal(explain(CKR_FUNCTION_CANCELED, &err), VOX_E_NO);
    assert_int_equal(explain(CKR_VENDOR_DEFINED + 5, &err), VOX_E_IO);
    assert_non_null(strstr(err.text, "0x80000005"));
    assert_null(strstr(err.text, "CKR_"));
    assert_int_equal(explain(0x7777, &err), VOX_E_IO);
    assert_non_null(strstr(err.text, "0x7777"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_have_words),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
