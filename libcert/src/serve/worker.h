/* A net process: what its connections share. */
#ifndef LIBCERT_SERVE_WORKER_H
#define LIBCERT_SERVE_WORKER_H

#include <event2/event.h>
#include <sys/queue.h>

#include <libcert/serve.h>

#include "address.h"
#include "link.h"
#include "places.h"
#include "shared.h"

TAILQ_HEAD(conn_list, conn);

struct worker {
    const struct serve_app *app;
    struct shared *shared;
    struct shared_slot *slot; /* this process's counters */
    struct event_base *base;
    SSL_CTX *main_ctx, *legacy_ctx;
    int control;   /* to the parent */
    bool draining; /* takes no new connections */
    bool stopping; /* and ends those that are open as soon as they are idle */
    struct conn_list conns;
    struct places places;
    int exit_status;
    struct serve_link *service; /* the one with to_net; NULL: none, or gone */
    struct cidr *legacy_from;
    size_t nlegacy_from;
};

/* worker_count(w, c): one more. */
void worker_count(struct worker *w, enum shared_counter c);

/* worker_gone(w, source): a connection that was counted is over. */
void worker_gone(struct worker *w, uint16_t source);

/* worker_run(app, slot, control, shared, listeners, legacy, n): be a net process until told to stop; the exit status.
 */
int worker_run(const struct serve_app *app, uint32_t slot, int control, struct shared *shared, const int *listeners,
               const bool *legacy, size_t n);

#endif
