/* Which store is meant. */
#include "capture.h"

#include <cli/input.h>

static int url(const void *arg)
{
    char *text = cli_store_url(arg);

    printf("%s", text);
    free(text);
    return 0;
}

static const struct cli_common none = {.program = "voxtest", .verb = "x"};

static int as_nobody(const void *arg)
{
    if (setuid(65534) != 0)
        return 77;
    return url(arg);
}

static void an_option_wins_over_the_environment(void **state)
{
    struct cli_common c = none;

    (void)state;
    setenv("VOXTRUST_STORE", "sqlite:/from/environment.db", 1);
    assert_string_equal(capture(url, &c).out, "sqlite:/from/environment.db");
    c.store_url = "sqlite:/from/option.db";
    assert_string_equal(capture(url, &c).out, "sqlite:/from/option.db");
    setenv("VOXTRUST_STORE", "", 1);
    assert_string_not_equal(capture(url, &none).out, "");
    unsetenv("VOXTRUST_STORE");
}

static void root_has_the_systems_store(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_string_equal(capture(url, &none).out, "sqlite:/var/lib/voxtrust/voxtrust.db");
}

static void others_have_one_in_their_state_folder(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    setenv("HOME", "/home/u", 1);
    setenv("XDG_STATE_HOME", "/state", 1);
    assert_string_equal(capture(as_nobody, &none).out, "sqlite:/state/voxtrust/voxtrust.db");
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_string_equal(capture(as_nobody, &none).out, "sqlite:/home/u/.local/state/voxtrust/voxtrust.db");
    unsetenv("XDG_STATE_HOME");
    assert_string_equal(capture(as_nobody, &none).out, "sqlite:/home/u/.local/state/voxtrust/voxtrust.db");
    unsetenv("HOME");
    assert_says(capture(as_nobody, &none).out, "/.local/state/voxtrust/voxtrust.db");
}

static void a_missing_store_says_what_to_do(void **state)
{
    struct cli_common c = none;
    struct store *s = NULL;
    struct vox_error err;

    (void)state;
    c.store_url = "sqlite:/nonexistent/voxtrust.db";
    assert_int_equal(cli_store_open(&c, &s, &err), VOX_E_NOT_FOUND);
    assert_null(s);
    assert_says(err.text, "run 'voxtrust init' first");
    assert_says(err.text, "sqlite:/nonexistent/voxtrust.db");
}

static void a_password_in_an_url_is_not_repeated(void **state)
{
    struct cli_common c = none;
    struct store *s = NULL;
    struct vox_error err;

    (void)state;
    c.store_url = "postgresql://user:opensesame@host/db";
    assert_int_equal(cli_store_open(&c, &s, &err), VOX_E_USAGE);
    assert_null(strstr(err.text, "opensesame"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_wins_over_the_environment),   cmocka_unit_test(root_has_the_systems_store),
        cmocka_unit_test(others_have_one_in_their_state_folder), cmocka_unit_test(a_missing_store_says_what_to_do),
        cmocka_unit_test(a_password_in_an_url_is_not_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
