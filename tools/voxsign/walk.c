#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"
#include "voxsign.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Is there an output or a plain file of this name? */
static bool exists(int at, const char *path, const char *suffix)
{
    char *name;
    bool found;

    if (asprintf(&name, "%s%s", path, suffix) < 0)
        return false;
    found = faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    free(name);
    return found;
}

/* The plain file whose signed or encrypted form rel is stands beside it: rel is an output of ours, and nothing to tell
 * about. */
static bool has_plain(const struct tree *tree, const char *rel)
{
    static const char *const suffixes[] = {".enc.sgn", ".sgn"};

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (!voxsign_ends_in(rel, suffixes[i]))
            continue;
        char *plain = strndup(rel, strlen(rel) - strlen(suffixes[i]));
        const bool found = plain != NULL && exists(tree->in, plain, "");

        free(plain);
        if (found)
            return true;
    }
    return false;
}

enum volume { SILENT, QUIET, LOUD }; /* not even counted; counted; warned of */

/* Why a file is not signed; NULL if it is. */
static const char *reason(const struct plan *p, const FTSENT *e, const char *rel, const struct tree *tree,
                          enum volume *volume)
{
    struct stat st;
    int fd;

    *volume = QUIET;
    if (e->fts_name[0] == '.')
        return "hidden";
    if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE) {
        if ((fd = tree_read_fd(tree, rel)) < 0)
            return "a link that leads out of the folder, or nowhere";
        const bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
        (void)close(fd);
        if (!regular)
            return "a link to a folder";
    } else if (e->fts_info == FTS_F) {
        st = *e->fts_statp;
    } else {
        return "not a file";
    }
    if (p->key_ino != 0 && st.st_dev == p->key_dev && st.st_ino == p->key_ino) {
        *volume = LOUD;
        return "the signer's private key: it must not lie here";
    }
    if (voxsign_ends_in(rel, ".tlv"))
        return "a trust list";
    if (p->params->resign)
        return voxsign_ends_in(rel, ".sgn") ? NULL : "not signed";
    if (voxsign_ends_in(rel, ".sgn")) {
        *volume = has_plain(tree, rel) ? SILENT : QUIET;
        return "signed already";
    }
    /* A signed plain form beside the encrypted one would give away what that one hides. */
    if (exists(tree->out, rel, ".enc.sgn")) {
        *volume = LOUD;
        return "published encrypted: the plain file must not lie here";
    }
    return NULL;
}

static enum vox_err add(struct plan *p, const char *path, const char *rel, const char *prefix, const struct tree *tree,
                        struct vox_error *err)
{
    struct job job = {.tree = tree, .in_tree = true};

    job.path = strdup(path);
    job.in = strdup(rel);
    if (asprintf(&job.out, "%s%s", rel, p->params->resign ? "" : ".sgn") < 0)
        job.out = NULL;
    if (asprintf(&job.filename, "%s%s%s", prefix, rel, p->params->resign ? "" : ".sgn") < 0)
        job.filename = NULL;
    return plan_add(p, job, err);
}

static enum vox_err visit(struct plan *p, FTS *fts, FTSENT *e, size_t skip, const char *prefix, const struct tree *tree,
                          struct vox_error *err)
{
    const char *rel = e->fts_path + skip;
    struct left_out left = {.path = e->fts_path};
    enum volume volume;

    switch (e->fts_info) {
    case FTS_D:
        if (e->fts_level == 0 || e->fts_name[0] != '.')
            return VOX_OK;
        (void)fts_set(fts, e, FTS_SKIP);
        left.why = "hidden";
        return plan_leave_out(p, left, err);
    case FTS_DP:
        return VOX_OK;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = e->fts_errno;
        return vox_fail_errno(err, VOX_E_IO, "%s", e->fts_path);
    case FTS_DC:
        left.why = "a folder inside itself";
        return plan_leave_out(p, left, err);
    default:
        if ((left.why = reason(p, e, rel, tree, &volume)) == NULL)
            return add(p, e->fts_path, rel, prefix, tree, err);
        left.loud = volume == LOUD;
        return volume == SILENT ? VOX_OK : plan_leave_out(p, left, err);
    }
}

enum vox_err walk_tree(struct plan *p, const char *dir, const char *prefix, const struct tree *tree,
                       struct vox_error *err)
{
    char *roots[] = {strdup(dir), NULL};
    enum vox_err code = VOX_OK;
    FTS *fts = NULL;
    FTSENT *e;

    if (roots[0] == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t n = strlen(roots[0]); n > 1 && roots[0][n - 1] == '/'; n--) /* "tftp/" would name "tftp//x" */
        roots[0][n - 1] = '\0';
    const size_t skip = strlen(roots[0]) + (strcmp(roots[0], "/") != 0);
    if ((fts = fts_open(roots, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, by_name)) == NULL) {
        code = vox_fail_errno(err, VOX_E_IO, "cannot be read");
        goto out;
    }
    for (errno = 0; code == VOX_OK && (e = fts_read(fts)) != NULL; errno = 0)
        code = visit(p, fts, e, skip, prefix, tree, err);
    if (code == VOX_OK && errno != 0)
        code = vox_fail_errno(err, VOX_E_IO, "cannot be read");
out:
    if (fts != NULL)
        (void)fts_close(fts);
    free(roots[0]);
    return code;
}
