/* What the parent knows, and the pieces that work on it. */
#ifndef LIBCERT_SERVE_SUPERVISOR_STATE_H
#define LIBCERT_SERVE_SUPERVISOR_STATE_H

#include <sys/types.h>

#include <event2/event.h>

#include "listen.h"
#include "shared.h"
#include "supervisor.h"

enum {
    START_SECONDS = 30,                    /* until every process of a new generation is ready */
    STOP_SECONDS = 8,                      /* after the word to stop, then KILL */
    PROCESSES_MAX = 4 * SERVE_WORKERS_MAX, /* generations overlap during reloads */
};

struct supervisor;

struct child {
    struct supervisor *s;
    pid_t pid;
    int control;
    struct event *ev;
    uint32_t place;  /* in s->children, and in the shared counts */
    uint32_t worker; /* which of the workers it is; s->workers for the status process; services follow */
    unsigned generation;
    bool ready, retired, told_to_stop;
    bool behind;                /* it did not take the last payload */
    int64_t started, told_when; /* monotonic seconds */
};

struct supervisor {
    const struct serve_app *app;
    struct event_base *base;
    struct shared *shared;
    int shared_fd;
    uint32_t workers;
    size_t nlisteners;
    char kinds[SERVE_LISTENERS_MAX + 1];             /* 'm' main, 'l' legacy */
    int fds[SERVE_LISTENERS_MAX][SERVE_WORKERS_MAX]; /* a socket a worker where we bound them ourselves; -1: let go */
    struct address addresses[SERVE_LISTENERS_MAX];   /* what they are bound to */
    bool inherited;                                  /* bound by systemd, shared by all */
    int status_fd;
    struct child *children[PROCESSES_MAX];
    unsigned generation;      /* that serves; 0 before the first is ready */
    unsigned next_generation; /* being started, or 0 */
    unsigned generations;     /* begun so far */
    int64_t next_started;
    unsigned backoff_ms[SERVE_WORKERS_MAX + 1 + SERVE_SERVICES_MAX]; /* of what is started anew alone */
    bool broken;           /* a service of the set that serves has ended: a new set is wanted */
    int64_t mend_after_ms; /* and is started then */
    unsigned mend_backoff_ms;
    int payload_fd;
    size_t payload_len;
    bool refresh_failing, stopping, reload_wanted;
    unsigned changes, changes_started, changes_served; /* seen; that the next set, the one that serves have read */
    int64_t follow_after_ms;
    unsigned follow_backoff_ms;
    bool follow_failing;
    int64_t stop_started;
    int exit_status;
};

/* supervisor_seconds(), supervisor_ms(): time that no clock change touches. */
int64_t supervisor_seconds(void);
int64_t supervisor_ms(void);

/* What a process is. */
bool child_is_net(const struct supervisor *s, const struct child *c);
bool child_is_service(const struct supervisor *s, const struct child *c);

/* child_tell(c, type): a word without a number over its control channel. */
void child_tell(struct child *c, char type);

/* supervisor_say(s, first): STATUS= to the service manager, after first ("READY=1\n" or ""). */
void supervisor_say(struct supervisor *s, const char *first);

/* generation_start(s): a new set of processes, which takes over when all are ready: services first, net processes when
 * these are ready. generation_failed(s): it cannot: the first one ends the daemon, a later one is forgotten. */
void generation_start(struct supervisor *s);
void generation_failed(struct supervisor *s);

/* generation_room(s): can a reload start another set at this moment? */
bool generation_room(const struct supervisor *s);

/* generation_release(s): services that nobody of their set needs any more, net processes first and then in the reverse
 * order of the table, are told to stop where their set is not wanted any more. */
void generation_release(struct supervisor *s);

/* generation_overdue(s): end what was told to stop and has not. */
void generation_overdue(struct supervisor *s);

/* generation_mend(s): after a service fell: the new set, when it is time for it. */
void generation_mend(struct supervisor *s);

/* generation_link(s, c): the ways between process c, which is new, and those of its set that it talks to, or that talk
 * to it. Errors: VOX_E_IO. */
enum vox_err generation_link(struct supervisor *s, const struct child *c, struct vox_error *err);

/* generation_ended(s, pid, status): a process ended: restart what should run. */
void generation_ended(struct supervisor *s, pid_t pid, int status);

/* listeners_bind(s, err): at the start, all of them, or those that systemd handed over. Errors: VOX_E_IO, VOX_E_USAGE.
 */
enum vox_err listeners_bind(struct supervisor *s, struct vox_error *err);

/*
 * listeners_let_go(s, worker): the kernel gives new connections to the other workers, while this one is down.
 * listeners_take_back(s, worker, err): bound again, but not listening; listeners_listen(s, worker): from now on.
 */
void listeners_let_go(struct supervisor *s, uint32_t worker);
enum vox_err listeners_take_back(struct supervisor *s, uint32_t worker, struct vox_error *err);
void listeners_listen(struct supervisor *s, uint32_t worker);

/* payload_repeat(s): to those that could not take the last payload when it came. */
void payload_repeat(struct supervisor *s);

/* payload_refresh(s, err): ask the daemon for news and hand them round. Says itself what failed; the last payload
 * stays. */
enum vox_err payload_refresh(struct supervisor *s, struct vox_error *err);

/* follow_first(s, err): can what is followed be seen at all? Without a store nothing starts, and nothing listens first.
 */
enum vox_err follow_first(struct supervisor *s, struct vox_error *err);

/* follow_ask(s): has something changed that processes read when they start? Says itself what failed. follow_due(s): is
 * it time for a new set because of that? follow_started(s), follow_served(s): a set was started, has taken over. */
void follow_ask(struct supervisor *s);
bool follow_due(const struct supervisor *s);
void follow_started(struct supervisor *s);
void follow_served(struct supervisor *s);

#endif
