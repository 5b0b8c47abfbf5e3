#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/phones.h>

#include "phones_held.h"
#include "voxtrust.h"

enum { OPT_CTL = 0x100, OPT_ITL, OPT_OUTDATED };

static const struct argp_option options[] = {
    {"ctl", OPT_CTL, "VERSION", 0, "only those that hold this version of the CTL ('voxlist history'), or none", 0},
    {"itl", OPT_ITL, "VERSION", 0, "likewise of the ITL", 0},
    {"outdated", OPT_OUTDATED, NULL, 0, "only those that hold another list than is published now", 0},
    {0},
};

struct list_args {
    const char *ctl, *itl, *prefix;
    bool outdated;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list_args *a = state->input;

    switch (key) {
    case OPT_CTL:
        a->ctl = arg;
        return 0;
    case OPT_ITL:
        a->itl = arg;
        return 0;
    case OPT_OUTDATED:
        a->outdated = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->prefix != NULL)
            argp_error(state, "one PREFIX at a time: %s", arg);
        a->prefix = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[PREFIX]",
    .doc = "List phones: which lists each holds, as far as it is known. PREFIX: only those whose names begin so.\v"
           "With --json a line per phone, each a document of its own.",
};

struct printer {
    const struct cli_common *common;
    const struct list_args *a;
    struct store *s;
    const struct phones_held *held;
    size_t shown;
    bool failed;
};

static json_t *describe(const struct printer *out, const struct inventory_phone *p)
{
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX], seen[CLOCK_RFC3339_MAX];

    held_words(out->held, p->ctl, ctl);
    held_words(out->held, p->itl, itl);
    clock_format(p->seen, seen);
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "name", p->name, "model",
                     p->model[0] != '\0' ? json_string(p->model) : json_null(), "address",
                     p->address[0] != '\0' ? json_string(p->address) : json_null(), "seen", seen, "how", p->how, "ctl",
                     ctl, "itl", itl, "ctl_sha256", p->ctl, "itl_sha256", p->itl, "outdated",
                     held_outdated(out->held, p));
}

static bool print(void *arg, const struct inventory_phone *p)
{
    struct printer *out = arg;
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX], seen[CLOCK_RFC3339_MAX] = "-";

    if (out->a->outdated && !held_outdated(out->held, p))
        return true;
    if (out->common->json) {
        json_t *doc = describe(out, p);

        out->failed = doc == NULL || json_dumpf(doc, stdout, JSON_COMPACT) != 0;
        json_decref(doc);
        (void)putchar('\n');
        out->shown++;
        return !out->failed;
    }
    if (out->shown++ == 0)
        printf("%-*s %-8s %-12s %-12s %-20s %-8s %s\n", PHONE_NAME_MAX, "PHONE", "MODEL", "CTL", "ITL", "SEEN", "HOW",
               "ADDRESS");
    held_words(out->held, p->ctl, ctl);
    held_words(out->held, p->itl, itl);
    if (p->seen != 0)
        clock_format(p->seen, seen);
    printf("%-*s %-8s %-12s %-12s %-20s %-8s %s\n", PHONE_NAME_MAX, p->name, p->model[0] != '\0' ? p->model : "-", ctl,
           itl, seen, p->how, p->address);
    return true;
}

static enum vox_err list(struct printer *out, struct vox_error *err)
{
    struct inventory_filter f = {.name_prefix = out->a->prefix};
    char ctl[INVENTORY_LIST_MAX], itl[INVENTORY_LIST_MAX];
    enum vox_err code = VOX_OK;

    if (out->a->ctl != NULL && (code = held_parse(out->held, "ctl", out->a->ctl, ctl, err)) == VOX_OK)
        f.ctl = ctl;
    if (code == VOX_OK && out->a->itl != NULL && (code = held_parse(out->held, "itl", out->a->itl, itl, err)) == VOX_OK)
        f.itl = itl;
    return code == VOX_OK ? inventory_each(out->s, &f, print, out, err) : code;
}

int voxtrust_phones_list(struct cli_common *common, int argc, char **argv)
{
    struct list_args a = {0};
    struct printer out = {.common = common, .a = &a};
    struct phones_held *held = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &out.s, &err) == VOX_OK && held_read(out.s, &held, &err) == VOX_OK) {
        out.held = held;
        if (list(&out, &err) != VOX_OK)
            status = cli_report(common, NULL, &err);
        else if (out.shown == 0)
            cli_say(common,
                    "No such phone is known: 'voxtrust phones import FILE' learns from access logs and tables.");
    } else {
        status = cli_report(common, NULL, &err);
    }
    held_free(&held);
    store_close(&out.s);
    return status;
}
