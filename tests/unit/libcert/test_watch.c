/* A daemon notices what others change in the store, and which of that are the TLS settings. */
#include "store_fixture.h"

#include <libcert/storewatch.h>

static struct store_watch watch;
static struct store_tls_watch policy;

static int setup(void **state)
{
    watch = (struct store_watch){.url = "voxtrust.db"};
    policy = (struct store_tls_watch){.store.url = "voxtrust.db"};
    return store_setup(state);
}

static int teardown(void **state)
{
    store_watch_close(&watch);
    store_watch_close(&policy.store);
    return store_teardown(state);
}

static bool news(void)
{
    bool yes;

    assert_done(store_watch_look(&watch, &yes, err));
    return yes;
}

static bool changed(void)
{
    bool yes;

    assert_done(store_tls_changed(&policy, &yes, err));
    return yes;
}

static void set(const char *key, const char *value)
{
    assert_done(store_setting_set(s, key, value, err));
}

static void test_news_stay_until_they_are_seen(void **state)
{
    (void)state;
    assert_true(news());
    assert_true(news());
    store_watch_seen(&watch);
    assert_false(news());
    set("mode", "mixed");
    assert_true(news());
    store_watch_seen(&watch);
    assert_false(news());
    store_watch_close(&watch);
    assert_true(news());
}

static void test_another_file_in_its_place(void **state)
{
    struct store *other = NULL;

    (void)state;
    assert_true(news());
    store_watch_seen(&watch);
    assert_done(store_create("other.db", "Another", &other, err));
    assert_done(store_setting_set(other, "mode", "mixed", err));
    store_close(&other);
    store_close(&s);
    assert_int_equal(rename("other.db", "voxtrust.db"), 0);
    (void)unlink("voxtrust.db-wal");
    (void)unlink("voxtrust.db-shm");
    assert_true(news());
    char *mode = NULL;
    assert_done(store_setting_get(watch.store, "mode", &mode, err));
    assert_string_equal(mode, "mixed");
    free(mode);
}

static void test_only_tls_settings_count(void **state)
{
    (void)state;
    assert_false(changed()); /* the first look only learns them */
    assert_false(changed());
    set("mode", "mixed");
    assert_false(changed());
    set("tls.min-version", "1.2"); /* the default */
    assert_false(changed());
    set("tls.min-version", "1.3");
    assert_true(changed());
    assert_false(changed());
    set("tls.ciphers", "strongest");
    assert_true(changed());
    set("tls.common-criteria", "on");
    assert_true(changed());
    assert_false(changed());
    assert_int_equal(policy.last.min_version, 0x0304);
}

static void test_a_store_that_could_not_be_read(void **state)
{
    bool yes = true;

    (void)state;
    assert_int_equal(rename("voxtrust.db", "away.db"), 0);
    assert_refused(store_tls_changed(&policy, &yes, err), VOX_E_NOT_FOUND, "voxtrust init");
    assert_false(yes);
    assert_int_equal(rename("away.db", "voxtrust.db"), 0);
    assert_true(changed()); /* nobody knows what it was */
    assert_false(changed());
    set("tls.ciphers", "weak");
    assert_refused(store_tls_changed(&policy, &yes, err), VOX_E_STORE, "setting tls.ciphers of the store");
    assert_false(yes);
    assert_refused(store_tls_changed(&policy, &yes, err), VOX_E_STORE, "not a cipher level: weak");
    set("tls.ciphers", "all");
    assert_true(changed());
    assert_int_equal(policy.last.ciphers, TLS_CIPHERS_ALL);
}

static void test_https_is_none_of_ours(void **state)
{
    (void)state;
    (void)changed();
    set("tls.https-ciphers", "strongest");
    set("tls.https-keys", "rsa");
    assert_false(changed());
    set("tls.ciphers", "all");
    assert_true(changed());
    assert_true(policy.last.https_rsa_only);
}

static void test_settings_of_the_store(void **state)
{
    struct tls_settings t;

    (void)state;
    assert_done(store_tls_settings(s, &t, err));
    assert_int_equal(t.min_version, 0x0303);
    assert_false(t.common_criteria);
    set("tls.min-version", "1.1");
    set("tls.common-criteria", "on");
    assert_done(store_tls_settings(s, &t, err));
    assert_int_equal(t.min_version, 0x0302);
    assert_true(t.common_criteria);
    set("tls.common-criteria", "On");
    assert_refused(store_tls_settings(s, &t, err), VOX_E_STORE, "neither on nor off: On");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_news_stay_until_they_are_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_file_in_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_tls_settings_count, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_store_that_could_not_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_https_is_none_of_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings_of_the_store, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
