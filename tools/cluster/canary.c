#include "canary.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctl/verify.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/inventory.h>

#include "deliver.h"

void canary_file(enum cluster_list kind, const char *device, char out[static CANARY_NAME_MAX])
{
    (void)snprintf(out, CANARY_NAME_MAX, "%s%.*s.tlv", kind == CLUSTER_CTL ? "CTL" : "ITL", PHONE_NAME_MAX, device);
}

static void tell(const struct canary_work *w, size_t done)
{
    if (w->progress != NULL)
        w->progress(w->arg, done);
}

static enum vox_err audit(const struct canary_work *w, size_t n, const char *of, struct vox_error *err)
{
    char what[VOX_ERROR_TEXT_MAX];

    (void)snprintf(what, sizeof what, "%s: %s of %zu phones in %.700s%s", w->what, w->c->kind, n, w->c->dir, of);
    return audit_append(w->s, what, "done", err);
}

static void note(const struct canary_work *w, const char *name)
{
    char path[PATH_MAX + CANARY_NAME_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", w->c->dir, name);
    if (w->changed != NULL)
        hooks_files_add(w->changed, path);
}

/* --- putting them there --- */

/* What is current in the folder, by file name. */
struct current {
    struct store_list *lists;
    size_t n;
    const struct store_list **sorted;
    size_t nsorted;
};

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct store_list *const *)a)->name, (*(const struct store_list *const *)b)->name);
}

static enum vox_err read_current(const struct canary_work *w, struct current *out, struct vox_error *err)
{
    enum vox_err code = store_lists(w->s, w->c->kind, false, &out->lists, &out->n, err);

    if (code != VOX_OK)
        return code;
    if ((out->sorted = calloc(out->n + 1, sizeof *out->sorted)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < out->n; i++)
        if (out->lists[i].current && strcmp(out->lists[i].dir, w->c->dir) == 0)
            out->sorted[out->nsorted++] = &out->lists[i];
    qsort(out->sorted, out->nsorted, sizeof *out->sorted, by_name);
    return VOX_OK;
}

static void free_current(struct current *c)
{
    free(c->sorted);
    store_lists_free(&c->lists, c->n);
}

static const struct store_list *find(const struct current *c, const char *name)
{
    const struct store_list key = {.name = (char *)(uintptr_t)name}, *wanted = &key; /* only read */
    const struct store_list **found =
        c->nsorted == 0 ? NULL : bsearch(&wanted, c->sorted, c->nsorted, sizeof *c->sorted, by_name);

    return found != NULL ? *found : NULL;
}

enum todo { NOTHING, PLACE, RECORD_AND_PLACE };

/* Staged, as far as the folder does not have it yet. */
static enum vox_err stage(const struct canary_work *w, const struct current *now, const struct bytes *list,
                          enum todo *todo, struct vox_error *err)
{
    char name[CANARY_NAME_MAX];
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < w->n; i++) {
        canary_file(w->kind, w->phones[i].name, name);
        const struct store_list *there = find(now, name);

        tell(w, i);
        if (there == NULL)
            todo[i] = RECORD_AND_PLACE;
        else if (strcmp(there->sha256, w->c->sha256) == 0 && !deliver_stands(w->c->dir, name, bytes_view_of(list)))
            todo[i] = PLACE;
        if (todo[i] != NOTHING)
            code = deliver_stage(w->c->dir, name, bytes_view_of(list), err);
        else
            deliver_unstage(w->c->dir, name);
    }
    return code;
}

static enum vox_err signer_of(const struct bytes *list, char out[static CERT_FINGERPRINT_MAX], struct vox_error *err)
{
    struct ctl_list *l;
    enum vox_err code = ctl_list_read(list->data, list->len, &l, err);
    int i;

    out[0] = '\0';
    if (code != VOX_OK)
        return code;
    i = ctl_signer_record(l);
    if (i >= 0 && l->records[i].cert != NULL)
        cert_fingerprint(l->records[i].cert, out);
    ctl_list_free(&l);
    return VOX_OK;
}

static enum vox_err record(const struct canary_work *w, const struct bytes *list, const enum todo *todo,
                           struct vox_error *err)
{
    char name[CANARY_NAME_MAX], signer[CERT_FINGERPRINT_MAX];
    size_t n = 0;
    enum vox_err code = signer_of(list, signer, err);

    if (code != VOX_OK || (code = store_begin(w->s, err)) != VOX_OK)
        return code;
    for (size_t i = 0; code == VOX_OK && i < w->n; i++) {
        struct store_list row = {.kind = w->c->kind, .name = name, .dir = w->c->dir, .signer = signer, .data = *list};
        char note[] = "canary";

        if (todo[i] != RECORD_AND_PLACE)
            continue;
        canary_file(w->kind, w->phones[i].name, name);
        row.note = note;
        code = store_list_add(w->s, &row, err);
        free(row.published);
        free(row.sha256);
        n++;
    }
    if (code == VOX_OK && n > 0)
        code = audit(w, n, "", err);
    if (code == VOX_OK)
        code = store_commit(w->s, err);
    store_rollback(w->s);
    return code;
}

static enum vox_err set_step(const struct canary_work *w, enum canary_step step, struct vox_error *err)
{
    const int64_t now = clock_now();
    enum vox_err code = store_begin(w->s, err);

    if (code != VOX_OK)
        return code;
    if ((code = canary_set_step(w->s, w->c->id, step, now, err)) == VOX_OK &&
        (code = store_commit(w->s, err)) == VOX_OK) {
        w->c->step = step;
        w->c->changed = now;
    }
    store_rollback(w->s);
    return code;
}

enum vox_err canary_deliver(const struct canary_work *w, struct vox_error *err)
{
    enum todo *todo = calloc(w->n + 1, sizeof *todo);
    struct bytes list = {NULL, 0};
    struct current now = {.n = 0};
    char name[CANARY_NAME_MAX];
    enum vox_err code;

    if (todo == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = inventory_list_bytes(w->s, w->c->sha256, &list, err)) == VOX_OK &&
        (code = read_current(w, &now, err)) == VOX_OK && (code = stage(w, &now, &list, todo, err)) == VOX_OK)
        code = record(w, &list, todo, err);
    for (size_t i = 0; i < w->n; i++) {
        canary_file(w->kind, w->phones[i].name, name);
        if (code != VOX_OK)
            deliver_unstage(w->c->dir, name);
        else if (todo[i] != NOTHING && (code = deliver_place(w->c->dir, name, err)) == VOX_OK)
            note(w, name);
    }
    if (code == VOX_OK)
        code = set_step(w, CANARY_OPEN, err);
    free_current(&now);
    bytes_free(&list);
    free(todo);
    return code;
}

/* --- taking them away --- */

/* From here on the store says that they are gone. */
static enum vox_err give_up(const struct canary_work *w, bool promoted, struct vox_error *err)
{
    const enum canary_step step = promoted ? CANARY_PROMOTING : CANARY_WITHDRAWING;
    char name[CANARY_NAME_MAX];
    enum vox_err code;

    if (w->c->step == step)
        return VOX_OK; /* it says so already */
    if ((code = store_begin(w->s, err)) != VOX_OK)
        return code;
    if (w->may_go != NULL)
        code = w->may_go(w->asker, err);
    for (size_t i = 0; code == VOX_OK && i < w->n; i++) {
        canary_file(w->kind, w->phones[i].name, name);
        code = store_list_withdraw(w->s, name, w->c->dir, err);
    }
    if (code == VOX_OK && (code = canary_set_step(w->s, w->c->id, step, clock_now(), err)) == VOX_OK &&
        (code = audit(w, w->n, ": their own files go", err)) == VOX_OK && (code = store_commit(w->s, err)) == VOX_OK)
        w->c->step = step;
    store_rollback(w->s);
    return code;
}

enum vox_err canary_remove(const struct canary_work *w, bool promoted, struct vox_error *err)
{
    char name[CANARY_NAME_MAX];
    enum vox_err code = give_up(w, promoted, err);

    for (size_t i = 0; code == VOX_OK && i < w->n; i++) {
        canary_file(w->kind, w->phones[i].name, name);
        tell(w, i);
        if ((code = deliver_remove(w->c->dir, name, err)) == VOX_OK)
            note(w, name);
    }
    if (code == VOX_OK && (code = deliver_sync(w->c->dir, err)) == VOX_OK)
        code = set_step(w, promoted ? CANARY_PROMOTED : CANARY_WITHDRAWN, err);
    return code;
}
