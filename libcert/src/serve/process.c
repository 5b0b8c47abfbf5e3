#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process.h"
#include "supervisor.h"

/* Child: every descriptor to its agreed number. They are moved above all of these first, so that none is overwritten
 * before its turn. */
static int arrange(const struct process_params *p, int control)
{
    int wanted[2 + 512], moved[2 + 512];
    size_t n = 0;

    if (p->nfds > 512)
        return -1;
    wanted[n++] = control;
    wanted[n++] = p->shared_fd;
    for (size_t i = 0; i < p->nfds; i++)
        wanted[n++] = p->fds[i];
    for (size_t i = 0; i < n; i++) {
        if ((moved[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, PROCESS_CONTROL_FD + (int)n)) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (dup2(moved[i], PROCESS_CONTROL_FD + (int)i) < 0) /* clears close-on-exec */
            return -1;
    }
    /* Whatever else was open where the daemon was started is none of its processes' business. */
    (void)close_range(PROCESS_CONTROL_FD + (unsigned)n, ~0U, CLOSE_RANGE_CLOEXEC);
    return 0;
}

enum vox_err process_start(const struct process_params *p, pid_t *pid, int *control, struct vox_error *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return vox_fail_errno(err, VOX_E_IO, "no channel to a new process");
    *pid = fork();
    if (*pid == 0) {
        if (arrange(p, pair[1]) == 0 && setenv(PROCESS_ENV, p->role, 1) == 0 &&
            setenv(PROCESS_LISTENERS_ENV, p->listeners, 1) == 0 && unsetenv("NOTIFY_SOCKET") == 0) {
            (void)execv("/proc/self/exe", p->argv);
            (void)execvp(p->argv[0], p->argv); /* no /proc here */
        }
        _exit(127);
    }
    (void)close(pair[1]);
    if (*pid < 0) {
        (void)close(pair[0]);
        return vox_fail_errno(err, VOX_E_IO, "no new process");
    }
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    *control = pair[0];
    return VOX_OK;
}
