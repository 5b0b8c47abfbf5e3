#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <cluster/make_list.h>
#include <cluster/publish.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/role.h>

#include "voxrotate.h"

/* The node that an ITL is for: the one whose CallManager certificate signs files in it; NULL when that cannot be told.
 */
static const char *node_of(const struct turn *t, const struct store_list *l, const struct store_binding *ccms, size_t n)
{
    struct ctl_list *list = NULL;
    const char *found = NULL;

    (void)t;
    if (ctl_list_read(l->data.data, l->data.len, &list, NULL) != VOX_OK)
        return NULL;
    for (size_t i = 0; i < list->nrecords && found == NULL; i++) {
        if (!role_may_sign_files(list->records[i].function) || list->records[i].cert == NULL)
            continue;
        for (size_t k = 0; k < n && found == NULL; k++)
            if (ccms[k].cert != NULL && cert_same(ccms[k].cert, list->records[i].cert))
                found = ccms[k].node;
    }
    ctl_list_free(&list);
    return found;
}

static enum vox_err publish_bytes(struct turn *t, const struct store_list *l, struct bytes_view data, const char *note,
                                  struct vox_error *err)
{
    struct publish_params p = {.dir = l->dir,
                               .name = l->name,
                               .list = data,
                               .note = note,
                               .what = "voxrotate: publish",
                               .force_lost = t->force_lost,
                               .force = t->force_lost >= 0};
    struct publish_result r;
    enum vox_err code;

    (void)cluster_list_parse(l->kind, &p.kind);
    code = cluster_publish(t->s, &p, &r, err);
    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s/%s", l->dir, l->name);
    else if (r.unchanged)
        cli_say(t->common, "%s: is out already", r.path);
    else
        cli_say(t->common, "%s: published as version %lld: phones that hold %s: %s", r.path, (long long)r.version,
                r.held[0] != '\0' ? r.held : "nothing", accept_word(r.accept.verdict));
    publish_result_clear(&r);
    return code;
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
static enum vox_err make_like(struct turn *t, const struct store_list *l, struct composed *composed,
                              enum cluster_list kind, const char *note, struct vox_error *err)
{
    const struct password_source pass = cli_password(t->common, t->password_file);
    const struct composed_anchor *by;
    struct ctl_list *present;
    struct bytes data = {NULL, 0};
    enum vox_err code = ctl_list_read(l->data.data, l->data.len, &present, err);

    if (code != VOX_OK)
        return code;
    const struct list_making m = {.kind = kind,
                                  .dir = l->dir,
                                  .name = l->name,
                                  .composed = composed,
                                  .params = {.filename = cluster_list_filename(kind),
                                             .timestamp = (uint32_t)t->r->changed,
                                             .signer_version = present->header.signer_version,
                                             .digest = (enum digest)present->header.digest},
                                  .pass = &pass};

    const bool out = present->header.has_timestamp && is_out(t, &m, l, present->header.timestamp);

    if (out && is_in_place(l))
        cli_say(t->common, "%s/%s: says it all already", l->dir, l->name);
    else if (out)
        code = publish_bytes(t, l, bytes_view_of(&l->data), note, err);
    else if ((code = cluster_make_list(t->s, &m, &data, &by, err)) == VOX_OK)
        code = publish_bytes(t, l, bytes_view_of(&data), note, err);
    ctl_list_free(&present);
    bytes_free(&data);
    return code;
}

static enum vox_err make_and_publish(struct turn *t, const struct store_list *l, const char *node, const char *note,
                                     struct vox_error *err)
{
    struct compose_params cp = {.node = node};
    struct composed composed;
    enum vox_err code;

    (void)cluster_list_parse(l->kind, &cp.kind);
    if (cp.kind == CLUSTER_CTL)
        cp.node = NULL;
    if ((code = cluster_compose(t->s, &cp, &composed, err)) != VOX_OK)
        return code;
    code = make_like(t, l, &composed, cp.kind, note, err);
    composed_free(&composed);
    return code;
}

enum vox_err lists_publish(struct turn *t, const char *note, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = service_name(SERVICE_CALLMANAGER), .state = -1};
    struct store_binding *ccms = NULL;
    struct store_list *lists = NULL;
    size_t nccms = 0, n = 0, served = 0;
    enum vox_err code;

    if ((code = store_bindings(t->s, &f, &ccms, &nccms, err)) != VOX_OK ||
        (code = store_lists(t->s, NULL, true, &lists, &n, err)) != VOX_OK)
        goto out;
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        if (!lists[i].current)
            continue;
        served++;
        code = make_and_publish(t, &lists[i], node_of(t, &lists[i], ccms, nccms), note, err);
    }
    if (code == VOX_OK && served == 0)
        cli_warn(t->common, NULL, "no list was published from here yet: phones learn of nothing ('voxlist publish')");
out:
    store_lists_free(&lists, n);
    store_bindings_free(&ccms, nccms);
    return code;
}

/* Has anything else been published since? Then the old bytes would take that back as well. */
static enum vox_err others_published(struct turn *t, const int64_t *numbers, size_t n, bool *out, struct vox_error *err)
{
    struct store_list *lists = NULL;
    int64_t newest = 0;
    char prefix[128];
    size_t nlists = 0;
    enum vox_err code = store_lists(t->s, NULL, false, &lists, &nlists, err);

    *out = t->nopen > 1;
    for (size_t i = 0; i < n; i++)
        newest = numbers[i] > newest ? numbers[i] : newest;
    (void)snprintf(prefix, sizeof prefix, "rotation of %s%s%s: ", t->owner.place,
                   owner_node(&t->owner)[0] != '\0' ? " " : "", owner_node(&t->owner));
    for (size_t i = 0; code == VOX_OK && i < nlists; i++)
        *out = *out || (lists[i].number > newest && strncmp(lists[i].note, prefix, strlen(prefix)) != 0);
    store_lists_free(&lists, nlists);
    return code;
}

enum vox_err lists_restore(struct turn *t, const char *note, struct vox_error *err)
{
    int64_t *numbers = NULL;
    struct store_list l;
    bool others = false;
    size_t n = 0;
    enum vox_err code;

    if ((code = rotation_lists(t->s, t->r->id, &numbers, &n, err)) == VOX_OK)
        code = others_published(t, numbers, n, &others, err);
    if (code == VOX_OK && others) {
        free(numbers);
        cli_say(t->common, "Other changes were published meanwhile: lists are made anew, without this one.");
        return lists_publish(t, note, err);
    }
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        if ((code = store_list_get(t->s, numbers[i], &l, err)) != VOX_OK)
            break;
        code = publish_bytes(t, &l, bytes_view_of(&l.data), note, err);
        store_list_clear(&l);
    }
    free(numbers);
    return code;
}
