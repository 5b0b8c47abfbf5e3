/* Errors to people. */
#include "capture.h"

static void every_code_has_its_status(void **state)
{
    static const struct {
        enum vox_err code;
        int status;
    } table[] = {{VOX_OK, 0},          {VOX_E_NO, 1}, {VOX_E_USAGE, 2}, {VOX_E_INPUT, 3},  {VOX_E_EXISTS, 3},
                 {VOX_E_NOT_FOUND, 4}, {VOX_E_IO, 4}, {VOX_E_STORE, 4}, {VOX_E_CRYPTO, 4}, {VOX_E_MEMORY, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(cli_status(table[i].code), table[i].status);
}

struct case_of {
    struct cli_common common;
    const char *subject;
    struct vox_error err;
};

static struct case_of a_case(const char *subject, enum vox_err code)
{
    struct case_of c = {.common = {.program = "voxtest", .verb = "node add"}, .subject = subject};

    vox_fail(&c.err, code, "it is wrong");
    strcpy(c.err.detail, "error:0A000086");
    return c;
}

static int report(const void *arg)
{
    const struct case_of *c = arg;

    printf("before\n");
    return cli_report(&c->common, c->subject, &c->err);
}

static void one_line_with_program_and_subject(void **state)
{
    struct case_of c = a_case("a.pem", VOX_E_INPUT);
    struct said s = capture(report, &c);

    (void)state;
    assert_int_equal(s.status, EXIT_INPUT);
    assert_string_equal(s.err, "voxtest: a.pem: it is wrong\n");
    c = a_case(NULL, VOX_E_NO);
    assert_string_equal(capture(report, &c).err, "voxtest: it is wrong\n");
}

static void library_words_only_when_asked(void **state)
{
    struct case_of c = a_case("a.pem", VOX_E_CRYPTO);

    (void)state;
    c.common.verbose = true;
    assert_string_equal(capture(report, &c).err,
                        "voxtest: a.pem: it is wrong\nvoxtest: the library says: error:0A000086\n");
}

static void misuse_says_where_help_is(void **state)
{
    struct case_of c = a_case(NULL, VOX_E_USAGE);

    (void)state;
    assert_string_equal(capture(report, &c).err, "voxtest: it is wrong\nTry 'voxtest node add --help'.\n");
}

static void a_file_name_cannot_forge_a_line(void **state)
{
    struct case_of c = a_case("x\nvoxtest: all is well\033[2J", VOX_E_INPUT);

    (void)state;
    assert_string_equal(capture(report, &c).err, "voxtest: x\\x0avoxtest: all is well\\x1b[2J: it is wrong\n");
}

static int warn(const void *arg)
{
    const struct case_of *c = arg;

    cli_warn(&c->common, c->subject, "beware of %s", "\033[31m");
    return cli_usage(&c->common, "no %d of \t it", 5);
}

static void warnings_and_usage_are_escaped_too(void **state)
{
    struct case_of c = a_case("k.pem", VOX_OK);
    struct said s = capture(warn, &c);

    (void)state;
    assert_int_equal(s.status, EXIT_USAGE);
    assert_string_equal(s.err, "voxtest: k.pem: warning: beware of \\x1b[31m\n"
                               "voxtest node add: no 5 of \\x09 it\nTry 'voxtest node add --help'.\n");
}

static int say_three(const void *arg)
{
    struct cli_common c = *(const struct cli_common *)arg;

    cli_say(&c, "%s", "talk");
    return 0;
}

static void quiet_and_json_silence_talk(void **state)
{
    (void)state;
    assert_string_equal(capture(say_three, &(struct cli_common){.program = "x"}).out, "talk\n");
    assert_string_equal(capture(say_three, &(struct cli_common){.program = "x", .quiet = true}).out, "");
    assert_string_equal(capture(say_three, &(struct cli_common){.program = "x", .json = true}).out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_status),       cmocka_unit_test(one_line_with_program_and_subject),
        cmocka_unit_test(library_words_only_when_asked),   cmocka_unit_test(misuse_says_where_help_is),
        cmocka_unit_test(a_file_name_cannot_forge_a_line), cmocka_unit_test(warnings_and_usage_are_escaped_too),
        cmocka_unit_test(quiet_and_json_silence_talk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
