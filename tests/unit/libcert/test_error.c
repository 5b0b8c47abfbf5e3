/* One event is one line: whatever bytes a peer puts into a message. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/error.h>

static void test_control_bytes_are_escaped(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(vox_fail(&err, VOX_E_INPUT, "name %s", "a\nb\x1b[31m\x7f"), VOX_E_INPUT);
    assert_string_equal(err.text, "name a\\x0ab\\x1b[31m\\x7f");
    assert_int_equal(err.code, VOX_E_INPUT);
}

static void test_long_sentences_are_cut(void **state)
{
    char longer[3 * VOX_ERROR_TEXT_MAX];
    struct vox_error err;

    (void)state;
    memset(longer, '\n', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    (void)vox_fail(&err, VOX_E_IO, "%s", longer);
    assert_in_range(strlen(err.text), VOX_ERROR_TEXT_MAX - 8, VOX_ERROR_TEXT_MAX - 1);
    assert_string_equal(err.text + strlen(err.text) - 3, "...");
    (void)vox_error_prefix(&err, "%s", longer);
    assert_in_range(strlen(err.text), VOX_ERROR_TEXT_MAX - 8, VOX_ERROR_TEXT_MAX - 1);
}

static void test_errno_and_prefix(void **state)
{
    struct vox_error err;

    (void)state;
    errno = ENOSPC;
    assert_int_equal(vox_fail_errno(&err, VOX_E_IO, "cannot be written"), VOX_E_IO);
    assert_string_equal(err.text, "cannot be written: No space left on device");
    assert_int_equal(vox_error_prefix(&err, "file %d", 3), VOX_E_IO);
    assert_string_equal(err.text, "file 3: cannot be written: No space left on device");
}

static void test_nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(vox_fail(NULL, VOX_E_NO, "x"), VOX_E_NO);
    assert_int_equal(vox_fail_openssl(NULL, VOX_E_CRYPTO, "x"), VOX_E_CRYPTO);
    assert_int_equal(vox_error_prefix(NULL, "x"), VOX_E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_bytes_are_escaped),
        cmocka_unit_test(test_long_sentences_are_cut),
        cmocka_unit_test(test_errno_and_prefix),
        cmocka_unit_test(test_nobody_needs_to_listen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
