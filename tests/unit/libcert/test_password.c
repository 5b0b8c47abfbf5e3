/* The first line of a file, and nothing that could be something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/password.h>

static char path[64];

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/test-password.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static enum vox_err read_it(const void *data, size_t len, struct bytes *out, struct vox_error *err)
{
    assert_int_equal(file_replace(path, data, len, 0600, NULL), VOX_OK);
    return password_from_file(path, out, err);
}

static void test_first_line(void **state)
{
    static const struct {
        const char *file, *password;
    } good[] = {{"s3cret", "s3cret"},
                {"s3cret\n", "s3cret"},
                {"s3cret\r\n", "s3cret"},
                {"a\nb\n", "a"},
                {" with blanks \n", " with blanks "},
                {"\xc3\xbc\n", "\xc3\xbc"},
                {"a\rb\n", "a\rb"}};
    struct bytes b;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(read_it(good[i].file, strlen(good[i].file), &b, NULL), VOX_OK);
        assert_int_equal(b.len, strlen(good[i].password));
        assert_memory_equal(b.data, good[i].password, b.len);
        bytes_wipe(&b);
    }
}

static void test_refused(void **state)
{
    struct vox_error err;
    struct bytes b;
    char big[LIMIT_PASSWORD + 2];

    (void)state;
    assert_int_equal(read_it("", 0, &b, &err), VOX_E_INPUT);
    assert_int_equal(read_it("\n", 1, &b, &err), VOX_E_INPUT);
    assert_int_equal(read_it("\r\n", 2, &b, &err), VOX_E_INPUT);
    assert_int_equal(read_it("\nsecond", 7, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "empty"));
    assert_int_equal(read_it("a\0b\n", 4, &b, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "NUL"));
    assert_null(b.data);
    memset(big, 'a', sizeof big);
    assert_int_equal(read_it(big, LIMIT_PASSWORD + 1, &b, &err), VOX_E_INPUT);
    assert_null(strstr(err.text, "aaaa")); /* a password never stands in a message */
    assert_int_equal(read_it(big, LIMIT_PASSWORD, &b, &err), VOX_OK);
    bytes_wipe(&b);
    big[LIMIT_PASSWORD] = '\n';
    assert_int_equal(read_it(big, LIMIT_PASSWORD + 2, &b, &err), VOX_OK);
    assert_int_equal(b.len, LIMIT_PASSWORD);
    bytes_wipe(&b);
    assert_int_equal(password_from_file("/nowhere/x", &b, &err), VOX_E_NOT_FOUND);
    assert_int_equal(password_from_file("/", &b, &err), VOX_E_IO);
    assert_int_equal(password_from_file("/dev/zero", &b, &err), VOX_E_INPUT);
}

static void test_standard_input_is_left_behind_the_line(void **state)
{
    static const char input[] = "s3cret\nthe rest";
    int fds[2], saved = dup(STDIN_FILENO);
    char rest[32];
    struct bytes b;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], input, strlen(input)), (int)strlen(input));
    assert_int_equal(close(fds[1]), 0);
    assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
    assert_int_equal(password_from_file("-", &b, NULL), VOX_OK);
    assert_int_equal(b.len, 6);
    bytes_wipe(&b);
    assert_int_equal(read(STDIN_FILENO, rest, sizeof rest), 8);
    assert_memory_equal(rest, "the rest", 8);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test(test_standard_input_is_left_behind_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
