/* When a changed policy starts a new set of processes: at once, again if that fails, and not when it has taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "serve/supervisor_state.h"

static bool answer;
static enum vox_err result;
static struct supervisor s;

static enum vox_err changed(void *arg, const char **what, struct vox_error *err)
{
    (void)arg;
    *what = answer ? "something" : NULL;
    return result == VOX_OK ? VOX_OK : vox_fail(err, result, "no store");
}

static const struct serve_app app = {.name = "test", .changed = changed};

static int setup(void **state)
{
    (void)state;
    s = (struct supervisor){.app = &app};
    answer = false;
    result = VOX_OK;
    return 0;
}

static void ask(bool yes)
{
    answer = yes;
    follow_ask(&s);
}

/* The wait after an attempt is over. */
static void time_passes(void)
{
    s.follow_after_ms = 0;
}

static void test_a_change_is_due_at_once_and_served_once(void **state)
{
    (void)state;
    ask(false);
    assert_false(follow_due(&s));
    ask(true);
    assert_true(follow_due(&s));
    ask(false);
    assert_true(follow_due(&s));
    follow_started(&s);
    assert_false(follow_due(&s));
    follow_served(&s);
    time_passes();
    assert_false(follow_due(&s));
}

static void test_a_set_that_cannot_start_is_tried_again(void **state)
{
    unsigned last = 0;

    (void)state;
    ask(true);
    for (int i = 0; i < 8; i++) {
        assert_true(follow_due(&s));
        follow_started(&s);
        assert_false(follow_due(&s));
        assert_true(s.follow_backoff_ms >= last); /* waits grow */
        last = s.follow_backoff_ms;
        time_passes();
    }
    assert_int_equal(last, 10000);
    ask(true); /* another change may mend it: no wait */
    assert_true(follow_due(&s));
    assert_true(s.follow_backoff_ms < last);
}

static void test_a_change_while_a_set_starts_needs_another(void **state)
{
    (void)state;
    ask(true);
    follow_started(&s);
    ask(true);
    follow_served(&s);
    assert_true(follow_due(&s));
    follow_started(&s);
    follow_served(&s);
    time_passes();
    assert_false(follow_due(&s));
}

static void test_what_another_reload_served_is_served(void **state)
{
    (void)state;
    follow_started(&s); /* the first set */
    follow_served(&s);
    ask(true);
    follow_started(&s); /* by HUP */
    follow_served(&s);
    time_passes();
    assert_false(follow_due(&s));
}

static void test_a_failure_starts_nothing(void **state)
{
    (void)state;
    result = VOX_E_STORE;
    ask(true);
    assert_false(follow_due(&s));
    assert_true(s.follow_failing);
    result = VOX_OK;
    ask(false);
    assert_false(s.follow_failing);
    assert_false(follow_due(&s));
}

static void test_a_daemon_that_has_nothing_to_follow(void **state)
{
    static const struct serve_app plain = {.name = "plain"};

    (void)state;
    s.app = &plain;
    ask(true);
    assert_false(follow_due(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_change_is_due_at_once_and_served_once, setup),
        cmocka_unit_test_setup(test_a_set_that_cannot_start_is_tried_again, setup),
        cmocka_unit_test_setup(test_a_change_while_a_set_starts_needs_another, setup),
        cmocka_unit_test_setup(test_what_another_reload_served_is_served, setup),
        cmocka_unit_test_setup(test_a_failure_starts_nothing, setup),
        cmocka_unit_test_setup(test_a_daemon_that_has_nothing_to_follow, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
