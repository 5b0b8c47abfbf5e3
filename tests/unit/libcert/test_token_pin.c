/* Before a PIN is tried: may it be, does it fit; and afterwards nothing of it stays. */
#include "unit/wiped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <libcert/file.h>
#include <libcert/password.h>
#include <libcert/token.h>

#include "token/agent.h"
#include "token/pin.h"

static const char pin[] = "gallivant-0815";
static int asked, said, confirmed;
static bool yes;

static enum vox_err get(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    (void)arg;
    assert_non_null(strstr(what, "\"SAST1\" (serial number 77)"));
    asked++;
    return bytes_copy(out, pin, strlen(pin), err);
}

static void say(void *arg, const char *text)
{
    (void)arg;
    (void)text;
    said++;
}

static bool confirm(void *arg, const char *question, const char *word)
{
    (void)arg;
    assert_non_null(strstr(question, "locks the token \"SAST1\""));
    assert_string_equal(word, "last try");
    confirmed++;
    return yes;
}

static const struct password_source person = {.get = get, .say = say, .confirm = confirm}, nobody_there = {.get = get};

static struct token_info token(enum token_pin state)
{
    return (struct token_info){.label = "SAST1", .serial = "77", .pin = state, .pin_min = 4, .pin_max = 32};
}

/* What becomes of it: the code; how often the PIN was asked for is in asked. */
static enum vox_err try_it(const struct token_info *t, const struct password_source *pass, const char *words)
{
    struct token_question q = {.pinlen = 0};
    struct vox_error err = {.code = VOX_OK};
    enum vox_err code;

    asked = said = confirmed = 0;
    code = token_pin_into(t, NULL, pass, &q, &err);
    if (code != VOX_OK && strstr(err.text, words) == NULL)
        fail_msg("not said: %s\nsaid: %s", words, err.text);
    if (code == VOX_OK && asked > 0) {
        assert_int_equal(q.pinlen, strlen(pin));
        assert_memory_equal(q.pin, pin, strlen(pin));
    } else {
        assert_int_equal(q.pinlen, 0);
    }
    return code;
}

static void test_states(void **state)
{
    struct token_info t = token(TOKEN_PIN_OK);

    (void)state;
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(try_it(&t, NULL, "nobody is there to be asked"), VOX_E_USAGE);
    t = token(TOKEN_PIN_LOW);
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    assert_int_equal(said, 1);
    static const struct {
        enum token_pin pin;
        const char *words;
    } never[] = {{TOKEN_PIN_UNSET, "has no user PIN yet"},
                 {TOKEN_PIN_LOCKED, "is locked"},
                 {TOKEN_PIN_CHANGE, "has to be changed first"}};
    for (size_t i = 0; i < 3; i++) {
        t = token(never[i].pin);
        assert_int_equal(try_it(&t, &person, never[i].words), VOX_E_IO);
        assert_int_equal(asked, 0);
    }
}

static void test_the_last_try(void **state)
{
    const struct token_info t = token(TOKEN_PIN_FINAL);

    (void)state;
    yes = false;
    assert_int_equal(try_it(&t, &person, "nobody has confirmed"), VOX_E_USAGE);
    assert_int_equal(confirmed, 1);
    assert_int_equal(asked, 0);
    yes = true;
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(try_it(&t, &nobody_there, "nobody has confirmed"), VOX_E_USAGE);
    assert_int_equal(try_it(&t, NULL, "nobody has confirmed"), VOX_E_USAGE);
    assert_int_equal(asked, 0);
}

static void test_lengths(void **state)
{
    struct token_info t = token(TOKEN_PIN_OK);

    (void)state;
    t.pin_min = strlen(pin);
    t.pin_max = strlen(pin);
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    t.pin_min++;
    t.pin_max++;
    assert_int_equal(try_it(&t, &person, "was not tried"), VOX_E_INPUT);
    t.pin_min = 1;
    t.pin_max = strlen(pin) - 1;
    assert_int_equal(try_it(&t, &person, "was not tried"), VOX_E_INPUT);
}

static void test_on_the_reader(void **state)
{
    struct token_info t = token(TOKEN_PIN_OK);

    (void)state;
    t.pinpad = true;
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    assert_int_equal(said, 1);
    assert_int_equal(asked, 0);
    assert_int_equal(try_it(&t, &nobody_there, "is entered on its reader"), VOX_E_USAGE);
}

static void test_nothing_stays(void **state)
{
    static const char module[] = "/nowhere/gallivant-quincunx.so";
    const struct token_info t = token(TOKEN_PIN_OK);
    char folder[] = "/tmp/test-token-pin.XXXXXX", path[64];
    struct token_question q = {.pinlen = 0};
    struct token_agent *a;

    (void)state;
    wiped_begin();
    assert_int_equal(try_it(&t, &person, ""), VOX_OK);
    assert_int_equal(wiped_times(pin, strlen(pin)), 1);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/pin", folder);
    assert_int_equal(file_create(path, pin, strlen(pin), 0600, NULL), VOX_OK);
    wiped_begin();
    assert_int_equal(token_pin_into(&t, path, NULL, &q, NULL), VOX_OK);
    assert_int_equal(wiped_times(pin, strlen(pin)), 2); /* as the file had it, and as it was handed on */
    assert_int_equal(file_remove(path, NULL), VOX_OK);
    assert_int_equal(rmdir(folder), 0);
    /* a question is wiped when it was asked, whatever became of it: here it carries the module's name */
    wiped_begin();
    assert_int_not_equal(token_agent_get(module, &a, NULL), VOX_OK);
    assert_int_equal(wiped_times(module, strlen(module)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),        cmocka_unit_test(test_the_last_try),  cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_on_the_reader), cmocka_unit_test(test_nothing_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
