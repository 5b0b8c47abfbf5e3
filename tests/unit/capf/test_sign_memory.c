/* The signer without memory: of our own allocations the k-th fails, or all from the k-th on; the library's do not. */
#include "signer_day.h"

#include <sys/wait.h>

#include "../memory.h"

/* Our own allocations while it runs: every one fails once, and all from each one on. */
static void no_memory_at_work(void **state)
{
    struct given before[DAY_ANSWERS + 10];
    unsigned points = 0;

    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            size_t n;

            (void)fresh(state);
            start();
            memory_plan(at, later != 0);
            for (int i = 0; i < DAY_REQUESTS; i++) {
                const struct ipc_message m = {.type = IPC_ISSUE, .request = day_requests[i]};
                struct bytes wire;

                assert_int_equal(ipc_write(&m, &wire, &why), VOX_OK);
                (void)memory_fails(true);
                assert_int_equal(sign_service.message(NULL, &state_link, bytes_view_of(&wire), &why), VOX_OK);
                if (i % 2)
                    sign_service.settle(NULL);
                (void)memory_fails(false);
                bytes_free(&wire);
            }
            (void)memory_fails(true);
            sign_service.settle(NULL);
            sign_service.tick(NULL);
            (void)memory_fails(false);
            reached = memory_reached();
            points += reached;
            assert_true(nanswers <= DAY_REQUESTS); /* an answer may be lost for want of memory: never a wrong one */
            n = nanswers;
            memcpy(before, answers, n * sizeof *before);
            for (size_t i = 0; i < n; i++)
                assert_true(before[i].type == IPC_ISSUED || before[i].type == IPC_LATER);
            assert_goes_on(before, n);
            kill_signer();
            start();
            assert_known(before, n);
            stop();
        }
    }
    print_message("%u failing allocations at work\n", points);
    assert_true(points > 10);
}

static int descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* Opening the journal: it opens, or says why not and has changed nothing. */
static void no_memory_at_the_start(void **state)
{
    unsigned points = 0;

    (void)fresh(state);
    start();
    live_through_a_day();
    kill_signer();
    for (int later = 0; later < 2; later++) {
        enum vox_err code = VOX_E_MEMORY;

        for (long at = 1; code != VOX_OK; at++) {
            const int open_before = descriptors();
            struct sign_journal *j;
            struct sign_known known;
            bool reached;

            memory_plan(at, later != 0);
            (void)memory_fails(true);
            code = sign_journal_open(journal_dir, clock_now(), &known, &j, &why);
            (void)memory_fails(false);
            reached = memory_reached();
            points += reached;
            if (code == VOX_OK) {
                assert_int_equal(known.n, DAY_REQUESTS);
                sign_known_clear(&known);
                sign_journal_close(&j);
                if (reached) /* it could do without */
                    code = VOX_E_MEMORY;
            } else {
                assert_null(j);
                assert_int_equal(known.n, 0);
            }
            assert_int_equal(descriptors(), open_before);
            assert_true(at < 1000);
        }
    }
    start();
    assert_known(answers, nanswers);
    stop();
    print_message("%u failing allocations at the start\n", points);
    assert_true(points > 10);
}

/* The library's own allocations: no answer but the end of the process. */
static void no_memory_for_the_library(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(fflush(NULL), 0);
    pid = fork();
    if (pid == 0) {
        (void)close(STDERR_FILENO);
        sign_needs_memory();
        memory_plan(1, true);
        (void)memory_fails(true);
        if (take(1, "", 0) == NULL)
            _exit(1);
        _exit(2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SIGN_NO_MEMORY);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_at_work),
        cmocka_unit_test(no_memory_at_the_start),
        cmocka_unit_test(no_memory_for_the_library),
    };

    log_open("signer", (enum log_level)0); /* thousands of failures are not worth a line each */
    return cmocka_run_group_tests(tests, make_day, free_day);
}
