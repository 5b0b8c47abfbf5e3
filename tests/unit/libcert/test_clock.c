#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/clock.h>

static void test_there_and_back(void **state)
{
    static const struct {
        int64_t t;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1795474566, "2026-11-23T22:56:06Z"},
        {2147483648, "2038-01-19T03:14:08Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {-62167219200, "0000-01-01T00:00:00Z"},
    };
    char out[CLOCK_RFC3339_MAX];
    int64_t t;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clock_format(cases[i].t, out);
        assert_string_equal(out, cases[i].text);
        assert_int_equal(clock_parse(out, &t, NULL), VOX_OK);
        assert_true(t == cases[i].t);
    }
    clock_format(INT64_MAX, out);
    assert_string_equal(out, "9999-12-31T23:59:59Z");
    clock_format(INT64_MIN, out);
    assert_string_equal(out, "0000-01-01T00:00:00Z");
}

static void test_forms(void **state)
{
    int64_t t;

    (void)state;
    assert_int_equal(clock_parse("1795474566", &t, NULL), VOX_OK);
    assert_true(t == 1795474566);
    assert_int_equal(clock_parse("@12", &t, NULL), VOX_OK);
    assert_true(t == 12);
    assert_int_equal(clock_parse("2026-11-23", &t, NULL), VOX_OK);
    assert_true(t == 1795392000);
    assert_int_equal(clock_parse("2026-11-23T01:30:00+01:30", &t, NULL), VOX_OK);
    assert_true(t == 1795392000);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "@",
                                      "now",
                                      "2026-13-01",
                                      "2026-02-30",
                                      "2026-11-23T",
                                      "2026-11-23T25:00:00Z",
                                      "2026-11-23T00:00:00",
                                      "12x",
                                      "-5",
                                      "99999999999999999999",
                                      "2026-11-23T00:00:00Zx",
                                      "2026-11-23T00:00:00+24:00",
                                      "2026-11-23T00:00:00+00:60"};
    int64_t t = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(clock_parse(bad[i], &t, NULL), VOX_E_INPUT);
    assert_true(t == 7);
}

static void test_days(void **state)
{
    (void)state;
    assert_true(clock_days_between(0, 86399) == 0);
    assert_true(clock_days_between(0, 86400) == 1);
    assert_true(clock_days_between(0, -1) == -1);
    assert_true(clock_days_between(INT64_MIN, INT64_MAX) == INT64_MAX / 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
