/*
 * What is asked of the kernel when a file appears or goes, and in what order: the temporary is new and private, the
 * bytes are on the disk before the name, the name is on the disk before it is said to be done, and no signal comes
 * between.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/file.h>

static char trace[512];
static char folder[64];

static void note(const char *word)
{
    const size_t at = strlen(trace);

    (void)snprintf(trace + at, sizeof trace - at, "%s%s", at > 0 ? " " : "", word);
}

/* The library's calls come here, for this program has functions of their names; the kernel is asked as usual. */
int fsync(int fd)
{
    struct stat st;

    note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? "sync-folder" : "sync-file");
    return (int)syscall(SYS_fsync, fd);
}

static void note_signals(const char *word)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t now;

    note(word);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (sigismember(&now, ending[i]) != 1)
            note("open-to-signals");
}

int renameat(int from, const char *old, int to, const char *new)
{
    note_signals("rename");
    return (int)syscall(SYS_renameat, from, old, to, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    note_signals("link");
    return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int unlinkat(int dir, const char *name, int flags)
{
    note("unlink");
    return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int openat(int dir, const char *name, int flags, ...)
{
    mode_t mode = 0;
    va_list ap;

    if ((flags & O_CREAT) != 0) {
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
        note((flags & O_EXCL) != 0 && (flags & O_NOFOLLOW) != 0 && mode == 0600 ? "create" : "create-loosely");
    }
    return (int)syscall(SYS_openat, dir, name, flags, mode);
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test-file-durable.XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink("k") != 0 || chdir("/") != 0 || rmdir(folder) != 0;
}

static void test_in_this_order(void **state)
{
    sigset_t before, after;

    (void)state;
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &before), 0);
    trace[0] = '\0';
    assert_int_equal(file_create("k", "one", 3, 0644, NULL), VOX_OK);
    assert_string_equal(trace, "create sync-file link unlink sync-folder");
    trace[0] = '\0';
    assert_int_equal(file_replace("k", "two", 3, 0644, NULL), VOX_OK);
    assert_string_equal(trace, "create sync-file rename sync-folder");
    trace[0] = '\0';
    assert_int_equal(file_remove("k", NULL), VOX_OK);
    assert_string_equal(trace, "unlink sync-folder");
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &after), 0);
    assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
    assert_int_equal(file_create("k", "one", 3, 0600, NULL), VOX_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_in_this_order, setup, teardown)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
