/* Authentication strings: what fits, for how long, and how long one has to wait; the clock is the test's. */
#include "unit/libcert/phones_fixture.h"

#include "store/phones.h"

enum { NOW = 1800000000, DAY = 24 * 3600 };

static void assert_record(const char *name, unsigned wrong, int64_t locked_until)
{
    struct phone p;

    assert_done(phone_get(s, name, &p, err));
    assert_int_equal(p.wrong, wrong);
    assert_int_equal(p.locked_until, locked_until);
}

static void test_key_file(void **state)
{
    struct phones_key *again = NULL;
    char path[200];

    (void)state;
    snprintf(path, sizeof path, "%s/capf-strings.key", store_key_dir(s));
    assert_int_equal(mode_of(path), 0600);
    assert_done(phones_key_open(s, false, &again, err));
    put_with_string("SEP1", "12345678", 0);
    assert_done(phone_string_try(s, again, "SEP1", (const uint8_t *)"12345678", 8, NOW, err));
    phones_key_free(&again);
    assert_null(again);
    assert_int_equal(chmod(path, 0640), 0);
    assert_refused(phones_key_open(s, true, &again, err), VOX_E_IO, "chmod");
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 10), 0);
    assert_refused(phones_key_open(s, true, &again, err), VOX_E_STORE, "damaged");
    assert_int_equal(unlink(path), 0);
    assert_refused(phones_key_open(s, false, &again, err), VOX_E_NOT_FOUND, "capf-strings.key");
    mode_t before = umask(0);
    assert_done(phones_key_open(s, true, &again, err));
    umask(before);
    assert_int_equal(mode_of(path), 0600);
    assert_refused(phone_string_try(s, again, "SEP1", (const uint8_t *)"12345678", 8, NOW, err), VOX_E_NO, "wrong");
    phones_key_free(&again);
}

static void test_only_a_hash_is_kept(void **state)
{
    char one[80], two[80];

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    put_with_string("SEP2", "12345678", 0);
    shell_ask("voxtrust.db", "SELECT string FROM phones WHERE name = 'SEP1'", one, sizeof one);
    shell_ask("voxtrust.db", "SELECT string FROM phones WHERE name = 'SEP2'", two, sizeof two);
    assert_int_equal(strlen(one), 64);
    assert_string_not_equal(one, two);
    assert_int_not_equal(system("cat voxtrust.db* | grep -q 12345678"), 0);
}

/* docs/formats/store.md 6.3 can be followed with other tools. */
static void test_hash_as_documented(void **state)
{
    char got[80], command[400], want[80] = "";
    FILE *out;

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    shell_ask("voxtrust.db", "SELECT string FROM phones", got, sizeof got);
    snprintf(command, sizeof command,
             "printf 'SEP1\\00012345678' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(cat '%s/capf-strings.key')"
             " | sed 's/.*= //'",
             store_key_dir(s));
    out = popen(command, "r");
    assert_non_null(out);
    assert_non_null(fgets(want, sizeof want, out));
    pclose(out);
    want[64] = '\0';
    assert_string_equal(got, want);
}

static void test_all_of_the_hash_counts(void **state)
{
    (void)state;
    for (int at = 1; at <= 64; at++) {
        char sql[300];

        put_with_string("SEP1", "12345678", 0); /* which also ends the lock */
        snprintf(sql, sizeof sql,
                 "UPDATE phones SET string = substr(string, 1, %d) || CASE substr(string, %d, 1) WHEN '0' THEN '1' ELSE"
                 " '0' END || substr(string, %d)",
                 at - 1, at, at + 1);
        shell("voxtrust.db", sql);
        assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "wrong");
    }
}

static void test_form(void **state)
{
    static const char *const bad[] = {"123", "1234567890123456", "1234a", "12 34", "-1234", "12345678\n"};
    struct phone p = phone_named("SEP1");

    (void)state;
    assert_done(phone_put(s, &p, err));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(phone_string_set(s, strings, "SEP1", bad[i], 0, err), VOX_E_USAGE, "4 to 15 digits");
    assert_done(phone_string_set(s, strings, "SEP1", "1234", 0, err));
    assert_done(phone_string_set(s, strings, "SEP1", "123456789012345", 0, err));
    assert_refused(phone_string_set(s, strings, "SEP2", "1234", 0, err), VOX_E_NOT_FOUND, "no phone");
    /* what is longer than a string and begins like it is another one */
    assert_refused(try_string("SEP1", "1234567890123456", NOW, err), VOX_E_NO, "wrong");
    assert_done(try_string("SEP1", "123456789012345", NOW, err));
    assert_done(phone_string_set(s, NULL, "SEP1", NULL, 0, err));
    assert_refused(try_string("SEP1", "123456789012345", NOW, err), VOX_E_NO, "no authentication string");
}

static void test_random(void **state)
{
    char digits[PHONE_STRING_MAX + 1];
    unsigned count[10] = {0};

    (void)state;
    assert_refused(phone_string_random(3, digits, err), VOX_E_USAGE, "4 to 15");
    assert_refused(phone_string_random(16, digits, err), VOX_E_USAGE, "4 to 15");
    for (int i = 0; i < 100000; i++) {
        assert_done(phone_string_random(15, digits, err));
        assert_int_equal(strspn(digits, "0123456789"), 15);
        for (int k = 0; k < 15; k++)
            count[digits[k] - '0']++;
    }
    for (int i = 0; i < 10; i++) /* 150,000 expected, standard deviation 367; a byte modulo 10 is 3,000 off */
        assert_in_range(count[i], 148000, 152000);
}

/* Good for one operation: the phone may come again until that one ends, nobody afterwards. */
static void test_single_use(void **state)
{
    struct phone p;

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    assert_refused(try_string("SEP1", "12345679", NOW, err), VOX_E_NO, "wrong");
    assert_done(try_string("SEP1", "12345678", NOW, err));
    assert_record("SEP1", 0, 0);
    assert_done(phone_get(s, "SEP1", &p, err));
    assert_true(p.has_string);
    p.state = PHONE_IN_PROGRESS;
    assert_done(phone_put(s, &p, err));
    assert_done(try_string("SEP1", "12345678", NOW, err));
    p.state = PHONE_DELIVERED;
    p.operation = PHONE_NONE;
    assert_done(phone_put(s, &p, err));
    assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "no authentication string");
    /* nor when the next operation begins */
    p.operation = PHONE_INSTALL;
    assert_done(phone_put(s, &p, err));
    assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "no authentication string");
    assert_done(phone_get(s, "SEP1", &p, err));
    assert_false(p.has_string);
}

static void test_nothing_waits(void **state)
{
    struct phone p = phone_named("SEP1");

    (void)state;
    p.operation = PHONE_NONE;
    assert_done(phone_put(s, &p, err));
    assert_done(phone_string_set(s, strings, "SEP1", "12345678", 0, err));
    assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "no authentication string");
}

static void test_expires(void **state)
{
    (void)state;
    put_with_string("SEP1", "12345678", NOW);
    assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "expired");
    assert_done(try_string("SEP1", "12345678", NOW - 1, err));
}

static void test_other_phones_string(void **state)
{
    (void)state;
    put_with_string("SEP1", "12345678", 0);
    put_with_string("SEP2", "87654321", 0);
    assert_refused(try_string("SEP2", "12345678", NOW, err), VOX_E_NO, "wrong");
    assert_refused(try_string("SEP3", "12345678", NOW, err), VOX_E_NO, "no such phone");
    assert_int_equal(try_string("sep1", "12345678", NOW, NULL), VOX_E_INPUT);
    assert_record("SEP1", 0, 0);
}

/* Five wrong ones: 30 s, then twice as long each time, at most 15 minutes. */
static void test_waits_only_grow(void **state)
{
    (void)state;
    assert_int_equal(phones_wait(4, 5), 0);
    assert_int_equal(phones_wait(5, 5), 30);
    for (unsigned wrong = 6; wrong < 100; wrong++)
        assert_true(phones_wait(wrong, 5) >= phones_wait(wrong - 1, 5) && phones_wait(wrong, 5) <= 900);
    assert_int_equal(phones_wait(UINT32_MAX, 5), 900);
}

static void test_throttle_table(void **state)
{
    static const int wait[] = {0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900};
    int64_t now = NOW;

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    put_with_string("SEP2", "12345678", 0);
    for (unsigned i = 0; i < sizeof wait / sizeof wait[0]; i++) {
        assert_refused(try_string("SEP1", "1111", now, err), VOX_E_NO, "wrong");
        assert_record("SEP1", i + 1, wait[i] > 0 ? now + wait[i] : 0);
        if (wait[i] == 0)
            continue;
        /* a restart does not forget, and before its time not even the right one is taken, nor a wrong one counted */
        store_close(&s);
        assert_done(store_open("voxtrust.db", &s, err));
        assert_refused(try_string("SEP1", "12345678", now + wait[i] - 1, err), VOX_E_NO, "locked until");
        assert_refused(try_string("SEP1", "1111", now + wait[i] - 1, err), VOX_E_NO, "locked until");
        assert_record("SEP1", i + 1, now + wait[i]);
        now += wait[i];
    }
    assert_done(try_string("SEP2", "12345678", now, err)); /* others go on */
    assert_done(try_string("SEP1", "12345678", now, err));
    assert_record("SEP1", 0, 0);
}

/* Whoever tries 4-digit strings at every moment that he may needs at least 20 days for all of them. */
static void test_ten_thousand_tries(void **state)
{
    int64_t now = NOW;
    char digits[8];
    struct phone p;

    (void)state;
    put_with_string("SEP1", "12345", 0);
    assert_done(store_begin(s, err));
    for (int i = 0; i < 10000; i++) {
        snprintf(digits, sizeof digits, "%04d", i);
        assert_refused(try_string("SEP1", digits, now, err), VOX_E_NO, "wrong");
        assert_done(phone_get(s, "SEP1", &p, err));
        if (p.locked_until > now)
            now = p.locked_until;
    }
    assert_done(store_commit(s, err));
    assert_true(now - NOW >= 20 * DAY);
}

static void test_empty_is_no_guess(void **state)
{
    (void)state;
    put_with_string("SEP1", "12345678", 0);
    for (int i = 0; i < 20; i++)
        assert_refused(try_string("SEP1", "", NOW, err), VOX_E_NO, "sent no authentication string");
    assert_record("SEP1", 0, 0);
    assert_done(try_string("SEP1", "12345678", NOW, err));
}

/* Whoever read the record before the tries and writes it afterwards does not undo them. */
static void test_old_record_does_not_unlock(void **state)
{
    struct phone p;

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    assert_done(phone_get(s, "SEP1", &p, err));
    for (int i = 0; i < 5; i++)
        assert_refused(try_string("SEP1", "1111", NOW, err), VOX_E_NO, "wrong");
    p.state = PHONE_FAILED;
    assert_done(phone_put(s, &p, err));
    assert_record("SEP1", 5, NOW + 30);
}

/* The clock was years ahead when it was locked: it waits as long as it would have, from the next try on. */
static void test_clock_is_put_back(void **state)
{
    (void)state;
    put_with_string("SEP1", "12345678", 0);
    for (int i = 0; i < 6; i++)
        (void)try_string("SEP1", "87654321", NOW + 1000 * DAY + (i == 5 ? 30 : 0), NULL);
    assert_record("SEP1", 6, NOW + 1000 * DAY + 90);
    assert_refused(try_string("SEP1", "12345678", NOW, err), VOX_E_NO, "locked until");
    assert_record("SEP1", 6, NOW + 60);
    assert_refused(try_string("SEP1", "12345678", NOW + 59, err), VOX_E_NO, "locked until"); /* nor again and again */
    assert_record("SEP1", 6, NOW + 60);
    assert_done(try_string("SEP1", "12345678", NOW + 60, err));
}

static void test_new_string_unlocks(void **state)
{
    (void)state;
    put_with_string("SEP1", "12345678", 0);
    for (int i = 0; i < 5; i++)
        assert_refused(try_string("SEP1", "1111", NOW, err), VOX_E_NO, "wrong");
    assert_done(phone_string_set(s, strings, "SEP1", "2222", 0, err));
    assert_record("SEP1", 0, 0);
    assert_refused(try_string("SEP1", "1111", NOW, err), VOX_E_NO, "wrong");
    assert_record("SEP1", 1, 0); /* the count begins anew, too */
    assert_done(try_string("SEP1", "2222", NOW, err));
}

static void all_records(char *out, size_t outlen)
{
    shell_ask("voxtrust.db", "SELECT group_concat(name || string || wrong || locked_until || state) FROM phones", out,
              outlen);
}

/* A row is read and one is written, whether there is such a phone or not; no other phone is touched by it. */
static void test_unknown_phone_writes_too(void **state)
{
    static const char *const unknown[] = {"A", "SEP1A", "SEP2", "ZZZ"};
    char first[512], then[512];
    struct store *other;
    int64_t before, after;

    (void)state;
    put_with_string("SEP1", "12345678", 0);
    put_with_string("SEP3", "12345678", 0);
    for (int i = 0; i < 5; i++)
        assert_refused(try_string("SEP1", "1111", NOW, err), VOX_E_NO, "wrong");
    all_records(first, sizeof first);
    assert_done(store_open("voxtrust.db", &other, err));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_done(store_version(other, &before, err));
        assert_refused(try_string(unknown[i], "1111", NOW, err), VOX_E_NO, "no such phone");
        assert_refused(try_string(unknown[i], "12345678", NOW, err), VOX_E_NO, "no such phone");
        assert_done(store_version(other, &after, err));
        assert_int_not_equal(before, after);
    }
    store_close(&other);
    all_records(then, sizeof then);
    assert_string_equal(first, then);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key_file, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_only_a_hash_is_kept, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_hash_as_documented, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_all_of_the_hash_counts, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_form, phones_setup, phones_teardown),
        cmocka_unit_test(test_random),
        cmocka_unit_test_setup_teardown(test_single_use, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_waits, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_expires, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_other_phones_string, phones_setup, phones_teardown),
        cmocka_unit_test(test_waits_only_grow),
        cmocka_unit_test_setup_teardown(test_throttle_table, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_ten_thousand_tries, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_empty_is_no_guess, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_old_record_does_not_unlock, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_clock_is_put_back, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_new_string_unlocks, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_phone_writes_too, phones_setup, phones_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
