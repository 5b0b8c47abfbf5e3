/* The parent: binds, starts, restarts, reloads, hands out payloads, never reads a peer's byte. */
#ifndef LIBCERT_SERVE_SUPERVISOR_H
#define LIBCERT_SERVE_SUPERVISOR_H

#include <libcert/serve.h>

/* Environment of the processes that it starts: PROCESS_ENV is "net:SLOT", "service:SLOT:INDEX" or "status", descriptors
 * begin at PROCESS_FD.
 */
#define PROCESS_ENV           "VOXTRUST_PROCESS"
#define PROCESS_LISTENERS_ENV "VOXTRUST_LISTENERS" /* a letter a listener: m main, l legacy */

enum {
    PROCESS_CONTROL_FD = 3, /* SOCK_SEQPACKET to the parent */
    PROCESS_SHARED_FD = 4,  /* shared.h */
    PROCESS_FD = 5,         /* listening sockets from here on */
};

/* Exit status of a net process whose service is gone: no news to the parent, which has seen that itself. */
enum { PROCESS_WITHOUT_SERVICE = 5 };

/* supervisor_run(app): until TERM or INT. The exit status. */
int supervisor_run(const struct serve_app *app);

/* status_run(app, control, listen_fd, shared): the process that answers /metrics and /healthz. */
struct shared;
int status_run(const struct serve_app *app, int control, int listen_fd, struct shared *shared);

/* status_listen(address, out, err): its socket: "127.0.0.1:PORT", "[::1]:PORT", "unix:PATH". Errors: VOX_E_USAGE (not
 * loopback), VOX_E_IO. */
enum vox_err status_listen(const char *address, int *out, struct vox_error *err);

#endif
