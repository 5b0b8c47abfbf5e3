#include "canary.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <cli/output.h>
#include <cli/report.h>
#include <cluster/deliver.h>
#include <cluster/held.h>
#include <cluster/publish.h>
#include <libcert/clock.h>

error_t canary_wanted_parse(int key, char *arg, struct argp_state *state, struct canary_wanted *w)
{
    enum cluster_list kind;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (w->kind != NULL)
        argp_error(state, "one list at a time, not '%s' as well", arg);
    if (!cluster_list_parse(arg, &kind))
        argp_error(state, "'%s' is no kind of list: ctl or itl", arg);
    w->kind = cluster_list_word(kind);
    return 0;
}

enum vox_err canary_find(struct store *s, const struct canary_wanted *w, struct canary *out, struct vox_error *err)
{
    struct canary *list;
    char dir[PATH_MAX] = "";
    size_t n, found = 0;
    enum vox_err code;

    *out = (struct canary){.id = NULL};
    if ((w->dir != NULL && (code = deliver_folder(w->dir, dir, err)) != VOX_OK) ||
        (code = canaries_read(s, false, &list, &n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        if ((w->kind != NULL && strcmp(list[i].kind, w->kind) != 0) ||
            (dir[0] != '\0' && strcmp(list[i].dir, dir) != 0))
            continue;
        if (found++ > 0)
            continue;
        *out = list[i];
        list[i] = (struct canary){.id = NULL};
    }
    if (found == 0)
        code = vox_fail(err, VOX_E_INPUT, "no such canary is open: 'voxlist canary start' begins one");
    else if (found > 1)
        code = vox_fail(err, VOX_E_USAGE, "%zu canaries are open: say which by ctl or itl, and --to DIR", found);
    if (code != VOX_OK)
        canary_clear(out);
    canaries_free(&list, n);
    return code;
}

/* All phones hold what the folder's list is, but for what the inventory has of them: one file stands for all. */
enum vox_err canary_ask(struct store *s, const struct canary_question *q, struct impact *out, struct vox_error *err)
{
    const char **names = calloc(q->n + 1, sizeof *names);
    char file[CANARY_NAME_MAX];
    struct publish_result r;
    enum vox_err code;

    *out = (struct impact){0};
    if (names == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < q->n; i++)
        names[i] = q->phones[i].name;
    canary_file(q->kind, q->phones[0].name, file);
    const struct publish_params probe = {.kind = q->kind,
                                         .dir = q->dir,
                                         .name = file,
                                         .list = q->list,
                                         .force = q->force,
                                         .force_lost = IMPACT_WHATEVER};
    if ((code = impact_of_list_for(s, names, q->n, q->list, out, err)) == VOX_OK &&
        (code = impact_allowed(out, q->force_lost, err)) == VOX_OK) {
        code = cluster_publish_check(s, &probe, &r, err);
        publish_result_clear(&r);
    }
    free(names);
    return code;
}

enum vox_err canary_overtaken(struct store *s, const struct canary *c, struct vox_error *err)
{
    enum cluster_list kind = CLUSTER_CTL;
    const struct store_list *there;
    struct store_list *lists;
    int64_t first = 0;
    enum vox_err code;
    size_t n;

    (void)cluster_list_parse(c->kind, &kind);
    if ((code = store_lists(s, c->kind, false, &lists, &n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++) /* the newest first */
        if (strcmp(lists[i].sha256, c->sha256) == 0 && strcmp(lists[i].dir, c->dir) == 0)
            first = lists[i].number;
    there = held_current(lists, n, cluster_list_filename(kind), c->dir);
    if (there != NULL && first > 0 && there->number > first && strcmp(there->sha256, c->sha256) != 0)
        code =
            vox_fail(err, VOX_E_NO,
                     "the list for all phones was published again since, as version %lld: this one is older and would "
                     "undo that. 'voxlist canary withdraw', and start anew",
                     (long long)there->number);
    store_lists_free(&lists, n);
    return code;
}

static void advance(void *arg, size_t done)
{
    cli_progress_update(arg, done);
}

enum vox_err canary_run(struct canary_work *w, bool remove, bool promoted, struct vox_error *err)
{
    struct cli_progress *bar = cli_progress_new("phones", w->n);
    enum vox_err code;

    w->progress = bar != NULL ? advance : NULL;
    w->arg = bar;
    code = remove ? canary_remove(w, promoted, err) : canary_deliver(w, err);
    cli_progress_free(&bar);
    w->progress = NULL; /* the bar is gone, the work may go on */
    w->arg = NULL;
    return code;
}

void canary_hooks(const struct cli_common *common, struct store *s, const char *event, enum cluster_list kind,
                  struct hooks_files *changed)
{
    const struct hooks_event e = {.program = common->program, .name = event};

    hooks_files_run(s, &e, kind, changed, cli_hook, common);
}

json_t *canary_json(const struct canary *c, size_t n)
{
    char started[CLOCK_RFC3339_MAX], changed[CLOCK_RFC3339_MAX];

    clock_format(c->started, started);
    clock_format(c->changed, changed);
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:I}", "kind", c->kind, "dir", cli_json_text(c->dir), "step",
                     canary_step_word(c->step), "sha256", c->sha256, "started", started, "changed", changed, "phones",
                     (json_int_t)n);
}
