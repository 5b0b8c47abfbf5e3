#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "crowd.h"

enum {
    OPT_TFTP = 0x100,
    OPT_STATE,
    OPT_NAME,
    OPT_COUNT,
    OPT_JOBS,
    OPT_MODEL,
    OPT_CAPF,
    OPT_TVS,
    OPT_CCM,
    OPT_STRING_FILE,
    OPT_NULL,
    OPT_PROOF,
    OPT_KIND,
    OPT_TIMEOUT,
};

enum { COUNT_MAX = 100000, JOBS_MAX = 256, TROUBLES_SHOWN = 10 };

static const struct argp_option options[] = {
    {"tftp", OPT_TFTP, "FROM", 0, "where its files are: a folder, http://HOST[:PORT][/PATH] or tftp://HOST[:PORT]", 0},
    {"state", OPT_STATE, "DIR", 0, "folder in which phones keep what they hold", 0},
    {"name", OPT_NAME, "NAME", 0, "the phone's name, as SEP001122334455", 0},
    {"count", OPT_COUNT, "N", 0, "so many phones, whose names count up from NAME", 0},
    {"jobs", OPT_JOBS, "N", 0, "so many at once (default: four a core)", 0},
    {"model", OPT_MODEL, "MODEL", 0, "7962, 8841 ...: what it can do (default 8841)", 0},
    {"capf", OPT_CAPF, "HOST[:PORT]", 0, "enrol there (default: as the configuration says)", 1},
    {"tvs", OPT_TVS, "HOST[:PORT]", 0, "ask this TVS (default: the first call manager of the configuration)", 1},
    {"ccm", OPT_CCM, "HOST[:PORT]", 0, "connect to this call manager (default: as the configuration says)", 1},
    {"string-file", OPT_STRING_FILE, "FILE", 0, "prove who it is with the authentication string in FILE", 2},
    {"null", OPT_NULL, NULL, 0, "prove nothing", 2},
    {"proof", OPT_PROOF, "PEM", 0, "prove it with this certificate and key (default: the one that CAPF gave it)", 2},
    {"kind", OPT_KIND, "lsc|mic", 0, "what the certificate of --proof is (default mic)", 2},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "for each answer (default 10)", 3},
    {0},
};

struct boot_args {
    struct phone_options o;
    const char *name;
    unsigned count, jobs;
};

static unsigned number(const char *arg, unsigned most, const char *option, struct argp_state *state)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > most)
        argp_error(state, "--%s %s: 1 to %u", option, arg, most);
    return (unsigned)n;
}

static void check(const struct boot_args *a, struct argp_state *state)
{
    struct vox_error err;

    if (a->o.from == NULL)
        argp_error(state, "where are its files? --tftp DIR, http://... or tftp://...");
    if (a->o.state == NULL)
        argp_error(state, "where does it keep what it holds? --state DIR");
    if (a->name == NULL)
        argp_error(state, "which phone? --name SEP001122334455");
    if (phone_name_check(a->name, &err) != VOX_OK)
        argp_error(state, "--name: %s", err.text);
    if ((a->o.string_file != NULL) + a->o.null_string + (a->o.proof != NULL) > 1)
        argp_error(state, "one of --string-file, --null and --proof");
    if (a->count > 1 && a->o.string_file != NULL && strcmp(a->o.string_file, "-") == 0)
        argp_error(state, "--string-file -: for one phone only");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct boot_args *a = state->input;

    switch (key) {
    case OPT_TFTP:
        a->o.from = arg;
        return 0;
    case OPT_STATE:
        a->o.state = arg;
        return 0;
    case OPT_NAME:
        a->name = arg;
        return 0;
    case OPT_COUNT:
        a->count = number(arg, COUNT_MAX, "count", state);
        return 0;
    case OPT_JOBS:
        a->jobs = number(arg, JOBS_MAX, "jobs", state);
        return 0;
    case OPT_MODEL:
        if (!phone_model_find(arg, &a->o.model))
            argp_error(state,
                       "--model %s: not known; 78xx, 88xx and the older 79xx, 69xx, 89xx, 99xx, 39xx are, and CIPC",
                       arg);
        return 0;
    case OPT_CAPF:
        a->o.capf = arg;
        return 0;
    case OPT_TVS:
        a->o.tvs = arg;
        return 0;
    case OPT_CCM:
        a->o.ccm = arg;
        return 0;
    case OPT_STRING_FILE:
        a->o.string_file = arg;
        return 0;
    case OPT_NULL:
        a->o.null_string = true;
        return 0;
    case OPT_PROOF:
        a->o.proof = arg;
        return 0;
    case OPT_KIND:
        if (strcmp(arg, "lsc") != 0 && strcmp(arg, "mic") != 0)
            argp_error(state, "--kind %s: lsc or mic", arg);
        a->o.kind = arg[0] == 'l' ? CAPF_LSC : CAPF_MIC;
        return 0;
    case OPT_TIMEOUT:
        a->o.timeout_s = number(arg, 3600, "timeout", state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s", arg);
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Do what a phone does when it starts: fetch the trust lists and decide whether to believe them, take its "
        "configuration, enrol with CAPF, connect to the call manager; tell each step and why.\vWhat it holds lies in "
        "DIR/NAME and counts at its next start. Exit status 0: all went well; 1: it refused something, or a server "
        "did; "
        "4: nothing could be fetched, or it could not start.",
};

/* What came of all of them. */
struct tally {
    const struct cli_common *common;
    unsigned all, good, unreached;
    struct {
        char step[24], verdict[24];
        unsigned n;
    } rows[64];
    size_t nrows;
    struct {
        char first[PHONE_NAME_MAX + 1], text[800];
        unsigned n;
    } troubles[TROUBLES_SHOWN];
    unsigned ntroubles, more; /* more: phones whose trouble is not kept */
    bool alone;
};

static void count(struct tally *t, const char *step, const char *verdict)
{
    for (size_t i = 0; i < t->nrows; i++)
        if (strcmp(t->rows[i].step, step) == 0 && strcmp(t->rows[i].verdict, verdict) == 0) {
            t->rows[i].n++;
            return;
        }
    if (t->nrows == sizeof t->rows / sizeof *t->rows)
        return;
    (void)snprintf(t->rows[t->nrows].step, sizeof t->rows[0].step, "%s", step);
    (void)snprintf(t->rows[t->nrows].verdict, sizeof t->rows[0].verdict, "%s", verdict);
    t->rows[t->nrows++].n = 1;
}

/* What went wrong, once for all phones with whom it went so. */
static void note_trouble(struct tally *t, const char *phone, const char *step, const char *text)
{
    char whole[800];

    (void)snprintf(whole, sizeof whole, "%s: %s", step, text);
    for (unsigned i = 0; i < t->ntroubles; i++) {
        if (strcmp(t->troubles[i].text, whole) != 0)
            continue;
        t->troubles[i].n++;
        if (strcmp(phone, t->troubles[i].first) < 0)
            (void)snprintf(t->troubles[i].first, sizeof t->troubles[i].first, "%s", phone);
        return;
    }
    if (t->ntroubles == TROUBLES_SHOWN) {
        t->more++;
        return;
    }
    (void)snprintf(t->troubles[t->ntroubles].first, sizeof t->troubles[0].first, "%s", phone);
    memcpy(t->troubles[t->ntroubles].text, whole, sizeof whole);
    t->troubles[t->ntroubles++].n = 1;
}

static const char *field(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text != NULL ? text : "";
}

static void print_step(const json_t *s)
{
    const char *end = field(s, "end");
    const bool bad = strcmp(end, "refused") == 0 || strcmp(end, "failed") == 0;

    printf("  %-14s %s%-12s%s %s\n", field(s, "step"),
           cli_colour(STDOUT_FILENO, bad                        ? "1;31"
                                     : strcmp(end, "good") == 0 ? "32"
                                                                : "2"),
           field(s, "verdict"), cli_colour(STDOUT_FILENO, "0"), field(s, "text"));
}

static void hear(void *arg, const json_t *doc)
{
    struct tally *t = arg;
    const json_t *s;
    size_t i;

    t->all++;
    t->good += json_is_true(json_object_get(doc, "good"));
    t->unreached += !json_is_true(json_object_get(doc, "reached"));
    if (t->common->json) {
        (void)json_dumpf(doc, stdout, JSON_COMPACT);
        (void)putchar('\n');
        return;
    }
    if (t->alone && !t->common->quiet)
        printf("%s (%s)\n", field(doc, "phone"), field(doc, "model"));
    json_array_foreach(json_object_get(doc, "steps"), i, s)
    {
        const char *end = field(s, "end");

        count(t, field(s, "step"), field(s, "verdict"));
        if (t->alone && !t->common->quiet)
            print_step(s);
        else if (strcmp(end, "refused") == 0 || strcmp(end, "failed") == 0)
            note_trouble(t, field(doc, "phone"), field(s, "step"), field(s, "text"));
    }
}

static void print_tally(const struct tally *t)
{
    struct cli_table *table = cli_table_new();

    cli_table_column(table, "PHONES", CLI_COL_RIGHT);
    cli_table_column(table, "STEP", CLI_COL_LEFT);
    cli_table_column(table, "HOW IT ENDED", CLI_COL_LEFT);
    for (size_t i = 0; i < t->nrows; i++) {
        char n[16];

        (void)snprintf(n, sizeof n, "%u", t->rows[i].n);
        cli_table_row(table, (const char *const[]){n, t->rows[i].step, t->rows[i].verdict});
    }
    if (!t->common->quiet)
        cli_table_print(table);
    cli_table_free(&table);
    for (unsigned i = 0; i < t->ntroubles; i++) {
        (void)fprintf(stderr, "%s", t->troubles[i].first);
        if (t->troubles[i].n > 1)
            (void)fprintf(stderr, " and %u more", t->troubles[i].n - 1);
        (void)fprintf(stderr, ": %s\n", t->troubles[i].text);
    }
    if (t->more > 0)
        (void)fprintf(stderr, "... and %u more steps that did not go well (--json tells all)\n", t->more);
    cli_say(t->common, "%u of %u phones: all went well", t->good, t->all);
}

int voxphone_boot(struct cli_common *common, int argc, char **argv)
{
    struct boot_args a = {.o = {.kind = CAPF_MIC, .timeout_s = 10}, .count = 1};
    struct tally t = {.common = common};
    struct fetch *from;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct vox_error err;
    enum vox_err code;

    (void)phone_model_find("8841", &a.o.model);
    cli_parse(common, &argp, argc, argv, &a);
    t.alone = a.count == 1;
    if (fetch_open(a.o.from, a.o.timeout_s, &from, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    fetch_close(&from);
    if (a.jobs == 0)
        a.jobs = (unsigned)(cores > 0 && cores < JOBS_MAX / 4 ? cores * 4 : 4);
    const struct crowd c = {.common = common,
                            .o = &a.o,
                            .first = a.name,
                            .count = a.count,
                            .jobs = a.jobs < a.count ? a.jobs : a.count,
                            .each = hear,
                            .arg = &t};

    code = crowd_boot(&c, &err);
    if (!common->json && !t.alone)
        print_tally(&t);
    if (code != VOX_OK)
        return cli_report(common, NULL, &err);
    if (t.all > 0 && t.unreached == t.all)
        return EXIT_ENVIRONMENT;
    return t.good == t.all ? EXIT_DONE : EXIT_NO;
}
