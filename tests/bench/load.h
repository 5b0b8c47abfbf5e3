/*
 * Many TLS connections to one server, from one process, for scripts/bench: an event loop by poll(2). What is said on a
 * connection is the caller's: its talk.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct load_peer {
    SSL *ssl;
    int fd;
    short events;      /* what poll(2) waits for */
    bool shaken;       /* the handshake is done */
    unsigned at;       /* the talk's own: how far it is; 0 in a new connection */
    unsigned long who; /* which connection of the run, from 0 */
    size_t place;      /* which of the connections that are open at the same time, from 0 */
    double started;    /* load_now() when it was opened; the talk may set it */
};

/* A talk goes as far as it can: 1 when the connection did what it should, LOAD_WRONG when the server said something
 * else, and otherwise what the SSL call returned that could go no further. */
enum { LOAD_OVER = 1, LOAD_WRONG = -1000 };
typedef int load_talk(struct load_peer *p);

/* load_server(target, resume): ADDRESS:PORT of all connections; with resume each but the first one resumes a session.
 * Ends the program when target makes no sense. */
void load_server(char *target, bool resume);

/* load_open(p): begin to connect; events and the like are set, who and place left alone. load_close(p): with a reset,
 * so that the port is free again at once. */
void load_open(struct load_peer *p);
void load_close(struct load_peer *p);

/* load_hold(p): open, shake hands, waiting. false: the server would not. */
bool load_hold(struct load_peer *p);

/* load_done(p): something is complete; the time since p->started is a sample. */
void load_done(const struct load_peer *p);

/* load_run(n, seconds, most, talk): n connections at a time, replaced when they are over, until the seconds have passed
 * or there were most of them. load_print(): "a second, p50 in ms, p99 in ms, failed"; false when nothing was done. */
void load_run(size_t n, double seconds, unsigned long most, load_talk *talk);
bool load_print(void);

double load_now(void);

#endif
