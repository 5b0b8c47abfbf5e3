#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/phones.h>

#include "view.h"
#include "voxcapf.h"

enum { DAY = 24 * 3600, DAYS_MAX = 36500 };

struct list_args {
    struct phone_filter filter;
    long expiring; /* days; -1: whatever the date */
};

enum { OPT_LOCKED = 0x100 };

static const struct argp_option options[] = {
    {"state", 's', "STATE", 0, "only those: none, pending, in-progress, issued, delivered or failed", 0},
    {"locked", OPT_LOCKED, NULL, 0, "only those that wait after wrong authentication strings", 0},
    {"expiring", 'e', "DAYS", 0, "only those whose certificate ends within DAYS, or has ended", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list_args *a = state->input;
    enum phone_state st;
    char *end;

    switch (key) {
    case 's':
        if (!phone_state_parse(arg, &st))
            argp_error(state, "--state %s: none, pending, in-progress, issued, delivered or failed%s", arg,
                       strcmp(arg, "locked") == 0 ? " (there is --locked)" : "");
        a->filter.state = (int)st;
        return 0;
    case OPT_LOCKED:
        a->filter.locked = true;
        return 0;
    case 'e':
        errno = 0;
        a->expiring = strtol(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || a->expiring > DAYS_MAX)
            argp_error(state, "--expiring %s: a number of days", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (a->filter.name_prefix != NULL)
            argp_error(state, "one PREFIX at a time: %s", arg);
        a->filter.name_prefix = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[PREFIX]",
    .doc = "List phones: what each is to do and how far it is. PREFIX: only those whose names begin so.\v"
           "With --json a line per phone, each a document of its own.",
};

struct printer {
    const struct cli_common *common;
    int64_t now;
    size_t shown;
    bool failed;
};

/* A line at a time, in columns whose widths are known: there may be any number of phones. */
static void print_row(struct printer *out, const struct phone *p)
{
    char since[CLOCK_RFC3339_MAX] = "-", days[24] = "-", note[VIEW_NOTE_MAX];

    if (out->shown == 0)
        printf("%-*s %-11s %-9s %-6s %-20s %8s %s\n", PHONE_NAME_MAX, "DEVICE", "STATE", "OPERATION", "AUTH", "SINCE",
               "LSC DAYS", "NOTE");
    if (p->state_since != 0)
        clock_format(p->state_since, since);
    if (p->lsc_not_after != 0)
        (void)snprintf(days, sizeof days, "%" PRId64, clock_days_between(out->now, p->lsc_not_after));
    view_note(p, out->now, note);
    printf("%-*s %-11s %-9s %-6s %-20s %8s%s%s\n", PHONE_NAME_MAX, p->name, phone_state_word(p->state),
           phone_operation_word(p->operation), phone_proof_word(p->proof), since, days, note[0] != '\0' ? " " : "",
           note);
}

static bool print(void *arg, const struct phone *p)
{
    struct printer *out = arg;

    if (out->common->json) {
        json_t *doc = view_phone_json(p, out->now);

        out->failed = doc == NULL || json_dumpf(doc, stdout, JSON_COMPACT) != 0;
        json_decref(doc);
        putchar('\n');
    } else {
        print_row(out, p);
    }
    out->shown++;
    return !out->failed;
}

int voxcapf_list(struct cli_common *common, int argc, char **argv)
{
    struct list_args a = {.filter = {.state = -1, .now = clock_now()}, .expiring = -1};
    struct printer out = {.common = common, .now = a.filter.now};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (a.expiring >= 0)
        a.filter.lsc_ends_before = out.now + a.expiring * DAY;
    if (cli_store_open(common, &s, &err) != VOX_OK || phones_each(s, &a.filter, print, &out, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (out.failed) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory, or the output cannot be written");
        status = cli_report(common, NULL, &err);
    } else if (out.shown == 0) {
        cli_say(common, a.filter.state < 0 && !a.filter.locked && a.expiring < 0 && a.filter.name_prefix == NULL
                            ? "There are no phones yet: 'voxcapf set DEVICE --install' or 'voxcapf import CSV'."
                            : "There is no such phone.");
    }
    store_close(&s);
    return status;
}
