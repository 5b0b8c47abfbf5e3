#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/phoneprofiles.h>

#include "view.h"
#include "voxcapf.h"

enum { DAY = 24 * 3600, DAYS_MAX = 36500, PROFILE_WIDTH = 20 };

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
    struct store *s;
    struct phone_book *book; /* read with the first phone: of the same state of the store as all of them */
    bool profiles;           /* there are some */
    struct vox_error *err;
    int64_t now;
    size_t shown;
    bool failed; /* no memory, or no output */
    bool broken; /* a profile could not be read: *err says it */
};

/* A line at a time, in columns whose widths are known: there may be any number of phones. A profile's name that is
 * longer is cut: 'voxcapf show' has all of it. */
static void print_row(struct printer *out, const struct phone *p, const struct phone_device *d)
{
    char since[CLOCK_RFC3339_MAX] = "-", days[24] = "-", note[VIEW_NOTE_MAX], profile[PROFILE_WIDTH + 2] = "";

    if (out->shown == 0)
        printf("%-*s %-11s %-9s %-6s %-20s %8s %s%s\n", PHONE_NAME_MAX, "DEVICE", "STATE", "OPERATION", "AUTH", "SINCE",
               "LSC DAYS", out->profiles ? "PROFILE              " : "", "NOTE");
    if (p->state_since != 0)
        clock_format(p->state_since, since);
    if (p->lsc_not_after != 0)
        (void)snprintf(days, sizeof days, "%" PRId64, clock_days_between(out->now, p->lsc_not_after));
    view_note(p, out->now, note);
    if (out->profiles)
        (void)snprintf(profile, sizeof profile, " %-*.*s", note[0] != '\0' ? PROFILE_WIDTH : 0, PROFILE_WIDTH,
                       d->profile != NULL ? d->profile->name : "-");
    printf("%-*s %-11s %-9s %-6s %-20s %8s%s%s%s\n", PHONE_NAME_MAX, p->name, phone_state_word(p->state),
           phone_operation_word(p->operation), phone_proof_word(p->proof), since, days, profile,
           note[0] != '\0' ? " " : "", note);
}

static bool print(void *arg, const struct phone *p)
{
    struct phone_device d = {.by = PHONE_PROFILE_NONE};
    struct printer *out = arg;

    if (out->book == NULL && phone_book_open(out->s, &out->book, out->err) != VOX_OK) {
        out->broken = true;
        return false;
    }
    out->profiles = phone_book_any(out->book);
    if (out->profiles && phone_book_device(out->book, p->name, &d, out->err) != VOX_OK) {
        out->broken = true;
        return false;
    }
    if (out->common->json) {
        json_t *doc = view_phone_json(p, out->now);

        view_device_json(&d, doc);
        out->failed = doc == NULL || json_dumpf(doc, stdout, JSON_COMPACT) != 0;
        json_decref(doc);
        putchar('\n');
    } else {
        print_row(out, p, &d);
    }
    out->shown++;
    return !out->failed;
}

int voxcapf_list(struct cli_common *common, int argc, char **argv)
{
    struct list_args a = {.filter = {.state = -1, .now = clock_now()}, .expiring = -1};
    struct vox_error err;
    struct printer out = {.common = common, .now = a.filter.now, .err = &err};
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (a.expiring >= 0)
        a.filter.lsc_ends_before = out.now + a.expiring * DAY;
    if (cli_store_open(common, &out.s, &err) != VOX_OK || phones_each(out.s, &a.filter, print, &out, &err) != VOX_OK ||
        out.broken) {
        status = cli_report(common, NULL, &err);
    } else if (out.failed) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory, or the output cannot be written");
        status = cli_report(common, NULL, &err);
    } else if (out.shown == 0) {
        cli_say(common, a.filter.state < 0 && !a.filter.locked && a.expiring < 0 && a.filter.name_prefix == NULL
                            ? "There are no phones yet: 'voxcapf set DEVICE --install' or 'voxcapf import CSV'."
                            : "There is no such phone.");
    }
    phone_book_free(&out.book);
    store_close(&out.s);
    return status;
}
