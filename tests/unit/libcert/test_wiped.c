/* Secrets are overwritten before their memory is given back, wherever they stood on the way. */
#include "unit/wiped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/file.h>
#include <libcert/password.h>

static const char secret[] = "gallivant-0815-quincunx";

static void test_bytes(void **state)
{
    struct bytes b;

    (void)state;
    assert_int_equal(bytes_copy(&b, secret, sizeof secret, NULL), VOX_OK);
    wiped_begin();
    bytes_wipe(&b);
    assert_int_equal(wiped_times(secret, sizeof secret), 1);
}

/* What is read from a pipe moves when it grows; what is too long is not kept. */
static void test_reading(void **state)
{
    enum { LONG = 10000 };
    char *text = calloc(1, LONG);
    struct bytes b;
    int ends[2];

    (void)state;
    assert_non_null(text);
    memcpy(text, secret, sizeof secret);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], text, LONG), LONG);
        assert_int_equal(close(ends[1]), 0);
        wiped_begin();
        assert_int_equal(file_read_fd(ends[0], round == 0 ? LONG : 100, &b, NULL), round == 0 ? VOX_OK : VOX_E_INPUT);
        assert_true(wiped_times(secret, sizeof secret) >= 1);
        assert_int_equal(close(ends[0]), 0);
        bytes_wipe(&b);
    }
    free(text);
}

static void test_a_password_from_a_file(void **state)
{
    char path[] = "/tmp/test-wiped.XXXXXX";
    const int fd = mkstemp(path);
    struct bytes b;

    (void)state;
    assert_true(fd >= 0 && write(fd, secret, strlen(secret)) == (ssize_t)strlen(secret) && close(fd) == 0);
    wiped_begin();
    assert_int_equal(password_from_file(path, &b, NULL), VOX_OK);
    assert_int_equal(wiped_times(secret, strlen(secret)), 1);
    bytes_wipe(&b);
    assert_int_equal(wiped_times(secret, strlen(secret)), 2);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_a_password_from_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
