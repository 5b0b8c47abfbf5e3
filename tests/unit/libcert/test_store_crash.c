/* Several writers, killed writers, full disks: whatever happens, the store holds whole transactions only. */
#include "unit/libcert/store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "store/query.h"

enum { WRITERS = 4, ROUNDS = 25, KILLS = 25 };

/* One transaction with three parts that must be there together: node, setting, audit entry. */
static enum vox_err change(struct store *on, int writer, int round, struct vox_error *err)
{
    char name[32];
    struct store_node n = {name, NULL, NULL, NODE_TVS};
    enum vox_err rc;

    snprintf(name, sizeof name, "n%d-%d", writer, round);
    rc = store_begin(on, err);
    if (rc == VOX_OK)
        rc = store_node_add(on, &n, err);
    if (rc == VOX_OK)
        rc = store_setting_set(on, name, "x", err);
    if (rc == VOX_OK)
        rc = audit_append(on, name, "done", err);
    if (rc == VOX_OK)
        rc = store_commit(on, err);
    store_rollback(on);
    return rc;
}

/* Every node has its setting and its audit entry, the chain holds, the file is sound. Returns how many there are. */
static int64_t assert_whole(void)
{
    char text[32];
    int64_t count;

    assert_done(audit_verify(s, &count, err));
    shell_ask("voxtrust.db", "SELECT count(*) FROM nodes", text, sizeof text);
    assert_int_equal(strtoll(text, NULL, 10), count);
    shell_ask("voxtrust.db",
              "SELECT count(*) FROM nodes n JOIN settings s ON s.key = n.name JOIN audit a ON a.what = n.name", text,
              sizeof text);
    assert_int_equal(strtoll(text, NULL, 10), count);
    shell_ask("voxtrust.db", "PRAGMA integrity_check", text, sizeof text);
    assert_string_equal(text, "ok");
    return count;
}

static void test_writers_take_turns(void **state)
{
    pid_t children[WRITERS];

    (void)state;
    for (int w = 0; w < WRITERS; w++) {
        children[w] = fork();
        if (children[w] != 0)
            continue;
        struct store *mine = NULL;
        struct vox_error err;
        enum vox_err rc = store_open("voxtrust.db", &mine, &err);
        for (int i = 0; i < ROUNDS && rc == VOX_OK; i++)
            rc = change(mine, w, i, &err);
        if (rc != VOX_OK)
            fprintf(stderr, "writer %d: %s [%s]\n", w, err.text, err.detail);
        store_close(&mine);
        _exit(rc != VOX_OK);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        assert_int_equal(waitpid(children[w], &status, 0), children[w]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(assert_whole(), WRITERS * ROUNDS);
}

/* The child tells over a pipe what it has committed, and is killed in the middle of a later change. */
static void test_killed_writers(void **state)
{
    unsigned seed = 20261123;
    int64_t told = 0;

    (void)state;
    for (int k = 0; k < KILLS; k++) {
        int fds[2], status;
        unsigned stop;
        char byte;
        pid_t child;

        assert_int_equal(pipe(fds), 0);
        seed = seed * 1103515245U + 12345U;
        stop = 1 + (seed >> 16) % 8;
        child = fork();
        if (child == 0) {
            struct store *mine = NULL;
            close(fds[0]);
            if (store_open("voxtrust.db", &mine, NULL) != VOX_OK)
                _exit(1);
            for (int i = 0;; i++)
                if (change(mine, k, i, NULL) != VOX_OK || write(fds[1], "x", 1) != 1)
                    _exit(2);
        }
        close(fds[1]);
        for (unsigned i = 0; i < stop; i++) {
            assert_int_equal(read(fds[0], &byte, 1), 1);
            told++;
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(fds[0], &byte, 1) == 1)
            told++;
        close(fds[0]);
        store_close(&s);
        assert_done(store_open("voxtrust.db", &s, err));
        /* what was told is there; at most one change per kill was done and not yet told */
        int64_t count = assert_whole();
        assert_in_range(count, told, told + 1);
        told = count;
    }
    assert_int_equal(mode_of("voxtrust.db"), 0600);
}

/* Another program that sits on the lock: a clear answer after the wait, which is cut short here, and nothing done. */
static void test_lock_held(void **state)
{
    struct store *other;

    (void)state;
    assert_done(store_open("voxtrust.db", &other, err));
    assert_done(store_begin(other, err));
    sqlite3_busy_timeout((sqlite3 *)s->db, 1);
    assert_refused(store_begin(s, err), VOX_E_STORE, "another program");
    assert_refused(store_setting_set(s, "a", "b", err), VOX_E_STORE, "another program");
    store_rollback(other);
    store_close(&other);
    assert_done(store_begin(s, err));
    store_rollback(s);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit old;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    old.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

/* A file that cannot grow stands for the full disk. Every size limit from nothing upwards is tried. */
static void test_no_room(void **state)
{
    enum { STEP = 4096, TRIES = 40 };
    int refused = 0, done = 0;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < TRIES; i++) {
        enum vox_err rc;

        store_close(&s); /* folds the log into the file: each try starts with none */
        assert_done(store_open("voxtrust.db", &s, err));
        limit_files((rlim_t)i * STEP / 2);
        rc = change(s, 0, i, NULL);
        limit_files(RLIM_INFINITY);
        if (rc == VOX_OK) {
            done++;
        } else {
            refused++;
            assert_int_equal(rc, VOX_E_IO);
        }
        assert_int_equal(assert_whole(), done);
        /* and the next one works on the same handle */
        assert_done(change(s, 1, i, err));
        done++;
    }
    assert_true(refused > 3);
    assert_true(done > TRIES);
}

/* Creating in no room: nothing is left. */
static void test_no_room_to_create(void **state)
{
    struct store *made = NULL;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < 12; i++) {
        enum vox_err rc;
        limit_files((rlim_t)i * 4096);
        rc = store_create("other/v.db", "c", &made, NULL);
        limit_files(RLIM_INFINITY);
        if (rc == VOX_OK)
            break;
        assert_int_equal(rc, VOX_E_IO);
        assert_int_equal(access("other/v.db", F_OK), -1);
        assert_int_not_equal(system("ls -A other | grep -q tmp"), 0);
    }
    store_close(&made);
    unlink("other/v.db");
    assert_done(store_create("other/v.db", "c", &made, err));
    store_close(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_writers_take_turns, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_killed_writers, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_lock_held, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_no_room, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_no_room_to_create, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
