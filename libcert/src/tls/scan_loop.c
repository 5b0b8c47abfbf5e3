#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include <libcert/limits.h>

#include "scan.h"

/* A place for one port at work: one connection at a time. */
struct slot {
    struct tlsscan_port *port; /* NULL: free */
    struct scan_plan plan;
    enum scan_question asking;
    size_t address; /* which of the host's; the first that answers is kept */
    int fd;
    bool connected, reached; /* reached: one of the port's connections stood */
    short events;
    int64_t deadline;
    struct bytes hello;
    size_t sent, got;
    uint8_t reply[LIMIT_SCAN_SHOWN]; /* of which an answer to a hello may have LIMIT_SCAN_REPLY */
    SSL *ssl;
    struct tlsscan_chain chain;
};

struct scan {
    const struct tlsscan_params *p;
    struct tlsscan_port *ports;
    size_t n, first, done; /* first: none before it waits */
    struct slot *slots;
    struct pollfd *polled;
    size_t nslots;
    SSL_CTX *contexts[SCAN_KEYS];
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void hang_up(struct slot *s)
{
    SSL_free(s->ssl);
    s->ssl = NULL;
    ERR_clear_error();
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
    bytes_free(&s->hello);
}

/* Connect to the present address; *fault is errno, 0 under way. Errors: VOX_E_IO, when there are no sockets. */
static enum vox_err dial(const struct scan *scan, struct slot *s, int *fault, struct vox_error *err)
{
    struct sockaddr_storage to = s->port->host->addresses[s->address];
    socklen_t len = to.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (to.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&to)->sin6_port = htons(s->port->port);
    else
        ((struct sockaddr_in *)&to)->sin_port = htons(s->port->port);
    *fault = 0;
    s->connected = false;
    s->sent = s->got = 0;
    s->events = POLLOUT;
    s->deadline = now_ms() + scan->p->timeout_ms;
    s->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0 && errno == EAFNOSUPPORT) {
        *fault = errno; /* a machine without IPv6 */
        return VOX_OK;
    }
    if (s->fd < 0)
        return vox_fail_errno(err, VOX_E_IO, "no sockets to be had (fewer --jobs?)");
    if (connect(s->fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)
        *fault = errno;
    return VOX_OK;
}

static enum vox_err prepare_hello(struct slot *s, struct scan_hello *h, struct vox_error *err)
{
    uint8_t random[SCAN_RANDOM_LEN];

    if (RAND_bytes(random, sizeof random) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers");
    h->random = random;
    h->name = s->port->host->name;
    return scan_hello_write(h, &s->hello, err);
}

static enum vox_err prepare_handshake(const struct scan *scan, struct slot *s, struct vox_error *err)
{
    const char *name = s->port->host->name;

    if ((s->ssl = SSL_new(scan->contexts[s->plan.key])) == NULL || !scan_cert_keep(s->ssl, &s->chain) ||
        (name != NULL && SSL_set_tlsext_host_name(s->ssl, name) <= 0))
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS connection can be set up");
    SSL_set_connect_state(s->ssl);
    return VOX_OK;
}

static void finish_port(struct scan *scan, struct slot *s)
{
    s->port->host->busy--;
    s->port = NULL;
    scan->done++;
    if (scan->p->progress != NULL)
        scan->p->progress(scan->p->arg, scan->done);
}

static void unreachable(int fault, unsigned timeout_ms, struct scan_reply *r)
{
    *r = (struct scan_reply){.kind = SCAN_REPLY_UNREACHABLE, .refused = fault == ECONNREFUSED};
    if (fault == ETIMEDOUT)
        (void)snprintf(r->why, sizeof r->why, "no answer from the host within %u s", (timeout_ms + 999) / 1000);
    else if (fault == ECONNREFUSED)
        (void)snprintf(r->why, sizeof r->why, "nobody listens there");
    else
        (void)snprintf(r->why, sizeof r->why, "no way to the host: %s", strerrordesc_np(fault));
}

/* The answer is there, or there will be none: into the plan. */
static void conclude(struct slot *s, const struct scan_reply *r)
{
    if (s->asking != SCAN_ASK_HELLO) {
        scan_chain_add(s->port, &s->chain);
        scan_plan_certificate(&s->plan);
    } else {
        scan_plan_answer(&s->plan, r);
    }
    hang_up(s);
}

/* Another address of the host instead; false: there is none. */
static bool other_address(struct slot *s)
{
    if (s->reached || s->address + 1 >= s->port->host->naddresses)
        return false;
    s->address++;
    hang_up(s);
    return true;
}

/* The next question, over connections that fail at once, or the end of the port. */
static enum vox_err go_on(struct scan *scan, struct slot *s, struct vox_error *err)
{
    while (s->fd < 0) {
        struct scan_reply r;
        struct scan_hello h;
        enum vox_err code;
        int fault;

        s->asking = scan_plan_question(&s->plan, &h);
        if (s->asking == SCAN_ASK_NOTHING) {
            finish_port(scan, s);
            return VOX_OK;
        }
        if ((code = s->asking != SCAN_ASK_CERTIFICATE ? prepare_hello(s, &h, err) : prepare_handshake(scan, s, err)) !=
                VOX_OK ||
            (code = dial(scan, s, &fault, err)) != VOX_OK)
            return code;
        if (fault == 0)
            return VOX_OK;
        if (other_address(s))
            continue;
        unreachable(fault, scan->p->timeout_ms, &r);
        conclude(s, &r);
    }
    return VOX_OK;
}

/* Ports begin as long as there are places for them, and their hosts are not too busy. */
static enum vox_err begin_some(struct scan *scan, struct vox_error *err)
{
    size_t at = scan->first, place = 0;

    while (scan->first < scan->n && scan->ports[scan->first].state != TLSSCAN_UNASKED)
        at = ++scan->first;
    for (; at < scan->n; at++) {
        struct tlsscan_port *port = &scan->ports[at];
        struct slot *s;
        enum vox_err code;

        while (place < scan->nslots && scan->slots[place].port != NULL)
            place++;
        if (place == scan->nslots)
            return VOX_OK;
        if (port->state != TLSSCAN_UNASKED || port->host->busy >= LIMIT_SCAN_PER_HOST)
            continue;
        s = &scan->slots[place];
        s->port = port;
        s->address = 0;
        s->reached = false;
        port->host->busy++;
        scan_plan_begin(&s->plan, port);
        port->state = TLSSCAN_REFUSES; /* under way */
        if ((code = go_on(scan, s, err)) != VOX_OK)
            return code;
    }
    return VOX_OK;
}

/* The connection stands, or does not. false: it is over for this address. */
static bool connected(const struct scan *scan, struct slot *s, int64_t now, struct scan_reply *r)
{
    socklen_t len = sizeof(int);
    int fault = 0;

    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0)
        fault = errno;
    if (fault == 0 && now >= s->deadline)
        fault = ETIMEDOUT;
    if (fault == 0 && s->ssl != NULL && SSL_set_fd(s->ssl, s->fd) <= 0)
        fault = ENOMEM;
    s->connected = fault == 0;
    s->reached = s->reached || s->connected;
    if (fault != 0)
        unreachable(fault, scan->p->timeout_ms, r);
    return fault == 0;
}

/* Send and receive as far as it goes. true: *r is the answer. */
static bool talk(struct slot *s, struct scan_reply *r)
{
    while (s->sent < s->hello.len) {
        ssize_t n = send(s->fd, s->hello.data + s->sent, s->hello.len - s->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0)
            break; /* what the server said before it closed may be there to be read */
        s->sent += (size_t)n;
    }
    s->events = POLLIN;
    for (;;) {
        ssize_t n = recv(s->fd, s->reply + s->got, sizeof s->reply - s->got, 0);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (n <= 0) {
            scan_reply_end(s->reply, s->got, r);
            return true;
        }
        s->got += (size_t)n;
        if (s->asking == SCAN_ASK_SHOWN) {
            if (scan_shown_read(s->reply, s->got, &s->chain))
                return true;
            continue;
        }
        scan_reply_read(s->reply, s->got, r);
        if (r->kind != SCAN_REPLY_MORE)
            return true;
    }
}

/* true: the certificates have come, or will not. */
static bool shake_hands(struct slot *s)
{
    int n, why;

    ERR_clear_error();
    n = SSL_do_handshake(s->ssl);
    if (s->chain.n > 0 || n > 0)
        return true;
    why = SSL_get_error(s->ssl, n);
    s->events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    return why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
}

static enum vox_err serve(struct scan *scan, struct slot *s, short happened, int64_t now, struct vox_error *err)
{
    struct scan_reply r = {.kind = SCAN_REPLY_MORE};
    bool over = false;

    if (!s->connected && (happened != 0 || now >= s->deadline)) {
        over = !connected(scan, s, now, &r);
        if (over && other_address(s))
            return go_on(scan, s, err);
    }
    if (!over && s->connected && happened != 0)
        over = s->asking == SCAN_ASK_CERTIFICATE ? shake_hands(s) : talk(s, &r);
    if (!over && now >= s->deadline) {
        scan_reply_late(s->reply, s->got, (scan->p->timeout_ms + 999) / 1000, &r);
        over = true;
    }
    if (!over)
        return VOX_OK;
    conclude(s, &r);
    return go_on(scan, s, err);
}

/* Wait until something happens, or the first deadline. */
static enum vox_err wait_for_some(struct scan *scan, struct vox_error *err)
{
    int64_t first = INT64_MAX, left;

    for (size_t i = 0; i < scan->nslots; i++) {
        const struct slot *s = &scan->slots[i];

        scan->polled[i] = (struct pollfd){.fd = s->port != NULL ? s->fd : -1, .events = s->events};
        if (s->port != NULL && s->deadline < first)
            first = s->deadline;
    }
    left = first - now_ms();
    left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
    if (poll(scan->polled, (nfds_t)scan->nslots, (int)left) < 0 && errno != EINTR)
        return vox_fail_errno(err, VOX_E_IO, "waiting for servers");
    return VOX_OK;
}

static enum vox_err run(struct scan *scan, struct vox_error *err)
{
    enum vox_err code = begin_some(scan, err);

    while (code == VOX_OK && scan->done < scan->n) {
        if ((code = wait_for_some(scan, err)) != VOX_OK)
            break;
        const int64_t now = now_ms();

        for (size_t i = 0; i < scan->nslots && code == VOX_OK; i++) {
            struct slot *s = &scan->slots[i];

            if (s->port != NULL && (scan->polled[i].revents != 0 || now >= s->deadline))
                code = serve(scan, s, scan->polled[i].revents, now, err);
        }
        if (code == VOX_OK)
            code = begin_some(scan, err);
    }
    return code;
}

enum vox_err tlsscan_run(const struct tlsscan_params *p, struct tlsscan_port *ports, size_t n, struct vox_error *err)
{
    const size_t jobs = p->jobs < 1 ? 1 : p->jobs > LIMIT_SCAN_JOBS ? LIMIT_SCAN_JOBS : p->jobs;
    struct scan scan = {.p = p, .ports = ports, .n = n, .nslots = jobs < n ? jobs : n};
    enum vox_err code = VOX_OK;

    if (n == 0)
        return VOX_OK;
    scan.slots = calloc(scan.nslots, sizeof *scan.slots);
    scan.polled = calloc(scan.nslots, sizeof *scan.polled);
    if (scan.slots == NULL || scan.polled == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    for (size_t i = 0; i < scan.nslots; i++)
        scan.slots[i].fd = -1;
    for (size_t i = 0; i < n; i++)
        scan.done += ports[i].state != TLSSCAN_UNASKED;
    for (int k = 0; k < SCAN_KEYS && code == VOX_OK; k++)
        code = scan_cert_context((enum scan_key)k, &scan.contexts[k], err);
    if (code == VOX_OK)
        code = run(&scan, err);
out:
    for (size_t i = 0; scan.slots != NULL && i < scan.nslots; i++) {
        hang_up(&scan.slots[i]);
        scan_chain_clear(&scan.slots[i].chain);
    }
    for (int k = 0; k < SCAN_KEYS; k++)
        SSL_CTX_free(scan.contexts[k]);
    free(scan.polled);
    free(scan.slots);
    return code;
}
