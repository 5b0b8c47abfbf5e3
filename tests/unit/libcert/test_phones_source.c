/* Addresses from which wrong strings come: they wait, are forgotten after a day, and never fill the store. */
#include "unit/libcert/phones_fixture.h"

enum { NOW = 1800000000, DAY = 24 * 3600 };

static int64_t locked(const char *source, int64_t now)
{
    int64_t until = -1;

    assert_done(phone_source_locked(s, source, now, &until, err));
    return until;
}

static void test_waits(void **state)
{
    (void)state;
    assert_int_equal(locked("192.0.2.1", NOW), 0);
    for (int i = 0; i < 19; i++)
        assert_done(phone_source_wrong(s, "192.0.2.1", NOW, err));
    assert_int_equal(locked("192.0.2.1", NOW), 0);
    assert_done(phone_source_wrong(s, "192.0.2.1", NOW, err));
    store_close(&s);
    assert_done(store_open("voxtrust.db", &s, err));
    assert_int_equal(locked("192.0.2.1", NOW), NOW + 30);
    assert_int_equal(locked("192.0.2.1", NOW + 30), 0);
    assert_int_equal(locked("192.0.2.2", NOW), 0);
    assert_done(phone_source_wrong(s, "192.0.2.1", NOW + 30, err));
    assert_int_equal(locked("192.0.2.1", NOW + 30), NOW + 90);
    for (int i = 0; i < 40; i++)
        assert_done(phone_source_wrong(s, "192.0.2.1", NOW + 90, err));
    assert_int_equal(locked("192.0.2.1", NOW + 90), NOW + 90 + 900);
}

static void test_forgotten_after_a_day(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_done(phone_source_wrong(s, "2001:db8::/64", NOW, err));
    assert_done(phone_source_wrong(s, "2001:db8::/64", NOW + DAY - 1, err));
    assert_int_equal(locked("2001:db8::/64", NOW + DAY - 1), NOW + DAY - 1 + 900);
    assert_done(phone_source_wrong(s, "2001:db8::/64", NOW + 2 * DAY - 1, err));
    assert_int_equal(locked("2001:db8::/64", NOW + 2 * DAY - 1), 0);
}

/* The clock was an hour, or years, ahead: nobody waits for that. */
static void test_clock_is_put_back(void **state)
{
    (void)state;
    for (int i = 0; i < 21; i++)
        assert_done(phone_source_wrong(s, "192.0.2.1", NOW + 1000 * DAY, err));
    assert_int_equal(locked("192.0.2.1", NOW + 1000 * DAY), NOW + 1000 * DAY + 60);
    assert_int_equal(locked("192.0.2.1", NOW), NOW + 60);
    assert_int_equal(locked("192.0.2.1", NOW + 10), NOW + 60); /* and it does not begin again and again */
    assert_int_equal(locked("192.0.2.1", NOW + 60), 0);
    assert_done(phone_source_wrong(s, "192.0.2.1", NOW + 60, err)); /* what was counted stays */
    assert_int_equal(locked("192.0.2.1", NOW + 60), NOW + 180);
    /* a day of quiet is a day of this clock */
    assert_done(phone_source_wrong(s, "192.0.2.2", NOW + 1000 * DAY, err));
    assert_int_equal(locked("192.0.2.2", NOW), 0);
    for (int i = 0; i < 19; i++)
        assert_done(phone_source_wrong(s, "192.0.2.2", NOW + DAY, err));
    assert_int_equal(locked("192.0.2.2", NOW + DAY), 0);
}

static void test_bounded(void **state)
{
    char source[32], text[16];

    (void)state;
    assert_done(store_begin(s, err));
    for (int i = 0; i < 20; i++) /* the youngest of all */
        assert_done(phone_source_wrong(s, "kept", NOW + 1000000, err));
    for (int i = 0; i < 2; i++) /* the oldest */
        assert_done(phone_source_wrong(s, "gone", NOW - 1, err));
    assert_done(store_commit(s, err));
    shell("voxtrust.db", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 65534)"
                         " INSERT INTO phone_sources SELECT 'x' || i, 1, '', '2027-01-15T08:00:00Z' FROM n");
    assert_done(store_begin(s, err));
    for (int i = 0; i < 5000; i++) {
        snprintf(source, sizeof source, "s%d", i);
        assert_done(phone_source_wrong(s, source, NOW + i, err));
    }
    assert_done(store_commit(s, err));
    shell_ask("voxtrust.db", "SELECT count(*) <= 65536 AND count(*) > 60000 FROM phone_sources", text, sizeof text);
    assert_string_equal(text, "1");
    assert_int_equal(locked("kept", NOW + 1000000), NOW + 1000030);
    shell_ask("voxtrust.db", "SELECT count(*) FROM phone_sources WHERE source = 'gone'", text, sizeof text);
    assert_string_equal(text, "0");
}

static void test_hostile_source(void **state)
{
    (void)state;
    assert_int_equal(phone_source_wrong(s, "", NOW, NULL), VOX_E_INPUT);
    assert_int_equal(phone_source_wrong(s, "a\nb", NOW, NULL), VOX_E_INPUT);
    assert_done(phone_source_wrong(s, "'; DROP TABLE phones; --", NOW, err));
    assert_int_equal(locked("'; DROP TABLE phones; --", NOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_forgotten_after_a_day, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_clock_is_put_back, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_bounded, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_hostile_source, phones_setup, phones_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
