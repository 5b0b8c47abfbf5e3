/*
 * Where files are read and written: a folder that nothing leads out of, or wherever the user pointed.
 *
 * A TFTP root can be writable to others. Inside a tree every path is resolved by the kernel with RESOLVE_BENEATH, each
 * time, so that a link that somebody plants leads neither reading nor writing elsewhere.
 */
#ifndef VOXSIGN_TREE_H
#define VOXSIGN_TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include <libcert/error.h>

/* Descriptors are AT_FDCWD for paths as the user gave them. */
struct tree {
    int in;
    int out;
    bool elsewhere; /* out is another folder than in: those below it may be missing */
    bool in_beneath, out_beneath;
};

/* tree_open(t, in, out, err): in is a folder; out is another, or NULL for in. Errors: VOX_E_NOT_FOUND, VOX_E_IO,
 * VOX_E_MEMORY. Close with tree_close(). */
enum vox_err tree_open(struct tree *t, const char *in, const char *out, struct vox_error *err);
void tree_close(struct tree *t);

/* tree_read_fd(t, path): open a file to read; -1 with errno, EXDEV when a link leads out of the tree. Does not block on
 * a pipe. */
int tree_read_fd(const struct tree *t, const char *path);

/* tree_folder_fd(t, path): open the folder in which the output path stands; -1 with errno. */
int tree_folder_fd(const struct tree *t, const char *path);

/* tree_make_folders(t, path, mode, err): make the folders above the output path that are missing, with mode whatever
 * the umask. */
enum vox_err tree_make_folders(const struct tree *t, const char *path, mode_t mode, struct vox_error *err);

/* tree_leaf(path): what follows the last '/'. */
const char *tree_leaf(const char *path);

#endif
