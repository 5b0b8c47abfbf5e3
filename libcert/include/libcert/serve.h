/*
 * The skeleton that all daemons share: a parent that binds, starts, restarts, reloads and hands out data; net
 * processes, one per core, that speak TLS and have neither files nor store; a status process for metrics.
 *
 * A daemon's main() fills struct serve_app and returns serve_run(). The same binary is executed again for each process
 * (fresh address space); it parses its options again and calls serve_run() again, which then takes the role that the
 * environment names. Source: docs/daemons.md.
 */
#ifndef LIBCERT_SERVE_H
#define LIBCERT_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include <libcert/bytes.h>

enum {
    SERVE_LISTENERS_MAX = 32,           /* addresses of one daemon */
    SERVE_WORKERS_MAX = 64,             /* net processes */
    SERVE_COUNTERS_MAX = 64,            /* of skeleton and daemon together */
    SERVE_FILES_MAX = 8,                /* that a service may write */
    SERVE_SERVICES_MAX = 4,             /* kinds of processes of the daemon's own */
    SERVE_LINK_MAX = 48 * 1024,         /* bytes of one message between processes */
    SERVE_QUEUE_MAX = 64 * 1024 * 1024, /* bytes that wait for one process that does not take them */
};

/* Where to listen. legacy: for old phones, with a policy of its own and only for the sources in legacy_from. */
struct serve_listener {
    const char *address; /* "ADDR:PORT", "[::1]:PORT", ":PORT" or "*:PORT" for all of IPv4 and IPv6 */
    bool legacy;
};

struct serve_limits {
    unsigned handshake_s; /* seconds from accept to the end of the handshake */
    unsigned idle_s;      /* seconds without a message, and from a message's first byte to its last */
    unsigned per_source;  /* open connections of one address */
    unsigned total;       /* open connections in all */
    size_t message_max;   /* bytes of one message */
    unsigned drain_s;     /* seconds that connections of before a reload may last */
};

/* serve_limits_default(): 10 s, 30 s, 10,000, 16,000, 64 KiB and the header, 120 s. */
struct serve_limits serve_limits_default(void);

/* Who is at the other end: as text for the log. */
struct serve_peer {
    uint64_t id;      /* of the connection: never used twice by a net process */
    char address[64]; /* "192.0.2.7:51234", "[2001:db8::7]:51234" */
    bool legacy;
};

enum serve_verdict {
    SERVE_REPLY,     /* send the reply (if any) and go on */
    SERVE_MALFORMED, /* close; the sentence in err is logged */
    SERVE_LATER,     /* serve_reply() will follow, not from within message(); until then nothing more is read from this
                        peer */
};

/* A counter or gauge of the daemon's own, printed in Prometheus' text form. name may carry labels:
 * "voxtvsd_queries_total{answer=\"trusted\"}". */
struct serve_counter {
    const char *name;
    const char *help;
    bool gauge; /* the last value that serve_set() gave, not a sum */
};

/* serve_count(i): add one to the daemon's counter i; serve_add(i, n): n. serve_set(i, v): the gauge i is v; one process
 * only says so. In net processes and services. */
void serve_count(size_t i);
void serve_add(size_t i, uint64_t n);
void serve_set(size_t i, uint64_t v);

/*
 * A way between two processes of a daemon: whole messages of at most SERVE_LINK_MAX bytes, in order.
 * serve_link_send(l, m): never waits; what the other end does not take at once is kept, up to SERVE_QUEUE_MAX. false:
 * the other end is gone or given up (gone() follows from the loop, never from here; what it had said comes before), m
 * is empty or too long, or memory is out.
 */
struct serve_link;
bool serve_link_send(struct serve_link *l, struct bytes_view m);

/*
 * The files that a service may open for writing once it serves; a folder stands for what is made below it. What else
 * lies beside them is out of its reach. serve_may_use(f, path, err): one more; it is there. Errors: VOX_E_IO,
 * VOX_E_MEMORY.
 */
struct serve_files {
    char *paths[SERVE_FILES_MAX];
    size_t n;
};
enum vox_err serve_may_use(struct serve_files *f, const char *path, struct vox_error *err);

/* serve_start_anew(why): service: what start() and prepare() opened is not what is needed any more. This process ends,
 * and with it its set, and another one starts at once. */
void serve_start_anew(const char *why);

/*
 * A process of the daemon's own, one of its kind, beside the net processes: it has what they must not have, and no
 * sockets but its links. When one ends, the whole set of processes is started anew, or that one alone where the others
 * can wait for it. All callbacks get app->arg.
 */
struct serve_service {
    const char *name;         /* "state" */
    const char *const *links; /* names of services before it in the table that it talks to; NULL-terminated or NULL */
    bool to_net;              /* has a link to every net process; one service at most */
    bool alone;               /* when it ends it alone is started anew; not with to_net */
    const char *files; /* it may open and write the files that prepare() names, as the owner of this path; NULL: only
                          write and sync what start() left open, as app->user */
    /* start(arg, err): before rights are given up; reads keys, opens files. */
    enum vox_err (*start)(void *arg, struct vox_error *err);
    /* prepare(arg, f, err): with files: as the user it stays, but not filtered yet; what is opened here stays open. */
    enum vox_err (*prepare)(void *arg, struct serve_files *f, struct vox_error *err);
    /* ready(arg, err): as the user it stays, filtered; may be NULL. */
    enum vox_err (*ready)(void *arg, struct vox_error *err);
    /* linked(arg, l, name): a way to the service of that name, or to a net process (NULL), is there. To one that was
     * started anew alone: after gone() of the way before. */
    void (*linked)(void *arg, struct serve_link *l, const char *name);
    /* message(arg, l, m, err): an error means that the other end is broken: it is logged and the link closed. */
    enum vox_err (*message)(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err);
    /* gone(arg, l): the other end is gone; l is freed afterwards. */
    void (*gone)(void *arg, struct serve_link *l);
    /* settle(arg): all messages that had come have been handed over: make them durable together, then answer. */
    void (*settle)(void *arg);
    /* tick(arg): about once a second. */
    void (*tick)(void *arg);
    /* ending(arg): its set ends, since the daemon does or another set has taken over: what is gone does not come back;
     * settle() follows. May be NULL. */
    void (*ending)(void *arg);
    /* stop(arg): the last thing that is called. */
    void (*stop)(void *arg);
};

struct serve_app {
    const char *name; /* "voxtvsd" */
    char **argv;      /* of main(): what the other processes are executed with */
    const struct serve_listener *listeners;
    size_t nlisteners;
    const char *const *legacy_from; /* CIDR texts, NULL-terminated; NULL for any source */
    struct serve_limits limits;
    unsigned workers; /* net processes; 0: one per core */
    const char *user; /* to become when started as root; NULL: "voxtrust" if there is such a user, else "nobody" */
    const char
        *status_address; /* "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH" for /metrics and /healthz; NULL: none */
    const struct serve_counter *counters;
    size_t ncounters;
    void *arg; /* for all callbacks */

    /*
     * Parent; NULL when net processes need no data. refresh(arg, payload, changed, err): called at start and every 200
     * ms: if what the net processes work with has changed, a fresh payload and *changed true. When it fails the last
     * payload stays in use, which is logged and seen in /healthz.
     */
    enum vox_err (*refresh)(void *arg, struct bytes *payload, bool *changed, struct vox_error *err);

    /*
     * Parent; NULL when only HUP makes a new set of processes. changed(arg, what, err): called before the first set is
     * started and every 200 ms: has something become another that processes read when they start? *what: its name for
     * the log, as "the TLS policy", or NULL. Then a new set takes over as after HUP, tried again until one has. When it
     * fails that is logged, and nothing else happens.
     */
    enum vox_err (*changed)(void *arg, const char **what, struct vox_error *err);

    /*
     * Net process, before it gives up its rights: contexts(arg, ticket_secret, main, legacy, err) reads certificate and
     * key. legacy is NULL when there is no legacy listener.
     */
    enum vox_err (*contexts)(void *arg, const uint8_t *ticket_secret, SSL_CTX **main_ctx, SSL_CTX **legacy_ctx,
                             struct vox_error *err);
    /* Net process: a new payload; the bytes go away afterwards. */
    enum vox_err (*payload)(void *arg, struct bytes_view data, struct vox_error *err);
    /* Net process: as tvs_frame(): VOX_OK a whole message of *need bytes, VOX_E_NOT_FOUND more is needed, else
     * malformed. */
    enum vox_err (*frame)(const uint8_t *data, size_t len, size_t *need, struct vox_error *err);
    /* Net process: one whole message; reply is sent in one TLS record and freed with bytes_free(). */
    enum serve_verdict (*message)(void *arg, const struct serve_peer *peer, struct bytes_view message,
                                  struct bytes *reply, struct vox_error *err);

    const struct serve_service *services; /* NULL: none. Started in this order, before the net processes */
    size_t nservices;
    /* Net process, for protocols in which the server speaks first or somebody else answers; NULL if not. opened(): the
     * handshake is done; the connection waits for serve_reply() before it reads. closed(): it is over, however it
     * ended; why is for the log. linked(): a message of the service with to_net; an error ends this process. */
    void (*opened)(void *arg, const struct serve_peer *peer);
    void (*closed)(void *arg, const struct serve_peer *peer, const char *why);
    enum vox_err (*linked)(void *arg, struct bytes_view m, struct vox_error *err);
};

/* serve_to_service(m): net process: to the service with to_net. As serve_link_send(). */
bool serve_to_service(struct bytes_view m);

/*
 * serve_reply(id, reply, wait_s, end): net process: answer a connection that waits (opened() or SERVE_LATER): reply
 * goes out in one TLS record (taken over; may be empty). wait_s: seconds until the peer's next message must have begun
 * (from there it has limits.idle_s); 0: limits.idle_s. end: close when it has been sent. A connection waits for this
 * for limits.idle_s; then it is closed. false: there is no such connection any more, or it does not wait; reply is
 * freed.
 */
bool serve_reply(uint64_t id, struct bytes *reply, unsigned wait_s, bool end);

/* serve_run(app): be the process that the environment names until told to stop. Returns the exit status (0 stopped as
 * asked, 4 could not start). */
int serve_run(const struct serve_app *app);

/* serve_sandbox_test(app): give up rights as a net process does and try what must be forbidden; prints a line each.
 * Returns 0, or 1 when something was allowed. */
int serve_sandbox_test(const struct serve_app *app);

/* serve_address_check(text, err): is it an address that can be listened on? Errors: VOX_E_USAGE. */
enum vox_err serve_address_check(const char *text, struct vox_error *err);

/* serve_cidr_check(text, err): "192.0.2.0/24", "2001:db8::/32", or an address. Errors: VOX_E_USAGE. */
enum vox_err serve_cidr_check(const char *text, struct vox_error *err);

#endif
