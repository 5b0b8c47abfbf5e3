/* Giving up rights, for good, before the first foreign byte. */
#ifndef LIBCERT_SERVE_SANDBOX_H
#define LIBCERT_SERVE_SANDBOX_H

#include <libcert/serve.h>

enum sandbox_kind {
    SANDBOX_NET,   /* open sockets only */
    SANDBOX_SYNC,  /* and writing and syncing of the files that are open already */
    SANDBOX_FILES, /* and files: where they lie is limited by their owner's rights, and to one folder if the kernel has
                      Landlock */
};

/*
 * sandbox_enter(kind, name, err): no supplementary groups, no new privileges, no core dumps, not traceable, no new
 * sockets, programs or processes, no other files than kind says. When root: become user name (NULL: "voxtrust", else
 * "nobody"); for SANDBOX_FILES name is a path, whose owner it becomes; if that is root, root without capabilities.
 * Errors: VOX_E_IO.
 */
enum vox_err sandbox_enter(enum sandbox_kind kind, const char *name, struct vox_error *err);

/* sandbox_no_core(): no core dump, not traceable: for every process, at its start. */
void sandbox_no_core(void);

#endif
