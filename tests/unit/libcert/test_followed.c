/* How far logs have been read: kept, replaced, and undone with the transaction that noted what was read. */
#include "unit/libcert/phones_fixture.h"

#include <libcert/followed.h>

static struct followed_position position(int64_t inode, int64_t offset, const char *beginning)
{
    struct followed_position p = {.inode = inode, .offset = offset};
    const struct bytes_view data = {(const uint8_t *)beginning, strlen(beginning)};

    assert_done(followed_head(data, p.head, err));
    return p;
}

static void assert_position(const char *path, const struct followed_position *want)
{
    struct followed_position got;

    assert_done(followed_get(s, path, &got, err));
    assert_int_equal(got.inode, want->inode);
    assert_int_equal(got.offset, want->offset);
    assert_string_equal(got.head, want->head);
}

static void each_log_has_its_own_and_the_last_one_counts(void **state)
{
    const struct followed_position a = position(7, 100, "a"), b = position(INT64_MAX, 0, ""), c = position(8, 5, "b");
    struct followed_position got;

    (void)state;
    assert_refused(followed_get(s, "/var/log/a", &got, err), VOX_E_NOT_FOUND, "'/var/log/a' was never followed");
    assert_done(followed_put(s, "/var/log/a", &a, err));
    assert_done(followed_put(s, "/var/log/b", &b, err));
    assert_position("/var/log/a", &a);
    assert_position("/var/log/b", &b);
    assert_done(followed_put(s, "/var/log/a", &c, err));
    assert_position("/var/log/a", &c);
    /* the digest of nothing, as every tool computes it */
    assert_string_equal(b.head, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void it_goes_with_its_transaction(void **state)
{
    const struct followed_position a = position(7, 100, "a"), b = position(7, 200, "a");

    (void)state;
    assert_done(followed_put(s, "/log", &a, err));
    assert_done(store_begin(s, err));
    assert_done(followed_put(s, "/log", &b, err));
    assert_position("/log", &b);
    store_rollback(s);
    assert_position("/log", &a);
}

static void what_cannot_be_a_position_is_refused(void **state)
{
    struct followed_position p = position(7, -1, "a");

    (void)state;
    assert_int_equal(followed_put(s, "/log", &p, NULL), VOX_E_STORE);
    p.offset = 1;
    assert_int_equal(followed_put(s, "log", &p, NULL), VOX_E_STORE);
    p.head[0] = 'G';
    assert_int_equal(followed_put(s, "/log", &p, NULL), VOX_E_STORE);
    p.head[0] = '0';
    assert_done(followed_put(s, "/log", &p, err));
}

#define test(f) cmocka_unit_test_setup_teardown(f, phones_setup, phones_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_log_has_its_own_and_the_last_one_counts),
        test(it_goes_with_its_transaction),
        test(what_cannot_be_a_position_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
