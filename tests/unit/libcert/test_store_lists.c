/* Published lists: every version, numbered, one current per name and folder. */
#include "unit/libcert/store_fixture.h"

static struct store_list list_of(const char *kind, const char *name, const char *dir, const char *text)
{
    return (struct store_list){
        .kind = (char *)(uintptr_t)kind,
        .name = (char *)(uintptr_t)name,
        .dir = (char *)(uintptr_t)dir,
        .signer = (char *)(uintptr_t) "aa",
        .note = (char *)(uintptr_t) "publish",
        .data = {(uint8_t *)(uintptr_t)text, strlen(text)},
    };
}

static int64_t add(const char *kind, const char *name, const char *dir, const char *text)
{
    struct store_list l = list_of(kind, name, dir, text);

    assert_done(store_list_add(s, &l, err));
    assert_true(l.current);
    free(l.published);
    free(l.sha256);
    return l.number;
}

static void test_versions(void **state)
{
    struct store_list *list, one;
    size_t n;

    (void)state;
    assert_int_equal(add("ctl", "CTLFile.tlv", "/srv/tftp", "first"), 1);
    assert_int_equal(add("itl", "ITLFile.tlv", "/srv/tftp", "itl"), 2);
    assert_int_equal(add("ctl", "CTLFile.tlv", "/srv/tftp", "second"), 3);
    assert_int_equal(add("ctl", "CTLFile.tlv", "/srv/other", "third"), 4);
    assert_done(store_lists(s, NULL, false, &list, &n, err));
    assert_int_equal(n, 4);
    assert_int_equal(list[0].number, 4);
    assert_int_equal(list[3].number, 1);
    assert_true(list[0].current);
    assert_true(list[1].current);
    assert_true(list[2].current);
    assert_false(list[3].current);
    assert_null(list[0].data.data);
    assert_string_equal(list[3].sha256, "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e");
    assert_int_equal(strlen(list[3].published), 20);
    store_lists_free(&list, n);
    assert_null(list);
    assert_done(store_lists(s, "ctl", true, &list, &n, err));
    assert_int_equal(n, 3);
    assert_memory_equal(list[1].data.data, "second", 6);
    assert_int_equal(list[1].data.len, 6);
    store_lists_free(&list, n);
    assert_done(store_list_get(s, 2, &one, err));
    assert_string_equal(one.kind, "itl");
    assert_string_equal(one.name, "ITLFile.tlv");
    assert_string_equal(one.dir, "/srv/tftp");
    assert_string_equal(one.signer, "aa");
    assert_string_equal(one.note, "publish");
    assert_memory_equal(one.data.data, "itl", 3);
    store_list_clear(&one);
    assert_refused(store_list_get(s, 5, &one, err), VOX_E_NOT_FOUND, "number 5");
    assert_refused(store_list_get(s, 0, &one, err), VOX_E_NOT_FOUND, "number 0");
    assert_refused(store_list_get(s, -1, &one, err), VOX_E_NOT_FOUND, "number -1");
}

static void test_refused(void **state)
{
    struct store_list l = list_of("crl", "x", "/", "data");
    char *big = calloc(1, 1024 * 1024 + 2);
    struct store_list *list;
    size_t n;

    (void)state;
    assert_refused(store_list_add(s, &l, err), VOX_E_USAGE, "not 'crl'");
    l = list_of("ctl", "", "/", "data");
    assert_refused(store_list_add(s, &l, err), VOX_E_INPUT, "empty");
    l = list_of("ctl", "x", "/", "data");
    l.sha256 = (char[]){"00"};
    assert_refused(store_list_add(s, &l, err), VOX_E_USAGE, "not 00");
    l = list_of("ctl", "x", "/\xff", "data");
    assert_refused(store_list_add(s, &l, err), VOX_E_INPUT, "not UTF-8");
    l = list_of("ctl", "x", "/", "data");
    l.data = (struct bytes){(uint8_t *)big, 1024 * 1024 + 1};
    assert_refused(store_list_add(s, &l, err), VOX_E_INPUT, "over 1048576");
    l.data.len--;
    assert_done(store_list_add(s, &l, err));
    assert_int_equal(l.number, 1);
    free(l.published);
    free(l.sha256);
    free(big);
    assert_done(store_lists(s, NULL, false, &list, &n, err));
    assert_int_equal(n, 1);
    store_lists_free(&list, n);
}

static void test_undone_with_the_transaction(void **state)
{
    struct store_list one;

    (void)state;
    add("ctl", "CTLFile.tlv", "/srv/tftp", "first");
    assert_done(store_begin(s, err));
    assert_int_equal(add("ctl", "CTLFile.tlv", "/srv/tftp", "second"), 2);
    store_rollback(s);
    assert_done(store_list_get(s, 1, &one, err));
    assert_true(one.current);
    store_list_clear(&one);
    assert_int_equal(add("ctl", "CTLFile.tlv", "/srv/tftp", "second"), 2);
}

static void test_changed_behind_our_back(void **state)
{
    struct store_list one;

    (void)state;
    add("ctl", "CTLFile.tlv", "/srv/tftp", "first");
    shell("voxtrust.db", "UPDATE lists SET data = x'00'");
    assert_refused(store_list_get(s, 1, &one, err), VOX_E_STORE, "recorded as");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_refused, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_undone_with_the_transaction, store_setup, store_teardown),
        cmocka_unit_test_setup_teardown(test_changed_behind_our_back, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
