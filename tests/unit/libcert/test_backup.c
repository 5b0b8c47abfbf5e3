/* Backups of a living store, and putting them back whatever state the old one is in. */
#include "unit/libcert/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static char *cluster_of(const char *url)
{
    struct store *one;
    char *name;

    assert_done(store_open(url, &one, err));
    assert_done(store_setting_get(one, "cluster", &name, err));
    store_close(&one);
    return name;
}

static void assert_cluster(const char *url, const char *expected)
{
    char *name = cluster_of(url);

    assert_string_equal(name, expected);
    free(name);
}

static int filled(void **state)
{
    struct cert *c;
    struct store_list l = {
        .kind = (char[]){"ctl"},
        .name = (char[]){"CTLFile.tlv"},
        .dir = (char[]){"/srv/tftp"},
        .data = {(uint8_t *)(char[]){"list"}, 4},
    };

    if (store_setup(state) != 0)
        return -1;
    c = lab_cert("tvs.pem");
    bind_cert(c, "TVS", "cm1", BIND_ACTIVE);
    cert_free(&c);
    assert_done(store_list_add(s, &l, err));
    free(l.published);
    free(l.sha256);
    assert_done(audit_append(s, "voxtrust init", "done", err));
    return 0;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_backup_and_back(void **state)
{
    mode_t before = umask(0);
    char text[16];

    (void)state;
    assert_done(store_backup(s, "b.db", err));
    umask(before);
    assert_int_equal(mode_of("b.db"), 0600);
    assert_int_equal(access("b.db-wal", F_OK), -1);
    assert_int_equal(access("b.db-journal", F_OK), -1);
    assert_no_temporaries();
    assert_done(store_check_file("b.db", err));
    assert_int_equal(access("b.db-shm", F_OK), -1);
    shell_ask("b.db", "PRAGMA journal_mode", text, sizeof text);
    assert_string_equal(text, "delete");
    assert_done(store_setting_set(s, "cluster", "Changed", err));
    store_close(&s);
    assert_done(store_restore("sqlite:voxtrust.db", "b.db", err));
    assert_cluster("voxtrust.db", "Example Voice");
    assert_cluster("voxtrust.db.before-restore", "Changed");
    assert_int_equal(mode_of("voxtrust.db"), 0600);
    assert_int_equal(mode_of("voxtrust.db.before-restore"), 0600);
    assert_no_temporaries();
    assert_done(store_open("voxtrust.db", &s, err));
    assert_int_equal(count_bindings(NULL), 1);
}

static void test_into_nothing(void **state)
{
    (void)state;
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_restore("sqlite:elsewhere/new.db", "b.db", err));
    assert_int_equal(mode_of("elsewhere"), 0700);
    assert_int_equal(mode_of("elsewhere/new.db"), 0600);
    assert_int_equal(access("elsewhere/new.db.before-restore", F_OK), -1);
    assert_cluster("elsewhere/new.db", "Example Voice");
}

/* A daemon has the store open the whole time: it sees the restored content, and its next write lands there. */
static void test_while_open(void **state)
{
    struct store *daemon;
    char *name;
    int64_t count;

    (void)state;
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_open("voxtrust.db", &daemon, err));
    assert_done(store_setting_set(daemon, "cluster", "Changed", err));
    assert_done(store_restore("voxtrust.db", "b.db", err));
    assert_done(store_setting_get(daemon, "cluster", &name, err));
    assert_string_equal(name, "Example Voice");
    free(name);
    assert_done(store_setting_set(daemon, "cluster", "Later", err));
    store_close(&daemon);
    store_close(&s);
    assert_cluster("voxtrust.db", "Later");
    assert_done(store_open("voxtrust.db", &s, err));
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 1);
}

static void test_lock_held(void **state)
{
    struct store *other;

    (void)state;
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_open("voxtrust.db", &other, err));
    assert_done(store_begin(other, err));
    assert_done(store_setting_set(other, "cluster", "In between", err));
    /* a backup goes on beside a writer and does not see what is not committed */
    assert_done(store_backup(s, "c.db", err));
    assert_cluster("c.db", "Example Voice");
    assert_refused(store_restore("voxtrust.db", "b.db", err), VOX_E_STORE, "another program");
    assert_done(store_commit(other, err));
    store_close(&other);
    assert_cluster("voxtrust.db", "In between");
    assert_no_temporaries();
}

static void test_second_restore_keeps_both(void **state)
{
    (void)state;
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_setting_set(s, "cluster", "First", err));
    assert_done(store_restore("voxtrust.db", "b.db", err));
    assert_done(store_setting_set(s, "cluster", "Second", err));
    assert_done(store_restore("voxtrust.db", "b.db", err));
    assert_cluster("voxtrust.db", "Example Voice");
    assert_cluster("voxtrust.db.before-restore", "Second");
    assert_cluster("voxtrust.db.before-restore.1", "First");
}

/* What is beyond repair is moved aside with its log, which would otherwise be replayed into the new file. */
static void test_over_a_damaged_store(void **state)
{
    char junk[4096];
    int fd;

    (void)state;
    memset(junk, 0x5a, sizeof junk);
    assert_done(store_backup(s, "b.db", err));
    store_close(&s);
    fd = open("voxtrust.db", O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 0), (ssize_t)sizeof junk);
    close(fd);
    put("voxtrust.db-wal", "a log that belongs to the damaged file");
    put("voxtrust.db-shm", "its index");
    assert_done(store_restore("voxtrust.db", "b.db", err));
    assert_cluster("voxtrust.db", "Example Voice");
    assert_int_equal(access("voxtrust.db.before-restore", F_OK), 0);
    assert_int_equal(access("voxtrust.db.before-restore-wal", F_OK), 0);
    assert_int_equal(access("voxtrust.db-wal", F_OK), -1);
    assert_done(store_check_file("voxtrust.db", err));
    assert_no_temporaries();
    assert_int_equal(truncate("voxtrust.db", 5000), 0);
    assert_done(store_restore("voxtrust.db", "b.db", err));
    assert_cluster("voxtrust.db", "Example Voice");
    assert_int_equal(system("grep -q 'belongs to the damaged' voxtrust.db.before-restore.1-wal"), 0);
    assert_int_equal(system("test ! -s voxtrust.db.before-restore-wal"), 0);
}

static void test_what_backup_must_not_replace(void **state)
{
    (void)state;
    put("notes.txt", "mine");
    assert_refused(store_backup(s, "notes.txt", err), VOX_E_EXISTS, "no backup of a store");
    assert_refused(store_backup(s, "voxtrust.db", err), VOX_E_USAGE, "the store itself");
    assert_int_equal(symlink("voxtrust.db", "link.db"), 0);
    assert_refused(store_backup(s, "link.db", err), VOX_E_USAGE, "the store itself");
    assert_int_equal(mkdir("dir", 0700), 0);
    assert_refused(store_backup(s, "dir", err), VOX_E_EXISTS, "not a file");
    assert_refused(store_backup(s, "none/b.db", err), VOX_E_NOT_FOUND, "");
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_setting_set(s, "cluster", "Newer", err));
    assert_done(store_backup(s, "b.db", err));
    assert_cluster("b.db", "Newer");
    assert_done(store_begin(s, err));
    assert_refused(store_backup(s, "d.db", err), VOX_E_USAGE, "transaction");
    store_rollback(s);
}

/* What is damaged makes no backup, and takes the place of none that is sound. */
static void test_a_damaged_store_is_no_backup(void **state)
{
    (void)state;
    assert_done(store_backup(s, "good.db", err));
    shell("voxtrust.db", "UPDATE certificates SET der = x'3000'");
    assert_refused(store_backup(s, "new.db", err), VOX_E_STORE, "not well-formed");
    assert_int_equal(access("new.db", F_OK), -1);
    assert_refused(store_backup(s, "good.db", err), VOX_E_STORE, "not well-formed");
    assert_done(store_check_file("good.db", err));
    assert_no_temporaries();
}

/* Each of these is refused as a backup, and the store stays as it is. */
static void assert_not_restored(const char *path, enum vox_err code, const char *words)
{
    assert_refused(store_restore("voxtrust.db", path, err), code, words);
    assert_cluster("voxtrust.db", "Example Voice");
    assert_int_equal(access("voxtrust.db.before-restore", F_OK), -1);
    assert_no_temporaries();
}

static void damage(const char *sql)
{
    unlink("bad.db");
    assert_done(store_backup(s, "bad.db", err));
    shell("bad.db", sql);
}

static void test_unsound_backups(void **state)
{
    (void)state;
    assert_not_restored("none.db", VOX_E_NOT_FOUND, "");
    assert_not_restored("voxtrust.db", VOX_E_USAGE, "the store itself");
    assert_not_restored(".", VOX_E_INPUT, "not a file");
    put("text.db", "This is a text that is longer than the hundred bytes of a database's header, and which is a lie as "
                   "far as backups go.");
    assert_not_restored("text.db", VOX_E_INPUT, "not a sound backup");
    assert_refused(store_check_file("text.db", err), VOX_E_INPUT, "not an SQLite database");
    put("empty.db", "");
    assert_not_restored("empty.db", VOX_E_INPUT, "not a store");
    shell("foreign.db", "CREATE TABLE t (a); PRAGMA application_id=7");
    assert_not_restored("foreign.db", VOX_E_INPUT, "another program");
    damage("PRAGMA user_version=99");
    assert_not_restored("bad.db", VOX_E_INPUT, "newer voxtrust");
    damage("UPDATE audit SET what = 'nothing'");
    assert_not_restored("bad.db", VOX_E_INPUT, "entry 1 of the audit log");
    damage("UPDATE certificates SET der = x'3000'");
    assert_not_restored("bad.db", VOX_E_INPUT, "not well-formed");
    damage("UPDATE lists SET data = x'00'");
    assert_not_restored("bad.db", VOX_E_INPUT, "recorded as");
    damage("INSERT INTO ledger SELECT 1, '00000000000000000000000000000001', 'SEP1', '01', fingerprint, fingerprint,"
           " '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '', x'3000' FROM certificates");
    assert_not_restored("bad.db", VOX_E_INPUT, "not well-formed");
    damage("INSERT INTO known_lists SELECT sha256, 'ctl', '2026-01-01T00:00:00Z', '', x'00' FROM lists");
    assert_not_restored("bad.db", VOX_E_INPUT, "recorded as");
    damage("PRAGMA foreign_keys=OFF; DELETE FROM certificates");
    assert_not_restored("bad.db", VOX_E_INPUT, "refers to a row that is missing");
    damage("PRAGMA ignore_check_constraints=ON; UPDATE bindings SET state = 'odd'");
    assert_not_restored("bad.db", VOX_E_INPUT, "CHECK constraint failed in bindings");
    assert_refused(store_check_file("bad.db", err), VOX_E_INPUT, "CHECK constraint failed in bindings");
    damage(
        "UPDATE bindings SET state = 'retired'; PRAGMA writable_schema=ON;"
        "UPDATE sqlite_master SET sql = replace(sql, 'WHERE state <> ''retired''', '') WHERE name = 'bindings_live'");
    assert_not_restored("bad.db", VOX_E_INPUT, "missing from index");
    assert_refused(store_check_file("none.db", err), VOX_E_NOT_FOUND, "");
    assert_refused(store_check_file(".", err), VOX_E_INPUT, "not a file");
}

/* Every page of a backup overwritten in turn, and every truncation to whole pages: never restored unnoticed. */
static void test_every_damaged_page(void **state)
{
    char junk[4096], command[128];
    struct stat st;

    (void)state;
    memset(junk, 0x5a, sizeof junk);
    assert_done(store_backup(s, "b.db", err));
    assert_int_equal(stat("b.db", &st), 0);
    assert_int_equal(st.st_size % (off_t)sizeof junk, 0);
    for (off_t at = 0; at < st.st_size; at += (off_t)sizeof junk) {
        snprintf(command, sizeof command, "cp b.db page.db && cp b.db cut.db");
        assert_int_equal(system(command), 0);
        int fd = open("page.db", O_WRONLY);
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), (ssize_t)sizeof junk);
        close(fd);
        assert_int_equal(store_check_file("page.db", NULL), VOX_E_INPUT);
        assert_int_equal(truncate("cut.db", at), 0);
        assert_int_equal(store_check_file("cut.db", NULL), VOX_E_INPUT);
    }
    assert_done(store_check_file("b.db", err));
}

/* A copy made with cp of a store in use comes with its log: both are read, neither is changed. */
static void test_plain_copy(void **state)
{
    (void)state;
    assert_int_equal(system("mkdir copy && cp voxtrust.db voxtrust.db-wal copy/"), 0);
    assert_done(store_check_file("copy/voxtrust.db", err));
    store_close(&s);
    assert_done(store_restore("voxtrust.db", "copy/voxtrust.db", err));
    assert_done(store_open("voxtrust.db", &s, err));
    assert_int_equal(count_bindings(NULL), 1);
    store_close(&s);
    assert_int_equal(system("mkdir ro && cp voxtrust.db ro/ && chmod 0555 ro"), 0);
    assert_done(store_check_file("ro/voxtrust.db", err));
    assert_int_equal(system("test \"$(ls -A ro)\" = voxtrust.db"), 0);
}

static void test_databases_of_others_stay(void **state)
{
    char text[16];

    (void)state;
    assert_done(store_backup(s, "b.db", err));
    shell("mail.db", "CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    assert_refused(store_restore("mail.db", "b.db", err), VOX_E_STORE, "another program");
    shell_ask("mail.db", "SELECT a FROM t", text, sizeof text);
    assert_string_equal(text, "7");
    assert_no_temporaries();
}

/* Killed at any moment: afterwards the store is the old or the restored one, whole. */
static void test_killed_restores(void **state)
{
    int status, restored = 0;
    unsigned seed = 7;

    (void)state;
    assert_done(store_backup(s, "b.db", err));
    for (int k = 0; k < 20; k++) {
        char *name;
        int64_t count;
        pid_t child;
        int fds[2];
        char byte;

        assert_done(store_setting_set(s, "cluster", "Changed", err));
        store_close(&s);
        assert_int_equal(pipe(fds), 0);
        child = fork();
        if (child == 0) {
            if (write(fds[1], "x", 1) == 1)
                (void)store_restore("voxtrust.db", "b.db", NULL);
            _exit(0);
        }
        assert_int_equal(read(fds[0], &byte, 1), 1);
        seed = seed * 1103515245U + 12345U;
        for (volatile unsigned spin = 0; spin < (seed >> 16) % 4096 * 1000; spin++)
            ;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        close(fds[0]);
        close(fds[1]);
        assert_done(store_check_file("voxtrust.db", err));
        assert_done(store_open("voxtrust.db", &s, err));
        assert_done(store_setting_get(s, "cluster", &name, err));
        assert_true(strcmp(name, "Changed") == 0 || strcmp(name, "Example Voice") == 0);
        restored += strcmp(name, "Example Voice") == 0;
        free(name);
        assert_done(audit_verify(s, &count, err));
        assert_int_equal(count, 1);
    }
    assert_in_range(restored, 0, 20);
}

static void test_no_room(void **state)
{
    struct rlimit limit;
    int refused = 0;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_done(store_backup(s, "b.db", err));
    assert_done(store_setting_set(s, "cluster", "Changed", err));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int pages = 0; pages < 240; pages += 12) { /* an empty store has some 75 */
        enum vox_err made, put_back;
        limit.rlim_cur = (rlim_t)pages * 4096;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        made = store_backup(s, "full.db", NULL);
        put_back = store_restore("voxtrust.db", "b.db", NULL);
        limit.rlim_cur = RLIM_INFINITY;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        if (made != VOX_OK)
            assert_int_equal(access("full.db", F_OK), -1);
        assert_no_temporaries();
        if (put_back != VOX_OK) {
            refused++;
            assert_cluster("voxtrust.db", "Changed");
        }
        assert_done(store_setting_set(s, "cluster", "Changed", err));
    }
    assert_true(refused > 2 && refused < 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup_and_back, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_into_nothing, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_while_open, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_lock_held, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_second_restore_keeps_both, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_over_a_damaged_store, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_what_backup_must_not_replace, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_store_is_no_backup, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_unsound_backups, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_every_damaged_page, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_plain_copy, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_databases_of_others_stay, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_killed_restores, filled, store_teardown),
        cmocka_unit_test_setup_teardown(test_no_room, filled, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
