#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/deliver.h>
#include <cluster/held.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "canary.h"
#include "list_source.h"
#include "offer.h"
#include "voxlist.h"

enum { OPTION_TO = 't', OPTION_FORCE = 'f', OPTION_NODE = 0x400, OPTION_PASSWORD, OPTION_LIST };

struct start_args {
    struct canary_wanted wanted;
    struct canary_pick pick;
    const char *node, *password_file, *list;
    bool force;
    int64_t force_lost;
    struct making making;
};

static const struct argp_option options[] = {
    {"to", OPTION_TO, "DIR", 0, "folder that phones fetch their files from", 1},
    CANARY_PICK_OPTIONS,
    FORCE_OPTION(1),
    {"node", OPTION_NODE, "NODE", 0, "the TFTP node whose ITL it is", 1},
    {"list", OPTION_LIST, "FILE", 0, "this signed list in place of one from the store", 1},
    {"password-file", OPTION_PASSWORD, "FILE", 0, "password of the signer's private key ('-': standard input)", 1},
    MAKING_OPTIONS,
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct start_args *a = state->input;
    error_t done;

    switch (key) {
    case OPTION_TO:
        a->wanted.dir = arg;
        return 0;
    case OPTION_FORCE:
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    case OPTION_NODE:
        a->node = arg;
        return 0;
    case OPTION_LIST:
        a->list = arg;
        return 0;
    case OPTION_PASSWORD:
        a->password_file = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->wanted.kind == NULL)
            argp_error(state, "which list: ctl or itl?");
        if (a->wanted.dir == NULL)
            argp_error(state, "where do phones fetch their files? --to DIR");
        if (!canary_pick_any(&a->pick))
            argp_error(state, "which phones? --device, --match or --share");
        return 0;
    default:
        if ((done = canary_wanted_parse(key, arg, state, &a->wanted)) == ARGP_ERR_UNKNOWN &&
            (done = canary_pick_parse(key, arg, state, &a->pick)) == ARGP_ERR_UNKNOWN)
            done = making_parse(key, arg, state, &a->making);
        return done;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl --to DIR",
    .doc = "Build a trust list from the store and give it to some phones first, under their own file names. All others "
           "go on with the list that they have.\v"
           "The same questions are asked as by 'voxlist publish', of these phones. Then: 'voxlist canary status' tells "
           "which of them were seen with the list, 'promote' gives it to more of them and to all, 'withdraw' takes it "
           "back. Killed, it goes on when it is run again.",
};

/* A canary in the making. */
struct start {
    struct cli_common *common;
    const struct start_args *a;
    struct store *s;
    enum cluster_list kind;
    char dir[PATH_MAX];
    struct canary canary;
    struct canary_phone *phones;
    size_t n;
    struct bytes list;
    struct impact impact;
    bool resumed;
};

/* A phone that has a list of its own keeps it: what would it fall back to? And all must not have this list already. */
static enum vox_err refuse_others(struct start *t, struct vox_error *err)
{
    char file[CANARY_NAME_MAX], sha256[65];
    const struct store_list *there;
    struct store_list *lists;
    enum vox_err code;
    size_t n;

    making_sha256(bytes_view_of(&t->list), sha256);
    if ((code = store_lists(t->s, t->a->wanted.kind, false, &lists, &n, err)) != VOX_OK)
        return code;
    there = held_current(lists, n, cluster_list_filename(t->kind), t->dir);
    if (there == NULL)
        code =
            vox_fail(err, VOX_E_INPUT,
                     "nothing is published in %s for all phones, to which these could fall back: 'voxlist publish %s' "
                     "first",
                     t->dir, t->a->wanted.kind);
    else if (strcmp(there->sha256, sha256) == 0)
        code = vox_fail(err, VOX_E_INPUT, "all phones are served this very list already, as version %lld",
                        (long long)there->number);
    for (size_t i = 0; code == VOX_OK && i < t->n; i++) {
        canary_file(t->kind, t->phones[i].name, file);
        if (held_current(lists, n, file, t->dir) != NULL)
            code = vox_fail(err, VOX_E_INPUT, "%s has a list of its own, %s: it cannot try another one",
                            t->phones[i].name, file);
    }
    store_lists_free(&lists, n);
    return code;
}

static enum vox_err record(struct start *t, struct vox_error *err)
{
    const int64_t now = clock_now();
    char what[VOX_ERROR_TEXT_MAX];
    enum vox_err code;

    t->canary = (struct canary){.kind = strdup(t->a->wanted.kind),
                                .dir = strdup(t->dir),
                                .step = CANARY_GROWING,
                                .started = now,
                                .changed = now};
    if (t->canary.kind == NULL || t->canary.dir == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = canary_add(t->s, &t->canary, bytes_view_of(&t->list), err)) != VOX_OK)
        return code;
    for (size_t i = 0; code == VOX_OK && i < t->n; i++)
        code = canary_phone_add(t->s, t->canary.id, t->phones[i].name, err);
    (void)snprintf(what, sizeof what, "voxlist canary start: %s in %.700s for %zu phones, SHA-256 %s", t->canary.kind,
                   t->dir, t->n, t->canary.sha256);
    if (code == VOX_OK && (code = audit_append(t->s, what, "done", err)) == VOX_OK)
        code = store_commit(t->s, err);
    return code;
}

/* The write lock comes first: what phones hold must not change between the question and the answer. */
static enum vox_err begin(struct start *t, struct vox_error *err)
{
    const struct list_source src = {.kind = t->kind,
                                    .dir = t->dir,
                                    .name = cluster_list_filename(t->kind),
                                    .node = t->a->node,
                                    .file = t->a->list,
                                    .password_file = t->a->password_file,
                                    .making = &t->a->making};
    enum vox_err code;

    if ((code = canary_pick_phones(t->s, &t->a->pick, &t->phones, &t->n, err)) != VOX_OK ||
        (code = list_source_take(t->common, t->s, &src, &t->list, err)) != VOX_OK ||
        (code = store_begin(t->s, err)) != VOX_OK)
        return code;
    const struct canary_question q = {.phones = t->phones,
                                      .n = t->n,
                                      .kind = t->kind,
                                      .dir = t->dir,
                                      .list = bytes_view_of(&t->list),
                                      .force = t->a->force,
                                      .force_lost = t->a->force_lost};
    if ((code = refuse_others(t, err)) == VOX_OK && (code = canary_ask(t->s, &q, &t->impact, err)) == VOX_OK)
        code = record(t, err);
    store_rollback(t->s);
    return code;
}

/* One that was killed half-way is there already. */
static enum vox_err find_or_begin(struct start *t, struct vox_error *err)
{
    struct vox_error none;
    enum vox_err code;

    if ((code = deliver_folder(t->a->wanted.dir, t->dir, err)) != VOX_OK)
        return code;
    if (canary_find(t->s, &t->a->wanted, &t->canary, &none) != VOX_OK)
        return none.code == VOX_E_INPUT ? begin(t, err) : vox_fail(err, none.code, "%s", none.text);
    t->resumed = true;
    if (t->canary.step != CANARY_GROWING)
        return vox_fail(err, VOX_E_EXISTS,
                        "a canary of the %s is under way in %s already (%s): 'voxlist canary status', 'promote' or "
                        "'withdraw'",
                        t->canary.kind, t->dir, canary_step_word(t->canary.step));
    return canary_phones(t->s, t->canary.id, &t->phones, &t->n, err);
}

/* Is the list recorded for any phone, so that some may have it? */
static bool may_be_out(const struct start *t)
{
    struct store_list *lists;
    bool out = false;
    size_t n;

    if (store_lists(t->s, t->canary.kind, false, &lists, &n, NULL) != VOX_OK)
        return true;
    for (size_t i = 0; i < n; i++)
        out = out || (lists[i].current && strcmp(lists[i].sha256, t->canary.sha256) == 0 &&
                      strcmp(lists[i].dir, t->canary.dir) == 0);
    store_lists_free(&lists, n);
    return out;
}

/* A folder that is full, or cannot be written to: as if it had not begun. */
static int give_up(struct start *t, struct canary_work *w, struct vox_error *err)
{
    if (!t->resumed && !may_be_out(t) && canary_remove(w, false, NULL) == VOX_OK)
        (void)vox_error_prefix(err, "no phone has got it, and the canary is closed again");
    else
        (void)vox_error_prefix(err, "the canary is recorded, but not all of it in place: run this again");
    return cli_report(t->common, NULL, err);
}

static int tell(const struct start *t)
{
    char known[256];

    if (t->common->json) {
        json_t *doc = canary_json(&t->canary, t->n);

        (void)json_object_set_new(doc, "resumed", json_boolean(t->resumed));
        (void)json_object_set_new(doc, "known_phones", t->resumed ? json_null() : impact_json(&t->impact));
        return cli_json_print(doc);
    }
    if (t->resumed)
        cli_say(t->common,
                "Finished an earlier start that was interrupted; its list and its phones are what they were.");
    cli_say(t->common, "%s: %zu phone%s ha%s the new %s under the own name now; all others keep what they have", t->dir,
            t->n, t->n == 1 ? "" : "s", t->n == 1 ? "s" : "ve", t->kind == CLUSTER_CTL ? "CTL" : "ITL");
    if (!t->resumed) {
        impact_text(&t->impact, known, sizeof known);
        cli_say(t->common, "Of these, %s", known);
    }
    cli_say(t->common, "Restart them, import the access log, and look: voxlist canary status");
    return EXIT_DONE;
}

int voxlist_canary_start(struct cli_common *common, int argc, char **argv)
{
    struct start_args a = {.making = making_defaults(), .force_lost = IMPACT_NOT_FORCED};
    struct start t = {.common = common, .a = &a};
    struct hooks_files changed = {.text = NULL};
    struct vox_error err;
    int status;

    if ((a.pick.devices = calloc((size_t)argc, sizeof *a.pick.devices)) == NULL) {
        vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    cli_parse(common, &argp, argc, argv, &a);
    (void)cluster_list_parse(a.wanted.kind, &t.kind);
    if ((status = making_time(common, &a.making)) != EXIT_DONE)
        goto out;
    if (cli_store_open(common, &t.s, &err) != VOX_OK || find_or_begin(&t, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    struct canary_work w = {.s = t.s,
                            .c = &t.canary,
                            .kind = t.kind,
                            .phones = t.phones,
                            .n = t.n,
                            .what = "voxlist canary start",
                            .changed = &changed};
    status = canary_run(&w, false, false, &err) == VOX_OK ? tell(&t) : give_up(&t, &w, &err);
    canary_hooks(common, t.s, "published", t.kind, &changed);
out:
    canary_clear(&t.canary);
    free(t.phones);
    free(a.pick.devices);
    bytes_free(&t.list);
    store_close(&t.s);
    return status;
}
