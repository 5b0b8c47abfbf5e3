/* Each threshold is told once, the right one, and a clock that was wrong does not silence the next one for ever. */
#include "unit/libcert/store_fixture.h"

#include <libcert/notices.h>

#define DAYS(n) ((int64_t)(n)*86400)

static const int at[] = {60, 30, 7};

static int due(int64_t left, int told)
{
    return notice_due(left, at, 3, told);
}

static void test_the_smallest_threshold_is_due(void **state)
{
    static const int turned[] = {7, 60, 30};

    (void)state;
    assert_int_equal(due(DAYS(60), NOTICE_NONE), NOTICE_NONE);
    assert_int_equal(due(DAYS(60) - 1, NOTICE_NONE), 60);
    assert_int_equal(due(DAYS(30), NOTICE_NONE), 60);
    assert_int_equal(due(DAYS(30) - 1, NOTICE_NONE), 30);
    assert_int_equal(due(DAYS(7) - 1, NOTICE_NONE), 7);
    assert_int_equal(due(0, NOTICE_NONE), 7); /* valid to the last second of not-after */
    assert_int_equal(due(-1, NOTICE_NONE), NOTICE_ENDED);
    assert_int_equal(notice_due(DAYS(20), turned, 3, NOTICE_NONE), 30);
    assert_int_equal(notice_due(DAYS(20), turned, 0, NOTICE_NONE), NOTICE_NONE);
    assert_int_equal(due(INT64_MAX, NOTICE_NONE), NOTICE_NONE);
    assert_int_equal(due(INT64_MIN, 60), NOTICE_ENDED);
}

static void test_each_once(void **state)
{
    int told = NOTICE_NONE, n = 0;

    (void)state;
    for (int64_t left = DAYS(100); left > DAYS(-100); left -= 7200) {
        const int now = due(left, told);

        if (now != NOTICE_NONE) {
            static const int order[] = {60, 30, 7, NOTICE_ENDED};

            assert_in_range(n, 0, 3);
            assert_int_equal(now, order[n++]);
            told = now;
        }
    }
    assert_int_equal(n, 4);
}

static void test_the_clock_goes_back(void **state)
{
    (void)state;
    assert_int_equal(due(DAYS(7) + 3600, 7), NOTICE_NONE); /* an hour: told already */
    assert_int_equal(due(DAYS(8) + 1, 7), 30);             /* more than a day: one of the times is wrong */
    assert_int_equal(due(DAYS(25), NOTICE_ENDED), 30);     /* told of an end that was none */
    assert_int_equal(due(DAYS(5000), 7), NOTICE_NONE);     /* a clock without battery: nothing is due */
    assert_int_equal(due(DAYS(6), 7), NOTICE_NONE);        /* and when it is right again, nothing is told twice */
    assert_int_equal(notice_due(DAYS(20), at, 1, 30), NOTICE_NONE); /* other thresholds: 60 was passed before 30 */
}

static void test_kept_with_the_certificate(void **state)
{
    struct cert *c = lab_cert("ccm.pem");
    const char *id = bind_cert(c, "CallManager-trust", "", BIND_ACTIVE);
    char fingerprint[CERT_FINGERPRINT_MAX];
    int told = 5;

    (void)state;
    cert_fingerprint(c, fingerprint);
    assert_done(notice_get(s, fingerprint, &told, err));
    assert_int_equal(told, NOTICE_NONE);
    assert_done(notice_put(s, fingerprint, 60, 1800000000, err));
    assert_done(notice_put(s, fingerprint, 30, 1800000000, err));
    assert_done(notice_get(s, fingerprint, &told, err));
    assert_int_equal(told, 30);
    assert_done(store_binding_remove(s, id, err));
    assert_done(notice_get(s, fingerprint, &told, err));
    assert_int_equal(told, NOTICE_NONE);
    assert_done(notice_put(s, fingerprint, 7, 1800000000, err)); /* it is gone: no row without a certificate */
    assert_done(notice_get(s, fingerprint, &told, err));
    assert_int_equal(told, NOTICE_NONE);
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_smallest_threshold_is_due),
        cmocka_unit_test(test_each_once),
        cmocka_unit_test(test_the_clock_goes_back),
        cmocka_unit_test_setup_teardown(test_kept_with_the_certificate, store_setup, store_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
