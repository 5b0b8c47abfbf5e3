/* What a connection is, for the two files that make and serve it: conn_begin.c until TLS stands, conn.c from there on.
 */
#ifndef LIBCERT_SERVE_CONN_STATE_H
#define LIBCERT_SERVE_CONN_STATE_H

#include <event2/event_struct.h>

#include <libcert/log.h>

#include "conn.h"

struct conn {
    TAILQ_ENTRY(conn) link;
    struct worker *w;
    SSL *ssl; /* NULL until the first record has come: who says nothing costs nothing */
    int fd;
    int awaited;     /* see hello_look() */
    uint16_t source; /* index of its source's count */
    uint64_t id;
    bool shaken; /* the handshake is done */
    bool legacy;
    bool opened;           /* the daemon knows of it, and will be told of its end */
    bool waiting;          /* for serve_reply(): nothing is read */
    bool ending;           /* after what is being sent */
    bool lingering;        /* our side is closed; see linger() */
    unsigned rekeys;       /* since the last message */
    struct event io;       /* readable or writable, as TLS wants */
    struct event deadline; /* total, not per byte: who drips gains nothing */
    struct address from;
    struct bytes in;  /* a message that has not arrived as a whole */
    size_t in_room;   /* bytes allocated for it */
    struct bytes out; /* a reply that the peer has not taken */
    size_t out_sent;
};

/* conn_peer(c): as the daemon's callbacks see it. */
struct serve_peer conn_peer(const struct conn *c);

/* conn_drop(c, why): the end of it, and of c. conn_log_drop(c, level, why): said in the log. */
void conn_drop(struct conn *c, const char *why);
void conn_log_drop(struct conn *c, enum log_level level, const char *why);

/* conn_set_deadline(c, seconds): from now, in place of the last one. */
void conn_set_deadline(struct conn *c, unsigned seconds);

/* conn_want(c, result): wait for what TLS wants after result. false: the connection is over, but not yet dropped. */
bool conn_want(struct conn *c, int result);

/* conn_wait_for_reply(c): nothing is read until conn_reply(), which has a time limit too. */
void conn_wait_for_reply(struct conn *c);

/* Events. */
void conn_on_io(evutil_socket_t fd, short what, void *arg);
void conn_on_deadline(evutil_socket_t fd, short what, void *arg);

#endif
