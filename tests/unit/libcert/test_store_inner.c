/* The inner parts: which bytes may be a text, the schema and its way up, the connection, a transaction that is lost. */
#include "unit/libcert/store_fixture.h"

#include "store/query.h"
#include "store/schema.h"
#include "store/text.h"

static void test_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x7f",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe1\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf1\x80\x80",
                                      "a\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(store_text_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(store_text_is_utf8(bad[i]));
}

static void test_printable(void **state)
{
    char *text = store_text_printable("a\nb\xff\xc3\xa9\x7f", NULL);

    (void)state;
    assert_string_equal(text, "a\\x0ab\\xff\xc3\xa9\\x7f");
    free(text);
}

static const char *const steps[] = {
    "CREATE TABLE one (a TEXT)", "ALTER TABLE one ADD COLUMN b TEXT; INSERT INTO one VALUES ('a', 'b')",
    "CREATE TABLE two (a TEXT); CREATE TABLE one (a TEXT)", /* fails in its second statement */
};

static int32_t version_of(struct backend *db)
{
    struct backend_identity id;

    assert_done(store_sqlite.identity(db, &id, err));
    return id.version;
}

static void test_migrations(void **state)
{
    const struct store_schema first = {steps, 1}, second = {steps, 2}, broken = {steps, 3};
    struct backend *db = NULL;
    char text[16];

    (void)state;
    fclose(fopen("m.db", "w"));
    assert_done(store_sqlite.open("m.db", BACKEND_WRITE, &db, err));
    assert_done(store_schema_raise(&store_sqlite, db, &first, err));
    assert_int_equal(version_of(db), 1);
    assert_done(store_schema_raise(&store_sqlite, db, &second, err));
    assert_int_equal(version_of(db), 2);
    assert_done(store_schema_raise(&store_sqlite, db, &second, err));
    shell_ask("m.db", "SELECT count(*) FROM one", text, sizeof text);
    assert_string_equal(text, "1");
    /* a step that fails half-way leaves nothing */
    assert_int_equal(store_schema_raise(&store_sqlite, db, &broken, NULL), VOX_E_STORE);
    assert_false(store_sqlite.in_transaction(db));
    assert_int_equal(version_of(db), 2);
    shell_ask("m.db", "SELECT count(*) FROM sqlite_master", text, sizeof text);
    assert_string_equal(text, "1");
    store_sqlite.close(&db);
}

static void test_triggers_sleep(void **state)
{
    char text[16];

    (void)state;
    assert_done(store_create("v.db", "c", &s, err));
    store_close(&s);
    shell("v.db", "CREATE TRIGGER evil AFTER INSERT ON nodes BEGIN DELETE FROM settings; END");
    assert_done(store_open("v.db", &s, err));
    struct store_node n = {(char[]){"n"}, NULL, NULL, 0};
    assert_done(store_node_add(s, &n, err));
    shell_ask("v.db", "SELECT count(*) > 0 FROM settings", text, sizeof text);
    assert_string_equal(text, "1");
    store_close(&s);
}

/* Text with a NUL inside, which only a foreign hand can write, must not be cut short silently. */
static void test_nul_in_text(void **state)
{
    char *value;

    (void)state;
    assert_done(store_create("v.db", "c", &s, err));
    shell("v.db", "UPDATE settings SET value = 'mixed' || char(0) || 'x' WHERE key = 'mode'");
    assert_refused(store_setting_get(s, "mode", &value, err), VOX_E_STORE, "NUL byte inside");
    assert_null(value);
    store_close(&s);
}

static void assert_pragma(const char *sql, int64_t expected)
{
    struct store_query q;

    store_query_begin(&q, s, sql, NULL);
    assert_true(store_query_next(&q));
    assert_int_equal(store_query_int_at(&q, 0), expected);
    assert_int_equal(store_query_end(&q), VOX_OK);
}

static void test_connection(void **state)
{
    struct cert *c = lab_cert("tvs.pem");

    (void)state;
    assert_pragma("PRAGMA synchronous", 2); /* FULL */
    assert_pragma("PRAGMA busy_timeout", 5000);
    bind_cert(c, "TVS", "", BIND_ACTIVE);
    assert_refused(s->ops->script(s->db, "DELETE FROM certificates", err), VOX_E_STORE, "rule");
    cert_free(&c);
}

/* SQLite may undo a transaction by itself; what would follow must not be half of one. */
static void test_lost_transaction(void **state)
{
    char *value;

    (void)state;
    assert_done(store_begin(s, err));
    assert_done(store_setting_set(s, "first", "half", err));
    s->ops->rollback(s->db);
    assert_refused(store_setting_set(s, "second", "half", err), VOX_E_STORE, "undone this transaction");
    assert_refused(audit_append(s, "a", "b", err), VOX_E_STORE, "undone this transaction");
    assert_refused(store_commit(s, err), VOX_E_STORE, "undone this transaction");
    assert_done(store_setting_get(s, "second", &value, err));
    assert_null(value);
    assert_done(store_begin(s, err));
    assert_done(store_commit(s, err));
}

/* A step that fails inside a transaction takes back its own half, and nothing else; transactions do not nest. */
static void test_steps(void **state)
{
    char *first, *second;
    bool own;

    (void)state;
    assert_done(store_begin(s, err));
    assert_refused(store_begin(s, err), VOX_E_USAGE, "open already");
    assert_done(store_setting_set(s, "first", "1", err));
    assert_done(store_step_begin(s, &own, err));
    assert_false(own);
    assert_done(store_setting_set(s, "second", "2", err));
    assert_int_equal(store_step_end(s, own, VOX_E_INPUT, NULL), VOX_E_INPUT);
    assert_done(store_commit(s, err));
    assert_done(store_setting_get(s, "first", &first, err));
    assert_done(store_setting_get(s, "second", &second, err));
    assert_string_equal(first, "1");
    assert_null(second);
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_printable),
        cmocka_unit_test_setup_teardown(test_migrations, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_connection, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_lost_transaction, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_steps, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_triggers_sleep, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_nul_in_text, folder_setup, folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
