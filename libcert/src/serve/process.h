/* One process that the parent started. */
#ifndef LIBCERT_SERVE_PROCESS_H
#define LIBCERT_SERVE_PROCESS_H

#include <sys/types.h>

#include <libcert/serve.h>

struct process_params {
    char *const *argv;
    const char *role;      /* value of PROCESS_ENV */
    const char *listeners; /* value of PROCESS_LISTENERS_ENV */
    int shared_fd;
    const int *fds; /* listening sockets */
    size_t nfds;
};

/* process_start(p, pid, control, err): fork and execute this binary again; *control is the parent's end. Errors:
 * VOX_E_IO. */
enum vox_err process_start(const struct process_params *p, pid_t *pid, int *control, struct vox_error *err);

#endif
