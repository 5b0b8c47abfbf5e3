#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libcert/log.h>

#include "conn.h"
#include "control.h"
#include "sandbox.h"
#include "supervisor.h"

enum {
    ACCEPTS_PER_EVENT = 64,
    DRAIN_SECONDS = 4,        /* after TERM: half-received messages have this long */
    REFUSAL_LOG_SECONDS = 10, /* refusals are counted and told together */
    FIRST_PAYLOAD_MS = 10000,
};

/* The one worker of this process: serve_reply() and serve_to_service() have no other way to it. */
static struct worker *the_worker;

struct listener {
    struct worker *w;
    struct event *ev;
    int fd;
    bool legacy;
};

void worker_count(struct worker *w, enum shared_counter c)
{
    atomic_fetch_add_explicit(&w->slot->counters[c], 1, memory_order_relaxed);
}

void worker_gone(struct worker *w, uint16_t source)
{
    shared_leave(w->shared, w->slot, source);
}

bool serve_to_service(struct bytes_view m)
{
    return the_worker != NULL && the_worker->service != NULL && serve_link_send(the_worker->service, m);
}

bool serve_reply(uint64_t id, struct bytes *reply, unsigned wait_s, bool end)
{
    return the_worker != NULL && conn_reply(the_worker, id, reply, wait_s, end);
}

/* A flood is one line now and then, not a line each. */
static void log_refusal(const char *from, const char *why)
{
    static int64_t told;
    static unsigned since;
    struct timespec now;

    since++;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (told != 0 && now.tv_sec - told < REFUSAL_LOG_SECONDS)
        return;
    log_line(LOG_LEVEL_WARNING, "%s: refused: %s (%u refused since the last such line)", from, why, since);
    told = now.tv_sec;
    since = 0;
}

static bool of_legacy_network(const struct worker *w, const struct address *from)
{
    for (size_t i = 0; i < w->nlegacy_from; i++) {
        if (cidr_contains(&w->legacy_from[i], from))
            return true;
    }
    return w->nlegacy_from == 0;
}

static bool admitted(struct worker *w, const struct address *from, bool legacy, uint16_t source)
{
    const char *why;
    char text[64];

    if (legacy && !of_legacy_network(w, from)) {
        worker_count(w, COUNT_REFUSED_LEGACY);
        why = "not among the networks of the legacy listener";
    } else {
        int32_t of_source, in_all = shared_enter(w->shared, w->slot, source, &of_source);

        if (in_all <= (int32_t)w->app->limits.total && of_source <= (int32_t)w->app->limits.per_source)
            return true;
        worker_gone(w, source);
        worker_count(w, in_all > (int32_t)w->app->limits.total ? COUNT_REFUSED_TOTAL : COUNT_REFUSED_SOURCE);
        why = in_all > (int32_t)w->app->limits.total ? "too many connections in all"
                                                     : "too many connections from this address";
    }
    address_text(from, text, sizeof text);
    log_refusal(text, why);
    return false;
}

static void resume_accepting(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;

    (void)fd;
    (void)what;
    if (!l->w->draining)
        (void)event_add(l->ev, NULL);
}

/* No descriptor or memory for one more: not a busy loop; the queue of the socket waits for us. */
static void pause_accepting(struct listener *l)
{
    const struct timeval pause = {.tv_usec = 100000};

    log_refusal("a new connection", strerror(errno));
    (void)event_del(l->ev);
    if (event_base_once(l->w->base, -1, EV_TIMEOUT, resume_accepting, l, &pause) != 0)
        (void)event_add(l->ev, NULL);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    struct worker *w = l->w;

    (void)what;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        struct address from = {.len = sizeof from.sa};
        unsigned char bytes[16];
        uint16_t source;
        int peer = accept4(fd, (struct sockaddr *)&from.sa, &from.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (peer < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                pause_accepting(l);
            return;
        }
        worker_count(w, COUNT_ACCEPTED);
        address_source(&from, bytes);
        source = shared_source(w->shared, bytes);
        if (!admitted(w, &from, l->legacy, source)) {
            (void)close(peer);
        } else if (!conn_accept(w, peer, &from, l->legacy, source)) {
            char text[64];

            address_text(&from, text, sizeof text);
            log_refusal(text, "no memory");
        }
    }
}

static void take_payload(struct worker *w, int fd, size_t len)
{
    struct vox_error err;
    void *data = len > 0 ? mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0) : NULL;

    if (data == MAP_FAILED) {
        log_line(LOG_LEVEL_ERROR, "new data from the parent cannot be read: %s", strerror(errno));
        return;
    }
    if (w->app->payload(w->app->arg, (struct bytes_view){data, len}, &err) != VOX_OK)
        log_line(LOG_LEVEL_ERROR, "new data from the parent is not used: %s", err.text);
    if (data != NULL)
        (void)munmap(data, len);
}

struct control_context {
    struct worker *w;
    struct listener *listeners;
    size_t n;
    struct event *ev; /* NULL before the loop runs */
    bool has_payload;
};

static void drain(struct control_context *ctx, bool stop);

static void on_overdue(evutil_socket_t fd, short what, void *arg)
{
    struct control_context *ctx = arg;

    (void)fd;
    (void)what;
    if (!ctx->w->stopping) { /* a retired process: messages that have begun are finished */
        drain(ctx, true);
        return;
    }
    conn_drain_all(ctx->w, true);
    (void)event_base_loopbreak(ctx->w->base);
}

/* Take no more connections; end when the last one has gone, or after a time. */
static void drain(struct control_context *ctx, bool stop)
{
    const struct timeval limit = {.tv_sec = stop ? DRAIN_SECONDS : (time_t)ctx->w->app->limits.drain_s};
    struct worker *w = ctx->w;

    if (!w->draining) {
        for (size_t i = 0; i < ctx->n; i++) {
            if (ctx->listeners[i].ev != NULL)
                (void)event_del(ctx->listeners[i].ev);
            (void)close(ctx->listeners[i].fd);
        }
    } else if (!stop || w->stopping) {
        return; /* under way */
    }
    w->draining = true;
    w->stopping = stop;
    if (stop)
        conn_drain_all(w, false); /* after a reload idle phones stay: they would have to come back at once */
    if (TAILQ_EMPTY(&w->conns))
        (void)event_base_loopbreak(w->base);
    else
        (void)event_base_once(w->base, -1, EV_TIMEOUT, on_overdue, ctx, &limit);
}

static enum vox_err on_service(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    struct control_context *ctx = arg;

    (void)l;
    return ctx->w->app->linked(ctx->w->app->arg, m, err);
}

/* Nobody is left who could answer: the parent starts a new set of processes. */
static void on_service_gone(void *arg, struct serve_link *l)
{
    struct control_context *ctx = arg;

    (void)l;
    ctx->w->service = NULL;
    ctx->w->exit_status = PROCESS_WITHOUT_SERVICE;
    drain(ctx, true);
    conn_drain_all(ctx->w, true);
    (void)event_base_loopbreak(ctx->w->base);
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
    struct control_context *ctx = arg;
    struct control m;

    (void)what;
    if (!control_receive(fd, &m))
        return;
    if (m.type == CONTROL_PAYLOAD && m.fd >= 0) {
        take_payload(ctx->w, m.fd, m.number);
        ctx->has_payload = true;
    } else if (m.type == CONTROL_LINK && m.fd >= 0) {
        const struct link_calls calls = {.message = on_service, .gone = on_service_gone, .arg = ctx};

        ctx->w->service = link_new(ctx->w->base, m.fd, "service", &calls);
        m.fd = -1;
    } else if (m.type == CONTROL_DRAIN) {
        drain(ctx, false);
    } else { /* told to stop, or the parent is gone: nobody may be left behind */
        drain(ctx, true);
    }
    if (m.gone && ctx->ev != NULL) /* its end stays readable for ever */
        (void)event_del(ctx->ev);
    if (m.fd >= 0)
        (void)close(m.fd);
}

static bool wants_service(const struct serve_app *app)
{
    for (size_t i = 0; i < app->nservices; i++) {
        if (app->services[i].to_net)
            return true;
    }
    return false;
}

/* What answers come from is there before the first question. */
static bool complete(struct control_context *ctx)
{
    struct pollfd p = {.fd = ctx->w->control, .events = POLLIN};
    const struct serve_app *app = ctx->w->app;

    while (!ctx->w->draining &&
           ((app->refresh != NULL && !ctx->has_payload) || (wants_service(app) && ctx->w->service == NULL))) {
        if (poll(&p, 1, FIRST_PAYLOAD_MS) != 1)
            return false;
        on_control(p.fd, EV_READ, ctx);
    }
    return !ctx->w->draining;
}

static void ignore_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
    struct control_context *ctx = arg;

    (void)fd;
    (void)what;
    drain(ctx, true);
}

static enum vox_err prepare(struct worker *w, bool any_legacy, struct vox_error *err)
{
    const struct serve_app *app = w->app;
    enum vox_err code;

    for (; app->legacy_from != NULL && app->legacy_from[w->nlegacy_from] != NULL; w->nlegacy_from++) {
        struct cidr *more = realloc(w->legacy_from, (w->nlegacy_from + 1) * sizeof *more);

        if (more == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory");
        w->legacy_from = more;
        if ((code = cidr_parse(app->legacy_from[w->nlegacy_from], &more[w->nlegacy_from], err)) != VOX_OK)
            return code;
    }
    if ((w->base = event_base_new()) == NULL)
        return vox_fail(err, VOX_E_IO, "no event loop");
    return app->contexts(app->arg, w->shared->ticket_secret, &w->main_ctx, any_legacy ? &w->legacy_ctx : NULL, err);
}

static void release(struct worker *w)
{
    link_free(w->service);
    if (w->base != NULL)
        event_base_free(w->base);
    SSL_CTX_free(w->main_ctx);
    SSL_CTX_free(w->legacy_ctx);
    free(w->legacy_from);
    places_free(&w->places);
}

int worker_run(const struct serve_app *app, uint32_t slot, int control, struct shared *shared, const int *fds,
               const bool *legacy, size_t n)
{
    struct worker w = {.app = app, .shared = shared, .slot = &shared->slots[slot], .control = control};
    struct listener listeners[SERVE_LISTENERS_MAX] = {{0}};
    struct control_context ctx = {.w = &w, .listeners = listeners, .n = n};
    struct vox_error err;
    bool any_legacy = false;

    TAILQ_INIT(&w.conns);
    the_worker = &w;
    shared_count_here(shared, slot);
    for (size_t i = 0; i < n; i++)
        any_legacy = any_legacy || legacy[i];
    if (prepare(&w, any_legacy, &err) != VOX_OK || sandbox_enter(SANDBOX_NET, app->user, NULL, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        release(&w);
        return 4;
    }
    for (size_t i = 0; i < n; i++)
        listeners[i] = (struct listener){.w = &w, .fd = fds[i], .legacy = legacy[i]};
    if (!complete(&ctx)) {
        log_line(LOG_LEVEL_ERROR, "the parent sent nothing to work with");
        release(&w);
        return 4;
    }
    /* The terminal's Ctrl-C and hang-up reach the whole group; the parent says what they mean. */
    struct event *own[] = {
        event_new(w.base, control, EV_READ | EV_PERSIST, on_control, &ctx),
        evsignal_new(w.base, SIGINT, ignore_signal, NULL),
        evsignal_new(w.base, SIGHUP, ignore_signal, NULL),
        evsignal_new(w.base, SIGTERM, on_term, &ctx),
    };

    ctx.ev = own[0];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)event_add(own[i], NULL);
    for (size_t i = 0; i < n; i++) {
        listeners[i].ev = event_new(w.base, fds[i], EV_READ | EV_PERSIST, on_accept, &listeners[i]);
        (void)event_add(listeners[i].ev, NULL);
    }
    if (send(control, "R", 1, MSG_NOSIGNAL) == 1)
        (void)event_base_dispatch(w.base);
    conn_drain_all(&w, true);
    for (size_t i = 0; i < n; i++)
        event_free(listeners[i].ev);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        event_free(own[i]);
    release(&w);
    return w.exit_status;
}
