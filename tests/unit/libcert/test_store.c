/* Making and opening a store: where, with which rights, and what is refused. */
#include "unit/libcert/store_fixture.h"

#include <errno.h>
#include <fcntl.h>

static void assert_rights(const char *file)
{
    char path[160];

    assert_int_equal(mode_of(file), 0600);
    snprintf(path, sizeof path, "%s-wal", file);
    assert_int_equal(mode_of(path), 0600);
    snprintf(path, sizeof path, "%s-shm", file);
    assert_int_equal(mode_of(path), 0600);
}

static void test_rights_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0777};
    mode_t before = umask(022);

    (void)state;
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        char dir[32], url[80], file[64], keys[64];
        snprintf(dir, sizeof dir, "m%zu", i);
        snprintf(file, sizeof file, "%s/voxtrust.db", dir);
        snprintf(url, sizeof url, "sqlite:%s", file);
        snprintf(keys, sizeof keys, "%s/keys", dir);
        umask(masks[i]);
        assert_done(store_create(url, "c", &s, err));
        assert_done(store_setting_set(s, "x", "y", err));
        umask(022);
        assert_rights(file);
        assert_int_equal(mode_of(dir), 0700);
        assert_int_equal(mode_of(keys), 0700);
        store_close(&s);
        assert_int_equal(access("m0/voxtrust.db-wal", F_OK), -1);
        assert_int_equal(mode_of(file), 0600);
    }
    umask(before);
}

static void test_new_store_knows_its_cluster(void **state)
{
    char expected[128];
    char *value;

    (void)state;
    assert_done(store_create("sqlite:a/b/c/voxtrust.db", "Voix d'été", &s, err));
    assert_done(store_setting_get(s, "cluster", &value, err));
    assert_string_equal(value, "Voix d'été");
    free(value);
    assert_done(store_setting_get(s, "mode", &value, err));
    assert_string_equal(value, "non-secure");
    free(value);
    assert_done(store_setting_get(s, "nothing", &value, err));
    assert_null(value);
    snprintf(expected, sizeof expected, "%s/a/b/c/voxtrust.db", folder);
    assert_string_equal(store_path(s), expected);
    snprintf(expected, sizeof expected, "%s/a/b/c/keys", folder);
    assert_string_equal(store_key_dir(s), expected);
    store_close(&s);
    assert_done(store_open("a/b/c/voxtrust.db", &s, err));
    store_close(&s);
    assert_no_temporaries();
}

static void test_what_is_there_is_not_replaced(void **state)
{
    char text[8] = "";
    int fd;

    (void)state;
    fd = open("taken.db", O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    assert_refused(store_create("taken.db", "c", &s, err), VOX_E_EXISTS, "taken.db is there already");
    fd = open("taken.db", O_RDONLY);
    assert_int_equal(read(fd, text, sizeof text), 4);
    close(fd);
    assert_string_equal(text, "mine");
    assert_int_equal(symlink("nowhere", "dangling.db"), 0);
    assert_refused(store_create("dangling.db", "c", &s, err), VOX_E_EXISTS, "is there already");
    assert_done(store_create("real.db", "c", &s, err));
    store_close(&s);
    assert_refused(store_create("sqlite:real.db", "c", &s, err), VOX_E_EXISTS, "is there already");
    assert_null(s);
    assert_no_temporaries();
}

static void test_urls(void **state)
{
    (void)state;
    assert_refused(store_create("postgresql://db/vox", "c", &s, err), VOX_E_USAGE, "'postgresql'");
    assert_refused(store_open("mysql:x", &s, err), VOX_E_USAGE, "'mysql'");
    assert_refused(store_create("sqlite:", "c", &s, err), VOX_E_USAGE, "names no file");
    assert_refused(store_create("", "c", &s, err), VOX_E_USAGE, "names no file");
    assert_refused(store_create("sqlite:dir/", "c", &s, err), VOX_E_USAGE, "names no file");
    /* names that SQLite itself would understand as something else */
    assert_done(store_create("sqlite::memory:", "c", &s, err));
    store_close(&s);
    assert_int_equal(access(":memory:", F_OK), 0);
    assert_done(store_create("./a:b?mode=ro#%41.db", "c", &s, err));
    store_close(&s);
    assert_int_equal(access("a:b?mode=ro#%41.db", F_OK), 0);
    assert_done(store_check_file("a:b?mode=ro#%41.db", err));
}

static void test_cluster_names(void **state)
{
    char long_name[1026];

    (void)state;
    memset(long_name, 'x', sizeof long_name);
    long_name[1025] = '\0';
    assert_refused(store_create("n.db", "", &s, err), VOX_E_INPUT, "empty");
    assert_refused(store_create("n.db", "a\nb", &s, err), VOX_E_INPUT, "control");
    assert_refused(store_create("n.db", "\xff", &s, err), VOX_E_INPUT, "UTF-8");
    assert_refused(store_create("n.db", long_name, &s, err), VOX_E_INPUT, "longer than 1024");
    assert_int_equal(access("n.db", F_OK), -1);
    long_name[1024] = '\0';
    assert_done(store_create("n.db", long_name, &s, err));
    store_close(&s);
}

static const mode_t writable[] = {0077, 0020, 0002}; /* by everybody, by the group, by the rest */

static void test_folders_of_others(void **state)
{
    (void)state;
    assert_int_equal(mkdir("loose", 0700), 0);
    for (size_t i = 0; i < sizeof writable / sizeof *writable; i++) {
        assert_int_equal(chmod("loose", 0700 | writable[i]), 0);
        assert_refused(store_create("loose/v.db", "c", &s, err), VOX_E_IO, "others can write to folder loose");
    }
    assert_int_equal(chmod("loose", 0755), 0);
    assert_done(store_create("loose/v.db", "c", &s, err));
    store_close(&s);
    assert_int_equal(mkdir("k", 0700), 0);
    assert_int_equal(mkdir("k/keys", 0700), 0);
    assert_int_equal(chmod("k/keys", 0755), 0);
    assert_int_equal(store_create("k/v.db", "c", &s, NULL), VOX_E_IO);
    assert_int_equal(access("k/v.db", F_OK), -1);
    assert_refused(store_create("loose/v.db/below.db", "c", &s, err), VOX_E_IO, "");
}

static void test_missing(void **state)
{
    (void)state;
    assert_refused(store_open("sqlite:none.db", &s, err), VOX_E_NOT_FOUND, "voxtrust init");
    assert_refused(store_open("sqlite:no/folder/none.db", &s, err), VOX_E_NOT_FOUND, "voxtrust init");
    assert_null(s);
    assert_int_equal(access("none.db", F_OK), -1);
    assert_int_equal(mkdir("dir.db", 0700), 0);
    assert_refused(store_open("dir.db", &s, err), VOX_E_STORE, "not a file");
}

static void write_file(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
}

static void test_files_that_are_no_store(void **state)
{
    static const char text[] = "This is a text, long enough to be taken for the header of a database if one only looks "
                               "at the length of the file, which nobody should do.";
    struct stat before, after;

    (void)state;
    write_file("text.db", text, sizeof text);
    assert_refused(store_open("text.db", &s, err), VOX_E_STORE, "not an SQLite database");
    write_file("empty.db", "", 0);
    assert_refused(store_open("empty.db", &s, err), VOX_E_STORE, "not a store of voxtrust");
    assert_int_equal(stat("empty.db", &after), 0);
    assert_int_equal(after.st_size, 0);
    shell("foreign.db", "CREATE TABLE t (a); PRAGMA application_id=1196444487");
    chmod("foreign.db", 0600);
    assert_int_equal(stat("foreign.db", &before), 0);
    assert_refused(store_open("foreign.db", &s, err), VOX_E_STORE, "another program (application id 0x47504b47)");
    assert_int_equal(stat("foreign.db", &after), 0);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_null(s);
}

static void test_schema_from_the_future(void **state)
{
    (void)state;
    assert_done(store_create("v.db", "c", &s, err));
    store_close(&s);
    shell("v.db", "PRAGMA user_version=99");
    assert_refused(store_open("v.db", &s, err), VOX_E_STORE, "newer voxtrust (schema 99");
    shell("v.db", "PRAGMA user_version=-1");
    assert_refused(store_open("v.db", &s, err), VOX_E_STORE, "impossible schema number -1");
    shell("v.db", "PRAGMA user_version=0");
    assert_refused(store_open("v.db", &s, err), VOX_E_STORE, "impossible schema number 0");
}

static void test_others_must_not_write(void **state)
{
    (void)state;
    assert_done(store_create("v.db", "c", &s, err));
    store_close(&s);
    for (size_t i = 0; i < sizeof writable / sizeof *writable; i++) {
        assert_int_equal(chmod("v.db", 0600 | writable[i]), 0);
        assert_refused(store_open("v.db", &s, err), VOX_E_STORE, "others can write to it");
    }
}

static void test_damage(void **state)
{
    struct stat st;
    char junk[2048];
    int fd;

    (void)state;
    memset(junk, 0x5a, sizeof junk);
    assert_done(store_create("v.db", "c", &s, err));
    store_close(&s);
    assert_int_equal(stat("v.db", &st), 0);
    /* a truncated file: the header counts more pages than there are */
    assert_int_equal(truncate("v.db", st.st_size / 2), 0);
    assert_refused(store_open("v.db", &s, err), VOX_E_STORE, "damaged");
    /* the schema's page overwritten, the header whole */
    assert_done(store_create("w.db", "c", &s, err));
    store_close(&s);
    fd = open("w.db", O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 100), (ssize_t)sizeof junk);
    close(fd);
    assert_refused(store_open("w.db", &s, err), VOX_E_STORE, "damaged");
    /* a table is gone */
    assert_done(store_create("x.db", "c", &s, err));
    store_close(&s);
    shell("x.db", "DROP TABLE nodes");
    assert_done(store_open("x.db", &s, err));
    struct store_node n = {(char[]){"n"}, NULL, NULL, 0};
    assert_refused(store_node_add(s, &n, err), VOX_E_STORE, "schema may be damaged");
    store_close(&s);
}

/* As root the mode would not stop us; then another user tries in a child. */
static void test_no_right_to_write(void **state)
{
    pid_t child;
    int status;

    (void)state;
    assert_done(store_create("v.db", "c", &s, err));
    store_close(&s);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(chmod("v.db", 0444), 0);
    child = fork();
    if (child == 0) {
        struct vox_error err;
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(9);
        if (store_create("new.db", "c", &s, NULL) != VOX_E_IO)
            _exit(1);
        if (store_open("v.db", &s, &err) != VOX_E_IO || !strstr(err.text, "no right to write"))
            _exit(2);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(status, 0);
}

static void test_readable_in_the_shell(void **state)
{
    char text[64];

    (void)state;
    assert_done(store_create("v.db", "Cluster 7", &s, err));
    shell_ask("v.db", "SELECT value FROM settings WHERE key = 'cluster'", text, sizeof text);
    assert_string_equal(text, "Cluster 7");
    shell_ask("v.db", "PRAGMA journal_mode", text, sizeof text);
    assert_string_equal(text, "wal");
    shell_ask("v.db", "PRAGMA application_id", text, sizeof text);
    assert_string_equal(text, "1448040532"); /* "VOXT" */
    assert_schema_is_new("v.db");
    shell_ask("v.db", "SELECT count(*) FROM v_expiring", text, sizeof text);
    assert_string_equal(text, "0");
    store_close(&s);
}

/* Two programs at once: exactly one makes the store, the other is told. */
static void test_created_once(void **state)
{
    int made = 0, told = 0;
    pid_t children[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            enum vox_err rc = store_create("race/v.db", "c", &s, NULL);
            store_close(&s);
            _exit(rc == VOX_OK ? 0 : rc == VOX_E_EXISTS ? 1 : 2);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        made += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        told += WIFEXITED(status) && WEXITSTATUS(status) == 1;
    }
    assert_int_equal(made, 1);
    assert_int_equal(told, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rights_whatever_the_umask, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_new_store_knows_its_cluster, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_there_is_not_replaced, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_urls, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_cluster_names, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_folders_of_others, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_missing, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_files_that_are_no_store, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_schema_from_the_future, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_others_must_not_write, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_damage, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_no_right_to_write, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_readable_in_the_shell, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_created_once, folder_setup, folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
