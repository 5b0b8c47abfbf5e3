#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "voxsign.h"

static enum vox_err no_memory(struct vox_error *err)
{
    return vox_fail(err, VOX_E_MEMORY, "no memory");
}

static void job_free(struct job *j)
{
    free(j->path);
    free(j->in);
    free(j->out);
    free(j->filename);
    free(j->temporary);
    free(j->err);
}

void plan_free(struct plan *p)
{
    for (size_t i = 0; i < p->njobs; i++)
        job_free(&p->jobs[i]);
    for (size_t i = 0; i < p->nleft; i++)
        free(p->left[i].path);
    for (size_t i = 0; i < p->ntrees; i++) {
        tree_close(p->trees[i]);
        free(p->trees[i]);
    }
    free(p->jobs);
    free(p->left);
    free(p->trees);
    memset(p, 0, sizeof *p);
}

enum vox_err plan_add(struct plan *p, struct job job, struct vox_error *err)
{
    if (job.path == NULL || job.in == NULL || job.out == NULL || job.filename == NULL)
        goto err0;
    if (p->njobs == p->cap) {
        const size_t cap = p->cap == 0 ? 64 : p->cap * 2;
        struct job *jobs = realloc(p->jobs, cap * sizeof *jobs);

        if (jobs == NULL)
            goto err0;
        p->jobs = jobs;
        p->cap = cap;
    }
    p->jobs[p->njobs++] = job;
    return VOX_OK;

err0:
    job_free(&job);
    return no_memory(err);
}

enum vox_err plan_leave_out(struct plan *p, struct left_out left, struct vox_error *err)
{
    if (p->nleft == p->left_cap) {
        const size_t cap = p->left_cap == 0 ? 64 : p->left_cap * 2;
        struct left_out *all = realloc(p->left, cap * sizeof *all);

        if (all == NULL)
            return no_memory(err);
        p->left = all;
        p->left_cap = cap;
    }
    if ((left.path = strdup(left.path)) == NULL)
        return no_memory(err);
    p->left[p->nleft++] = left;
    return VOX_OK;
}

static struct tree *new_tree(struct plan *p)
{
    struct tree **trees = realloc(p->trees, (p->ntrees + 1) * sizeof *trees);

    if (trees == NULL)
        return NULL;
    p->trees = trees;
    if ((trees[p->ntrees] = malloc(sizeof **trees)) == NULL)
        return NULL;
    *trees[p->ntrees] = (struct tree){.in = -1, .out = -1};
    return trees[p->ntrees++];
}

/* How path (which exists) is called below root, "" for root itself; NULL with err if it is not. Free with free(). */
static char *below(const char *root, const char *path, struct vox_error *err)
{
    char *r = realpath(root, NULL), *full = realpath(path, NULL), *out = NULL;

    if (r == NULL)
        (void)vox_fail_errno(err, VOX_E_USAGE, "--root %s", root);
    else if (full == NULL)
        (void)vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "cannot be found");
    else {
        const size_t n = strcmp(r, "/") == 0 ? 0 : strlen(r);

        if (strncmp(full, r, n) != 0 || (full[n] != '/' && full[n] != '\0'))
            (void)vox_fail(err, VOX_E_USAGE, "does not lie below the TFTP root %s (--root)", root);
        else if ((out = strdup(full[n] == '/' ? full + n + 1 : "")) == NULL)
            (void)no_memory(err);
    }
    free(r);
    free(full);
    return out;
}

/* The name inside a file that was named itself: --name, or below --root, or alone. */
static char *filename_of(const struct plan_params *q, const char *path, struct vox_error *err)
{
    const char *name = q->name != NULL ? q->name : tree_leaf(path);
    char *dir = NULL, *prefix = NULL, *out = NULL;

    if (q->name == NULL && q->root != NULL) {
        const size_t n = (size_t)(tree_leaf(path) - path);

        if ((dir = n == 0 ? strdup(".") : strndup(path, n)) == NULL) {
            (void)no_memory(err);
            return NULL;
        }
        if ((prefix = below(q->root, dir, err)) == NULL)
            goto out;
    }
    if (asprintf(&out, "%s%s%s%s", prefix != NULL ? prefix : "", prefix != NULL && prefix[0] != '\0' ? "/" : "", name,
                 voxsign_ends_in(name, ".sgn") ? "" : ".sgn") < 0) {
        out = NULL;
        (void)no_memory(err);
    }
out:
    free(dir);
    free(prefix);
    return out;
}

static enum vox_err add_file(struct plan *p, const char *path, struct vox_error *err)
{
    const struct plan_params *q = p->params;
    struct tree *tree = new_tree(p);
    struct job job = {.tree = tree};

    if (tree == NULL)
        return no_memory(err);
    tree->in = tree->out = AT_FDCWD;
    if (q->output_dir != NULL) {
        struct tree there;
        enum vox_err code = tree_open(&there, q->output_dir, NULL, err);

        if (code != VOX_OK) {
            (void)vox_error_prefix(err, "output folder %s", q->output_dir);
            return code;
        }
        tree->out = there.out;
        there.out = -1;
        tree->out_beneath = true;
        tree_close(&there);
    }
    if ((job.filename = q->resign ? strdup(path) : filename_of(q, path, err)) == NULL)
        return q->resign ? no_memory(err) : err->code;
    job.path = strdup(path);
    job.in = strdup(path);
    if (q->resign)
        job.out = strdup(path);
    else if (q->output != NULL)
        job.out = strdup(q->output);
    else if (asprintf(&job.out, "%s.sgn", q->output_dir != NULL ? tree_leaf(path) : path) < 0)
        job.out = NULL;
    return plan_add(p, job, err);
}

static enum vox_err add_folder(struct plan *p, const char *path, struct vox_error *err)
{
    const struct plan_params *q = p->params;
    struct tree *tree;
    char *prefix = NULL, *slashed = NULL;
    enum vox_err code;

    if (!q->recursive)
        return vox_fail(err, VOX_E_USAGE, "is a folder: sign what is in it with --recursive");
    if (q->name != NULL || q->output != NULL)
        return vox_fail(err, VOX_E_USAGE, "is a folder: --name and -o are for one file");
    if (q->root != NULL && (prefix = below(q->root, path, err)) == NULL)
        return err->code;
    if (asprintf(&slashed, "%s%s", prefix != NULL ? prefix : "", prefix != NULL && prefix[0] != '\0' ? "/" : "") < 0 ||
        (tree = new_tree(p)) == NULL) {
        code = no_memory(err);
        goto out;
    }
    if ((code = tree_open(tree, path, q->output_dir, err)) == VOX_OK)
        code = walk_tree(p, path, slashed, tree, err);
out:
    free(slashed);
    free(prefix);
    return code;
}

/* By the file that is written; then in the order in which they were found. */
static int by_output(const void *a, const void *b)
{
    const struct job *x = *(const struct job *const *)a, *y = *(const struct job *const *)b;
    const int order = strcmp(x->out, y->out);

    return order != 0 ? order : (x > y) - (x < y);
}

/* Two jobs with one output would take turns in overwriting it. Outputs in different folders have different trees, or
 * paths. */
static enum vox_err check_outputs(struct plan *p, struct vox_error *err)
{
    struct job **sorted = malloc((p->njobs + 1) * sizeof(struct job *));
    enum vox_err code = VOX_OK;

    if (sorted == NULL)
        return no_memory(err);
    for (size_t i = 0; i < p->njobs; i++)
        sorted[i] = &p->jobs[i];
    qsort(sorted, p->njobs, sizeof *sorted, by_output);
    for (size_t i = 1; i < p->njobs && code == VOX_OK; i++) {
        const struct job *a = sorted[i - 1], *b = sorted[i];

        if (strcmp(a->out, b->out) == 0 &&
            (p->params->output_dir != NULL || a->tree == b->tree || (!a->tree->out_beneath && !b->tree->out_beneath)))
            code = vox_fail(err, VOX_E_USAGE, "%s and %s would both become %s%s%s", a->path, b->path,
                            p->params->output_dir != NULL ? p->params->output_dir : "",
                            p->params->output_dir != NULL ? "/" : "", b->out);
    }
    free(sorted);
    return code;
}

enum vox_err plan_make(const struct plan_params *q, struct plan *out, const char **subject, struct vox_error *err)
{
    enum vox_err code;
    struct stat st;

    memset(out, 0, sizeof *out);
    out->params = q;
    *subject = NULL;
    if (q->key_file != NULL && stat(q->key_file, &st) == 0) {
        out->key_dev = st.st_dev;
        out->key_ino = st.st_ino;
    }
    for (int i = 0; i < q->npaths; i++) {
        *subject = q->paths[i];
        if (q->output != NULL && strcmp(q->paths[i], "-") == 0) /* read by the caller, if at all */
            st.st_mode = S_IFREG;
        else if (stat(q->paths[i], &st) != 0)
            return errno == ENOENT ? vox_fail(err, VOX_E_NOT_FOUND, "no such file or folder")
                                   : vox_fail_errno(err, VOX_E_IO, "cannot be examined");
        code = S_ISDIR(st.st_mode) ? add_folder(out, q->paths[i], err) : add_file(out, q->paths[i], err);
        if (code != VOX_OK)
            return code;
    }
    *subject = NULL;
    return check_outputs(out, err);
}
