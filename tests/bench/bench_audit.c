/*
 * Many ports to be audited, and the least that asking them can cost.
 *
 *   bench_audit serve ADDRESSES PORTS PEM PROCESSES
 *       listen on 127.0.0.1, .2, ... and PORTS ports in a row, TLS 1.2 and 1.3 as the medium level has them; print the
 *       first port. When the first process is ended the others end too.
 *   bench_audit bound FIRST ADDRESSES PORTS YES NO JOBS
 *       YES connections with a hello that is taken and NO with one that is not, spread over these places, JOBS at once,
 *       each closed at the first bytes of the answer; print the seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <libcert/tlspolicy.h>

#include "load.h"
#include "tls/scan.h"

enum { PORT_FIRST = 21000, PORT_LAST = 31000, JOBS_MAX = 512 };

static struct sockaddr_in place(size_t address, int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)address)};
}

static void die(const char *what)
{
    perror(what);
    exit(4);
}

/* All listeners of one process; false: one of the ports is taken. */
static bool listen_all(int *fds, size_t addresses, size_t ports, int first)
{
    const int one = 1;

    for (size_t i = 0; i < addresses * ports; i++) {
        const struct sockaddr_in at = place(i / ports, first + (int)(i % ports));

        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)setsockopt(fds[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        (void)setsockopt(fds[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
        if (fds[i] < 0)
            die("socket");
        if (bind(fds[i], (const struct sockaddr *)&at, sizeof at) == 0 && listen(fds[i], 512) == 0)
            continue;
        for (size_t k = 0; k <= i; k++)
            (void)close(fds[k]);
        return false;
    }
    return true;
}

struct peer {
    SSL *ssl;
    int fd;
};

static void take(int epoll, int listener, SSL_CTX *ctx)
{
    struct peer *p = malloc(sizeof *p);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};

    if (p == NULL)
        return;
    *p = (struct peer){.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (p->fd < 0 || (p->ssl = SSL_new(ctx)) == NULL) {
        free(p);
        return;
    }
    (void)SSL_set_fd(p->ssl, p->fd);
    SSL_set_accept_state(p->ssl);
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &e);
}

static void serve(SSL_CTX *ctx, const int *fds, size_t n)
{
    struct epoll_event events[256];
    struct peer *listeners = calloc(n, sizeof *listeners); /* ssl NULL: a listener */
    const int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (listeners == NULL || epoll < 0)
        die("bench_audit");
    for (size_t i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &listeners[i]};

        listeners[i].fd = fds[i];
        (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
    }
    for (;;) {
        const int ready = epoll_wait(epoll, events, 256, -1);

        for (int i = 0; i < ready; i++) {
            struct peer *p = events[i].data.ptr;
            char in[4096];
            int r;

            if (p->ssl == NULL) {
                take(epoll, p->fd, ctx);
                continue;
            }
            ERR_clear_error();
            r = SSL_read(p->ssl, in, sizeof in);
            if (r <= 0 && SSL_get_error(p->ssl, r) == SSL_ERROR_WANT_READ)
                continue;
            SSL_free(p->ssl);
            (void)close(p->fd);
            free(p);
        }
    }
}

static int run_server(size_t addresses, size_t ports, const char *pem, int processes)
{
    const struct tls_policy policy = tlspolicy_default();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const pid_t parent = getpid();
    int *fds = calloc(addresses * ports, sizeof *fds);
    struct rlimit files;
    int first = PORT_FIRST;

    if (fds == NULL || getrlimit(RLIMIT_NOFILE, &files) != 0)
        die("bench_audit");
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    if (SSL_CTX_use_certificate_file(ctx, pem, SSL_FILETYPE_PEM) <= 0 ||
        SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) <= 0 ||
        SSL_CTX_set_min_proto_version(ctx, policy.min_version) <= 0 ||
        SSL_CTX_set_cipher_list(ctx, tlspolicy_cipher_list(&policy)) <= 0)
        die(pem);
    (void)signal(SIGPIPE, SIG_IGN);
    while (!listen_all(fds, addresses, ports, first)) {
        if ((first += (int)ports) > PORT_LAST)
            die("no free ports");
    }
    for (int i = 1; i < processes; i++) {
        if (fork() != 0)
            continue;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            return 0; /* it ended before that call */
        if (!listen_all(fds, addresses, ports, first))
            die("listen");
        serve(ctx, fds, addresses * ports);
    }
    printf("%d\n", first);
    (void)fflush(stdout);
    serve(ctx, fds, addresses * ports);
    return 0;
}

static struct bytes hello(int version)
{
    static const uint8_t random[SCAN_RANDOM_LEN] = {[3] = 1, [70] = 5};
    uint16_t suites[SCAN_SUITES_MAX];
    struct scan_hello h = {.version = version, .suites = suites, .random = random};
    size_t n;
    const struct tlssuite *all = tlssuite_all(&n);
    struct vox_error err;
    struct bytes out;

    for (size_t i = 0; i < n; i++) {
        if (tlssuite_offered(&all[i], version))
            suites[h.nsuites++] = all[i].id;
    }
    if (scan_hello_write(&h, &out, &err) != VOX_OK)
        die(err.text);
    return out;
}

static void begin(struct pollfd *p, const struct sockaddr_in *to)
{
    p->events = POLLOUT;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0 || (connect(p->fd, (const struct sockaddr *)to, sizeof *to) != 0 && errno != EINPROGRESS))
        die("connect");
}

static int run_bound(int first, size_t addresses, size_t ports, const size_t wanted[2], size_t jobs)
{
    const struct bytes hellos[2] = {hello(0x0303), hello(0x0301)};
    const size_t all = wanted[0] + wanted[1];
    static struct pollfd polled[JOBS_MAX];
    static int kinds[JOBS_MAX];
    size_t begun = 0, done = 0;
    const double started = load_now();
    char in[8192];

    for (size_t i = 0; i < JOBS_MAX; i++)
        polled[i].fd = -1;
    while (done < all) {
        for (size_t i = 0; i < jobs && begun < all; i++) {
            if (polled[i].fd >= 0)
                continue;
            const struct sockaddr_in to = place(begun / ports % addresses, first + (int)(begun % ports));

            kinds[i] = begun % all * wanted[0] / all == (begun + 1) % all * wanted[0] / all; /* spread evenly */
            begin(&polled[i], &to);
            begun++;
        }
        if (poll(polled, (nfds_t)jobs, -1) < 0)
            die("poll");
        for (size_t i = 0; i < jobs; i++) {
            if (polled[i].fd < 0 || polled[i].revents == 0)
                continue;
            if (polled[i].events == POLLOUT) {
                const struct bytes *h = &hellos[kinds[i]];

                if (send(polled[i].fd, h->data, h->len, MSG_NOSIGNAL) != (ssize_t)h->len)
                    die("send");
                polled[i].events = POLLIN;
            } else {
                if (recv(polled[i].fd, in, sizeof in, 0) <= 0)
                    die("recv");
                (void)close(polled[i].fd);
                polled[i].fd = -1;
                done++;
            }
        }
    }
    printf("%.3f\n", load_now() - started);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "serve") == 0)
        return run_server(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), argv[4], atoi(argv[5]));
    if (argc == 8 && strcmp(argv[1], "bound") == 0 && strtoul(argv[7], NULL, 10) <= JOBS_MAX)
        return run_bound(atoi(argv[2]), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
                         (const size_t[]){strtoul(argv[5], NULL, 10), strtoul(argv[6], NULL, 10)},
                         strtoul(argv[7], NULL, 10));
    fprintf(stderr, "usage: bench_audit serve|bound ... (see its source)\n");
    return 2;
}
