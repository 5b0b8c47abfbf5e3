/* "-", files, passwords from files, keys and certificates named on the command line. */
#include "capture.h"

#include <sys/stat.h>

#include <cli/input.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test-cli.XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void become_input(const char *path)
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    dup2(fd, 0);
    close(fd);
}

static void a_dash_is_standard_input(void **state)
{
    struct bytes b;
    struct vox_error err;

    (void)state;
    put("in", "hello");
    become_input("in");
    assert_int_equal(cli_read("-", 5, &b, &err), VOX_OK);
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "hello", 5);
    bytes_free(&b);
    become_input("in");
    assert_int_equal(cli_read("-", 4, &b, &err), VOX_E_INPUT);
    assert_int_equal(cli_read("missing", 4, &b, &err), VOX_E_NOT_FOUND);
}

static int write_dash(const void *arg)
{
    struct vox_error err;

    (void)arg;
    printf("first ");
    return cli_write("-", "\1\2\3", 3, 0600, &err) == VOX_OK ? 0 : 1;
}

static void a_dash_is_standard_output_in_order(void **state)
{
    struct said s = capture(write_dash, NULL);

    (void)state;
    assert_int_equal(s.status, 0);
    assert_string_equal(s.out, "first \1\2\3");
}

static int write_full(const void *arg)
{
    struct vox_error err;

    (void)arg;
    dup2(open("/dev/full", O_WRONLY), 1);
    return cli_write("-", "abc", 3, 0600, &err) == VOX_E_IO ? 0 : 1;
}

static void a_full_output_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(capture(write_full, NULL).status, 0);
}

static int write_terminal(const void *arg)
{
    struct vox_error err;
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    (void)arg;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return 1;
    dup2(open(ptsname(master), O_RDWR | O_NOCTTY), 1);
    if (cli_write("-", "text\n", 5, 0600, &err) != VOX_OK)
        return 2;
    return cli_write("-", "\x1b]0;x\7", 6, 0600, &err) == VOX_E_USAGE ? 0 : 3;
}

static void no_binary_on_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(capture(write_terminal, NULL).status, 0);
}

static void files_are_written_with_their_mode(void **state)
{
    struct vox_error err;
    struct stat st;

    (void)state;
    umask(077);
    assert_int_equal(cli_write("out", "abc", 3, 0644, &err), VOX_OK);
    assert_int_equal(stat("out", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
}

/* As root a rename would take the device from the whole machine: all is done on names that no machine has. */
static void what_is_no_file_is_not_replaced(void **state)
{
    struct vox_error err;
    struct stat st;

    (void)state;
    assert_true(cli_is_stream("-"));
    assert_true(cli_is_stream("/dev/null"));
    assert_true(cli_is_stream("/dev/stderr"));
    assert_false(cli_is_stream("/dev/shm/x"));
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_false(cli_is_stream("pipe"));
    assert_int_equal(cli_write("pipe", "abc", 3, 0644, &err), VOX_E_IO);
    assert_non_null(strstr(err.text, "not a file"));
    assert_int_equal(lstat("pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(symlink("/proc/self/fd/7", "seven"), 0);
    assert_int_equal(cli_write("seven", "abc", 3, 0644, &err), VOX_E_IO);
    assert_int_equal(lstat("seven", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(cli_write("/dev/stdout", "abc", 3, 0644, &err), VOX_E_USAGE);
}

static void an_open_pipe_is_written_to(void **state)
{
    struct vox_error err;
    char name[32], got[4] = "";
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    (void)snprintf(name, sizeof name, "/dev/fd/%d", p[1]);
    assert_true(cli_is_stream(name));
    assert_int_equal(cli_write(name, "abc", 3, 0644, &err), VOX_OK);
    assert_int_equal(read(p[0], got, sizeof got), 3);
    assert_string_equal(got, "abc");
    close(p[0]);
    close(p[1]);
}

static struct cli_common common = {.program = "voxtest", .verb = "x"};

static void passwords_come_from_files(void **state)
{
    struct password_source p = cli_password(&common, "pw");
    struct bytes b;
    struct vox_error err;

    (void)state;
    put("pw", "opensesame\nsecond line\n");
    assert_int_equal(p.get(p.arg, "x", &b, &err), VOX_OK);
    assert_int_equal(b.len, 10);
    bytes_wipe(&b);
    become_input("pw");
    p = cli_password(&common, "-");
    assert_int_equal(p.get(p.arg, "x", &b, &err), VOX_OK);
    assert_int_equal(b.len, 10);
    bytes_wipe(&b);
    p = cli_password(&common, "missing");
    assert_int_equal(p.get(p.arg, "x", &b, &err), VOX_E_NOT_FOUND);
    assert_says(err.text, "password file missing");
}

static int open_key(const void *arg)
{
    struct vox_error err;
    EVP_PKEY *key = NULL;

    if (cli_key_open(&common, arg, NULL, &key, &err) != VOX_OK)
        return 1;
    EVP_PKEY_free(key);
    return 0;
}

static void a_key_that_others_can_read_is_warned_of(void **state)
{
    char command[512];
    struct said s;

    (void)state;
    snprintf(command, sizeof command, "cp '%s/lab/sast.pem' key.pem && chmod 644 key.pem", VOX_VECTORS);
    assert_int_equal(system(command), 0);
    s = capture(open_key, "key.pem");
    assert_int_equal(s.status, 0);
    assert_string_equal(s.err, "voxtest: key.pem: warning: the private key can be read by others: chmod 600 key.pem\n");
    assert_int_equal(chmod("key.pem", 0600), 0);
    s = capture(open_key, "key.pem");
    assert_int_equal(s.status, 0);
    assert_string_equal(s.err, "");
    become_input("key.pem");
    assert_int_equal(capture(open_key, "-").status, 0);
}

static void one_standard_input_is_not_two_things(void **state)
{
    struct vox_error err;
    EVP_PKEY *key;

    (void)state;
    assert_int_equal(cli_key_open(&common, "-", "-", &key, &err), VOX_E_USAGE);
    assert_null(key);
}

static void certificates_in_any_form(void **state)
{
    struct vox_error err;
    struct cert *c;

    (void)state;
    assert_int_equal(cli_cert_open(VOX_VECTORS "/lab/sast.pem", &c, &err), VOX_OK);
    assert_non_null(c);
    cert_free(&c);
    become_input(VOX_VECTORS "/lab/sast.pem");
    assert_int_equal(cli_cert_open("-", &c, &err), VOX_OK);
    cert_free(&c);
    assert_int_equal(cli_cert_open("missing", &c, &err), VOX_E_NOT_FOUND);
    put("text", "no certificate\n");
    assert_int_equal(cli_cert_open("text", &c, &err), VOX_E_INPUT);
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_dash_is_standard_input, setup, teardown),
        cmocka_unit_test(a_dash_is_standard_output_in_order),
        cmocka_unit_test(a_full_output_is_an_error),
        cmocka_unit_test(no_binary_on_a_terminal),
        cmocka_unit_test_setup_teardown(files_are_written_with_their_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_replaced, setup, teardown),
        cmocka_unit_test(an_open_pipe_is_written_to),
        cmocka_unit_test_setup_teardown(passwords_come_from_files, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_others_can_read_is_warned_of, setup, teardown),
        cmocka_unit_test(one_standard_input_is_not_two_things),
        cmocka_unit_test_setup_teardown(certificates_in_any_form, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
