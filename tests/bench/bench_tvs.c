/*
 * A load of TVS requests, for scripts/bench. Usage:
 *
 *   bench_tvs MODE HOST:PORT REQUEST SECONDS CONNECTIONS
 *
 * MODE full: a handshake for each request; resume: the same with a session of before; keep: 100 requests on each
 * connection. Against a server that answers anything full is the ceiling. Prints "requests/s p50_ms p99_ms failed";
 * exit status 4 when nothing was answered.
 *
 *   bench_tvs idle HOST:PORT - SECONDS CONNECTIONS: open that many TLS connections, print how many stand, hold them
 *   until killed.
 *
 *   bench_tvs drip HOST:PORT REQUEST SECONDS CONNECTIONS: the same, and each sends requests byte by byte, a record of
 *   one byte ten times a second, until killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include <libcert/file.h>

#include "load.h"

enum { KEEP_REQUESTS = 100, DRIP_MS = 100 };

static struct bytes request;
static unsigned per_connection = 1;

/* Requests and answers, by turns: at counts both. */
static int ask(struct load_peer *p)
{
    static uint8_t reply[70000];
    int n;

    for (;;) {
        if (p->at % 2 == 0) {
            if ((n = SSL_write(p->ssl, request.data, (int)request.len)) <= 0)
                return n;
            p->at++;
        }
        if ((n = SSL_read(p->ssl, reply, sizeof reply)) <= 0)
            return n;
        load_done(p);
        p->started = load_now();
        if (++p->at == 2 * per_connection)
            return LOAD_OVER;
    }
}

static void stand(size_t up)
{
    printf("%zu\n", up);
    fflush(stdout);
}

/* Finished handshakes that say nothing. */
static void idle(size_t n)
{
    struct load_peer p;
    size_t up = 0;

    for (size_t i = 0; i < n; i++) {
        up += load_hold(&p);
        SSL_set_quiet_shutdown(p.ssl, 1); /* the client's side is let go: only the socket must stay */
        SSL_free(p.ssl);
    }
    stand(up);
    pause();
}

/* One byte more of a request; the answer to the one before is taken. false: the server hung up. */
static bool drip_one(struct load_peer *p)
{
    static uint8_t reply[70000];
    int n = 1;

    ERR_clear_error();
    if (SSL_write(p->ssl, request.data + p->at, 1) != 1)
        return false;
    if (p->at == 0)
        n = SSL_read(p->ssl, reply, sizeof reply);
    p->at = (p->at + 1) % (unsigned)request.len;
    return n > 0 || SSL_get_error(p->ssl, n) == SSL_ERROR_WANT_READ;
}

/* Peers whose bytes come one by one, at moments of their own. */
static void drip(size_t n)
{
    const struct timespec pause = {.tv_nsec = DRIP_MS * 1000000L / (long)n};
    struct load_peer *peers = calloc(n, sizeof *peers);
    size_t up = 0;

    if (peers == NULL)
        exit(4);
    for (size_t i = 0; i < n; i++) {
        up += load_hold(&peers[i]);
        fcntl(peers[i].fd, F_SETFL, O_NONBLOCK);
    }
    stand(up);
    for (size_t i = 0;; i = (i + 1) % n) {
        nanosleep(&pause, NULL);
        if (!drip_one(&peers[i])) {
            fprintf(stderr, "bench_tvs: the server hung up on a dripping peer\n");
            exit(4);
        }
    }
}

int main(int argc, char **argv)
{
    struct vox_error err;
    size_t n;

    if (argc != 6) {
        fprintf(stderr, "usage: bench_tvs full|resume|keep|idle|drip HOST:PORT REQUEST SECONDS CONNECTIONS\n");
        return 2;
    }
    load_server(argv[2], strcmp(argv[1], "resume") == 0);
    n = strtoul(argv[5], NULL, 10);
    if (strcmp(argv[1], "idle") == 0)
        idle(n);
    if (file_read(argv[3], 1 << 20, &request, &err) != VOX_OK) {
        fprintf(stderr, "bench_tvs: %s: %s\n", argv[3], err.text);
        return 4;
    }
    if (strcmp(argv[1], "drip") == 0)
        drip(n);
    per_connection = strcmp(argv[1], "keep") == 0 ? KEEP_REQUESTS : 1;
    load_run(n, strtod(argv[4], NULL), (unsigned long)-1, ask);
    return load_print() ? 0 : 4;
}
