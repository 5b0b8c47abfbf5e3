/*
 * A program is a table of verbs; a verb is a row and a file. Options are argp tables, so --help and --usage come from
 * what parses.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include <argp.h>
#include <stdbool.h>

/* What every verb understands: --store URL, --json, -v/--verbose, -q/--quiet, -y/--yes. */
struct cli_common {
    const char *program;   /* "voxcert" */
    const char *verb;      /* "upload" or "node add" */
    const char *store_url; /* --store or NULL */
    bool json;
    bool verbose;
    bool quiet;
    bool yes;
};

struct cli_verb {
    const char *name;    /* "build", or two words: "node add" */
    const char *args;    /* "ctl|itl", "" if none: for the table that `program --help` prints */
    const char *summary; /* one line */
    int (*run)(struct cli_common *common, int argc,
               char **argv); /* argv[0] is "program verb"; returns the exit status */
};

struct cli_program {
    const char *name;
    const char *summary;          /* one line: what the program is for */
    const char *description;      /* paragraph below the verbs in --help; NULL if none */
    const struct cli_verb *verbs; /* ends with name NULL */
};

/*
 * cli_main(p, argc, argv): find the verb, run it, return the exit status for main to return. Handles --help, --version,
 * no verb, an unknown verb (with the nearest one) and output that was lost (4). Sets umask 077, the locale, and ignores
 * SIGPIPE.
 */
int cli_main(const struct cli_program *p, int argc, char **argv);

/*
 * cli_parse(common, argp, argc, argv, input): argp_parse() with the common options after the verb's own. argp->parser
 * gets input as state->input; argp->children is not used. Misuse prints usage and exits 2; --help exits 0.
 */
void cli_parse(struct cli_common *common, const struct argp *argp, int argc, char **argv, void *input);

/* cli_one_name(key, arg, state): the parser of a verb that takes one NAME and no option of its own; input: const char
 * **, NULL before. */
error_t cli_one_name(int key, char *arg, struct argp_state *state);

#endif
