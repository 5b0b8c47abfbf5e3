#include "publish.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/limits.h>

#include "deliver.h"
#include "held.h"

/* Signature and linter. */
static enum vox_err check_sound(const struct publish_params *p, const struct ctl_list *l, struct publish_result *r,
                                struct vox_error *err)
{
    enum vox_err code;

    if ((code = ctl_verify(l, err)) != VOX_OK ||
        (code = ctl_lint(l, clock_now(), &r->findings, &r->nfindings, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < r->nfindings; i++) {
        const struct lint_finding *f = &r->findings[i];

        if (f->severity == LINT_ERROR && !p->force)
            return f->record < 0 ? vox_fail(err, VOX_E_NO, "%s", f->text)
                                 : vox_fail(err, VOX_E_NO, "record %d: %s", f->record + 1, f->text);
    }
    return VOX_OK;
}

/* What phones would do. */
static enum vox_err check_accepted(struct store *s, const struct publish_params *p, const char *dir,
                                   const struct ctl_list *l, struct publish_result *r, struct vox_error *err)
{
    enum vox_err code;

    if ((code = held_judge(s, p, dir, l, r, err)) != VOX_OK ||
        (code = impact_of_list(s, p->name, p->list, &r->impact, err)) != VOX_OK ||
        (code = impact_allowed(&r->impact, p->force_lost, err)) != VOX_OK)
        return code;
    if (r->accept.verdict == ACCEPT_REFUSED && !p->force)
        return vox_fail(err, VOX_E_NO, "phones that hold %s would refuse it: %s (acceptance.md %s)", r->held,
                        r->accept.why, r->accept.rule);
    return VOX_OK;
}

static enum vox_err check(struct store *s, const struct publish_params *p, const char *dir, struct publish_result *r,
                          char signer[static CERT_FINGERPRINT_MAX], struct vox_error *err)
{
    struct ctl_list *l;
    enum vox_err code;
    int i;

    signer[0] = '\0';
    if ((code = ctl_list_read(p->list.data, p->list.len, &l, err)) != VOX_OK)
        return code;
    if ((code = check_sound(p, l, r, err)) == VOX_OK)
        code = check_accepted(s, p, dir, l, r, err);
    i = ctl_signer_record(l);
    if (i >= 0 && l->records[i].cert != NULL)
        cert_fingerprint(l->records[i].cert, signer);
    ctl_list_free(&l);
    return code;
}

static enum vox_err start(const struct publish_params *p, char dir[static PATH_MAX], struct publish_result *r,
                          struct vox_error *err)
{
    enum vox_err code;

    memset(r, 0, sizeof *r);
    if (p->name[0] == '\0' || p->name[0] == '.' || strchr(p->name, '/') != NULL || strlen(p->name) > NAME_MAX - 32)
        return vox_fail(err, VOX_E_USAGE, "%s is no file name to publish under", p->name);
    if ((code = deliver_folder(p->dir, dir, err)) != VOX_OK)
        return code;
    if ((size_t)snprintf(r->path, sizeof r->path, "%s/%s", dir, p->name) >= sizeof r->path)
        return vox_fail(err, VOX_E_INPUT, "the path of the file is too long");
    return VOX_OK;
}

enum vox_err cluster_publish_check(struct store *s, const struct publish_params *p, struct publish_result *r,
                                   struct vox_error *err)
{
    char dir[PATH_MAX], signer[CERT_FINGERPRINT_MAX];
    enum vox_err code;

    if ((code = start(p, dir, r, err)) != VOX_OK)
        return code;
    return check(s, p, dir, r, signer, err);
}

/*
 * Finish or clear away what an interrupted run left: a staged file that the history calls current was recorded but
 * not put in place; any other was not recorded. Says whether these bytes are current already.
 */
static enum vox_err mend(struct store *s, const struct publish_params *p, const char *dir, struct publish_result *r,
                         struct vox_error *err)
{
    const struct store_list *current;
    struct bytes staged = {NULL, 0};
    struct store_list *lists;
    enum vox_err code;
    size_t n;

    if ((code = store_lists(s, NULL, true, &lists, &n, err)) != VOX_OK)
        return code;
    current = held_current(lists, n, p->name, dir);
    if (deliver_staged(dir, p->name, &staged, NULL) == VOX_OK && current != NULL &&
        bytes_equal(bytes_view_of(&staged), bytes_view_of(&current->data))) {
        code = deliver_place(dir, p->name, err);
        r->resumed = code == VOX_OK;
    } else {
        deliver_unstage(dir, p->name);
    }
    if (code == VOX_OK && current != NULL && bytes_equal(bytes_view_of(&current->data), p->list) &&
        deliver_stands(dir, p->name, p->list)) {
        r->unchanged = true;
        r->version = current->number;
    }
    bytes_free(&staged);
    store_lists_free(&lists, n);
    return code;
}

/* Version and audit entry, in the open transaction. */
static enum vox_err record(struct store *s, const struct publish_params *p, const char *dir, const char *signer,
                           struct publish_result *r, struct vox_error *err)
{
    struct store_list row = {
        .kind = strdup(cluster_list_word(p->kind)),
        .name = strdup(p->name),
        .dir = strdup(dir),
        .signer = strdup(signer),
        .note = strdup(p->note),
    };
    char what[PATH_MAX + 64], result[512];
    enum vox_err code;

    if (row.kind == NULL || row.name == NULL || row.dir == NULL || row.signer == NULL || row.note == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    else if ((code = bytes_copy(&row.data, p->list.data, p->list.len, err)) == VOX_OK)
        code = store_list_add(s, &row, err);
    if (code == VOX_OK) {
        (void)snprintf(what, sizeof what, "%s %s", p->what, r->path);
        (void)snprintf(result, sizeof result, "done: version %lld, phones: %s%s", (long long)row.number,
                       accept_word(r->accept.verdict), r->accept.verdict == ACCEPT_REFUSED ? " (forced)" : "");
        code = audit_append(s, what, result, err);
        r->version = row.number;
    }
    store_list_clear(&row);
    return code;
}

enum vox_err cluster_publish(struct store *s, const struct publish_params *p, struct publish_result *r,
                             struct vox_error *err)
{
    char dir[PATH_MAX], signer[CERT_FINGERPRINT_MAX];
    enum vox_err code;

    if ((code = start(p, dir, r, err)) != VOX_OK)
        return code;
    /* The write lock comes first: what phones hold must not change between the question and the answer. */
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((p->still != NULL && (code = p->still(s, p->still_arg, err)) != VOX_OK) ||
        (code = check(s, p, dir, r, signer, err)) != VOX_OK || (code = mend(s, p, dir, r, err)) != VOX_OK ||
        r->unchanged)
        goto err0;
    if ((code = deliver_stage(dir, p->name, p->list, err)) != VOX_OK)
        goto err0;
    if ((code = record(s, p, dir, signer, r, err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        goto err1;
    if ((code = deliver_place(dir, p->name, err)) != VOX_OK) {
        /* Somebody else's run may have seen it recorded and put it in place. */
        if (deliver_stands(dir, p->name, p->list))
            return VOX_OK;
        vox_error_prefix(err, "version %lld is recorded but not in place: run this again", (long long)r->version);
    }
    return code;

err1:
    deliver_unstage(dir, p->name);
    r->version = 0;
err0:
    store_rollback(s);
    return code;
}

void publish_result_clear(struct publish_result *r)
{
    free(r->findings);
    r->findings = NULL;
    r->nfindings = 0;
}
