/* Finding and running verbs: what a user sees of cli_main() and cli_parse(). */
#include "capture.h"

struct number_args {
    const char *number, *word;
};

static error_t parse_number(int key, char *arg, struct argp_state *state)
{
    struct number_args *a = state->input;

    switch (key) {
    case 'n':
        a->number = arg;
        return 0;
    case ARGP_KEY_ARG:
        a->word = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which WORD?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option number_options[] = {{"number", 'n', "N", 0, "how many", 0}, {0}};
static const struct argp number_argp = {number_options, parse_number, "WORD", "Say a word.", NULL, NULL, NULL};

static int say(struct cli_common *common, int argc, char **argv)
{
    struct number_args a = {NULL, NULL};

    cli_parse(common, &number_argp, argc, argv, &a);
    printf("%s|%s|%s|%s|%s|%d%d%d%d\n", common->program, common->verb, a.number != NULL ? a.number : "-", a.word,
           common->store_url != NULL ? common->store_url : "-", common->json, common->verbose, common->quiet,
           common->yes);
    return EXIT_DONE;
}

static int plain(struct cli_common *common, int argc, char **argv)
{
    static const struct argp argp = {.doc = "Nothing."};

    cli_parse(common, &argp, argc, argv, NULL);
    return EXIT_NO;
}

static const struct cli_verb verbs[] = {
    {"say", "WORD", "say a word", say},
    {"plain", "", "no options", plain},
    {"bay", "", "two letters from sat", plain},
    {"node add", "NAME", "two words", say},
    {"node list", "", "two words, too", plain},
    {"node", "WORD", "the group's own", say},
    {"group one", "", "first of a group", plain},
    {"group two", "WORD", "second of it", say},
    {NULL, NULL, NULL, NULL},
};
static const struct cli_program program = {"voxtest", "for the tests", "More about it.", verbs};

static int run(const void *arg)
{
    static char name[] = "voxtest", empty[] = "", words[256];
    char *argv[12];
    int argc = 0;

    snprintf(words, sizeof words, "%s", (const char *)arg);
    argv[argc++] = name;
    for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
        argv[argc++] = strcmp(w, "EMPTY") == 0 ? empty : w;
    argv[argc] = NULL;
    return cli_main(&program, argc, argv);
}

static void alone_it_is_misuse(void **state)
{
    struct said s = capture(run, "");

    (void)state;
    assert_int_equal(s.status, EXIT_USAGE);
    assert_string_equal(s.out, "");
    assert_says(s.err, "Usage: voxtest VERB");
}

static void help_lists_every_verb(void **state)
{
    struct said s = capture(run, "--help");

    (void)state;
    assert_int_equal(s.status, EXIT_DONE);
    assert_string_equal(s.err, "");
    for (const struct cli_verb *v = verbs; v->name != NULL; v++) {
        assert_says(s.out, v->name);
        assert_says(s.out, v->summary);
    }
    assert_says(s.out, "More about it.");
}

static void help_of_a_verb_has_its_options_and_the_common_ones(void **state)
{
    static const char *const options[] = {"--number=N", "--store=URL", "--json",  "--quiet",  "--verbose",
                                          "--yes",      "--help",      "--usage", "--version"};
    struct said s = capture(run, "say --help");

    (void)state;
    assert_int_equal(s.status, EXIT_DONE);
    assert_string_equal(s.err, "");
    assert_says(s.out, "Usage: voxtest say [OPTION...] WORD");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_says(s.out, options[i]);
}

static void version_names_the_libraries(void **state)
{
    static const char *const ways[] = {"--version", "-V", "say --version"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct said s = capture(run, ways[i]);

        assert_int_equal(s.status, EXIT_DONE);
        assert_says(s.out, "voxtest (voxtrust) ");
        assert_says(s.out, "OpenSSL 3");
        assert_says(s.out, "SQLite 3");
    }
}

static void options_stand_anywhere_after_the_verb(void **state)
{
    (void)state;
    assert_string_equal(capture(run, "say word").out, "voxtest|say|-|word|-|0000\n");
    assert_string_equal(capture(run, "say --store x -n 5 word --json -v -q -y").out, "voxtest|say|5|word|x|1111\n");
    assert_string_equal(capture(run, "say word --number=5").out, "voxtest|say|5|word|-|0000\n");
    assert_string_equal(capture(run, "say -- --json").out, "voxtest|say|-|--json|-|0000\n");
    assert_string_equal(capture(run, "say -").out, "voxtest|say|-|-|-|0000\n");
}

static void verbs_of_two_words(void **state)
{
    (void)state;
    assert_string_equal(capture(run, "node add x").out, "voxtest|node add|-|x|-|0000\n");
    assert_string_equal(capture(run, "node other").out, "voxtest|node|-|other|-|0000\n");
    assert_says(capture(run, "node add --help").out, "Usage: voxtest node add [OPTION...] WORD");
}

static void first_word_of_two_lists_them(void **state)
{
    struct said s = capture(run, "group");

    (void)state;
    assert_int_equal(s.status, EXIT_USAGE);
    assert_says(s.err, "'group' is the first word of:\n  voxtest group one\n  voxtest group two WORD\n");
    s = capture(run, "group --help");
    assert_int_equal(s.status, EXIT_DONE);
    assert_says(s.out, "voxtest group two WORD");
    s = capture(run, "group twp x");
    assert_int_equal(s.status, EXIT_USAGE);
    assert_says(s.err, "no such verb: 'group twp'\nDid you mean 'voxtest group two'?");
}

static void unknown_verbs_get_the_nearest(void **state)
{
    struct said s = capture(run, "sya word");

    (void)state;
    assert_int_equal(s.status, EXIT_USAGE);
    assert_says(s.err, "no such verb: 'sya'\nDid you mean 'voxtest say'?\nTry 'voxtest --help'.");
    assert_says(capture(run, "sat").err, "Did you mean 'voxtest say'?");
    assert_says(capture(run, "pl").err, "Did you mean 'voxtest plain'?");
    assert_null(strstr(capture(run, "certificate").err, "Did you mean"));
    assert_null(strstr(capture(run, "EMPTY").err, "Did you mean"));
    assert_null(strstr(capture(run, "a-word-of-much-more-than-thirty-two-letters").err, "Did you mean"));
    assert_says(capture(run, "s\033[31mx").err, "no such verb: 's\\x1b[31mx'");
}

static void options_before_the_verb_are_misuse(void **state)
{
    struct said s = capture(run, "--json say word");

    (void)state;
    assert_int_equal(s.status, EXIT_USAGE);
    assert_says(s.err, "the verb comes first");
}

static void misuse_of_a_verb_says_where_help_is(void **state)
{
    static const char *const wrong[] = {"say", "say --nope word", "say --number", "plain too-much",
                                        "say --json=x word"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct said s = capture(run, wrong[i]);

        assert_int_equal(s.status, EXIT_USAGE);
        assert_string_equal(s.out, "");
        assert_says(s.err, "Try ");
        assert_says(s.err, "--help");
    }
}

static void the_verbs_answer_is_the_exit_status(void **state)
{
    (void)state;
    assert_int_equal(capture(run, "plain").status, EXIT_NO);
}

/* Output into a device that is full, or nowhere. */
struct lost {
    const char *words;
    const char *path; /* NULL: closed */
};

static int run_lost(const void *arg)
{
    const struct lost *l = arg;

    if (l->path == NULL)
        close(1);
    else
        dup2(open(l->path, O_WRONLY), 1);
    return run(l->words);
}

static void lost_output_is_noticed_at_every_exit(void **state)
{
    static const char *const words[] = {"--help",     "--version",     "say word",
                                        "say --help", "say --version", "group --help"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct said s = capture(run_lost, &(struct lost){words[i], "/dev/full"});

        assert_int_equal(s.status, EXIT_ENVIRONMENT);
        assert_string_equal(s.err, "voxtest: standard output cannot be written: No space left on device\n");
        s = capture(run_lost, &(struct lost){words[i], NULL});
        assert_int_equal(s.status, EXIT_ENVIRONMENT);
        assert_says(s.err, "voxtest: standard output cannot be written");
    }
}

static void no_output_cannot_be_lost(void **state)
{
    (void)state;
    assert_int_equal(capture(run_lost, &(struct lost){"plain", NULL}).status, EXIT_NO);
    assert_int_equal(capture(run_lost, &(struct lost){"plain", "/dev/full"}).status, EXIT_NO);
}

static int first_free_descriptor(struct cli_common *common, int argc, char **argv)
{
    (void)common;
    (void)argc;
    (void)argv;
    return open("/dev/null", O_RDONLY);
}

static int run_without_streams(const void *arg)
{
    static const struct cli_verb only[] = {{"open", "", "", first_free_descriptor}, {NULL, NULL, NULL, NULL}};
    static const struct cli_program p = {"voxtest", "", NULL, only};
    static char name[] = "voxtest", verb[] = "open";
    char *argv[] = {name, verb, NULL};

    (void)arg;
    for (int fd = 0; fd < 64; fd++)
        close(fd);
    return cli_main(&p, 2, argv);
}

static void files_never_take_the_place_of_closed_streams(void **state)
{
    (void)state;
    assert_int_equal(capture(run_without_streams, NULL).status, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_it_is_misuse),
        cmocka_unit_test(help_lists_every_verb),
        cmocka_unit_test(help_of_a_verb_has_its_options_and_the_common_ones),
        cmocka_unit_test(version_names_the_libraries),
        cmocka_unit_test(options_stand_anywhere_after_the_verb),
        cmocka_unit_test(verbs_of_two_words),
        cmocka_unit_test(first_word_of_two_lists_them),
        cmocka_unit_test(unknown_verbs_get_the_nearest),
        cmocka_unit_test(options_before_the_verb_are_misuse),
        cmocka_unit_test(misuse_of_a_verb_says_where_help_is),
        cmocka_unit_test(the_verbs_answer_is_the_exit_status),
        cmocka_unit_test(lost_output_is_noticed_at_every_exit),
        cmocka_unit_test(no_output_cannot_be_lost),
        cmocka_unit_test(files_never_take_the_place_of_closed_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
