/* Files appear whole or not at all; private ones stay private whatever the umask. */
#include <fcntl.h>
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/file.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test-file.XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static int files_here(void)
{
    DIR *d = opendir(".");
    int n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void expect(const char *path, const char *content)
{
    struct bytes b;

    assert_int_equal(file_read(path, 100, &b, NULL), VOX_OK);
    assert_int_equal(b.len, strlen(content));
    assert_memory_equal(b.data, content, b.len);
    bytes_free(&b);
}

static void test_replace_sets_the_mode_whatever_the_umask(void **state)
{
    (void)state;
    for (mode_t mask = 0;; mask = 077) {
        mode_t before = umask(mask);

        assert_int_equal(file_replace("k", "one", 3, 0600, NULL), VOX_OK);
        assert_int_equal(mode_of("k"), 0600);
        assert_int_equal(file_replace("k", "two", 3, 0644, NULL), VOX_OK);
        assert_int_equal(mode_of("k"), 0644);
        umask(before);
        if (mask == 077)
            break;
    }
    expect("k", "two");
    assert_int_equal(files_here(), 1);
}

static void test_create_never_overwrites(void **state)
{
    (void)state;
    assert_int_equal(file_create("k", "one", 3, 0600, NULL), VOX_OK);
    assert_int_equal(file_create("k", "two", 3, 0600, NULL), VOX_E_EXISTS);
    expect("k", "one");
    assert_int_equal(files_here(), 1);
}

/* A file-size limit is a full disk that a test can afford. */
static void test_a_full_disk_changes_nothing(void **state)
{
    static char big[1 << 16];
    int status;

    (void)state;
    assert_int_equal(file_replace("k", "old", 3, 0600, NULL), VOX_OK);
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit small = {1 << 12, 1 << 12};

        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &small) != 0)
            _exit(99);
        _exit((int)file_replace("k", big, sizeof big, 0600, NULL));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), VOX_E_IO);
    expect("k", "old");
    assert_int_equal(files_here(), 1);
}

/* What a killed program left behind goes with the next write; what another one is writing stays. */
static void test_leftovers_are_swept(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(file_replace(".k.0123456789abcdef.tmp", "dead", 4, 0600, NULL), VOX_OK);
    assert_int_equal(file_replace(".k.fedcba9876543210.tmp", "busy", 4, 0600, NULL), VOX_OK);
    assert_int_equal(file_replace(".k.mine.tmp", "other", 5, 0600, NULL), VOX_OK);
    assert_int_equal(file_replace(".l.0123456789abcdef.tmp", "other", 5, 0600, NULL), VOX_OK);
    assert_int_equal(file_replace(".k.0123456789abcdeX.tmp", "other", 5, 0600, NULL), VOX_OK);
    fd = open(".k.fedcba9876543210.tmp", O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(file_replace("k", "new", 3, 0600, NULL), VOX_OK);
    assert_int_equal(access(".k.0123456789abcdef.tmp", F_OK), -1);
    assert_int_equal(access(".k.fedcba9876543210.tmp", F_OK), 0);
    assert_int_equal(access(".k.mine.tmp", F_OK), 0);
    assert_int_equal(access(".k.0123456789abcdeX.tmp", F_OK), 0);
    assert_int_equal(access(".l.0123456789abcdef.tmp", F_OK), 0);
    close(fd);
    expect("k", "new");
}

static void test_places_that_are_no_files(void **state)
{
    struct vox_error err;

    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(file_replace("d", "x", 1, 0600, &err), VOX_E_IO);
    assert_non_null(strstr(err.text, "folder"));
    assert_int_equal(file_replace("d/", "x", 1, 0600, &err), VOX_E_IO);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(file_replace("fifo", "x", 1, 0600, &err), VOX_E_IO);
    assert_non_null(strstr(err.text, "is a device, a pipe or a socket"));
    assert_int_equal(symlink("d", "to-d"), 0);
    assert_int_equal(file_make_private_dir("to-d", &err), VOX_E_IO); /* whoever made the link can turn it */
    assert_non_null(strstr(err.text, "is not a folder"));
    assert_int_equal(file_replace("none/x", "x", 1, 0600, &err), VOX_E_NOT_FOUND);
    struct bytes b;
    assert_int_equal(file_read("d", 10, &b, &err), VOX_E_IO);
    assert_int_equal(file_read("none", 10, &b, &err), VOX_E_NOT_FOUND);
    assert_string_equal(err.text, "no such file");
    assert_null(b.data);
}

static void test_reading_is_bounded(void **state)
{
    struct bytes b;
    int fds[2];

    (void)state;
    assert_int_equal(file_replace("k", "0123456789", 10, 0600, NULL), VOX_OK);
    assert_int_equal(file_read("k", 10, &b, NULL), VOX_OK);
    bytes_free(&b);
    assert_int_equal(file_read("k", 9, &b, NULL), VOX_E_INPUT);
    assert_int_equal(file_read("/dev/zero", 100000, &b, NULL), VOX_E_INPUT); /* endless */
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "abc", 3), 3);
    close(fds[1]);
    assert_int_equal(file_read_fd(fds[0], 3, &b, NULL), VOX_OK);
    assert_int_equal(b.len, 3);
    bytes_free(&b);
    close(fds[0]);
}

static void test_private_files_must_be_private(void **state)
{
    struct vox_error err;
    struct bytes b;

    (void)state;
    assert_int_equal(file_make_private_dir("a/b/keys", NULL), VOX_OK);
    assert_int_equal(mode_of("a/b/keys"), 0700);
    assert_int_equal(file_create("a/b/keys/k", "key", 3, 0600, NULL), VOX_OK);
    assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_OK);
    bytes_wipe(&b);
    assert_null(b.data);

    static const mode_t loose[] = {0640, 0604, 0610, 0660, 0777, 0644};
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        assert_int_equal(chmod("a/b/keys/k", loose[i]), 0);
        assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_E_IO);
        assert_non_null(strstr(err.text, "chmod 600"));
        assert_int_equal(file_is_private("a/b/keys/k"), 0);
    }
    assert_int_equal(chmod("a/b/keys/k", 0600), 0);
    static const mode_t writable[] = {0720, 0702, 0722};
    for (size_t i = 0; i < sizeof writable / sizeof *writable; i++) {
        assert_int_equal(chmod("a/b/keys", writable[i]), 0);
        assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_E_IO);
        assert_non_null(strstr(err.text, "chmod 700"));
        assert_int_equal(file_make_private_dir("a/b/keys", &err), VOX_E_IO);
    }
    assert_int_equal(chmod("a/b/keys", 0700), 0);

    assert_int_equal(symlink("k", "a/b/keys/link"), 0);
    assert_int_equal(file_read_private("a/b/keys/link", 10, &b, &err), VOX_E_IO);
    assert_int_equal(mkfifo("a/b/keys/fifo", 0600), 0);
    assert_int_equal(file_read_private("a/b/keys/fifo", 10, &b, &err), VOX_E_IO); /* and does not wait for a writer */
    assert_int_equal(file_is_private("a/b/keys/none"), -1);
    if (geteuid() == 0) { /* one of another user, who can open it to others at any time */
        assert_int_equal(chmod("a/b/keys", 0700), 0);
        assert_int_equal(chmod("a/b/keys/k", 0600), 0);
        assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_OK);
        bytes_wipe(&b);
        assert_int_equal(chown("a/b/keys/k", 1, 0), 0);
        assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_E_IO);
        assert_non_null(strstr(err.text, "belongs to another user ("));
        assert_int_equal(chown("a/b/keys", 1, 0), 0); /* the folder's owner is believed, by root */
        assert_int_equal(file_read_private("a/b/keys/k", 10, &b, &err), VOX_OK);
        bytes_wipe(&b);
    }
}

/* What root makes in somebody else's folder is his, where that is asked for; what another makes is his own. */
static void test_given_to_the_folders_owner(void **state)
{
    struct stat st;

    (void)state;
    if (geteuid() != 0)
        return;
    assert_int_equal(mkdir("his", 0700), 0);
    assert_int_equal(chown("his", 1, 2), 0);
    assert_int_equal(file_create_kept("his/k", "x", 1, NULL), VOX_OK);
    assert_int_equal(stat("his/k", &st), 0);
    assert_true(st.st_uid == 1 && st.st_gid == 2 && (st.st_mode & 07777) == 0600);
    assert_int_equal(file_create_kept("his/k", "y", 1, NULL), VOX_E_EXISTS);
    assert_int_equal(file_make_private_dir("his/d", NULL), VOX_OK);
    assert_int_equal(stat("his/d", &st), 0);
    assert_true(st.st_uid == 1 && st.st_gid == 2);
    assert_int_equal(file_create("his/other", "x", 1, 0600, NULL), VOX_OK);
    assert_int_equal(stat("his/other", &st), 0);
    assert_int_equal(st.st_uid, 0);
}

static void test_private_folder_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 077, 0277};

    (void)state;
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        char name[] = "dN";
        mode_t before = umask(masks[i]);

        name[1] = (char)('0' + i);
        assert_int_equal(file_make_private_dir(name, NULL), VOX_OK);
        umask(before);
        assert_int_equal(mode_of(name), 0700);
    }
    assert_int_equal(file_replace("f", "", 0, 0600, NULL), VOX_OK);
    assert_int_equal(file_make_private_dir("f", NULL), VOX_E_IO);
}

static void test_remove(void **state)
{
    (void)state;
    assert_int_equal(file_replace("f", "", 0, 0600, NULL), VOX_OK);
    assert_int_equal(file_remove("f", NULL), VOX_OK);
    assert_int_equal(file_remove("f", NULL), VOX_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replace_sets_the_mode_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_create_never_overwrites, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leftovers_are_swept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_that_are_no_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_private_files_must_be_private, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_to_the_folders_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_private_folder_whatever_the_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
