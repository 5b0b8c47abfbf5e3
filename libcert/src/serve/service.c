#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include <libcert/log.h>

#include "confine.h"
#include "control.h"
#include "link.h"
#include "sandbox.h"
#include "service.h"
#include "supervisor.h"

enum {
    SETTLE_AFTER = 512, /* messages that are made durable together, at most */
};

struct service {
    const struct serve_app *app;
    const struct serve_service *s;
    struct event_base *base;
    struct event *settle; /* made active by the first message of a round: it comes after all that are ready */
    unsigned unsettled;   /* messages since the last settle() */
    struct serve_link *to[SERVE_SERVICES_MAX]; /* services that come back alone, as they stand in the table */
    bool stopping;
    int exit_status;
};

/* The one service of this process: serve_start_anew() has no other way to it. */
static struct service *the_service;

enum vox_err serve_may_use(struct serve_files *f, const char *path, struct vox_error *err)
{
    char *whole = f->n < SERVE_FILES_MAX ? realpath(path, NULL) : NULL;

    if (whole == NULL)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    f->paths[f->n++] = whole;
    return VOX_OK;
}

void serve_start_anew(const char *why)
{
    if (the_service == NULL || the_service->settle == NULL || the_service->exit_status != 0)
        return;
    log_line(LOG_LEVEL_NOTICE, "%s: starting anew", why);
    the_service->exit_status = PROCESS_WITHOUT_SERVICE;
    the_service->stopping = true;
    event_active(the_service->settle, EV_TIMEOUT, 0);
}

static void settle_now(struct service *v)
{
    v->unsettled = 0;
    if (v->s->settle != NULL)
        v->s->settle(v->app->arg);
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
    struct service *v = arg;

    (void)fd;
    (void)what;
    settle_now(v);
    if (v->stopping)
        (void)event_base_loopbreak(v->base);
}

static enum vox_err on_message(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    struct service *v = arg;
    enum vox_err code = v->s->message(v->app->arg, l, m, err);

    if (++v->unsettled >= SETTLE_AFTER)
        settle_now(v);
    else
        event_active(v->settle, EV_TIMEOUT, 0);
    return code;
}

static void on_gone(void *arg, struct serve_link *l)
{
    struct service *v = arg;

    for (size_t i = 0; i < SERVE_SERVICES_MAX; i++)
        if (v->to[i] == l)
            v->to[i] = NULL;
    if (v->s->gone != NULL)
        v->s->gone(v->app->arg, l);
    event_active(v->settle, EV_TIMEOUT, 0);
}

static void on_link(struct service *v, struct control *m)
{
    const struct link_calls calls = {.message = on_message, .gone = on_gone, .arg = v};
    const struct serve_service *s = m->number < v->app->nservices ? &v->app->services[m->number] : NULL;
    const char *name = s != NULL ? s->name : NULL;
    const bool alone = s != NULL && s->alone;
    struct serve_link *l;

    if (alone && v->to[m->number] != NULL) /* it fell; that it did is yet to be heard */
        link_finish(v->to[m->number]);
    l = link_new(v->base, m->fd, name != NULL ? name : "net", &calls);
    m->fd = -1;
    if (l == NULL)
        return;
    if (alone)
        v->to[m->number] = l;
    if (v->s->linked != NULL)
        v->s->linked(v->app->arg, l, name);
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
    struct service *v = arg;
    struct control m;

    (void)what;
    if (!control_receive(fd, &m))
        return;
    if (m.type == CONTROL_LINK && m.fd >= 0) {
        on_link(v, &m);
    } else if (m.type == CONTROL_DRAIN) {
        if (v->s->ending != NULL)
            v->s->ending(v->app->arg);
        event_active(v->settle, EV_TIMEOUT, 0);
    } else { /* told to stop, or the parent is gone */
        v->stopping = true;
        event_active(v->settle, EV_TIMEOUT, 0);
    }
    if (m.fd >= 0)
        (void)close(m.fd);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct service *v = arg;

    (void)fd;
    (void)what;
    v->s->tick(v->app->arg);
    event_active(v->settle, EV_TIMEOUT, 0);
}

static void ignore_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

/* Files can be confined to others than these no more: what is needed has been opened, or is named. */
static enum vox_err enter_with_files(const struct service *v, struct vox_error *err)
{
    struct serve_files f = {.n = 0};
    enum vox_err code = sandbox_become_owner(v->s->files, err);

    if (code == VOX_OK && v->s->prepare != NULL)
        code = v->s->prepare(v->app->arg, &f, err);
    if (code == VOX_OK && !confine_available())
        log_line(LOG_LEVEL_WARNING,
                 "the kernel has no Landlock, or a filter of the service manager forbids it: the %s process can open "
                 "whatever its user can, the keys beside the store included",
                 v->s->name);
    if (code == VOX_OK)
        code = sandbox_enter(SANDBOX_FILES, NULL, &f, err);
    while (f.n > 0)
        free(f.paths[--f.n]);
    return code;
}

static enum vox_err begin(struct service *v, struct vox_error *err)
{
    enum vox_err code;

    if ((v->base = event_base_new()) == NULL)
        return vox_fail(err, VOX_E_IO, "no event loop");
    if (v->s->start != NULL && (code = v->s->start(v->app->arg, err)) != VOX_OK)
        return code;
    code = v->s->files != NULL ? enter_with_files(v, err) : sandbox_enter(SANDBOX_SYNC, v->app->user, NULL, err);
    if (code == VOX_OK && v->s->ready != NULL)
        code = v->s->ready(v->app->arg, err);
    return code;
}

int service_run(const struct serve_app *app, size_t index, uint32_t slot, int control, struct shared *shared)
{
    const struct timeval second = {.tv_sec = 1};
    struct service v = {.app = app, .s = &app->services[index]};
    struct vox_error err;

    shared_count_here(shared, slot);
    the_service = &v;
    if (begin(&v, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        if (v.s->stop != NULL)
            v.s->stop(app->arg);
        if (v.base != NULL)
            event_base_free(v.base);
        return 4;
    }
    /* The parent says when to stop, after the net processes have. */
    struct event *own[] = {
        event_new(v.base, control, EV_READ | EV_PERSIST, on_control, &v),
        evsignal_new(v.base, SIGINT, ignore_signal, NULL),
        evsignal_new(v.base, SIGHUP, ignore_signal, NULL),
        evsignal_new(v.base, SIGTERM, ignore_signal, NULL),
    };
    struct event *tick = event_new(v.base, -1, EV_PERSIST, on_tick, &v);

    v.settle = event_new(v.base, -1, 0, on_settle, &v);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)event_add(own[i], NULL);
    if (v.s->tick != NULL)
        (void)event_add(tick, &second);
    if (send(control, "R", 1, MSG_NOSIGNAL) == 1)
        (void)event_base_dispatch(v.base);
    if (v.s->stop != NULL)
        v.s->stop(app->arg);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        event_free(own[i]);
    event_free(tick);
    event_free(v.settle);
    event_base_free(v.base);
    the_service = NULL;
    return v.exit_status;
}
