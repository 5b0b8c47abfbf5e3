#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/mistyped.h>

static void test_edits(void **state)
{
    (void)state;
    assert_int_equal(mistyped_edits("", ""), 0);
    assert_int_equal(mistyped_edits("", "list"), 4);
    assert_int_equal(mistyped_edits("list", "list"), 0);
    assert_int_equal(mistyped_edits("lst", "list"), 1);   /* too few */
    assert_int_equal(mistyped_edits("lisst", "list"), 1); /* too many */
    assert_int_equal(mistyped_edits("lost", "list"), 1);  /* another */
    assert_int_equal(mistyped_edits("lsit", "list"), 1);  /* exchanged */
    assert_int_equal(mistyped_edits("ilts", "list"), 2);
    assert_int_equal(mistyped_edits("a word of more than thirty-two letters", "list"), MISTYPED_FAR);
}

static void test_near(void **state)
{
    size_t best = MISTYPED_FAR;

    (void)state;
    assert_false(mistyped_near("lsit", "init", &best)); /* two slips in four letters are another word */
    assert_false(mistyped_near("frob", "probe", &best));
    assert_int_equal(best, MISTYPED_FAR);
    assert_true(mistyped_near("stauts", "stares", &best));
    assert_int_equal(best, 2);
    assert_true(mistyped_near("stauts", "status", &best));
    assert_int_equal(best, 1);
    assert_false(mistyped_near("stauts", "stares", &best));
}

static const struct argp_option one[] = {{NULL, 0, NULL, 0, "A heading:", 1},
                                         {"output", 'o', "FILE", 0, "", 0},
                                         {"quick", 'u', NULL, 0, "", 0},
                                         {"force", 'f', "N", OPTION_ARG_OPTIONAL, "", 0},
                                         {0}};
static const struct argp_option two[] = {{"quiet", 'q', NULL, 0, "", 0}, {0}};
static const struct argp_option *const both[] = {one, two, NULL};

/* Up to five words behind the program's name. */
static const char *unknown_of(const char *const words[5], const char **nearest)
{
    char copies[6][32] = {"program"}, *argv[7] = {copies[0]};
    static char found[32];
    const char *unknown;
    int argc = 1;

    for (; argc < 6 && words[argc - 1] != NULL; argc++) {
        strcpy(copies[argc], words[argc - 1]);
        argv[argc] = copies[argc];
    }
    unknown = mistyped_option(both, argc, argv, nearest);
    return unknown != NULL ? strcpy(found, unknown) : NULL;
}

static void test_options_that_are(void **state)
{
    static const char *const words[][5] = {
        {NULL},
        {"--output", "--what", "--quiet"}, /* the second is a value */
        {"--output=--what", "--qui"},
        {"-o", "--what"},
        {"-uo", "--what"},
        {"--force", "--force=2", "-f"},
        {"--", "--what"},
        {"-", "what", "-Z"}, /* letters are left to argp */
        {"--help", "--usage", "--version"},
    };
    const char *nearest;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_null(unknown_of(words[i], &nearest));
}

static void test_options_that_are_not(void **state)
{
    static const struct {
        const char *words[5], *unknown, *nearest;
    } rows[] = {
        {{"--quite"}, "--quite", "quiet"},
        {{"x", "--outptu=a"}, "--outptu=a", "output"},
        {{"--hlep"}, "--hlep", "help"},
        {{"--everything"}, "--everything", NULL},
        {{"--force", "--what"}, "--what", NULL}, /* a value that may be is none unless it is attached */
        {{"-f", "--what"}, "--what", NULL},
        {{"-oFILE", "--what"}, "--what", NULL},
        {{"-uof", "--what"}, "--what", NULL}, /* the value is "f" */
        {{"--output", "a", "--what"}, "--what", NULL},
        {{"--outputs"}, "--outputs", "output"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *nearest, *unknown = unknown_of(rows[i].words, &nearest);

        assert_non_null(unknown);
        assert_string_equal(unknown, rows[i].unknown);
        if (rows[i].nearest == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_string_equal(nearest, rows[i].nearest);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_edits), cmocka_unit_test(test_near),
                                       cmocka_unit_test(test_options_that_are),
                                       cmocka_unit_test(test_options_that_are_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
