/*
 * The smallest TLS server that answers: what a responder can reach at most on this machine. Processes share the port;
 * each takes a connection, shakes hands, and answers whatever comes with 24 bytes, event-driven. When the first one is
 * ended the others end too. Usage: bench_ceiling PORT PEM PROCESSES
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

struct peer {
    SSL *ssl;
    int fd;
};

static int listen_on(int port)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 || listen(fd, 4096) != 0) {
        perror("bench_ceiling");
        exit(4);
    }
    return fd;
}

/* false: over. */
static bool serve_one(struct peer *p)
{
    static char in[20000];
    int n;

    ERR_clear_error();
    while ((n = SSL_read(p->ssl, in, sizeof in)) > 0)
        (void)SSL_write(p->ssl, "WWWWWWWWWWWWWWWWWWWWWWWW", 24);
    n = SSL_get_error(p->ssl, n);
    return n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE;
}

static void serve(SSL_CTX *ctx, int port)
{
    struct epoll_event events[256], e = {.events = EPOLLIN};
    int listener = listen_on(port), epoll = epoll_create1(0), one = 1;

    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(epoll, events, 256, -1);

        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;

            if (p == NULL) {
                int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

                if (fd < 0 || (p = malloc(sizeof *p)) == NULL)
                    continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                *p = (struct peer){SSL_new(ctx), fd};
                SSL_set_fd(p->ssl, fd);
                SSL_set_accept_state(p->ssl);
                struct epoll_event mine = {.events = EPOLLIN, .data.ptr = p};
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &mine);
            } else if (!serve_one(p)) {
                SSL_free(p->ssl);
                close(p->fd);
                free(p);
            }
        }
    }
}

int main(int argc, char **argv)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (argc != 4 || SSL_CTX_use_certificate_file(ctx, argv[2], SSL_FILETYPE_PEM) <= 0 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) <= 0) {
        fprintf(stderr, "usage: bench_ceiling PORT PEM PROCESSES\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    const pid_t first = getpid();
    for (int i = 1; i < atoi(argv[3]); i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != first) /* it ended before that call */
                return 0;
            break;
        }
    }
    serve(ctx, atoi(argv[1]));
    return 0;
}
