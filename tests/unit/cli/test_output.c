/* JSON, tables, colours, progress. */
#include "capture.h"

#include <locale.h>

#include <cli/output.h>

/* Runs with a terminal of its own as standard output and error; prints what that showed. */
static int on_terminal(int (*run)(void))
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), real = dup(1);
    char text[4096];
    ssize_t n;

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return 1;
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    dup2(slave, 1);
    dup2(slave, 2);
    int status = run();
    fflush(NULL);
    (void)!write(slave, "\001", 1); /* the end, for the loop below */
    do {
        n = read(master, text, sizeof text);
        if (n > 0)
            (void)!write(real, text, (size_t)n);
    } while (n > 0 && memchr(text, '\001', (size_t)n) == NULL);
    dup2(real, 1);
    return status;
}

static int colours(void)
{
    printf("%sred%s%sbold%s", cli_colour(1, "31"), cli_colour(1, "0"), cli_colour(1, "1"), cli_colour(1, "0"));
    return 0;
}

static int colours_plain(const void *arg)
{
    (void)arg;
    return colours();
}

static int colours_on_terminal(const void *arg)
{
    (void)arg;
    return on_terminal(colours);
}

static void colour_on_terminals_only(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    assert_string_equal(capture(colours_plain, NULL).out, "redbold");
    assert_says(capture(colours_on_terminal, NULL).out, "\033[31mred\033[0m\033[1mbold\033[0m");
    setenv("NO_COLOR", "", 1); /* empty is unset */
    assert_says(capture(colours_on_terminal, NULL).out, "\033[31m");
    setenv("NO_COLOR", "1", 1);
    assert_says(capture(colours_on_terminal, NULL).out, "redbold");
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_says(capture(colours_on_terminal, NULL).out, "redbold");
}

static int json(const void *arg)
{
    (void)arg;
    return cli_json_print(json_pack("{s:i, s:s, s:i}", "zebra", 1, "apple", "\xc3\xa9\x1b", "middle", 3));
}

static void json_keeps_its_order_and_is_ascii(void **state)
{
    struct said s = capture(json, NULL);

    (void)state;
    assert_int_equal(s.status, 0);
    assert_string_equal(s.out, "{\n  \"zebra\": 1,\n  \"apple\": \"\\u00E9\\u001B\",\n  \"middle\": 3\n}\n");
}

static void json_of_what_is_no_text(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {{"plain", "plain"},
                 {"", ""},
                 {"\xc3\xa9\n", "\xc3\xa9\n"}, /* JSON has its own way for line ends */
                 {"\xff", "\\xff"},
                 {"a\xc3\xa9\xc3", "a\xc3\xa9\\xc3"},
                 {"\xff\n", "\\xff\\x0a"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *j = cli_json_text(cases[i].in);

        assert_string_equal(json_string_value(j), cases[i].out);
        json_decref(j);
    }
    assert_true(json_is_null(cli_json_text(NULL)));
    char long_name[4097];
    memset(long_name, 0xfe, 4096); /* the longest path there is, none of it text: not cut */
    long_name[4096] = '\0';
    json_t *j = cli_json_text(long_name);
    assert_int_equal(json_string_length(j), 4 * 4096);
    json_decref(j);
}

static int no_json(struct cli_common *common, int argc, char **argv)
{
    (void)common;
    (void)argc;
    (void)argv;
    return cli_json_print(NULL);
}

static int no_table(struct cli_common *common, int argc, char **argv)
{
    struct cli_table *t = NULL;

    (void)common;
    (void)argc;
    (void)argv;
    cli_table_column(t, "A", 0);
    cli_table_row(t, (const char *const[]){"x"});
    cli_table_print(t);
    cli_table_free(&t);
    return 0;
}

static int run_without_memory(const void *arg)
{
    static const struct cli_verb verbs[] = {
        {"json", "", "", no_json}, {"table", "", "", no_table}, {NULL, NULL, NULL, NULL}};
    static const struct cli_program p = {"voxtest", "", NULL, verbs};
    static char name[] = "voxtest", verb[16];
    char *argv[] = {name, verb, NULL};

    snprintf(verb, sizeof verb, "%s", (const char *)arg);
    return cli_main(&p, 2, argv);
}

static void a_document_that_could_not_be_made_is_an_error(void **state)
{
    struct said s = capture(run_without_memory, "json");

    (void)state;
    assert_int_equal(s.status, EXIT_ENVIRONMENT);
    assert_string_equal(s.err, "voxtest: no memory for the JSON document\n");
    assert_int_equal(capture(run_without_memory, "table").status, 0); /* who made it NULL has said so */
}

static int table(const void *arg)
{
    struct cli_table *t = cli_table_new();

    (void)arg;
    cli_table_column(t, "NAME", CLI_COL_LEFT);
    cli_table_column(t, "DAYS", CLI_COL_RIGHT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    cli_table_row(t, (const char *const[]){"cm1", "7", "x\033[31m \\xff\xe9 \xc3\xa9"});
    cli_table_row(t, (const char *const[]){"a-longer-name", "1825",
                                           "a subject of more than eighty characters is not cut when nobody's terminal "
                                           "would have to show it"});
    cli_table_print(t);
    cli_table_free(&t);
    return 0;
}

static void tables_are_whole_when_piped(void **state)
{
    struct said s = capture(table, NULL);

    (void)state;
    assert_says(s.out, "NAME          DAYS SUBJECT\n");
    assert_says(s.out, "cm1              7 x\\x1b[31m \\xff\\xe9 \\xc3\\xa9"); /* what was escaped before stays so */
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    assert_says(capture(table, NULL).out, "cm1              7 x\\x1b[31m \\xff\\xe9 \xc3\xa9");
    assert_non_null(setlocale(LC_CTYPE, "C"));
    assert_null(strchr(s.out, '\033'));
    assert_says(s.out, "would have to show it\n");
}

static int progress(void)
{
    struct cli_progress *p = cli_progress_new("files", 10);

    for (uint64_t i = 0; i <= 20; i++) /* past the total, too */
        cli_progress_update(p, i);
    cli_progress_free(&p);
    p = cli_progress_new("nothing", 0);
    cli_progress_update(p, 0);
    cli_progress_free(&p);
    cli_progress_update(NULL, 1);
    cli_progress_free(&p);
    return p != NULL;
}

static int progress_plain(const void *arg)
{
    (void)arg;
    return progress();
}

static int progress_on_terminal(const void *arg)
{
    (void)arg;
    return on_terminal(progress);
}

static void progress_of_what_is_quick_says_nothing(void **state)
{
    struct said s = capture(progress_plain, NULL);

    (void)state;
    assert_int_equal(s.status, 0);
    assert_string_equal(s.err, "");
    s = capture(progress_on_terminal, NULL);
    assert_int_equal(s.status, 0);
    assert_null(strstr(s.out, "files"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_on_terminals_only),    cmocka_unit_test(json_keeps_its_order_and_is_ascii),
        cmocka_unit_test(json_of_what_is_no_text),     cmocka_unit_test(a_document_that_could_not_be_made_is_an_error),
        cmocka_unit_test(tables_are_whole_when_piped), cmocka_unit_test(progress_of_what_is_quick_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
