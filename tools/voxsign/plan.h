/*
 * What a run of `voxsign sign` has to do: a job per file, found by name before anything is read or written.
 */
#ifndef VOXSIGN_PLAN_H
#define VOXSIGN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <libcert/error.h>

#include "tree.h"

enum outcome {
    JOB_WAITING,
    JOB_STAGED, /* signed, in a temporary that is not yet in place */
    JOB_SIGNED,
    JOB_UNCHANGED,
    JOB_SKIPPED,
    JOB_FAILED,
};

/* One file. Paths are relative to the tree's folders. */
struct job {
    const struct tree *tree;
    char *path;     /* as messages name it */
    char *in;       /* what is read */
    char *out;      /* what is written */
    char *filename; /* FILENAME of the header */
    bool in_tree;   /* met on a walk: what is no plain file is passed over, not refused */

    /* while it runs */
    enum outcome outcome;
    char *temporary;       /* beside out */
    dev_t dev;             /* where it lies */
    const char *why;       /* JOB_SKIPPED: constant words */
    struct vox_error *err; /* JOB_FAILED; NULL when memory was short */
};

/* Something that was left out, for -v. */
struct left_out {
    char *path;
    const char *why; /* constant words */
    bool loud;       /* said without -v, too */
};

struct plan_params {
    char *const *paths;
    int npaths;
    bool recursive;
    const char *name;       /* --name or NULL: one file only */
    const char *root;       /* --root or NULL */
    const char *output;     /* -o or NULL: one file only */
    const char *output_dir; /* --output-dir or NULL */
    const char *key_file;   /* never signed: its path, or NULL */
    bool resign;            /* signed files, in their own place */
};

struct plan {
    struct job *jobs;
    size_t njobs, cap;
    struct tree **trees;
    size_t ntrees;
    struct left_out *left;
    size_t nleft, left_cap;
    const struct plan_params *params;
    dev_t key_dev; /* of key_file; key_ino 0 for none */
    ino_t key_ino;
};

/*
 * plan_make(p, out, subject, err): errors VOX_E_USAGE (a folder without --recursive, a file outside --root, two files
 * with one output), VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_MEMORY; *subject is the path that err is about, or NULL. Free with
 * plan_free(), always.
 */
enum vox_err plan_make(const struct plan_params *p, struct plan *out, const char **subject, struct vox_error *err);
void plan_free(struct plan *p);

/* --- for walk.c --- */

/* plan_add(p, job, err): take over job and its strings (freed if it fails). plan_leave_out(p, left, err): copies its
 * path. */
enum vox_err plan_add(struct plan *p, struct job job, struct vox_error *err);
enum vox_err plan_leave_out(struct plan *p, struct left_out left, struct vox_error *err);

/* walk_tree(p, dir, prefix, tree, err): a job for each plain file below dir; prefix goes before the names inside: "" or
 * "English/". */
enum vox_err walk_tree(struct plan *p, const char *dir, const char *prefix, const struct tree *tree,
                       struct vox_error *err);

#endif
