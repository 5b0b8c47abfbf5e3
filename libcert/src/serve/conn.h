/*
 * One TLS connection of a net process: a struct of facts, callbacks that look at them, one function that drops
 * everything.
 */
#ifndef LIBCERT_SERVE_CONN_H
#define LIBCERT_SERVE_CONN_H

#include "worker.h"

struct conn;

/*
 * conn_accept(w, fd, from, legacy, source): take over fd, which is counted already under source. It is closed and
 * counted off when the connection ends, or at once when there is no memory for it: false.
 */
bool conn_accept(struct worker *w, int fd, const struct address *from, bool legacy, uint16_t source);

/* conn_reply(w, id, reply, wait_s, end): serve_reply(). */
bool conn_reply(struct worker *w, uint64_t id, struct bytes *reply, unsigned wait_s, bool end);

/* conn_drain_all(w, now): close idle connections; with now the others too. */
void conn_drain_all(struct worker *w, bool now);

#endif
