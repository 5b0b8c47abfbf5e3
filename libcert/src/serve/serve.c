/* Which process am I? */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libcert/log.h>
#include <libcert/token.h>

#include "sandbox.h"
#include "service.h"
#include "shared.h"
#include "supervisor.h"
#include "worker.h"

struct serve_limits serve_limits_default(void)
{
    return (struct serve_limits){.handshake_s = 10,
                                 .idle_s = 30,
                                 .per_source = 10000,
                                 .total = 16000,
                                 .message_max = 65536 + 10,
                                 .drain_s = 120};
}

/* What ps and pgrep show: every process is executed as /proc/self/exe. */
static void call_myself(const struct serve_app *app, const char *role)
{
    char name[16]; /* the kernel's limit */

    (void)snprintf(name, sizeof name, "%s-%s", app->name, role);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

static int be_net(const struct serve_app *app, const char *slot_text, struct shared *shared)
{
    const char *kinds = getenv(PROCESS_LISTENERS_ENV);
    size_t n = kinds != NULL ? strlen(kinds) : 0;
    unsigned long slot = strtoul(slot_text, NULL, 10);
    int fds[SERVE_LISTENERS_MAX];
    bool legacy[SERVE_LISTENERS_MAX];

    if (n == 0 || n > SERVE_LISTENERS_MAX || slot >= shared_slots())
        return 4;
    for (size_t i = 0; i < n; i++) {
        fds[i] = PROCESS_FD + (int)i;
        legacy[i] = kinds[i] == 'l';
    }
    return worker_run(app, (uint32_t)slot, PROCESS_CONTROL_FD, shared, fds, legacy, n);
}

static int be_service(const struct serve_app *app, const char *numbers, struct shared *shared)
{
    char *end;
    unsigned long slot = strtoul(numbers, &end, 10);
    unsigned long index = *end == ':' ? strtoul(end + 1, NULL, 10) : app->nservices;

    if (index >= app->nservices || slot >= shared_slots())
        return 4;
    call_myself(app, app->services[index].name);
    return service_run(app, index, (uint32_t)slot, PROCESS_CONTROL_FD, shared);
}

/* Behind the walls no other agent can be started: this process is. */
static void agent_fell(const struct vox_error *why)
{
    log_line(LOG_LEVEL_ERROR, "%s: starting anew", why != NULL ? why->text : "the PKCS#11 module fell");
    _exit(4);
}

int serve_run(const struct serve_app *app)
{
    const char *role = getenv(PROCESS_ENV);
    struct vox_error err;

    sandbox_no_core();
    /* A peer that hangs up, and a file that may not grow, are errors of a write, not the end of the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (role == NULL)
        return supervisor_run(app);
    struct shared *shared = shared_map(PROCESS_SHARED_FD, &err);
    if (shared == NULL) {
        log_line(LOG_LEVEL_ERROR, "%s is set, but this is no process of a daemon: unset it", PROCESS_ENV);
        return 4;
    }
    (void)close(PROCESS_SHARED_FD);
    token_on_fall(agent_fell);
    if (strncmp(role, "net:", 4) == 0) {
        call_myself(app, "net");
        return be_net(app, role + 4, shared);
    }
    if (shared_blind(shared, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        return 4;
    }
    if (strncmp(role, "service:", 8) == 0)
        return be_service(app, role + 8, shared);
    if (strcmp(role, "status") == 0) {
        call_myself(app, role);
        return status_run(app, PROCESS_CONTROL_FD, PROCESS_FD, shared);
    }
    return 4;
}
