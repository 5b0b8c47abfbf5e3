#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cluster/compose.h>
#include <ctl/diff.h>
#include <ctl/list.h>
#include <ctl/verify.h>
#include <libcert/file.h>
#include <libcert/inventory.h>
#include <libcert/limits.h>

#include "status.h"

/* How far a published list is from what the cluster would publish now. */
struct distance {
    size_t records; /* that differ */
    char first[256];
};

/* The list that the cluster would publish now in place of `published`, unsigned: for its records only. */
static enum vox_err candidate(struct store *s, const struct compose_params *p, const struct ctl_header *published,
                              struct ctl_list **out, struct vox_error *err)
{
    struct bytes file = {NULL, 0};
    struct composed c;
    enum vox_err code = cluster_compose(s, p, &c, err);

    if (code != VOX_OK)
        return code;
    const struct ctl_build_params build = {.filename = published->filename,
                                           .signer_version = published->signer_version,
                                           .digest = DIGEST_SHA256,
                                           .signer = c.anchors[0].cert,
                                           .members = c.members,
                                           .nmembers = c.nmembers};
    if ((code = ctl_build_unsigned(&build, &file, err)) == VOX_OK)
        code = ctl_list_read(file.data, file.len, out, err);
    bytes_free(&file);
    composed_free(&c);
    return code;
}

static enum vox_err measure(struct store *s, const struct compose_params *p, const struct ctl_list *published,
                            struct distance *out, struct vox_error *err)
{
    struct ctl_list *now = NULL;
    struct diff_entry *entries;
    size_t n;
    enum vox_err code = candidate(s, p, &published->header, &now, err);

    memset(out, 0, sizeof *out);
    if (code != VOX_OK)
        return code;
    if ((code = ctl_diff(published, now, &entries, &n, err)) == VOX_OK) {
        for (size_t i = 0; i < n; i++) {
            if (entries[i].kind == DIFF_HEADER)
                continue;
            if (out->records++ == 0)
                (void)snprintf(out->first, sizeof out->first, "%c %.250s", diff_sign(entries[i].kind), entries[i].text);
        }
        free(entries);
    }
    ctl_list_free(&now);
    return code;
}

/* An ITL is a TFTP node's, but does not say whose: it is taken for the one that it is nearest to. */
static enum vox_err nearest(const struct status *st, struct store *s, enum cluster_list kind,
                            const struct ctl_list *published, struct distance *out, struct vox_error *err)
{
    struct compose_params p = {.kind = kind, .node = NULL};
    struct distance d;
    bool any = false;
    enum vox_err code = VOX_OK;

    if (kind == CLUSTER_CTL)
        return measure(s, &p, published, out, err);
    for (size_t i = 0; i < st->nnodes; i++) {
        if ((st->nodes[i].services & NODE_TFTP) == 0)
            continue;
        p.node = st->nodes[i].name;
        if (measure(s, &p, published, &d, any ? NULL : err) != VOX_OK) {
            if (!any)
                code = VOX_E_INPUT;
            continue;
        }
        if (!any || d.records < out->records)
            *out = d;
        any = true;
    }
    if (any)
        return VOX_OK;
    return code != VOX_OK ? code : vox_fail(err, VOX_E_INPUT, "no node runs tftp any more");
}

static size_t tftp_nodes(const struct status *st)
{
    size_t n = 0;

    for (size_t i = 0; i < st->nnodes; i++)
        n += (st->nodes[i].services & NODE_TFTP) != 0;
    return n;
}

/* "--device SEP0123456789AB" for a list under a device's own name, "--node NODE" where each node has its own. */
static void extra_options(const struct status *st, const struct store_list *l, char out[static 96])
{
    size_t stem = strlen(l->name) > 7 ? strlen(l->name) - 7 : 0; /* without "CTL" and ".tlv" */

    out[0] = '\0';
    if (strcmp(l->kind, "itl") == 0 && tftp_nodes(st) > 1)
        strcpy(out, " --node NODE");
    if (stem > 0 && stem < 64 && strncmp(l->name + 3, "File", 4) != 0)
        (void)snprintf(out + strlen(out), 80, " --device %.*s", (int)stem, l->name + 3);
}

/* A canary tries what the cluster is now: its list, or NULL when none of that kind is open there. */
static const struct canary *canary_of(const struct status *st, const struct store_list *l)
{
    for (size_t i = 0; i < st->ncanaries; i++)
        if (strcmp(st->canaries[i].kind, l->kind) == 0 && strcmp(st->canaries[i].dir, l->dir) == 0)
            return &st->canaries[i];
    return NULL;
}

/* Has the cluster changed since the canary began? */
static bool canary_is_current(const struct status *st, struct store *s, const struct canary *c)
{
    struct ctl_list *list = NULL;
    struct bytes data;
    struct distance d;
    enum cluster_list kind;
    bool current = cluster_list_parse(c->kind, &kind) && inventory_list_bytes(s, c->sha256, &data, NULL) == VOX_OK;

    if (!current)
        return false;
    current = ctl_list_read(data.data, data.len, &list, NULL) == VOX_OK &&
              nearest(st, s, kind, list, &d, NULL) == VOX_OK && d.records == 0;
    ctl_list_free(&list);
    bytes_free(&data);
    return current;
}

static void say_changed(struct status *st, struct store *s, const struct store_list *l, const struct distance *d,
                        const char *extra)
{
    const struct canary *c = canary_of(st, l);
    char more[48] = "";

    if (c != NULL && canary_is_current(st, s, c))
        return; /* under way */
    if (d->records > 1)
        (void)snprintf(more, sizeof more, ", and %zu more", d->records - 1);
    status_attention(st,
                     "%s: the cluster changed after it was published (%s%s): %spublish it again: voxlist publish "
                     "%s --to %s%s",
                     l->name, d->first, more,
                     c != NULL ? "and after its canary began: 'voxlist canary withdraw', then " : "", l->kind, l->dir,
                     extra);
}

/* Has the cluster changed since the list was published? */
static bool judge_content(struct status *st, struct store *s, const struct store_list *l)
{
    char extra[96];
    struct ctl_list *list = NULL;
    struct distance d;
    struct vox_error err;
    enum cluster_list kind;
    bool ok = true;

    extra_options(st, l, extra);
    if (!cluster_list_parse(l->kind, &kind) || ctl_list_read(l->data.data, l->data.len, &list, &err) != VOX_OK) {
        status_attention(st, "%s, version %" PRId64 ": cannot be read: %s", l->name, l->number, err.text);
        return false;
    }
    if (ctl_verify(list, &err) != VOX_OK) {
        status_attention(st, "%s, version %" PRId64 ": %s", l->name, l->number, err.text);
        ok = false;
    }
    if (nearest(st, s, kind, list, &d, &err) != VOX_OK) {
        status_attention(st, "%s, version %" PRId64 ": the cluster cannot publish it any more: %s", l->name, l->number,
                         err.text);
        ok = false;
    } else if (d.records > 0) {
        say_changed(st, s, l, &d, extra);
        ok = false;
    }
    ctl_list_free(&list);
    return ok;
}

/* Do phones get what the history says? */
static bool judge_file(struct status *st, const struct store_list *l)
{
    struct bytes file = {NULL, 0};
    struct vox_error err;
    char *path;
    bool ok = true;

    if (asprintf(&path, "%s/%s", l->dir, l->name) < 0)
        return true; /* without memory, nothing was seen */
    if (file_read(path, LIMIT_LIST_FILE, &file, &err) != VOX_OK) {
        status_attention(st, "%s cannot be read, so phones may not get it: %s (if they are not to: voxlist forget %s)",
                         path, err.text, path);
        ok = false;
    } else if (!bytes_equal(bytes_view_of(&file), bytes_view_of(&l->data))) {
        status_attention(st,
                         "%s is not version %" PRId64 " of the history: somebody else wrote it; publish it again: "
                         "voxlist publish %s --to %s",
                         path, l->number, l->kind, l->dir);
        ok = false;
    }
    bytes_free(&file);
    free(path);
    return ok;
}

static bool has_list(const struct status *st, const char *kind)
{
    for (size_t i = 0; i < st->nlists; i++) {
        if (strcmp(st->lists[i].kind, kind) == 0)
            return true;
    }
    return false;
}

void status_judge_lists(struct status *st, struct store *s)
{
    struct store_list l;
    struct vox_error err;

    for (size_t i = 0; i < st->nlists; i++) {
        if (store_list_get(s, st->lists[i].number, &l, &err) != VOX_OK) {
            status_attention(st, "%s: %s", st->lists[i].name, err.text);
            continue;
        }
        bool content = judge_content(st, s, &l), served = judge_file(st, &l);
        st->list_ok[i] = content && served;
        store_list_clear(&l);
    }
    if (tftp_nodes(st) > 0 && !has_list(st, "itl"))
        status_attention(st, "no ITL is published: voxlist publish itl --to DIR");
    if (st->mode != NULL && strcmp(st->mode, "mixed") == 0 && !has_list(st, "ctl"))
        status_attention(st, "the cluster is in mixed mode, but no CTL is published: voxlist publish ctl --to DIR");
}
