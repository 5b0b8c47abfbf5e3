/* Processes in sets: a set takes over from the one before when all of it is ready. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libcert/log.h>

#include "control.h"
#include "process.h"
#include "supervisor_state.h"

enum {
    STABLE_SECONDS = 60, /* a process that lived so long is started again at once */
    BACKOFF_FIRST_MS = 100,
    BACKOFF_LAST_MS = 10000,
};

static void on_child_message(evutil_socket_t fd, short what, void *arg);
static void start_front(struct supervisor *s);

bool child_is_net(const struct supervisor *s, const struct child *c)
{
    return c->worker < s->workers;
}

bool child_is_service(const struct supervisor *s, const struct child *c)
{
    return c->worker > s->workers;
}

static const char *name_of(const struct supervisor *s, const struct child *c)
{
    if (child_is_service(s, c))
        return s->app->services[c->worker - s->workers - 1].name;
    return child_is_net(s, c) ? "net" : "status";
}

/* Can the others of its set wait for it? */
static bool replaced_alone(const struct supervisor *s, const struct child *c)
{
    return !child_is_service(s, c) || s->app->services[c->worker - s->workers - 1].alone;
}

void child_tell(struct child *c, char type)
{
    const struct control m = {.type = type, .fd = -1};

    if (type == CONTROL_STOP && !c->told_to_stop) {
        c->told_to_stop = true;
        c->told_when = supervisor_seconds();
    }
    (void)control_send(c->control, &m);
}

/* Is it a service that is started anew in a set that serves? */
static bool comes_back(const struct supervisor *s, const struct child *c)
{
    return child_is_service(s, c) && c->generation == s->generation && !c->retired;
}

static void link_or_kill(struct supervisor *s, const struct child *c)
{
    struct vox_error err;

    if (generation_link(s, c, &err) != VOX_OK) { /* it runs: its end is dealt with like any other */
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        (void)kill(c->pid, SIGKILL);
    }
}

static enum vox_err start_child(struct supervisor *s, uint32_t worker, unsigned generation, struct vox_error *err)
{
    bool net = worker < s->workers, status = worker == s->workers;
    char role[48] = "status";
    int fds[SERVE_LISTENERS_MAX];
    uint32_t place = 0;
    enum vox_err code;

    while (place < PROCESSES_MAX && s->children[place] != NULL)
        place++;
    if (net && (code = listeners_take_back(s, worker, err)) != VOX_OK)
        return code;
    struct child *c = place < PROCESSES_MAX ? calloc(1, sizeof *c) : NULL;
    if (c == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no room for another process");
    if (net)
        (void)snprintf(role, sizeof role, "net:%u", place);
    else if (!status)
        (void)snprintf(role, sizeof role, "service:%u:%u", place, worker - s->workers - 1);
    for (size_t i = 0; net && i < s->nlisteners; i++)
        fds[i] = s->fds[i][worker];
    const struct process_params p = {.argv = s->app->argv,
                                     .role = role,
                                     .listeners = s->kinds,
                                     .shared_fd = s->shared_fd,
                                     .fds = status ? &s->status_fd : fds,
                                     .nfds = status ? 1
                                             : net  ? s->nlisteners
                                                    : 0};
    shared_take(s->shared, place);
    if ((code = process_start(&p, &c->pid, &c->control, err)) != VOX_OK) {
        free(c);
        return code;
    }
    c->s = s;
    c->place = place;
    c->worker = worker;
    c->generation = generation;
    c->started = supervisor_seconds();
    c->ev = event_new(s->base, c->control, EV_READ | EV_PERSIST, on_child_message, c);
    (void)event_add(c->ev, NULL);
    c->behind = net;
    s->children[place] = c;
    payload_repeat(s);
    if (!comes_back(s, c))
        link_or_kill(s, c);
    return VOX_OK;
}

static void forget(struct supervisor *s, struct child *c)
{
    s->children[c->place] = NULL;
    event_free(c->ev);
    (void)close(c->control);
    free(c);
}

static bool any_process(const struct supervisor *s, const struct child *c)
{
    (void)s;
    (void)c;
    return true;
}

/* Processes of a generation that are ready: of a kind, or all. */
static uint32_t ready_of(const struct supervisor *s, unsigned generation,
                         bool (*of_kind)(const struct supervisor *s, const struct child *c))
{
    uint32_t n = 0;

    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        const struct child *c = s->children[i];

        n += c != NULL && c->generation == generation && c->ready && of_kind(s, c);
    }
    return n;
}

static void tell_ready(struct supervisor *s)
{
    const bool whole = !s->broken && ready_of(s, s->generation, child_is_service) == s->app->nservices;
    uint32_t ready = whole ? ready_of(s, s->generation, child_is_net) : 0; /* without its services none serves */

    atomic_store(&s->shared->workers_ready, (int32_t)ready);
}

static uint32_t processes_wanted(const struct supervisor *s)
{
    return s->workers + (s->status_fd >= 0) + (uint32_t)s->app->nservices;
}

static void generation_ready(struct supervisor *s)
{
    bool first = s->generation == 0;

    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        if (c != NULL && c->generation != s->next_generation && !c->retired) {
            c->retired = true;
            /* services have their turn to stop when the last net process of their set is gone */
            child_tell(c, s->broken && !child_is_service(s, c) ? CONTROL_STOP : CONTROL_DRAIN);
        }
    }
    s->generation = s->next_generation;
    s->next_generation = 0;
    follow_served(s);
    memset(s->backoff_ms, 0, sizeof s->backoff_ms);
    generation_release(s);
    if (!first && !s->broken)
        atomic_fetch_add(&s->shared->reloads, 1);
    log_line(LOG_LEVEL_NOTICE,
             first       ? "ready: %u net processes"
             : s->broken ? "ready again: %u new net processes"
                         : "reloaded: %u new net processes",
             s->workers);
    s->broken = false;
    tell_ready(s);
    supervisor_say(s, "READY=1\n");
}

/* When to try again: at once the first time, then with growing waits. */
static void mend_later(struct supervisor *s)
{
    s->mend_after_ms = supervisor_ms() + s->mend_backoff_ms;
    s->mend_backoff_ms = s->mend_backoff_ms == 0                    ? BACKOFF_FIRST_MS
                         : s->mend_backoff_ms * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS
                                                                    : s->mend_backoff_ms * 2;
}

/* A generation that cannot start: the first one ends the daemon, a later one is forgotten and the old one serves on. */
void generation_failed(struct supervisor *s)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        if (c != NULL && c->generation == s->next_generation) {
            c->retired = true;
            child_tell(c, CONTROL_STOP);
        }
    }
    s->next_generation = 0;
    if (s->generation == 0) {
        s->exit_status = 4;
        (void)event_base_loopbreak(s->base);
        return;
    }
    if (s->broken) { /* a later tick tries again */
        log_line(LOG_LEVEL_ERROR, "the processes could not be started again");
        mend_later(s);
        return;
    }
    atomic_fetch_add(&s->shared->reloads_refused, 1);
    log_line(LOG_LEVEL_ERROR, "reload refused: the old configuration stays in use");
    supervisor_say(s, "READY=1\n");
}

static void on_child_message(evutil_socket_t fd, short what, void *arg)
{
    struct child *c = arg;
    struct supervisor *s = c->s;
    char m[16];
    ssize_t n = recv(fd, m, sizeof m, MSG_DONTWAIT);

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) { /* it is ending; SIGCHLD says how */
        (void)event_del(c->ev);
        return;
    }
    if (c->ready) /* said once already */
        return;
    c->ready = true;
    if (child_is_net(s, c) && !c->retired)
        listeners_listen(s, c->worker);
    tell_ready(s);
    if (comes_back(s, c)) { /* nobody asks one that may not even start */
        link_or_kill(s, c);
        log_line(LOG_LEVEL_NOTICE, "the %s process is ready again", name_of(s, c));
    }
    if (c->generation != s->next_generation || s->stopping)
        return;
    if (child_is_service(s, c) && ready_of(s, c->generation, child_is_service) == s->app->nservices)
        start_front(s);
    else if (ready_of(s, c->generation, any_process) == processes_wanted(s))
        generation_ready(s);
}

/* Processes [from, to) of the next generation. */
static void start_some(struct supervisor *s, uint32_t from, uint32_t to)
{
    struct vox_error err;

    for (uint32_t what = from; what < to; what++) {
        if (what == s->workers && s->status_fd < 0)
            continue;
        if (start_child(s, what, s->next_generation, &err) != VOX_OK) {
            log_line(LOG_LEVEL_ERROR, "%s", err.text);
            generation_failed(s);
            return;
        }
    }
}

/* Net and status processes. A set whose services cannot start must not have taken connections. */
static void start_front(struct supervisor *s)
{
    start_some(s, 0, s->workers + 1);
}

void generation_start(struct supervisor *s)
{
    s->next_generation = ++s->generations; /* never used twice: of one that failed some may not have ended yet */
    s->next_started = supervisor_seconds();
    follow_started(s);
    if (s->app->nservices > 0)
        start_some(s, s->workers + 1, s->workers + 1 + (uint32_t)s->app->nservices);
    else
        start_front(s);
}

struct restart {
    struct supervisor *s;
    uint32_t worker;
    unsigned generation;
};

static void restart_later(struct supervisor *s, uint32_t worker, unsigned generation);

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
    struct restart *r = arg;
    struct supervisor *s = r->s;
    struct vox_error err;

    (void)fd;
    (void)what;
    /* After a reload its place is taken by the new set. */
    if (!s->stopping && !s->broken && r->generation == s->generation &&
        start_child(s, r->worker, r->generation, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        restart_later(s, r->worker, r->generation);
    }
    free(r);
}

/* Start a fallen process again: at once the first time, then with growing waits, in which others have its connections.
 */
static void restart_later(struct supervisor *s, uint32_t worker, unsigned generation)
{
    unsigned *wait = &s->backoff_ms[worker];
    struct restart *r = malloc(sizeof *r);
    const struct timeval tv = {.tv_sec = *wait / 1000, .tv_usec = (suseconds_t)(*wait % 1000) * 1000};

    if (*wait > 0 && worker < s->workers && ready_of(s, generation, child_is_net) > 0)
        listeners_let_go(s, worker);
    *wait = *wait == 0 ? BACKOFF_FIRST_MS : *wait * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS : *wait * 2;
    if (r == NULL)
        return;
    *r = (struct restart){s, worker, generation};
    (void)event_base_once(s->base, -1, EV_TIMEOUT, on_restart, r, &tv);
}

/* Does service c of the set that serves live on although one that talks to it has fallen? What it is still doing nobody
 * hears of, so its successor has to find all of it: it must have ended before that starts. */
static bool left_behind(const struct supervisor *s, const struct child *c)
{
    const uint32_t last = s->workers + (uint32_t)s->app->nservices;
    uint32_t others = 0;

    if (c == NULL || !child_is_service(s, c) || c->generation != s->generation)
        return false;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        const struct child *other = s->children[i];

        others += other != NULL && child_is_service(s, other) && other->generation == c->generation &&
                  other->worker > c->worker;
    }
    return others < last - c->worker;
}

static void stop_left_behind(struct supervisor *s)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        if (!left_behind(s, c) || c->retired)
            continue;
        c->retired = true;
        child_tell(c, CONTROL_STOP);
    }
}

static bool none_left_behind(const struct supervisor *s)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++)
        if (left_behind(s, s->children[i]))
            return false;
    return true;
}

/* A service of the set that serves fell: what its net processes held is lost, and all of them are replaced. */
static void break_generation(struct supervisor *s)
{
    stop_left_behind(s);
    if (s->broken)
        return;
    s->broken = true;
    tell_ready(s);
    mend_later(s);
    generation_mend(s);
}

/* Room for so many more sets of processes? */
static bool room_for(const struct supervisor *s, uint32_t sets)
{
    uint32_t used = 0;

    for (size_t i = 0; i < PROCESSES_MAX; i++)
        used += s->children[i] != NULL;
    return s->next_generation == 0 && used + sets * processes_wanted(s) <= PROCESSES_MAX;
}

/* After a reload there is room for one more set, which a fallen service may need. */
bool generation_room(const struct supervisor *s)
{
    return room_for(s, 2);
}

void generation_mend(struct supervisor *s)
{
    if (s->broken && !s->stopping && supervisor_ms() >= s->mend_after_ms && none_left_behind(s) && room_for(s, 1))
        generation_start(s);
}

static void ended(struct supervisor *s, struct child *c, int status)
{
    bool with_its_service = WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_WITHOUT_SERVICE;
    bool expected = s->stopping || c->retired;
    bool alone = replaced_alone(s, c);
    uint32_t worker = c->worker;
    unsigned generation = c->generation;

    shared_forget(s->shared, c->place);
    if ((!expected && !with_its_service) || (WIFSIGNALED(status) && !s->stopping))
        log_line(LOG_LEVEL_ERROR, "process %ld (%s) ended %s %d", (long)c->pid, name_of(s, c),
                 WIFSIGNALED(status) ? "by signal" : "with status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (supervisor_seconds() - c->started >= STABLE_SECONDS) {
        if (alone)
            s->backoff_ms[worker] = 0;
        else
            s->mend_backoff_ms = 0;
    }
    forget(s, c);
    tell_ready(s);
    generation_release(s);
    if (expected) {
        generation_mend(s); /* it may have been waited for */
        return;
    }
    if (generation == s->next_generation) {
        generation_failed(s);
    } else if (generation == s->generation) {
        atomic_fetch_add(&s->shared->restarts, 1);
        if (!alone)
            break_generation(s);
        else if (!s->broken)
            restart_later(s, worker, generation);
    }
}

void generation_ended(struct supervisor *s, pid_t pid, int status)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (s->children[i] != NULL && s->children[i]->pid == pid) {
            ended(s, s->children[i], status);
            return;
        }
    }
}

/* Is there a process of this set that service c may still be needed by: a net process, or a service that talks to it?
 */
static bool needed(const struct supervisor *s, const struct child *c)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        const struct child *other = s->children[i];

        if (other != NULL && other->generation == c->generation &&
            (child_is_net(s, other) || other->worker > c->worker))
            return true;
    }
    return false;
}

void generation_release(struct supervisor *s)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        if (c != NULL && child_is_service(s, c) && !c->told_to_stop && (s->stopping || c->retired) && !needed(s, c))
            child_tell(c, CONTROL_STOP);
    }
}

void generation_overdue(struct supervisor *s)
{
    const int64_t now = supervisor_seconds();
    const bool late = s->stopping && now - s->stop_started > STOP_SECONDS;

    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        const struct child *c = s->children[i];

        if (c == NULL)
            continue;
        const bool never_ready = comes_back(s, c) && !c->ready && now - c->started > START_SECONDS;

        if (late || never_ready || (c->told_to_stop && now - c->told_when > STOP_SECONDS))
            (void)kill(c->pid, SIGKILL);
    }
}
