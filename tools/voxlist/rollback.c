#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/report.h>

#include "offer.h"
#include "voxlist.h"

struct rollback_args {
    int64_t number;
    bool force;
    int64_t force_lost;
    const char *to;
};

static const struct argp_option options[] = {
    {"to", 't', "DIR", 0, "folder to publish to (default: where that version was published)", 0},
    FORCE_OPTION(0),
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct rollback_args *a = state->input;
    char *end;

    switch (key) {
    case 't':
        a->to = arg;
        return 0;
    case 'f':
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    case ARGP_KEY_ARG:
        if (a->number != 0)
            argp_error(state, "one version at a time, not '%s' as well", arg);
        errno = 0;
        a->number = strtoll(arg, &end, 10);
        if (errno != 0 || end == arg || *end != '\0' || a->number < 1)
            argp_error(state, "'%s' is no version: a number from 'voxlist history'", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->number == 0)
            argp_error(state, "which version? A number from 'voxlist history'");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "N",
    .doc =
        "Publish an earlier version of a trust list again, byte for byte.\v"
        "The same question is asked as by 'voxlist publish': when phones that hold the current lists would refuse it, "
        "exit status 1 and nothing is changed. It becomes a new version of the history.",
};

int voxlist_rollback(struct cli_common *common, int argc, char **argv)
{
    struct rollback_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct store_list old = {.number = 0};
    struct store *s = NULL;
    struct vox_error err;
    char subject[32], note[48];
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    (void)snprintf(subject, sizeof subject, "version %lld", (long long)a.number);
    (void)snprintf(note, sizeof note, "rollback of %lld", (long long)a.number);
    enum vox_err code = store_list_get(s, a.number, &old, &err);
    if (code == VOX_E_NOT_FOUND)
        vox_fail(&err, VOX_E_INPUT, "there is no such version: 'voxlist history' shows them");
    if (code != VOX_OK) {
        status = cli_report(common, subject, &err);
        goto out;
    }
    const char *name = old.name;
    struct offer o = {
        .common = common,
        .store = s,
        .list = bytes_view_of(&old.data),
        .dir = a.to != NULL ? a.to : old.dir,
        .names = &name,
        .nnames = 1,
        .note = note,
        .force = a.force,
        .force_lost = a.force_lost,
    };
    status = cluster_list_parse(old.kind, &o.kind) ? offer_publish(&o) : EXIT_ENVIRONMENT;
out:
    store_list_clear(&old);
    store_close(&s);
    return status;
}
