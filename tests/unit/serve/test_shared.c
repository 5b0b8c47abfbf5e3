/* Memory that all processes of a daemon may write to: what one makes of it ends none of the others, and its secrets are
 * for those that need them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <serve/shared.h>

enum { SLOTS = 5 };

static void test_whoever_writes_all_over_it(void **state)
{
    struct vox_error err;
    int fd;
    struct shared *s = shared_create(SLOTS, &fd, &err), *again;

    (void)state;
    assert_non_null(s);
    memset(s, 0xff, sizeof *s + SLOTS * sizeof(struct shared_slot));
    again = shared_map(fd, &err);
    assert_non_null(again);
    assert_int_equal(shared_slots(), SLOTS);
    shared_take(again, SLOTS - 1);
    shared_forget(again, SLOTS - 1);
    assert_int_not_equal(ftruncate(fd, 0), 0); /* a page that is gone would end everybody */
    assert_int_not_equal(ftruncate(fd, 1 << 30), 0);
    (void)close(fd);
}

static void test_memory_of_another_program(void **state)
{
    struct vox_error err;
    int fd = memfd_create("other", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(ftruncate(fd, sizeof(struct shared) + 7), 0);
    assert_null(shared_map(fd, &err));
    assert_int_equal(ftruncate(fd, 100), 0);
    assert_null(shared_map(fd, &err));
    (void)close(fd);
}

static void test_secrets_can_be_hidden(void **state)
{
    static const uint8_t none[sizeof((struct shared *)NULL)->ticket_secret];
    struct vox_error err;
    int fd, status;
    struct shared *s = shared_create(SLOTS, &fd, &err);
    pid_t pid;

    (void)state;
    assert_non_null(s);
    assert_memory_not_equal(s->ticket_secret, none, sizeof none);
    if ((pid = fork()) == 0) {
        const struct rlimit no_core = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &no_core);
        if (shared_blind(s, &err) != VOX_OK)
            _exit(3);
        atomic_fetch_add(&s->restarts, 1); /* the rest is there */
        if (write(STDOUT_FILENO, s->source_key, 0) != 0)
            _exit(3);
        _exit(write(fd, s->source_key, 1) == 1 ? 1 : 0); /* the kernel reads for us: EFAULT */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(atomic_load(&s->restarts), 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whoever_writes_all_over_it),
        cmocka_unit_test(test_memory_of_another_program),
        cmocka_unit_test(test_secrets_can_be_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
