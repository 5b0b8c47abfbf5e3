/* The signer when the system fails it at every call: writes that fail, kills, power cuts. */
#include "signer_day.h"

#include <sys/mman.h>
#include <sys/wait.h>

/* --- calls of the system: the k-th fails, or ends the process --- */

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_SHORT, FAULT_SHORT_FULL, FAULT_KILL, FAULT_KILL_HALF };
static struct {
    long call, at; /* at 0: none */
    enum fault kind;
    int error;
    bool for_ever; /* from there on */
} faults;

static bool faulty(void)
{
    faults.call++;
    return faults.at > 0 && (faults.call == faults.at || (faults.for_ever && faults.call > faults.at));
}

/* What a process that was killed has told, and how much of its journal was synced then: seen by the one that watches.
 */
static struct watched {
    size_t told; /* certificates that were handed out */
    struct given given[16];
    off_t size, synced;
    bool finished;
} * watched;

static ssize_t bad_write(int fd, const void *data, size_t len)
{
    if (!faulty())
        return write(fd, data, len);
    switch (faults.kind) {
    case FAULT_SHORT:
        return write(fd, data, len > 1 ? len / 2 : len);
    case FAULT_SHORT_FULL: /* the disk takes half of it */
        if (len > 1 && write(fd, data, len / 2) < 0)
            return -1;
        faults.kind = FAULT_ERROR;
        faults.at = faults.call + 1;
        return (ssize_t)(len / 2 > 0 ? len / 2 : 1);
    case FAULT_KILL_HALF:
        if (write(fd, data, len / 2) < 0)
            _exit(9);
        _exit(9);
    case FAULT_KILL:
        _exit(9);
    default:
        errno = faults.error;
        return -1;
    }
}

static int bad_sync(int fd)
{
    struct stat st;
    int failed;

    if (faulty()) {
        if (faults.kind == FAULT_KILL || faults.kind == FAULT_KILL_HALF)
            _exit(9);
        if (faults.kind == FAULT_ERROR) {
            errno = faults.error;
            return -1;
        }
    }
    failed = fdatasync(fd);
    if (failed == 0 && watched != NULL && fstat(fd, &st) == 0)
        watched->synced = st.st_size;
    return failed;
}

static int bad_truncate(int fd, off_t len)
{
    if (faulty()) {
        if (faults.kind == FAULT_KILL || faults.kind == FAULT_KILL_HALF)
            _exit(9);
        if (faults.kind == FAULT_ERROR) {
            errno = faults.error;
            return -1;
        }
    }
    return ftruncate(fd, len);
}

static ssize_t bad_pread(int fd, void *data, size_t len, off_t at)
{
    if (faulty()) {
        if (faults.kind == FAULT_KILL || faults.kind == FAULT_KILL_HALF)
            _exit(9);
        if (faults.kind == FAULT_SHORT)
            return pread(fd, data, len > 1 ? len / 2 : len, at);
        errno = faults.error;
        return -1;
    }
    return pread(fd, data, len, at);
}

static void bad_calls(long at, enum fault kind, int error, bool for_ever)
{
    sign_calls = (struct sign_calls){bad_write, bad_pread, bad_sync, bad_truncate};
    faults.call = 0;
    faults.at = at;
    faults.kind = kind;
    faults.error = error;
    faults.for_ever = for_ever;
}

static void good_calls(void)
{
    bad_calls(0, FAULT_NONE, 0, false);
}

static int make_world(void **state)
{
    watched = mmap(NULL, sizeof *watched, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(watched != MAP_FAILED);
    return make_day(state);
}

static int free_world(void **state)
{
    (void)munmap(watched, sizeof *watched);
    return free_day(state);
}

/* Each failing call: everybody gets an answer, and what was handed out stays known; with room again all goes on. */
static void every_call_fails(void **state)
{
    static const struct {
        enum fault kind;
        int error;
        bool for_ever;
    } kinds[] = {
        {FAULT_ERROR, ENOSPC, false},      {FAULT_ERROR, EIO, false},   {FAULT_ERROR, EINTR, false},
        {FAULT_SHORT, 0, false},           {FAULT_SHORT, 0, true},      {FAULT_ERROR, ENOSPC, true},
        {FAULT_SHORT_FULL, ENOSPC, false}, {FAULT_ERROR, EDQUOT, true},
    };
    struct given before[DAY_ANSWERS];
    unsigned points = 0;

    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            (void)fresh(state);
            start();
            bad_calls(at, kinds[kind].kind, kinds[kind].error, kinds[kind].for_ever);
            live_through_a_day();
            reached = faults.call >= at;
            points += reached;
            good_calls();
            assert_int_equal(nanswers, DAY_ANSWERS);
            for (size_t i = 0; i < nanswers; i++)
                assert_true(answers[i].type == IPC_ISSUED || answers[i].type == IPC_LATER);
            if (kinds[kind].kind == FAULT_SHORT || kinds[kind].error == EINTR)
                for (size_t i = 0; i < nanswers && kinds[kind].kind == FAULT_SHORT; i++)
                    assert_int_equal(answers[i].type, IPC_ISSUED);
            memcpy(before, answers, sizeof before);
            if (at % 2) /* room again: without a new start, or with one */
                assert_goes_on(before, DAY_ANSWERS);
            kill_signer();
            start();
            assert_known(before, DAY_ANSWERS);
            assert_goes_on(before, DAY_ANSWERS);
            stop();
        }
    }
    print_message("%u points of failure\n", points);
    assert_true(points > 50);
}

static void watch(const struct given *a)
{
    if (a->type == IPC_ISSUED)
        watched->given[watched->told++] = *a;
}

/* One life in a process of its own, up to the k-th call. false: it lived to the end. */
static bool die_at(long at, enum fault kind)
{
    pid_t pid;
    int status;
    struct stat st;

    memset(watched, 0, sizeof *watched);
    start(); /* and what there is of it is durable */
    kill_signer();
    watched->synced = journal_size();
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        start();
        if (fstat(signer.journal->fd, &st) == 0)
            watched->synced = st.st_size;
        on_answer = watch;
        bad_calls(at, kind, 0, false);
        live_through_a_day();
        watched->finished = true;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 9) == !watched->finished);
    return !watched->finished;
}

static void every_call_kills(void **state)
{
    unsigned points = 0;

    for (int kind = FAULT_KILL; kind <= FAULT_KILL_HALF; kind++) {
        for (long at = 1;; at++) {
            (void)fresh(state);
            if (!die_at(at, (enum fault)kind))
                break;
            points++;
            start();
            assert_known(watched->given, watched->told);
            assert_goes_on(watched->given, watched->told);
            stop();
        }
    }
    print_message("%u points of death\n", points);
    assert_true(points > 20);
}

/*
 * A power cut: of what was not synced any part may be there: nothing, a beginning, zeros, one page without the other.
 */
static void power_cuts(void **state)
{
    unsigned points = 0;

    for (long at = 1;; at++) {
        for (int damage = 0; damage < 6; damage++) {
            int fd;
            off_t size, synced;

            (void)fresh(state);
            if (!die_at(at, damage % 2 ? FAULT_KILL_HALF : FAULT_KILL))
                goto all;
            points++;
            size = journal_size();
            synced = watched->synced;
            assert_true(synced <= size);
            fd = open(journal_file, O_RDWR);
            for (off_t i = synced; i < size; i++) {
                const off_t into = i - synced;

                if (damage == 1 || (damage == 2 && into < 100) || (damage == 3 && into >= 100) ||
                    (damage == 4 && into % 512 < 256))
                    assert_int_equal(pwrite(fd, "", 1, i), 1);
            }
            if (damage == 5)
                assert_int_equal(ftruncate(fd, synced + (size - synced) / 3), 0);
            (void)close(fd);
            start();
            assert_known(watched->given, watched->told);
            assert_goes_on(watched->given, watched->told);
            stop();
        }
    }
all:
    print_message("%u power cuts\n", points);
    assert_true(points > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails),
        cmocka_unit_test(every_call_kills),
        cmocka_unit_test(power_cuts),
    };

    sign_first();
    log_open("signer", (enum log_level)0); /* thousands of failures are not worth a line each */
    return cmocka_run_group_tests(tests, make_world, free_world);
}
