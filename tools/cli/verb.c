#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <cli/report.h>
#include <cli/verb.h>
#include <libcert/mistyped.h>

#include "lost.h"
#include "misuse.h"

static const char *program_name; /* for argp's hook, which gets no argument of ours */

enum option_key { OPT_STORE = 0x7000, OPT_JSON };

static const struct argp_option common_options[] = {
    {NULL, 0, NULL, 0, "Common to all verbs:", -1},
    {"store", OPT_STORE, "URL", 0, "the cluster's store: sqlite:PATH (default $VOXTRUST_STORE)", -1},
    {"json", OPT_JSON, NULL, 0, "print JSON", -1},
    {"quiet", 'q', NULL, 0, "print errors and what was asked for, nothing else", -1},
    {"verbose", 'v', NULL, 0, "with errors, also the library's own words", -1},
    {"yes", 'y', NULL, 0, "answer questions with yes", -1},
    {0},
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    struct cli_common *c = state->input;

    switch (key) {
    case OPT_STORE:
        c->store_url = arg;
        return 0;
    case OPT_JSON:
        c->json = true;
        return 0;
    case 'q':
        c->quiet = true;
        return 0;
    case 'v':
        c->verbose = true;
        return 0;
    case 'y':
        c->yes = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = {.options = common_options, .parser = parse_common};

/* The verb's parser gets its own input, the child the common one. */
struct both {
    const struct argp *verb;
    void *input;
    struct cli_common *common;
    const char *title; /* argp's own is not known yet when it begins */
};

static error_t parse_both(int key, char *arg, struct argp_state *state)
{
    struct both *b = state->input;
    error_t result;

    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = b->common;
        state->err_stream = misuse_stream(b->title);
    }
    if (b->verb->parser == NULL)
        return ARGP_ERR_UNKNOWN;
    state->input = b->input; /* whatever the verb's parser asks its state for is its own */
    result = b->verb->parser(key, arg, state);
    state->input = b;
    return result;
}

/* argp says only that it does not know the option. */
static void refuse_unknown_option(const struct argp_option *options, int argc, char **argv)
{
    static const struct argp_option none[] = {{0}};
    const struct argp_option *const tables[] = {options != NULL ? options : none, common_options, NULL};
    const char *nearest, *unknown = mistyped_option(tables, argc, argv, &nearest);
    struct vox_error escaped;

    if (unknown == NULL)
        return;
    vox_fail(&escaped, VOX_E_USAGE, "no such option: '%.*s'", (int)strcspn(unknown, "="), unknown);
    fprintf(stderr, "%s: %s\n", argv[0], escaped.text);
    if (nearest != NULL)
        fprintf(stderr, "Did you mean '--%s'?\n", nearest);
    fprintf(stderr, "Try '%s --help'.\n", argv[0]);
    exit(EXIT_USAGE);
}

void cli_parse(struct cli_common *common, const struct argp *argp, int argc, char **argv, void *input)
{
    static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};
    struct both b = {argp, input, common, argv[0]};
    const struct argp whole = {.options = argp->options,
                               .parser = parse_both,
                               .args_doc = argp->args_doc,
                               .doc = argp->doc,
                               .children = children,
                               .help_filter = argp->help_filter};

    refuse_unknown_option(argp->options, argc, argv);
    if (argp_parse(&whole, argc, argv, 0, NULL, &b) != 0) /* misuse has exited already: this is no memory */
        exit(EXIT_ENVIRONMENT);
}

static void print_help(const struct cli_program *p, FILE *out)
{
    int width = 0;

    fprintf(out, "Usage: %s VERB [OPTION]... [ARG]...\n%s\n\nVerbs:\n", p->name, p->summary);
    for (const struct cli_verb *v = p->verbs; v->name != NULL; v++) {
        int n = (int)(strlen(v->name) + 1 + strlen(v->args));

        width = n > width ? n : width;
    }
    for (const struct cli_verb *v = p->verbs; v->name != NULL; v++)
        fprintf(out, "  %s %-*s  %s\n", v->name, width - (int)strlen(v->name) - 1, v->args, v->summary);
    if (p->description != NULL)
        fprintf(out, "\n%s\n", p->description);
    fprintf(out, "\n'%s VERB --help' tells the options of a verb.\n", p->name);
}

static int unknown_verb(const struct cli_program *p, const char *word)
{
    const char *nearest = NULL;
    size_t best = MISTYPED_FAR;
    struct vox_error escaped;

    for (const struct cli_verb *v = p->verbs; v->name != NULL && best > 0; v++) {
        if (mistyped_near(word, v->name, &best))
            nearest = v->name;
        if (word[0] != '\0' && strncmp(v->name, word, strlen(word)) == 0) {
            best = 0; /* an unfinished word, better than any slip; of several the first */
            nearest = v->name;
        }
    }
    vox_fail(&escaped, VOX_E_USAGE, "no such verb: '%s'", word);
    fprintf(stderr, "%s: %s\n", p->name, escaped.text);
    if (nearest != NULL)
        fprintf(stderr, "Did you mean '%s %s'?\n", p->name, nearest);
    fprintf(stderr, "Try '%s --help'.\n", p->name);
    return EXIT_USAGE;
}

/* The verb that argv begins with, two words before one. *words: how many it took. */
static const struct cli_verb *find_verb(const struct cli_program *p, int argc, char **argv, int *words)
{
    for (*words = argc > 2 ? 2 : 1; *words > 0; (*words)--) {
        for (const struct cli_verb *v = p->verbs; v->name != NULL; v++) {
            size_t first = strcspn(v->name, " ");
            bool two = v->name[first] == ' ';

            if (two != (*words == 2) || strncmp(argv[1], v->name, first) != 0 || argv[1][first] != '\0')
                continue;
            if (!two || strcmp(argv[2], v->name + first + 1) == 0)
                return v;
        }
    }
    return NULL;
}

static int run_verb(const struct cli_program *p, const struct cli_verb *v, int words, int argc, char **argv)
{
    struct cli_common common = {.program = p->name, .verb = v->name};
    static char title[128]; /* outlives the verb: messages at the exit name it */

    /* argp says "Usage: voxcert upload ..." by argv[0]. */
    (void)snprintf(title, sizeof title, "%s %s", p->name, v->name);
    argv[words] = title;
    program_invocation_name = title;
    program_invocation_short_name = title;
    return v->run(&common, argc - words, argv + words);
}

/* Is it the first word of verbs of two, as "node" of "node add"? */
static bool begins_verbs(const struct cli_verb *v, const char *word)
{
    size_t n = strlen(word);

    return strncmp(v->name, word, n) == 0 && v->name[n] == ' ';
}

static void print_group(const struct cli_program *p, const char *word, FILE *out)
{
    for (const struct cli_verb *v = p->verbs; v->name != NULL; v++) {
        if (begins_verbs(v, word))
            fprintf(out, "  %s %s%s%s\n", p->name, v->name, v->args[0] != '\0' ? " " : "", v->args);
    }
}

/* argv names no verb. "node" alone, "node --help": which ones there are; else which was meant. */
static int no_verb(const struct cli_program *p, int argc, char **argv)
{
    const char *second = argc > 2 ? argv[2] : "";
    const struct cli_verb *v = p->verbs;
    char two[96];

    while (v->name != NULL && !begins_verbs(v, argv[1]))
        v++;
    if (v->name == NULL)
        return unknown_verb(p, argv[1]);
    if (strcmp(second, "--help") == 0 || strcmp(second, "-?") == 0) {
        printf("Verbs that begin with '%s':\n", argv[1]);
        print_group(p, argv[1], stdout);
        return EXIT_DONE;
    }
    if (second[0] == '\0' || second[0] == '-') {
        fprintf(stderr, "%s: '%s' is the first word of:\n", p->name, argv[1]);
        print_group(p, argv[1], stderr);
        fprintf(stderr, "Try '%s --help'.\n", p->name);
        return EXIT_USAGE;
    }
    (void)snprintf(two, sizeof two, "%s %s", argv[1], second);
    return unknown_verb(p, two);
}

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fprintf(out, "%s (voxtrust) %s\n%s\nSQLite %s (built with)\n", program_name, VOX_VERSION,
            OpenSSL_version(OPENSSL_VERSION), VOX_SQLITE_VERSION);
}

int cli_main(const struct cli_program *p, int argc, char **argv)
{
    const struct cli_verb *v;
    int words;

    lost_descriptors();
    lost_watch(p->name);
    (void)setlocale(LC_ALL, ""); /* an unknown locale leaves the C one: nothing depends on it */
    (void)setlocale(LC_NUMERIC, "C");
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that left is an error to report, not a death; */
    (void)signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow */
    (void)umask(077);
    argp_err_exit_status = EXIT_USAGE;
    argp_program_version_hook = print_version;
    program_name = p->name;
    if (argc < 2) {
        print_help(p, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(p, stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        print_version(stdout, NULL);
        return EXIT_DONE;
    }
    if (argv[1][0] == '-') {
        fprintf(stderr, "%s: the verb comes first: %s VERB %s ...\nTry '%s --help'.\n", p->name, p->name, argv[1],
                p->name);
        return EXIT_USAGE;
    }
    if ((v = find_verb(p, argc, argv, &words)) != NULL)
        return run_verb(p, v, words, argc, argv);
    return no_verb(p, argc, argv);
}

error_t cli_one_name(int key, char *arg, struct argp_state *state)
{
    const char **name = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (*name != NULL)
            argp_error(state, "one NAME, not '%s' as well (quote blanks)", arg);
        *name = arg;
        return 0;
    case ARGP_KEY_END:
        if (*name == NULL)
            argp_error(state, "which NAME?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
