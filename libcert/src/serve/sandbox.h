/* Giving up rights, for good, before the first foreign byte. */
#ifndef LIBCERT_SERVE_SANDBOX_H
#define LIBCERT_SERVE_SANDBOX_H

#include <libcert/serve.h>

enum sandbox_kind {
    SANDBOX_NET,   /* open sockets only */
    SANDBOX_SYNC,  /* and writing and syncing of the files that are open already */
    SANDBOX_FILES, /* and files: which ones is limited by their owner's rights, and to those that are named if the
                      kernel has Landlock */
};

/* sandbox_become_owner(path, err): when root, the owner of path from now on; if that is root, root without
 * capabilities. Errors: VOX_E_IO. */
enum vox_err sandbox_become_owner(const char *path, struct vox_error *err);

/*
 * sandbox_enter(kind, user, files, err): no supplementary groups, no new privileges, no core dumps, not traceable, no
 * new sockets, programs or processes, no other files than kind says. When root: become user (NULL: "voxtrust", else
 * "nobody"), but for SANDBOX_FILES, which comes after sandbox_become_owner() and has files (confine.h) and no user.
 * Errors: VOX_E_IO.
 */
enum vox_err sandbox_enter(enum sandbox_kind kind, const char *user, const struct serve_files *files,
                           struct vox_error *err);

/* sandbox_no_core(): no core dump, not traceable: for every process, at its start. */
void sandbox_no_core(void);

#endif
