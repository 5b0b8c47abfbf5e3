#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

enum { SAMPLES_MAX = 1 << 20 };

static struct sockaddr_in server;
static SSL_CTX *ctx;
static SSL_SESSION *session;
static bool resumes;
static double samples[SAMPLES_MAX], took;
static size_t nsamples;
static unsigned long done, failed;

double load_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int keep_session(SSL *ssl, SSL_SESSION *fresh)
{
    (void)ssl;
    if (!resumes || session != NULL)
        return 0;
    session = fresh;
    return 1;
}

void load_server(char *target, bool resume)
{
    char *colon = strrchr(target, ':');
    struct rlimit files;

    server.sin_family = AF_INET;
    if (colon != NULL) {
        *colon = '\0';
        server.sin_port = htons((uint16_t)atoi(colon + 1));
    }
    if (colon == NULL || inet_pton(AF_INET, target, &server.sin_addr) != 1) {
        fprintf(stderr, "not ADDRESS:PORT: %s\n", target);
        exit(2);
    }
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    resumes = resume;
    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION); /* what phones speak */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
}

void load_open(struct load_peer *p)
{
    int one = 1;

    p->shaken = false;
    p->at = 0;
    p->started = load_now();
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (p->fd < 0 || (connect(p->fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS)) {
        perror("connect");
        exit(4);
    }
    p->ssl = SSL_new(ctx);
    SSL_set_fd(p->ssl, p->fd);
    SSL_set_connect_state(p->ssl);
    if (resumes && session != NULL)
        SSL_set_session(p->ssl, session);
    p->events = POLLOUT;
}

void load_close(struct load_peer *p)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    SSL_set_shutdown(p->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* or its session would count as broken off */
    SSL_free(p->ssl);
    close(p->fd);
}

bool load_hold(struct load_peer *p)
{
    load_open(p);
    fcntl(p->fd, F_SETFL, 0);
    p->shaken = SSL_do_handshake(p->ssl) == 1;
    return p->shaken;
}

void load_done(const struct load_peer *p)
{
    if (nsamples < SAMPLES_MAX)
        samples[nsamples++] = load_now() - p->started;
    done++;
}

/* One step; false when the connection is over. */
static bool step(struct load_peer *p, load_talk *talk)
{
    int n = LOAD_OVER;

    ERR_clear_error();
    if (!p->shaken && (n = SSL_do_handshake(p->ssl)) == 1)
        p->shaken = true;
    if (p->shaken && (n = talk(p)) == LOAD_OVER)
        return false;
    switch (n == LOAD_WRONG ? SSL_ERROR_SSL : SSL_get_error(p->ssl, n)) {
    case SSL_ERROR_WANT_READ:
        p->events = POLLIN;
        return true;
    case SSL_ERROR_WANT_WRITE:
        p->events = POLLOUT;
        return true;
    default:
        failed++;
        return false;
    }
}

void load_run(size_t n, double seconds, unsigned long most, load_talk *talk)
{
    struct pollfd *fds = calloc(n, sizeof *fds);
    struct load_peer *peers = calloc(n, sizeof *peers);
    const double begin = load_now();
    unsigned long opened = 0;
    size_t open = 0;

    if (fds == NULL || peers == NULL)
        exit(4);
    for (size_t i = 0; i < n; i++) {
        peers[i].place = i;
        peers[i].fd = -1;
        if (opened < most) {
            peers[i].who = opened++;
            load_open(&peers[i]);
            open++;
        }
    }
    while (open > 0 && load_now() - begin < seconds) {
        for (size_t i = 0; i < n; i++)
            fds[i] = (struct pollfd){.fd = peers[i].fd, .events = peers[i].events};
        if (poll(fds, n, 1000) <= 0)
            continue;
        for (size_t i = 0; i < n; i++) {
            if (fds[i].revents == 0 || step(&peers[i], talk))
                continue;
            load_close(&peers[i]);
            peers[i].fd = -1;
            open--;
            if (opened < most) {
                peers[i].who = opened++;
                load_open(&peers[i]);
                open++;
            }
        }
    }
    took = load_now() - begin;
    free(fds);
    free(peers);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

bool load_print(void)
{
    qsort(samples, nsamples, sizeof *samples, by_value);
    printf("%.0f %.2f %.2f %lu\n", (double)done / took, nsamples > 0 ? samples[nsamples / 2] * 1e3 : 0,
           nsamples > 0 ? samples[nsamples * 99 / 100] * 1e3 : 0, failed);
    return done > 0;
}
