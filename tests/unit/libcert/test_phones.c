/* Records of phones: kept as they were put, found by what is asked for, counted, and old stores that get the tables. */
#include "unit/libcert/phones_fixture.h"

#include <libcert/file.h>

enum { NOW = 1800000000 };

static void test_kept_as_put(void **state)
{
    struct phone got, p = {
                          .name = "SEP0123456789AB",
                          .operation = PHONE_FETCH,
                          .proof = PHONE_BY_MIC,
                          .key = {.type = KEY_EC, .curve = "P-384"},
                          .operation_id = "00112233445566778899aabbccddeeff",
                          .not_before = NOW + 1,
                          .by = NOW + 2,
                          .state = PHONE_FAILED,
                          .reason = "its key was refused",
                          .state_since = NOW + 3,
                          .wrong = 4,
                          .locked_until = NOW + 5,
                          .lsc_not_after = NOW + 6,
                      };

    (void)state;
    memset(p.lsc, 'a', sizeof p.lsc - 1);
    assert_done(phone_put(s, &p, err));
    assert_done(phone_get(s, p.name, &got, err));
    assert_string_equal(got.name, p.name);
    assert_int_equal(got.operation, p.operation);
    assert_int_equal(got.proof, p.proof);
    assert_int_equal(got.key.type, KEY_EC);
    assert_string_equal(got.key.curve, "P-384");
    assert_string_equal(got.operation_id, p.operation_id);
    assert_int_equal(got.not_before, p.not_before);
    assert_int_equal(got.by, p.by);
    assert_false(got.has_string);
    assert_int_equal(got.state, p.state);
    assert_string_equal(got.reason, p.reason);
    assert_int_equal(got.state_since, p.state_since);
    assert_int_equal(got.wrong, 4);
    assert_int_equal(got.locked_until, p.locked_until);
    assert_string_equal(got.lsc, p.lsc);
    assert_int_equal(got.lsc_not_after, p.lsc_not_after);
    /* and replaced, not doubled */
    p.key = (struct key_spec){.type = KEY_RSA, .rsa_bits = 512};
    p.not_before = 0;
    assert_done(phone_put(s, &p, err));
    assert_done(phone_get(s, p.name, &got, err));
    assert_int_equal(got.key.rsa_bits, 512);
    assert_int_equal(got.not_before, 0);
    assert_done(phone_remove(s, p.name, err));
    assert_refused(phone_get(s, p.name, &got, err), VOX_E_NOT_FOUND, "no phone 'SEP0123456789AB'");
    assert_refused(phone_remove(s, p.name, err), VOX_E_NOT_FOUND, "no phone");
}

static int64_t count_all(void)
{
    struct phones_tally t;

    assert_done(phones_tally(s, NOW, NOW, &t, err));
    return t.all;
}

static void test_impossible_records(void **state)
{
    static const char *const names[] = {"", "sep1", "SEP 1", "../SEP1", "SEP1'", "SEP\x1b[m", "S\xc3\x84", "%s"};
    struct phone p;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        p = phone_named(names[i]);
        assert_int_equal(phone_put(s, &p, NULL), VOX_E_INPUT);
    }
    p = phone_named("SEP1");
    p.operation = PHONE_OPERATION_COUNT;
    assert_refused(phone_put(s, &p, err), VOX_E_USAGE, "that there is not");
    p = phone_named("SEP1");
    p.key.rsa_bits = 513;
    assert_int_equal(phone_put(s, &p, NULL), VOX_E_USAGE);
    p = phone_named("SEP1");
    memcpy(p.reason, "\xff", 2);
    assert_refused(phone_put(s, &p, err), VOX_E_INPUT, "not UTF-8");
    assert_int_equal(count_all(), 0);
}

/* Nobody but a hand with the shell can write these; a program must not act on them. */
static void test_damaged_rows(void **state)
{
    static const char *const damage[] = {
        "UPDATE phones SET key = 'dsa:1'",
        "UPDATE phones SET not_before = 'abcdefghijklmnopqrst'",
        "UPDATE phones SET reason = printf('%300s', 'x')",
        "UPDATE phones SET reason = 'a' || char(0) || 'b'",
    };
    struct phone p = phone_named("SEP1"), got;

    (void)state;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        assert_done(phone_put(s, &p, err));
        shell("voxtrust.db", damage[i]);
        assert_refused(phone_get(s, "SEP1", &got, err), VOX_E_STORE, "damaged");
    }
}

static void put_four(void)
{
    struct phone p = phone_named("SEP2");

    p.locked_until = NOW + 10;
    assert_done(phone_put(s, &p, err));
    p = phone_named("SEP1");
    p.state = PHONE_FAILED;
    p.lsc_not_after = NOW + 100;
    p.locked_until = NOW; /* over */
    assert_done(phone_put(s, &p, err));
    p = phone_named("SEP3");
    p.state = PHONE_DELIVERED;
    p.lsc_not_after = NOW + 1000;
    assert_done(phone_put(s, &p, err));
    p = phone_named("ATA1");
    p.state = PHONE_DELIVERED;
    p.lsc_not_after = NOW - 1;
    assert_done(phone_put(s, &p, err));
}

struct seen {
    char names[100];
    int left;
};

static bool note(void *arg, const struct phone *p)
{
    struct seen *seen = arg;

    strcat(seen->names, p->name);
    strcat(seen->names, " ");
    return --seen->left > 0;
}

static void assert_found(struct phone_filter f, const char *expected)
{
    struct seen seen = {.left = 100};

    f.now = NOW;
    assert_done(phones_each(s, &f, note, &seen, err));
    assert_string_equal(seen.names, expected);
}

static void test_filters(void **state)
{
    struct seen seen = {.left = 2};

    (void)state;
    put_four();
    assert_found((struct phone_filter){.state = -1}, "ATA1 SEP1 SEP2 SEP3 ");
    assert_found((struct phone_filter){.state = PHONE_DELIVERED}, "ATA1 SEP3 ");
    assert_found((struct phone_filter){.state = PHONE_IDLE}, "");
    assert_found((struct phone_filter){.state = -1, .locked = true}, "SEP2 ");
    assert_found((struct phone_filter){.state = -1, .lsc_ends_before = NOW + 1000}, "ATA1 SEP1 ");
    assert_found((struct phone_filter){.state = -1, .lsc_ends_before = NOW + 1001}, "ATA1 SEP1 SEP3 ");
    assert_found((struct phone_filter){.state = -1, .name_prefix = "SEP"}, "SEP1 SEP2 SEP3 ");
    assert_found((struct phone_filter){.state = PHONE_FAILED, .name_prefix = "ATA"}, "");
    assert_found((struct phone_filter){.state = -1, .name_prefix = "%"}, "");
    assert_done(phones_each(s, NULL, note, &seen, err));
    assert_string_equal(seen.names, "ATA1 SEP1 ");
}

static void test_tally(void **state)
{
    struct phones_tally t;

    (void)state;
    assert_done(phones_tally(s, NOW, NOW + 1000, &t, err));
    assert_int_equal(t.all, 0);
    put_four();
    assert_done(phones_tally(s, NOW, NOW + 1000, &t, err));
    assert_int_equal(t.all, 4);
    assert_int_equal(t.by_state[PHONE_DELIVERED], 2);
    assert_int_equal(t.by_state[PHONE_PENDING], 1);
    assert_int_equal(t.by_state[PHONE_FAILED], 1);
    assert_int_equal(t.locked, 1);
    assert_int_equal(t.with_lsc, 3);
    assert_int_equal(t.ending, 1);
    assert_int_equal(t.ended, 1);
}

/* Asking for something else row by row, and the same question inside itself: statements are kept, not shared. */
static bool ask_again(void *arg, const struct phone *p)
{
    struct seen inner = {.left = 100};
    struct phone got;

    assert_done(phone_get(s, p->name, &got, err));
    assert_string_equal(got.name, p->name);
    assert_done(phones_each(s, NULL, note, &inner, err));
    assert_string_equal(inner.names, "ATA1 SEP1 SEP2 SEP3 ");
    ++*(int *)arg;
    return true;
}

static void test_questions_in_questions(void **state)
{
    int rows = 0;

    (void)state;
    put_four();
    for (int i = 0; i < 3; i++)
        assert_done(phones_each(s, NULL, ask_again, &rows, err));
    assert_int_equal(rows, 12);
}

/* All within the caller's transaction. */
static void test_undone(void **state)
{
    (void)state;
    assert_done(store_begin(s, err));
    put_four();
    put_with_string("SEP9", "12345678", 0);
    assert_done(try_string("SEP9", "12345678", NOW, err));
    assert_refused(try_string("SEP8", "1234", NOW, err), VOX_E_NO, "no such phone");
    assert_done(phone_source_wrong(s, "192.0.2.1", NOW, err));
    store_rollback(s);
    assert_int_equal(count_all(), 0);
}

/* A store of schema 1 with something in it. */
static void make_old_store(const char *path)
{
    struct bytes schema;

    store_close(&s);
    assert_int_equal(system("rm -f voxtrust.db*"), 0);
    fclose(fopen(path, "w"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_done(file_read(VOX_VECTORS "/../../libcert/src/store/schema/001-init.sql", 1 << 16, &schema, err));
    schema.data[schema.len - 1] = '\0'; /* in place of the last line's end */
    shell(path, (const char *)schema.data);
    bytes_free(&schema);
    shell(path, "PRAGMA application_id=0x564f5854; PRAGMA user_version=1;"
                "INSERT INTO settings VALUES ('cluster', 'Old'), ('mode', 'mixed');"
                "INSERT INTO nodes VALUES ('cm1', 'cm1.example.com', '192.0.2.1', 15);"
                "INSERT INTO lists VALUES (1, 'ctl', 'CTLFile.tlv', '/srv', '2026-01-01T00:00:00Z',"
                " '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', 'x', 'publish', 1, x'00')");
}

static void assert_old_content(void)
{
    struct store_node *nodes;
    struct store_list l;
    char *value;
    size_t n;

    assert_done(store_setting_get(s, "mode", &value, err));
    assert_string_equal(value, "mixed");
    free(value);
    assert_done(store_nodes(s, &nodes, &n, err));
    assert_int_equal(n, 1);
    assert_string_equal(nodes[0].dns, "cm1.example.com");
    store_nodes_free(&nodes, n);
    assert_done(store_list_get(s, 1, &l, err));
    assert_int_equal(l.data.len, 1);
    store_list_clear(&l);
    assert_schema_is_new("voxtrust.db");
    put_four();
}

static void test_old_store_is_raised(void **state)
{
    (void)state;
    make_old_store("voxtrust.db");
    assert_done(store_open("voxtrust.db", &s, err));
    assert_old_content();
    store_close(&s);
    assert_done(store_open("voxtrust.db", &s, err)); /* a second time there is nothing to do */
    assert_int_equal(count_all(), 4);
}

static void test_old_backup_is_raised(void **state)
{
    char text[16];

    (void)state;
    make_old_store("old.db");
    assert_done(store_create("voxtrust.db", "New", &s, err));
    assert_done(store_check_file("old.db", err));
    shell_ask("old.db", "PRAGMA user_version", text, sizeof text); /* looking changes nothing */
    assert_string_equal(text, "1");
    assert_done(store_restore("voxtrust.db", "old.db", err));
    assert_old_content(); /* seen by who had the store open all the time */
}

static void test_views(void **state)
{
    char text[64];

    (void)state;
    put_with_string("SEP1", "12345678", NOW);
    shell_ask("voxtrust.db", "SELECT name || has_string FROM v_phones", text, sizeof text);
    assert_string_equal(text, "SEP1until 2027-01-15T08:00:00Z");
    shell_ask("voxtrust.db", "SELECT count(*) FROM v_ledger", text, sizeof text);
    assert_string_equal(text, "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_as_put, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_impossible_records, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_damaged_rows, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_filters, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_tally, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_questions_in_questions, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_undone, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_old_store_is_raised, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_old_backup_is_raised, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_views, phones_setup, phones_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
