#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/publish.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/inventory.h>
#include <libcert/limits.h>

#include "canary.h"
#include "offer.h"
#include "voxlist.h"

enum { OPTION_TO = 't', OPTION_FORCE = 'f', OPTION_ALL = 'a' };

struct promote_args {
    struct canary_wanted wanted;
    struct canary_pick pick;
    bool all, force;
    int64_t force_lost;
};

static const struct argp_option options[] = {
    {"to", OPTION_TO, "DIR", 0, "the canary of that folder, when several are open", 1},
    CANARY_PICK_OPTIONS,
    {"all", OPTION_ALL, NULL, 0, "to all phones: publish it as everybody's list; the phones' own files go", 1},
    FORCE_OPTION(1),
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct promote_args *a = state->input;
    error_t done;

    switch (key) {
    case OPTION_TO:
        a->wanted.dir = arg;
        return 0;
    case OPTION_ALL:
        a->all = true;
        return 0;
    case OPTION_FORCE:
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    case ARGP_KEY_END:
        if (a->all && canary_pick_any(&a->pick))
            argp_error(state, "--all, or some phones: not both");
        return 0;
    default:
        if ((done = canary_wanted_parse(key, arg, state, &a->wanted)) == ARGP_ERR_UNKNOWN)
            done = canary_pick_parse(key, arg, state, &a->pick);
        return done;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[ctl|itl]",
    .doc =
        "Give the list of a canary to more phones, or to all.\v"
        "--share counts those that have it already: 25 after 5 adds 20. The same questions are asked as at the start, "
        "of those that come. Without any phones: go on with what was interrupted.",
};

/* A promotion under way. */
struct promotion {
    struct cli_common *common;
    const struct promote_args *a;
    struct store *s;
    enum cluster_list kind;
    struct canary canary;
    struct canary_phone *phones; /* all of it */
    size_t n;
    size_t added;
    struct impact impact;
    int64_t version; /* of everybody's list */
    struct bytes list;
    struct hooks_files changed;
};

/* Those of list that are not in the canary yet; how many are left. */
static size_t drop_members(const struct promotion *t, struct canary_phone *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (t->n == 0 || bsearch(&list[i], t->phones, t->n, sizeof list[0], canary_by_name) == NULL)
            list[kept++] = list[i];
    return kept;
}

static enum vox_err record(struct promotion *t, const struct canary_phone *more, size_t n, struct vox_error *err)
{
    char what[VOX_ERROR_TEXT_MAX];
    enum vox_err code = canary_set_step(t->s, t->canary.id, CANARY_GROWING, clock_now(), err);

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        code = canary_phone_add(t->s, t->canary.id, more[i].name, err);
    (void)snprintf(what, sizeof what, "voxlist canary promote: %s in %.700s, %zu more phones", t->canary.kind,
                   t->canary.dir, n);
    if (code == VOX_OK && (code = audit_append(t->s, what, "done", err)) == VOX_OK)
        code = store_commit(t->s, err);
    return code;
}

static enum vox_err grow(struct promotion *t, struct vox_error *err)
{
    struct canary_phone *more;
    enum vox_err code;
    size_t n;

    if ((code = canary_pick_phones(t->s, &t->a->pick, &more, &n, err)) != VOX_OK)
        return code;
    n = drop_members(t, more, n);
    t->added = n;
    if (n == 0)
        goto out;
    if (t->n + n > LIMIT_CANARY_PHONES) {
        code = vox_fail(err, VOX_E_INPUT, "%zu phones with those that have it: a canary has %d at most; for all: --all",
                        t->n + n, LIMIT_CANARY_PHONES);
        goto out;
    }
    if ((code = store_begin(t->s, err)) != VOX_OK)
        goto out;
    const struct canary_question q = {.phones = more,
                                      .n = n,
                                      .kind = t->kind,
                                      .dir = t->canary.dir,
                                      .list = bytes_view_of(&t->list),
                                      .force = t->a->force,
                                      .force_lost = t->a->force_lost};
    if ((code = canary_ask(t->s, &q, &t->impact, err)) == VOX_OK)
        code = record(t, more, n, err);
    store_rollback(t->s);
    if (code == VOX_OK) {
        t->canary.step = CANARY_GROWING;
        free(t->phones);
        code = canary_phones(t->s, t->canary.id, &t->phones, &t->n, err);
    }
out:
    free(more);
    return code;
}

/* Everybody's list; when that is there already, as after an interruption, nothing happens. */
static enum vox_err publish(struct promotion *t, struct vox_error *err)
{
    const struct publish_params p = {.kind = t->kind,
                                     .dir = t->canary.dir,
                                     .name = cluster_list_filename(t->kind),
                                     .list = bytes_view_of(&t->list),
                                     .note = "canary promoted",
                                     .what = "voxlist canary promote",
                                     .force = t->a->force,
                                     .force_lost = t->a->force_lost};
    struct publish_result r;
    enum vox_err code = cluster_publish(t->s, &p, &r, err);

    if (code == VOX_OK && (!r.unchanged || r.resumed))
        hooks_files_add(&t->changed, r.path);
    t->version = r.version;
    t->impact = r.impact;
    publish_result_clear(&r);
    return code;
}

static enum vox_err refuse_step(const struct promotion *t, struct vox_error *err)
{
    if (t->canary.step == CANARY_WITHDRAWING)
        return vox_fail(err, VOX_E_INPUT, "it is being withdrawn: 'voxlist canary withdraw' goes on");
    if (t->canary.step == CANARY_PROMOTING && !t->a->all)
        return vox_fail(err, VOX_E_INPUT, "it is everybody's list already: 'voxlist canary promote --all' goes on");
    if (!t->a->all && !canary_pick_any(&t->a->pick) && t->canary.step != CANARY_GROWING)
        return vox_fail(err, VOX_E_USAGE, "to which phones? --device, --match, --share, or --all");
    return VOX_OK;
}

static enum vox_err promote(struct promotion *t, struct vox_error *err)
{
    struct canary_work w = {
        .s = t->s, .c = &t->canary, .kind = t->kind, .what = "voxlist canary promote", .changed = &t->changed};
    enum vox_err code;

    if ((code = refuse_step(t, err)) != VOX_OK ||
        (code = canary_phones(t->s, t->canary.id, &t->phones, &t->n, err)) != VOX_OK ||
        (code = inventory_list_bytes(t->s, t->canary.sha256, &t->list, err)) != VOX_OK)
        return code;
    if (!t->a->force && (canary_pick_any(&t->a->pick) || t->a->all) && t->canary.step != CANARY_PROMOTING &&
        (code = canary_overtaken(t->s, &t->canary, err)) != VOX_OK)
        return code;
    if (canary_pick_any(&t->a->pick))
        code = grow(t, err);
    else if (t->a->all && t->canary.step != CANARY_PROMOTING)
        code = publish(t, err);
    w.phones = t->phones;
    w.n = t->n;
    return code == VOX_OK ? canary_run(&w, t->a->all, true, err) : code;
}

static int tell(const struct promotion *t)
{
    char known[256];

    if (t->common->json) {
        json_t *doc = canary_json(&t->canary, t->n);

        (void)json_object_set_new(doc, "added", json_integer((json_int_t)t->added));
        (void)json_object_set_new(doc, "version", t->version > 0 ? json_integer(t->version) : json_null());
        (void)json_object_set_new(doc, "known_phones", impact_json(&t->impact));
        return cli_json_print(doc);
    }
    impact_text(&t->impact, known, sizeof known);
    if (t->a->all) {
        cli_say(t->common, "%s/%s: everybody's list now; the own files of %zu phone%s are gone", t->canary.dir,
                cluster_list_filename(t->kind), t->n, t->n == 1 ? "" : "s");
        if (t->version > 0 && t->impact.all > 0)
            cli_say(t->common, "Of the others, %s", known);
        return EXIT_DONE;
    }
    cli_say(t->common, "%s: %zu more phone%s, %zu in all have the %s under the own name", t->canary.dir, t->added,
            t->added == 1 ? "" : "s", t->n, t->kind == CLUSTER_CTL ? "CTL" : "ITL");
    if (t->added > 0)
        cli_say(t->common, "Of these, %s", known);
    return EXIT_DONE;
}

int voxlist_canary_promote(struct cli_common *common, int argc, char **argv)
{
    struct promote_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct promotion t = {.common = common, .a = &a};
    struct vox_error err;
    int status;

    if ((a.pick.devices = calloc((size_t)argc, sizeof *a.pick.devices)) == NULL) {
        vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &t.s, &err) != VOX_OK || canary_find(t.s, &a.wanted, &t.canary, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        (void)cluster_list_parse(t.canary.kind, &t.kind);
        status = promote(&t, &err) == VOX_OK ? tell(&t) : cli_report(common, NULL, &err);
        canary_hooks(common, t.s, "published", t.kind, &t.changed);
    }
    canary_clear(&t.canary);
    free(t.phones);
    free(a.pick.devices);
    bytes_free(&t.list);
    store_close(&t.s);
    return status;
}
