#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libcert/log.h>

#include "control.h"
#include "listen.h"
#include "notify.h"
#include "supervisor_state.h"

enum {
    REFRESH_MS = 200, /* how often the store is looked at: well within the second that is promised */
    FILES_LEAST = 64, /* descriptors: listeners and ways between processes, and a few connections */
};

int64_t supervisor_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

int64_t supervisor_seconds(void)
{
    return supervisor_ms() / 1000;
}

void supervisor_say(struct supervisor *s, const char *first)
{
    notify_send("%sSTATUS=%u net processes%s", first, s->workers,
                s->refresh_failing ? "; the store cannot be read: answering from the last data" : "");
}

static void on_sigchld(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;
    int status;
    pid_t pid;

    (void)fd;
    (void)what;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        generation_ended(s, pid, status);
    if (s->stopping) {
        for (size_t i = 0; i < PROCESSES_MAX; i++) {
            if (s->children[i] != NULL)
                return;
        }
        (void)event_base_loopbreak(s->base);
    }
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;

    (void)fd;
    (void)what;
    if (s->stopping)
        return;
    s->stopping = true;
    s->stop_started = supervisor_seconds();
    log_line(LOG_LEVEL_NOTICE, "stopping: open messages are finished first");
    notify_send("STOPPING=1");
    bool any = false;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        any = any || s->children[i] != NULL;
        if (s->children[i] != NULL)
            child_tell(s->children[i], child_is_service(s, s->children[i]) ? CONTROL_DRAIN : CONTROL_STOP);
    }
    generation_release(s);
    if (!any)
        (void)event_base_loopbreak(s->base);
}

static void reload_now(struct supervisor *s)
{
    struct timespec now;

    s->reload_wanted = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    notify_send("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    log_line(LOG_LEVEL_NOTICE, "reloading");
    generation_start(s);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;

    (void)fd;
    (void)what;
    s->reload_wanted = true; /* taken up at the next tick: a storm of signals is one reload */
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct supervisor *s = arg;
    struct vox_error err;

    (void)fd;
    (void)what;
    if (!s->stopping) {
        (void)payload_refresh(s, &err); /* it says itself what failed */
        follow_ask(s);
    }
    payload_repeat(s);
    if ((s->reload_wanted || follow_due(s)) && !s->stopping && generation_room(s))
        reload_now(s);
    generation_mend(s);
    if (s->next_generation != 0 && supervisor_seconds() - s->next_started > START_SECONDS) {
        log_line(LOG_LEVEL_ERROR, "new net processes did not become ready in %d s", START_SECONDS);
        generation_failed(s);
    }
    generation_overdue(s);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    notify_send("WATCHDOG=1");
}

static enum vox_err begin(struct supervisor *s, struct vox_error *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct rlimit files;
    enum vox_err code;

    s->workers = s->app->workers > 0 ? s->app->workers : cores > 0 ? (uint32_t)cores : 1;
    if (s->workers > SERVE_WORKERS_MAX)
        s->workers = SERVE_WORKERS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* thousands of phones; what the system grants is what there is */
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
        if (files.rlim_max < FILES_LEAST)
            return vox_fail(err, VOX_E_IO, "%lu files may be open at once, which no daemon can work with: ulimit -n %d",
                            (unsigned long)files.rlim_max, FILES_LEAST);
    }
    if ((s->shared = shared_create(PROCESSES_MAX, &s->shared_fd, err)) == NULL)
        return VOX_E_IO;
    if ((s->base = event_base_new()) == NULL)
        return vox_fail(err, VOX_E_IO, "no event loop");
    if ((code = listeners_bind(s, err)) != VOX_OK)
        return code;
    if (s->app->status_address != NULL && (code = status_listen(s->app->status_address, &s->status_fd, err)) != VOX_OK)
        return code;
    follow_ask(s); /* before any process reads the same */
    return payload_refresh(s, err);
}

int supervisor_run(const struct serve_app *app)
{
    static struct supervisor state; /* large, and one a process */
    struct supervisor *s = &state;
    const struct timeval tick = {.tv_usec = REFRESH_MS * 1000};
    const long watchdog = notify_watchdog_ms();
    const struct timeval watch = {.tv_sec = watchdog / 1000, .tv_usec = (watchdog % 1000) * 1000};
    struct vox_error err;

    s->app = app;
    s->status_fd = s->payload_fd = s->shared_fd = -1;
    enum vox_err code = follow_first(s, &err);

    if (code == VOX_OK)
        code = begin(s, &err);
    if (code != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        return code == VOX_E_USAGE ? 2 : 4;
    }
    struct event *own[] = {
        evsignal_new(s->base, SIGTERM, on_stop, s),     evsignal_new(s->base, SIGINT, on_stop, s),
        evsignal_new(s->base, SIGHUP, on_reload, s),    evsignal_new(s->base, SIGCHLD, on_sigchld, s),
        event_new(s->base, -1, EV_PERSIST, on_tick, s), event_new(s->base, -1, EV_PERSIST, on_watchdog, s),
    };
    enum { TICK = 4, WATCHDOG = 5 };

    for (size_t i = 0; i < TICK; i++)
        (void)event_add(own[i], NULL);
    (void)event_add(own[TICK], &tick);
    if (watchdog > 0)
        (void)event_add(own[WATCHDOG], &watch);
    generation_start(s);
    (void)event_base_dispatch(s->base);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        event_free(own[i]);
    for (size_t i = 0; i < PROCESSES_MAX; i++) { /* after a failed start */
        if (s->children[i] != NULL)
            (void)kill(s->children[i]->pid, SIGTERM);
    }
    log_line(LOG_LEVEL_NOTICE, s->exit_status == 0 ? "stopped" : "not started");
    return s->exit_status;
}
