/* The process that answers /metrics and /healthz: on loopback or a Unix socket, in the same sandbox as the net
 * processes. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <libcert/clock.h>
#include <libcert/log.h>

#include "listen.h"
#include "sandbox.h"
#include "shared.h"
#include "supervisor.h"

static const struct {
    const char *name, *help;
} skeleton[COUNT_SKELETON] = {
    [COUNT_ACCEPTED] = {"connections_total", "TCP connections that arrived"},
    [COUNT_REFUSED_TOTAL] = {"refused_total{reason=\"total\"}", "Connections refused, by limit"},
    [COUNT_REFUSED_SOURCE] = {"refused_total{reason=\"source\"}", "Connections refused, by limit"},
    [COUNT_REFUSED_LEGACY] = {"refused_total{reason=\"legacy\"}", "Connections refused, by limit"},
    [COUNT_HANDSHAKES] = {"handshakes_total", "TLS handshakes completed"},
    [COUNT_RESUMED] = {"handshakes_resumed_total", "TLS handshakes that resumed a session"},
    [COUNT_HANDSHAKE_FAILED] = {"handshakes_failed_total", "TLS handshakes that failed"},
    [COUNT_MESSAGES] = {"messages_total", "Whole messages received"},
    [COUNT_MALFORMED] = {"malformed_total", "Messages refused as malformed"},
    [COUNT_TIMED_OUT] = {"timeouts_total", "Connections closed by a time limit"},
};

enum { PAUSE_MS = 100, TOLD_SECONDS = 10 };

struct status {
    const struct serve_app *app;
    const struct shared *shared;
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *resume;
    int64_t told;
};

static uint64_t sum(const struct shared *s, size_t counter)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < atomic_load(&s->used) && i < shared_slots(); i++)
        total += atomic_load_explicit(&s->slots[i].counters[counter], memory_order_relaxed);
    return total;
}

/* HELP and TYPE once for each name; labels do not make a new one. */
static void describe(struct evbuffer *out, const char *program, const char *name, const char *help, const char *type,
                     const char **last)
{
    size_t len = strcspn(name, "{");

    if (*last == NULL || strncmp(*last, name, len) != 0 || strcspn(*last, "{") != len)
        evbuffer_add_printf(out, "# HELP %s%.*s %s\n# TYPE %s%.*s %s\n", program, (int)len, name, help, program,
                            (int)len, name, type);
    *last = name;
}

static void metrics(struct evhttp_request *req, void *arg)
{
    const struct status *st = arg;
    struct evbuffer *out = evbuffer_new();
    const char *last = NULL;
    char prefix[64];

    if (out == NULL)
        return;
    (void)snprintf(prefix, sizeof prefix, "%s_", st->app->name);
    for (size_t i = 0; i < COUNT_SKELETON; i++) {
        describe(out, prefix, skeleton[i].name, skeleton[i].help, "counter", &last);
        evbuffer_add_printf(out, "%s%s %" PRIu64 "\n", prefix, skeleton[i].name, sum(st->shared, i));
    }
    for (size_t i = 0; i < st->app->ncounters; i++) {
        const struct serve_counter *c = &st->app->counters[i];

        describe(out, prefix, c->name, c->help, c->gauge ? "gauge" : "counter", &last);
        evbuffer_add_printf(out, "%s%s %" PRIu64 "\n", prefix, c->name,
                            c->gauge ? atomic_load(&st->shared->gauges[i]) : sum(st->shared, COUNT_SKELETON + i));
    }
    const struct {
        const char *name, *help, *type;
        int64_t value;
    } gauges[] = {
        {"connections_open", "Connections open now", "gauge", atomic_load(&st->shared->open)},
        {"net_processes_ready", "Net processes that serve", "gauge", atomic_load(&st->shared->workers_ready)},
        {"restarts_total", "Processes started again after a crash", "counter",
         (int64_t)atomic_load(&st->shared->restarts)},
        {"reloads_total", "Reloads done", "counter", (int64_t)atomic_load(&st->shared->reloads)},
        {"reloads_refused_total", "Reloads refused", "counter", (int64_t)atomic_load(&st->shared->reloads_refused)},
        {"data_number", "Version of the data that is answered from", "gauge",
         (int64_t)atomic_load(&st->shared->payload_number)},
        {"data_timestamp_seconds", "When that data was read from the store", "gauge",
         atomic_load(&st->shared->payload_time)},
        {"store_failing", "1 while the store cannot be read", "gauge", atomic_load(&st->shared->refresh_failing) != 0},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++) {
        describe(out, prefix, gauges[i].name, gauges[i].help, gauges[i].type, &last);
        evbuffer_add_printf(out, "%s%s %" PRId64 "\n", prefix, gauges[i].name, gauges[i].value);
    }
    (void)evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", "text/plain; version=0.0.4");
    evhttp_send_reply(req, HTTP_OK, "OK", out);
    evbuffer_free(out);
}

static void healthz(struct evhttp_request *req, void *arg)
{
    const struct status *st = arg;
    struct evbuffer *out = evbuffer_new();
    int64_t failing = atomic_load(&st->shared->refresh_failing);
    int ready = atomic_load(&st->shared->workers_ready);
    char since[CLOCK_RFC3339_MAX];

    if (out == NULL)
        return;
    if (failing != 0) {
        clock_format(failing, since);
        evbuffer_add_printf(out, "degraded: the store cannot be read since %s; answering from the last data\n", since);
    } else {
        evbuffer_add_printf(out, "%s\n", ready > 0 ? "ok" : "not ready");
    }
    (void)evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", "text/plain");
    evhttp_send_reply(req, failing != 0 || ready <= 0 ? HTTP_SERVUNAVAIL : HTTP_OK, failing != 0 ? "Degraded" : "OK",
                      out);
    evbuffer_free(out);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    const struct status *st = arg;

    (void)fd;
    (void)what;
    (void)evconnlistener_enable(st->listener);
}

/* The one of this process: the listener's argument is evhttp's own. */
static struct status *the_status;

/* No descriptor for one more: not a busy loop, and not a line for each round of it. */
static void on_accept_error(struct evconnlistener *l, void *arg)
{
    const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
    const char *why = strerror(errno);
    struct status *st = the_status;
    struct timespec now;

    (void)arg;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (st->told == 0 || now.tv_sec - st->told >= TOLD_SECONDS) {
        log_line(LOG_LEVEL_WARNING, "connections for metrics wait: %s", why);
        st->told = now.tv_sec;
    }
    if (event_add(st->resume, &pause) == 0)
        (void)evconnlistener_disable(l);
}

static void on_parent(evutil_socket_t fd, short what, void *arg)
{
    char m[64];
    ssize_t n = recv(fd, m, sizeof m, MSG_DONTWAIT);

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    (void)event_base_loopbreak(arg); /* told to go, or the parent is gone */
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

int status_run(const struct serve_app *app, int control, int listen_fd, struct shared *shared)
{
    struct status st = {.app = app, .shared = shared, .base = event_base_new()};
    struct evhttp *http = st.base != NULL ? evhttp_new(st.base) : NULL;
    struct evhttp_bound_socket *bound = http != NULL ? evhttp_accept_socket_with_handle(http, listen_fd) : NULL;
    struct vox_error err;

    if (bound == NULL || (st.resume = event_new(st.base, -1, 0, on_resume, &st)) == NULL) {
        log_line(LOG_LEVEL_ERROR, "metrics cannot be served");
        return 4;
    }
    the_status = &st;
    st.listener = evhttp_bound_socket_get_listener(bound);
    evconnlistener_set_error_cb(st.listener, on_accept_error);
    evhttp_set_timeout(http, 5);
    evhttp_set_max_headers_size(http, 4096);
    evhttp_set_max_body_size(http, 0);
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    (void)evhttp_set_cb(http, "/metrics", metrics, &st);
    (void)evhttp_set_cb(http, "/healthz", healthz, &st);
    if (sandbox_enter(SANDBOX_NET, app->user, NULL, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        return 4;
    }
    struct event *own[] = {
        event_new(st.base, control, EV_READ | EV_PERSIST, on_parent, st.base),
        evsignal_new(st.base, SIGINT, nothing, NULL),
        evsignal_new(st.base, SIGHUP, nothing, NULL),
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)event_add(own[i], NULL);
    if (send(control, "R", 1, MSG_NOSIGNAL) != 1)
        return 4;
    (void)event_base_dispatch(st.base);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        event_free(own[i]);
    event_free(st.resume);
    evhttp_free(http);
    event_base_free(st.base);
    return 0;
}

static enum vox_err listen_unix(const char *path, int *out, struct vox_error *err)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct stat st;

    if (strlen(path) >= sizeof sa.sun_path)
        return vox_fail(err, VOX_E_USAGE, "%.80s...: the path is too long for a socket", path);
    memcpy(sa.sun_path, path, strlen(path));
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(path); /* what an earlier run left behind */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof sa) != 0 || listen(fd, 64) != 0) {
        enum vox_err code = vox_fail_errno(err, VOX_E_IO, "%s cannot be listened on", path);

        if (fd >= 0)
            (void)close(fd);
        return code;
    }
    *out = fd;
    return VOX_OK;
}

enum vox_err status_listen(const char *address, int *out, struct vox_error *err)
{
    struct address a;
    enum vox_err code;
    bool loopback;

    if (strncmp(address, "unix:", 5) == 0)
        return listen_unix(address + 5, out, err);
    if ((code = address_parse(address, &a, err)) != VOX_OK)
        return code;
    if (a.sa.ss_family == AF_INET)
        loopback = ntohl(((const struct sockaddr_in *)&a.sa)->sin_addr.s_addr) >> 24 == 127;
    else
        loopback = IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&a.sa)->sin6_addr);
    if (!loopback)
        return vox_fail(err, VOX_E_USAGE, "%s: metrics are served on a loopback address or unix:PATH only", address);
    return listen_open(&a, false, out, err);
}
