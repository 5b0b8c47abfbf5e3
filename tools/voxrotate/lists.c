#include "lists.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/make_list.h>
#include <cluster/publish.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/role.h>

/* The node that an ITL is for: the one whose CallManager certificate signs files in it; NULL when that cannot be told.
 */
static const char *node_of(const struct ctl_list *list, const struct store_binding *ccms, size_t n)
{
    for (size_t i = 0; i < list->nrecords; i++) {
        if (!role_may_sign_files(list->records[i].function) || list->records[i].cert == NULL)
            continue;
        for (size_t k = 0; k < n; k++)
            if (ccms[k].cert != NULL && cert_same(ccms[k].cert, list->records[i].cert))
                return ccms[k].node;
    }
    return NULL;
}

static enum vox_err compose_one(struct turn *t, const struct store_binding *ccms, size_t nccms, struct lists_next *out,
                                struct store_list *l, struct vox_error *err)
{
    struct lists_one *one = &out->list[out->n];
    struct compose_params cp = {.node = NULL};
    struct ctl_list *present;
    enum vox_err code;

    if ((code = ctl_list_read(l->data.data, l->data.len, &present, err)) != VOX_OK)
        return vox_error_prefix(err, "%s/%s, version %lld", l->dir, l->name, (long long)l->number);
    (void)cluster_list_parse(l->kind, &cp.kind);
    if (cp.kind == CLUSTER_ITL && ctl_list_is_blank(present)) {
        out->blank++;
        cli_warn(t->common, NULL,
                 "%s/%s is blank and stays so: 'voxlist publish itl --to %s' gives phones a usual ITL again", l->dir,
                 l->name, l->dir);
    } else {
        cp.node = cp.kind == CLUSTER_ITL ? node_of(present, ccms, nccms) : NULL;
        if ((code = cluster_compose(t->s, &cp, &one->composed, err)) == VOX_OK) {
            one->now = *l;
            *l = (struct store_list){.kind = NULL};
            out->n++;
            lists_tell_dropped(t, one, present);
        } else {
            if (cp.kind == CLUSTER_ITL && cp.node == NULL && code == VOX_E_INPUT)
                code = vox_fail(err, VOX_E_INPUT,
                                "it cannot be told which node's it is: its CallManager certificate is in the store no "
                                "more. 'voxlist publish itl --node NODE --to %s' publishes it anew for one",
                                l->dir);
            (void)vox_error_prefix(err, "%s/%s", l->dir, l->name);
        }
    }
    ctl_list_free(&present);
    return code;
}

static enum vox_err compose_all(struct turn *t, struct lists_next *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = service_name(SERVICE_CALLMANAGER), .state = -1};
    struct store_binding *ccms = NULL;
    struct store_list *lists = NULL;
    size_t nccms = 0, n = 0;
    enum vox_err code;

    if ((code = store_bindings(t->s, &f, &ccms, &nccms, err)) != VOX_OK ||
        (code = store_lists(t->s, NULL, true, &lists, &n, err)) != VOX_OK)
        goto out;
    if ((out->list = calloc(n + 1, sizeof *out->list)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < n && code == VOX_OK; i++)
        if (lists[i].current)
            code = compose_one(t, ccms, nccms, out, &lists[i], err);
out:
    store_lists_free(&lists, n);
    store_bindings_free(&ccms, nccms);
    return code;
}

/* The current one of that file. */
static const struct store_list *current(const struct store_list *lists, size_t n, const struct store_list *of)
{
    for (size_t i = 0; i < n; i++)
        if (lists[i].current && strcmp(lists[i].name, of->name) == 0 && strcmp(lists[i].dir, of->dir) == 0)
            return &lists[i];
    return NULL;
}

static const struct store_list *numbered(const struct store_list *lists, size_t n, int64_t number)
{
    for (size_t i = 0; i < n; i++)
        if (lists[i].number == number)
            return &lists[i];
    return NULL;
}

/* Has anything else been published since, or taken away? Then the old bytes would take that back as well. */
static enum vox_err others_published(struct turn *t, const int64_t *numbers, size_t n, bool *out, struct vox_error *err)
{
    struct store_list *lists = NULL;
    int64_t newest = 0;
    char prefix[128];
    size_t nlists = 0, served = 0;
    enum vox_err code = store_lists(t->s, NULL, false, &lists, &nlists, err);

    *out = t->nopen > 1;
    for (size_t i = 0; i < n; i++)
        newest = numbers[i] > newest ? numbers[i] : newest;
    turn_note(t, "", prefix, sizeof prefix);
    for (size_t i = 0; code == VOX_OK && i < nlists; i++) {
        *out = *out || (lists[i].number > newest && strncmp(lists[i].note, prefix, strlen(prefix)) != 0);
        served += lists[i].current;
    }
    for (size_t i = 0; code == VOX_OK && i < n && !*out; i++) {
        const struct store_list *was = numbered(lists, nlists, numbers[i]);

        *out = was == NULL || current(lists, nlists, was) == NULL;
    }
    *out = *out || served != n;
    store_lists_free(&lists, nlists);
    return code;
}

/* What was served when the rotation began. */
static enum vox_err take_back(struct turn *t, const int64_t *numbers, size_t n, struct lists_next *out,
                              struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if ((out->list = calloc(n + 1, sizeof *out->list)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        struct lists_one *one = &out->list[i];

        if ((code = store_list_get(t->s, numbers[i], &one->now, err)) != VOX_OK)
            break;
        out->n++;
        code = bytes_copy(&one->data, one->now.data.data, one->now.data.len, err);
        one->made = true;
    }
    return code;
}

enum vox_err lists_compose(struct turn *t, bool restore, struct lists_next *out, struct vox_error *err)
{
    int64_t *numbers = NULL;
    size_t n = 0;
    enum vox_err code;

    *out = (struct lists_next){.list = NULL};
    if (!restore)
        return compose_all(t, out, err);
    if ((code = rotation_lists(t->s, t->r->id, &numbers, &n, err)) == VOX_OK)
        code = others_published(t, numbers, n, &out->anew, err);
    out->restored = !out->anew;
    if (code == VOX_OK)
        code = out->anew ? compose_all(t, out, err) : take_back(t, numbers, n, out, err);
    free(numbers);
    return code;
}

void lists_clear(struct lists_next *l)
{
    for (size_t i = 0; i < l->n; i++) {
        store_list_clear(&l->list[i].now);
        composed_free(&l->list[i].composed);
        bytes_free(&l->list[i].data);
    }
    for (size_t kind = 0; kind <= CLUSTER_ITL; kind++)
        hooks_files_free(&l->changed[kind]);
    free(l->list);
    *l = (struct lists_next){.list = NULL};
}

/* Made with the time that the present one has inside: is it the same? */
static bool is_out(struct turn *t, const struct list_making *m, const struct store_list *l, uint32_t timestamp)
{
    const struct composed_anchor *by;
    struct list_making again = *m;
    struct bytes data = {NULL, 0};
    bool same;

    again.params.timestamp = timestamp;
    same = cluster_make_list(t->s, &again, &data, &by, NULL) == VOX_OK &&
           bytes_equal(bytes_view_of(&data), bytes_view_of(&l->data));
    bytes_free(&data);
    return same;
}

/* Does the file say what the history says? A run that was killed may have recorded it and not put it in place. */
static bool is_in_place(const struct store_list *l)
{
    struct bytes file = {NULL, 0};
    char *path = NULL;
    bool same = asprintf(&path, "%s/%s", l->dir, l->name) >= 0 &&
                file_read(path, LIMIT_LIST_FILE, &file, NULL) == VOX_OK &&
                bytes_equal(bytes_view_of(&file), bytes_view_of(&l->data));

    free(path);
    bytes_free(&file);
    return same;
}

/* As the present one is made: its digest and version are what its phones can do. */
static enum vox_err make_one(struct turn *t, struct lists_one *one, uint32_t timestamp, struct vox_error *err)
{
    const struct password_source pass = cli_password(t->common, t->password_file);
    const struct store_list *l = &one->now;
    const struct composed_anchor *by;
    struct ctl_list *present;
    enum cluster_list kind = CLUSTER_CTL;
    enum vox_err code = ctl_list_read(l->data.data, l->data.len, &present, err);

    if (code != VOX_OK)
        return code;
    (void)cluster_list_parse(l->kind, &kind);
    const struct list_making m = {.kind = kind,
                                  .dir = l->dir,
                                  .name = l->name,
                                  .composed = &one->composed,
                                  .params = {.filename = cluster_list_filename(kind),
                                             .timestamp = timestamp,
                                             .signer_version = present->header.signer_version,
                                             .digest = (enum digest)present->header.digest},
                                  .pass = &pass};

    if (!present->header.has_timestamp || !is_out(t, &m, l, present->header.timestamp))
        code = cluster_make_list(t->s, &m, &one->data, &by, err);
    else if (!is_in_place(l))
        code = bytes_copy(&one->data, l->data.data, l->data.len, err);
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s/%s", l->dir, l->name);
    one->made = code == VOX_OK;
    ctl_list_free(&present);
    return code;
}

/* Found out before anything is recorded: a folder that is gone, or takes nothing. */
static enum vox_err may_write(const char *dir, struct vox_error *err)
{
    struct stat st;
    const bool there = stat(dir, &st) == 0;

    if (there && S_ISDIR(st.st_mode) && access(dir, W_OK | X_OK) == 0)
        return VOX_OK;
    if (there && !S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO,
                        "%s: is no folder any more: make it one again, or 'voxlist forget %s' when no phone fetches "
                        "from it",
                        dir, dir);
    if (errno == ENOENT)
        return vox_fail(err, VOX_E_NOT_FOUND,
                        "%s: there is no such folder any more: make it again, or 'voxlist forget %s' when no phone "
                        "fetches from it",
                        dir, dir);
    return vox_fail_errno(err, VOX_E_IO, "%s cannot be written", dir);
}

enum vox_err lists_make(struct turn *t, struct lists_next *l, uint32_t timestamp, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < l->n && code == VOX_OK; i++)
        code = may_write(l->list[i].now.dir, err);
    for (size_t i = 0; i < l->n && code == VOX_OK; i++)
        if (!l->list[i].made)
            code = make_one(t, &l->list[i], timestamp, err);
    return code;
}

enum vox_err lists_still(const struct turn *t, const struct lists_next *l, struct vox_error *err)
{
    struct store_list *lists = NULL;
    size_t n = 0, served = 0, same = 0;
    enum vox_err code = store_lists(t->s, NULL, false, &lists, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++)
        served += lists[i].current;
    for (size_t i = 0; code == VOX_OK && i < l->n; i++) {
        const struct store_list *c = current(lists, n, &l->list[i].now);

        same += c != NULL && (l->restored || c->number == l->list[i].now.number);
    }
    if (code == VOX_OK && (same != l->n || served != l->n + l->blank))
        code = vox_fail(err, VOX_E_NO, "somebody else published a list meanwhile: nothing was changed, run it again");
    store_lists_free(&lists, n);
    return code;
}

static struct publish_params params_of(const struct turn *t, const struct lists_one *one, const char *note)
{
    struct publish_params p = {.dir = one->now.dir,
                               .name = one->now.name,
                               .list = bytes_view_of(&one->data),
                               .note = note,
                               .what = "voxrotate: publish",
                               .force_lost = t->force_lost,
                               .force = t->force_lost >= 0};

    (void)cluster_list_parse(one->now.kind, &p.kind);
    return p;
}

enum vox_err lists_judge(const struct turn *t, const struct lists_next *l, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (size_t i = 0; i < l->n && code == VOX_OK; i++) {
        const struct publish_params p = params_of(t, &l->list[i], "");
        struct publish_result r;

        if (l->list[i].data.len == 0)
            continue;
        if ((code = cluster_publish_check(t->s, &p, &r, err)) != VOX_OK)
            (void)vox_error_prefix(err, "%s/%s", p.dir, p.name);
        publish_result_clear(&r);
    }
    return code;
}

/* Asked inside of each publication: somebody may have rolled it back, or gone on with it, in between. */
static enum vox_err is_at_step(struct store *s, const void *arg, struct vox_error *err)
{
    const struct turn *t = arg;

    (void)s;
    return turn_still(t, err);
}

static enum vox_err put_one(struct turn *t, struct lists_next *l, const struct lists_one *one, const char *note,
                            struct vox_error *err)
{
    struct publish_params p = params_of(t, one, note);
    struct publish_result r;
    enum vox_err code;

    if (one->data.len == 0) {
        cli_say(t->common, "%s/%s: says it all already", p.dir, p.name);
        return VOX_OK;
    }
    p.still = is_at_step;
    p.still_arg = t;
    code = cluster_publish(t->s, &p, &r, err);
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s/%s", p.dir, p.name);
    else if (r.unchanged)
        cli_say(t->common, "%s: is out already", r.path);
    else
        cli_say(t->common, "%s: published as version %lld: phones that hold %s: %s", r.path, (long long)r.version,
                r.held[0] != '\0' ? r.held : "nothing", accept_word(r.accept.verdict));
    if (code == VOX_OK && (!r.unchanged || r.resumed))
        hooks_files_add(&l->changed[p.kind], r.path);
    publish_result_clear(&r);
    return code;
}

enum vox_err lists_put(struct turn *t, struct lists_next *l, const char *note, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    if (l->anew)
        cli_say(t->common, "Other changes were published meanwhile: lists are made anew, without this one.");
    for (size_t i = 0; i < l->n && code == VOX_OK; i++)
        code = put_one(t, l, &l->list[i], note, err);
    if (code == VOX_OK && l->n + l->blank == 0)
        cli_warn(t->common, NULL, "no list was published from here yet: phones learn of nothing ('voxlist publish')");
    return code;
}

void lists_hooks(const struct turn *t, struct lists_next *l)
{
    const struct hooks_event e = {.program = t->common->program, .name = "published"};

    for (size_t kind = 0; kind <= CLUSTER_ITL; kind++)
        hooks_files_run(t->s, &e, (enum cluster_list)kind, &l->changed[kind], cli_hook, t->common);
}
