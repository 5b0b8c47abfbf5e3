/* The audit log: every way of changing what it says is found. */
#include "unit/libcert/store_fixture.h"

#include <openssl/evp.h>

static void append(const char *what, const char *result)
{
    assert_done(audit_append(s, what, result, err));
}

static int five(void **state)
{
    static const char *const what[] = {"voxtrust init", "voxcert new CAPF", "voxlist publish CTLFile.tlv",
                                       "voxcert delete 1234", "voxtrust node add cm1"};

    if (store_setup(state) != 0)
        return -1;
    for (size_t i = 0; i < 5; i++)
        append(what[i], i == 3 ? "refused: not found" : "done");
    return 0;
}

static void test_entries(void **state)
{
    struct audit_entry *list;
    size_t n;
    int64_t count;

    (void)state;
    assert_done(audit_entries(s, 0, &list, &n, err));
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].number, i + 1);
        assert_int_equal(strlen(list[i].time), 20);
        assert_int_equal(strlen(list[i].hash), 64);
        assert_non_null(strchr(list[i].who, '('));
    }
    assert_string_equal(list[0].what, "voxtrust init");
    assert_string_equal(list[3].result, "refused: not found");
    audit_entries_free(&list, n);
    assert_null(list);
    assert_done(audit_entries(s, 2, &list, &n, err));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].number, 4);
    assert_int_equal(list[1].number, 5);
    audit_entries_free(&list, n);
    assert_done(audit_entries(s, 100, &list, &n, err));
    assert_int_equal(n, 5);
    audit_entries_free(&list, n);
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 5);
}

/* docs/formats/store.md 4.1, written a second time: length-prefixed previous hash and fields. */
static void test_hash_as_documented(void **state)
{
    struct audit_entry *list;
    uint8_t input[2048], digest[32] = {0};
    char hex[65];
    size_t n;

    (void)state;
    assert_done(audit_entries(s, 0, &list, &n, err));
    for (size_t i = 0; i < n; i++) {
        const char *fields[] = {list[i].time, list[i].who, list[i].what, list[i].result};
        size_t at = 0;
        memcpy(input, "\0\0\0\x20", 4);
        memcpy(input + 4, digest, 32);
        at = 36;
        for (size_t f = 0; f < 4; f++) {
            size_t len = strlen(fields[f]);
            input[at++] = 0;
            input[at++] = 0;
            input[at++] = (uint8_t)(len / 256);
            input[at++] = (uint8_t)(len % 256);
            memcpy(input + at, fields[f], len);
            at += len;
        }
        assert_true(EVP_Digest(input, at, digest, NULL, EVP_sha256(), NULL) > 0);
        hex_encode(digest, 32, hex);
        assert_string_equal(list[i].hash, hex);
    }
    audit_entries_free(&list, n);
}

static void test_empty_log(void **state)
{
    struct audit_entry *list;
    size_t n;
    int64_t count;

    (void)state;
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 0);
    assert_done(audit_entries(s, 0, &list, &n, err));
    assert_int_equal(n, 0);
    assert_done(audit_entries(s, 3, &list, &n, err));
    assert_int_equal(n, 0);
}

static void assert_found(const char *sql, const char *words)
{
    int64_t count;

    shell("voxtrust.db", "DROP TABLE IF EXISTS kept_a; DROP TABLE IF EXISTS kept_s;"
                         "CREATE TABLE kept_a AS SELECT * FROM audit; CREATE TABLE kept_s AS SELECT * FROM settings");
    shell("voxtrust.db", sql);
    assert_refused(audit_verify(s, &count, err), VOX_E_NO, words);
    shell("voxtrust.db", "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept_a;"
                         "DELETE FROM settings; INSERT INTO settings SELECT * FROM kept_s");
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 5);
}

static void test_every_change_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE audit SET what = 'voxcert list' WHERE number = 2", "entry 2 of the audit log does not follow");
    assert_found("UPDATE audit SET who = 'alice(1000)' WHERE number = 1", "entry 1 ");
    assert_found("UPDATE audit SET time = '2020-01-01T00:00:00Z' WHERE number = 5", "entry 5 ");
    assert_found("UPDATE audit SET result = 'done' WHERE number = 4", "entry 4 ");
    assert_found("UPDATE audit SET result = result || ' ' WHERE number = 4", "entry 4 ");
    assert_found("UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 2) WHERE number = 3", "entry 3 ");
    for (int at = 1; at <= 64; at++) { /* all of a hash is compared */
        char sql[200];

        (void)snprintf(sql, sizeof sql,
                       "UPDATE audit SET hash = substr(hash, 1, %d) || CASE substr(hash, %d, 1) WHEN '0' THEN '1' ELSE "
                       "'0' END || substr(hash, %d) WHERE number = 5",
                       at - 1, at, at + 1);
        assert_found(sql, "entry 5 of the audit log does not follow");
    }
    /* a byte moved over a field's border */
    assert_found("UPDATE audit SET what = what || substr(result, 1, 1), result = substr(result, 2) WHERE number = 3",
                 "entry 3 ");
    assert_found("DELETE FROM audit WHERE number = 3", "entry 3 of the audit log is missing");
    assert_found("DELETE FROM audit WHERE number = 1", "entry 1 of the audit log is missing");
    assert_found("DELETE FROM audit WHERE number = 3; UPDATE audit SET number = number - 1 WHERE number > 3",
                 "entry 3 of the audit log does not follow");
    assert_found("DELETE FROM audit WHERE number >= 4", "entry 4 of the audit log is missing");
    assert_found("DELETE FROM audit", "entry 1 of the audit log is missing");
    assert_found("UPDATE audit SET number = 100 - number; UPDATE audit SET number = number - 94", "entry 1 ");
    assert_found("UPDATE audit SET number = 9 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3;"
                 "UPDATE audit SET number = 3 WHERE number = 9",
                 "entry 2 ");
    assert_found("INSERT INTO audit SELECT 6, time, who, what, result, hash FROM audit WHERE number = 5", "entry 6 ");
}

static void test_end_of_chain_is_guarded(void **state)
{
    (void)state;
    assert_found("DELETE FROM settings WHERE key = 'audit.count'", "record of the audit log's end is damaged");
    assert_found("DELETE FROM settings WHERE key LIKE 'audit.%'", "record of the audit log's end is damaged");
    assert_found("DELETE FROM settings WHERE key LIKE 'audit.%'; DELETE FROM audit",
                 "record of the audit log's end is damaged");
    assert_found("UPDATE settings SET value = 'zz' WHERE key = 'audit.head'", "record of the audit log's end");
    assert_found("UPDATE settings SET value = '5x' WHERE key = 'audit.count'", "record of the audit log's end");
    assert_found("UPDATE settings SET value = '4' WHERE key = 'audit.count'",
                 "entry 5 of the audit log was not written");
    assert_found("UPDATE settings SET value = '6' WHERE key = 'audit.count'", "entry 6 of the audit log is missing");
    assert_found("UPDATE settings SET value = (SELECT hash FROM audit WHERE number = 4) WHERE key = 'audit.head'",
                 "entry 5 of the audit log is not the one");
    /* nothing is appended to a chain without an end */
    shell("voxtrust.db", "UPDATE settings SET value = '' WHERE key = 'audit.head'");
    assert_refused(audit_append(s, "a", "b", err), VOX_E_STORE, "damaged");
}

static void test_part_of_the_transaction(void **state)
{
    int64_t count;

    (void)state;
    assert_done(store_begin(s, err));
    append("one", "done");
    append("two", "done");
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 7);
    store_rollback(s);
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 5);
    append("three", "done");
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 6);
}

/* One entry is one line, whatever a file was called. */
static void test_hostile_words(void **state)
{
    struct audit_entry *list;
    size_t n;
    int64_t count;

    (void)state;
    append("voxlist publish a\nb\xff'); DROP TABLE audit; --", "done\x1b[2J");
    assert_done(audit_entries(s, 1, &list, &n, err));
    assert_string_equal(list[0].what, "voxlist publish a\\x0ab\\xff'); DROP TABLE audit; --");
    assert_string_equal(list[0].result, "done\\x1b[2J");
    audit_entries_free(&list, n);
    assert_done(audit_verify(s, &count, err));
    assert_int_equal(count, 6);
}

static void test_about(void **state)
{
    struct audit_entry *list;
    size_t n;

    (void)state;
    assert_done(audit_append(s, "voxcapf set SEP1 SEP2: install", "done", err));
    assert_done(audit_append(s, "voxcapf set SEP11 XSEP1 SEP1-1 SEP1.A", "done", err));
    assert_done(audit_append(s, "voxcapfd install SEP1", "done", err));
    assert_done(audit_entries_about(s, "SEP1", &list, &n, err));
    assert_int_equal(n, 2);
    assert_string_equal(list[0].what, "voxcapf set SEP1 SEP2: install");
    assert_string_equal(list[1].what, "voxcapfd install SEP1");
    audit_entries_free(&list, n);
    assert_done(audit_entries_about(s, "SEP2", &list, &n, err));
    assert_int_equal(n, 1);
    audit_entries_free(&list, n);
    assert_done(audit_entries_about(s, "SEP", &list, &n, err));
    assert_int_equal(n, 0);
    audit_entries_free(&list, n);
}

/* A mark holds as long as the log has that entry, and no longer. */
static void test_marks(void **state)
{
    struct audit_mark none, third, fifth;
    bool holds;

    (void)state;
    assert_done(audit_mark_take(s, &none, err));
    assert_int_equal(none.number, 0);
    for (int i = 0; i < 5; i++) {
        append("voxtrust init", "done");
        if (i == 2)
            assert_done(audit_mark_take(s, &third, err));
    }
    assert_done(audit_mark_take(s, &fifth, err));
    assert_int_equal(third.number, 3);
    assert_int_equal(fifth.number, 5);
    assert_string_not_equal(third.hash, fifth.hash);
    append("voxcert new CAPF", "done");
    assert_done(audit_mark_holds(s, &fifth, &holds, err));
    assert_true(holds);
    shell("voxtrust.db", "DELETE FROM audit WHERE number > 4"); /* as if it were an older one */
    assert_done(audit_mark_holds(s, &fifth, &holds, err));
    assert_false(holds);
    shell("voxtrust.db",
          "INSERT INTO audit SELECT 5, time, who, 'something else', result, replace(hash, '0', '1') FROM audit WHERE "
          "number = 4");
    assert_done(audit_mark_holds(s, &fifth, &holds, err));
    assert_false(holds);
    assert_done(audit_mark_holds(s, &third, &holds, err));
    assert_true(holds);
    shell("voxtrust.db", "DELETE FROM audit");
    assert_done(audit_mark_holds(s, &third, &holds, err));
    assert_false(holds);
    assert_done(audit_mark_holds(s, &none, &holds, err));
    assert_true(holds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_hash_as_documented, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_empty_log, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_every_change_is_found, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_end_of_chain_is_guarded, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_part_of_the_transaction, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_hostile_words, five, store_teardown),
        cmocka_unit_test_setup_teardown(test_about, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_marks, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
