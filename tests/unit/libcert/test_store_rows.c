/* Settings, nodes, transactions and savepoints. */
#include "unit/libcert/store_fixture.h"

static struct store_node node(const char *name)
{
    return (struct store_node){(char *)(uintptr_t)name, (char *)(uintptr_t) "cm.example",
                               (char *)(uintptr_t) "192.0.2.1", NODE_CCM | NODE_TVS};
}

static size_t count_nodes(void)
{
    struct store_node *list;
    size_t n;

    assert_done(store_nodes(s, &list, &n, err));
    store_nodes_free(&list, n);
    assert_null(list);
    return n;
}

static void test_settings(void **state)
{
    char *value;

    (void)state;
    assert_done(store_setting_set(s, "mode", "mixed", err));
    assert_done(store_setting_set(s, "mode", "'; DROP TABLE settings; --", err));
    assert_done(store_setting_get(s, "mode", &value, err));
    assert_string_equal(value, "'; DROP TABLE settings; --");
    free(value);
    assert_done(store_setting_set(s, "mode", "", err));
    assert_done(store_setting_get(s, "mode", &value, err));
    assert_string_equal(value, "");
    free(value);
    assert_refused(store_setting_set(s, "audit.head", "00", err), VOX_E_USAGE, "belongs to the audit log");
    assert_refused(store_setting_set(s, "", "x", err), VOX_E_INPUT, "empty");
    assert_refused(store_setting_set(s, "k", NULL, err), VOX_E_USAGE, "needs a value");
    assert_refused(store_setting_set(s, "k", "\xc0\xaf", err), VOX_E_INPUT, "not UTF-8");
}

static void test_nodes(void **state)
{
    struct store_node *list;
    size_t n;

    (void)state;
    for (const char *const *name = (const char *const[]){"cm2", "cm1", "cm10", NULL}; *name; name++) {
        struct store_node one = node(*name);
        assert_done(store_node_add(s, &one, err));
    }
    struct store_node bare = {(char[]){"bare"}, NULL, NULL, 0};
    assert_done(store_node_add(s, &bare, err));
    assert_done(store_nodes(s, &list, &n, err));
    assert_int_equal(n, 4);
    assert_string_equal(list[0].name, "bare");
    assert_string_equal(list[0].dns, "");
    assert_string_equal(list[0].ip, "");
    assert_int_equal(list[0].services, 0);
    assert_string_equal(list[1].name, "cm1");
    assert_string_equal(list[1].dns, "cm.example");
    assert_string_equal(list[1].ip, "192.0.2.1");
    assert_int_equal(list[1].services, NODE_CCM | NODE_TVS);
    assert_string_equal(list[2].name, "cm10");
    assert_string_equal(list[3].name, "cm2");
    store_nodes_free(&list, n);
    assert_refused(store_node_add(s, &bare, err), VOX_E_EXISTS, "'bare' already");
    assert_done(store_node_remove(s, "bare", err));
    assert_refused(store_node_remove(s, "bare", err), VOX_E_NOT_FOUND, "no node 'bare'");
    assert_int_equal(count_nodes(), 3);
    bare.services = 16;
    assert_refused(store_node_add(s, &bare, err), VOX_E_USAGE, "0x10");
}

static void test_hostile_names(void **state)
{
    static const char *const good[] = {
        "'; DROP TABLE nodes; --", "\"quoted\"", "%s%n", "$1",           "?1",
        "Ünïcödé ☎ 电话",          "..",         "a/b",  "x' OR '1'='1", "NULL",
    };
    static const char *const bad[] = {
        "", "a\nb", "\x1b[31m", "\xff\xfe", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe2\x98"};
    char long_name[1026];
    size_t ngood = sizeof good / sizeof good[0];

    (void)state;
    for (size_t i = 0; i < ngood; i++) {
        struct store_node one = node(good[i]);
        assert_done(store_node_add(s, &one, err));
        assert_refused(store_node_add(s, &one, err), VOX_E_EXISTS, "already");
    }
    assert_int_equal(count_nodes(), ngood);
    for (size_t i = 0; i < ngood; i++)
        assert_done(store_node_remove(s, good[i], err));
    assert_int_equal(count_nodes(), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct store_node one = node(bad[i]);
        assert_int_equal(store_node_add(s, &one, NULL), VOX_E_INPUT);
    }
    memset(long_name, 'n', sizeof long_name);
    long_name[1025] = '\0';
    struct store_node one = node(long_name);
    assert_refused(store_node_add(s, &one, err), VOX_E_INPUT, "longer than 1024");
    long_name[1024] = '\0';
    assert_done(store_node_add(s, &one, err));
    assert_done(store_node_remove(s, long_name, err));
}

static void test_transactions(void **state)
{
    struct store_node a = node("a"), b = node("b");

    (void)state;
    assert_done(store_begin(s, err));
    assert_refused(store_begin(s, err), VOX_E_USAGE, "open already");
    assert_done(store_node_add(s, &a, err));
    store_rollback(s);
    store_rollback(s);
    assert_int_equal(count_nodes(), 0);
    assert_refused(store_commit(s, err), VOX_E_USAGE, "no transaction");
    assert_done(store_begin(s, err));
    assert_done(store_node_add(s, &a, err));
    /* a refusal inside does not undo what stands */
    assert_int_equal(store_node_add(s, &a, NULL), VOX_E_EXISTS);
    assert_done(store_node_add(s, &b, err));
    assert_done(store_commit(s, err));
    assert_int_equal(count_nodes(), 2);
    assert_done(store_begin(s, err));
    assert_done(store_node_remove(s, "a", err));
    store_close(&s);
    assert_done(store_open("voxtrust.db", &s, err));
    assert_int_equal(count_nodes(), 2);
}

/* The write lock is held from the beginning; readers see the old state meanwhile. */
static void test_isolation(void **state)
{
    struct store *other;
    struct store_node a = node("a"), *list;
    size_t n;

    (void)state;
    assert_done(store_open("voxtrust.db", &other, err));
    assert_done(store_begin(s, err));
    assert_done(store_node_add(s, &a, err));
    assert_done(store_nodes(other, &list, &n, err));
    assert_int_equal(n, 0);
    store_nodes_free(&list, n);
    assert_done(store_commit(s, err));
    assert_done(store_nodes(other, &list, &n, err));
    assert_int_equal(n, 1);
    store_nodes_free(&list, n);
    store_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_settings, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_nodes, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_hostile_names, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_transactions, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_isolation, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
