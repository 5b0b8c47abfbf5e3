#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/held.h>

#include "canary.h"
#include "offer.h"
#include "voxlist.h"

enum { OPTION_TO = 't', OPTION_FORCE = 'f' };

struct withdraw_args {
    struct canary_wanted wanted;
    bool force;
    int64_t force_lost;
};

static const struct argp_option options[] = {
    {"to", OPTION_TO, "DIR", 0, "the canary of that folder, when several are open", 0},
    FORCE_OPTION(0),
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct withdraw_args *a = state->input;

    switch (key) {
    case OPTION_TO:
        a->wanted.dir = arg;
        return 0;
    case OPTION_FORCE:
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    default:
        return canary_wanted_parse(key, arg, state, &a->wanted);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[ctl|itl]",
    .doc =
        "Take the list of a canary back: the phones' own files go, and they fall back to the list that all have.\v"
        "Refused (exit status 1) when phones that hold the canary's list would not take that one. Killed, it goes on "
        "when it is run again.",
};

/* A canary that is withdrawn. */
struct withdrawal {
    struct cli_common *common;
    const struct withdraw_args *a;
    struct store *s;
    enum cluster_list kind;
    struct canary canary;
    struct canary_phone *phones;
    size_t n;
    struct impact impact;
    struct hooks_files changed;
};

/* Would they take the list that all have? */
static enum vox_err ask(void *arg, struct vox_error *err)
{
    struct withdrawal *t = arg;
    const struct store_list *there;
    struct store_list *lists;
    enum vox_err code;
    size_t n;

    if ((code = store_lists(t->s, t->canary.kind, true, &lists, &n, err)) != VOX_OK)
        return code;
    if ((there = held_current(lists, n, cluster_list_filename(t->kind), t->canary.dir)) == NULL) {
        code = vox_fail(err, VOX_E_NO, "nothing is published in %s for all phones: these would have no list at all",
                        t->canary.dir);
    } else {
        const struct canary_question q = {.phones = t->phones,
                                          .n = t->n,
                                          .kind = t->kind,
                                          .dir = t->canary.dir,
                                          .list = bytes_view_of(&there->data),
                                          .force = t->a->force,
                                          .force_lost = t->a->force_lost};

        code = canary_ask(t->s, &q, &t->impact, err);
    }
    store_lists_free(&lists, n);
    return code;
}

static enum vox_err withdraw(struct withdrawal *t, struct vox_error *err)
{
    struct canary_work w = {.s = t->s,
                            .c = &t->canary,
                            .kind = t->kind,
                            .may_go = ask,
                            .asker = t,
                            .what = "voxlist canary withdraw",
                            .changed = &t->changed};
    enum vox_err code;

    if (t->canary.step == CANARY_PROMOTING)
        return vox_fail(err, VOX_E_INPUT, "it is everybody's list already: 'voxlist canary promote --all' goes on");
    if ((code = canary_phones(t->s, t->canary.id, &t->phones, &t->n, err)) != VOX_OK)
        return code;
    w.phones = t->phones;
    w.n = t->n;
    return canary_run(&w, true, false, err);
}

static int tell(const struct withdrawal *t)
{
    char known[256];

    if (t->common->json) {
        json_t *doc = canary_json(&t->canary, t->n);

        (void)json_object_set_new(doc, "known_phones", impact_json(&t->impact));
        return cli_json_print(doc);
    }
    cli_say(t->common, "%s: the own files of %zu phone%s are gone: they fall back to the list that all have",
            t->canary.dir, t->n, t->n == 1 ? "" : "s");
    if (t->impact.all > 0) {
        impact_text(&t->impact, known, sizeof known);
        cli_say(t->common, "Of these, %s", known);
    }
    return EXIT_DONE;
}

int voxlist_canary_withdraw(struct cli_common *common, int argc, char **argv)
{
    struct withdraw_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct withdrawal t = {.common = common, .a = &a};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &t.s, &err) != VOX_OK || canary_find(t.s, &a.wanted, &t.canary, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        (void)cluster_list_parse(t.canary.kind, &t.kind);
        status = withdraw(&t, &err) == VOX_OK ? tell(&t) : cli_report(common, NULL, &err);
        canary_hooks(common, t.s, "withdrawn", t.kind, &t.changed);
    }
    canary_clear(&t.canary);
    free(t.phones);
    store_close(&t.s);
    return status;
}
