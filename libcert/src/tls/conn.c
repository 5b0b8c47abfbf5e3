#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <libcert/tlsconn.h>

struct tlsconn {
    int fd;
    SSL *ssl;
    bool hung_up;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for fd until the deadline. false: time is up. */
static bool wait_for(int fd, short events, int64_t deadline)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left = deadline - now_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;

        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

enum vox_err tlsconn_target_parse(const char *text, unsigned default_port, struct tlsconn_target *out,
                                  struct vox_error *err)
{
    const char *host = text, *port = NULL, *colon = strrchr(text, ':');
    size_t len = strlen(text);

    memset(out, 0, sizeof *out);
    if (text[0] == '[') { /* [2001:db8::1]:2445 */
        const char *end = strchr(text, ']');

        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return vox_fail(err, VOX_E_USAGE, "not HOST[:PORT]: %.80s", text);
        host = text + 1;
        len = (size_t)(end - host);
        port = end[1] == ':' ? end + 2 : NULL;
    } else if (colon != NULL && strchr(text, ':') == colon) {
        len = (size_t)(colon - text);
        port = colon + 1;
    } /* several colons without brackets: an IPv6 address alone */
    if (len == 0 || len >= sizeof out->host)
        return vox_fail(err, VOX_E_USAGE, "not HOST[:PORT]: %.80s", text);
    memcpy(out->host, host, len);
    if (port == NULL && default_port == 0)
        return vox_fail(err, VOX_E_USAGE, "%.80s: a port is needed: HOST:PORT", text);
    if (port == NULL) {
        (void)snprintf(out->port, sizeof out->port, "%u", default_port);
        return VOX_OK;
    }
    char *end;
    unsigned long n = strtoul(port, &end, 10);
    if (port[0] < '0' || port[0] > '9' || *end != '\0' || n < 1 || n > 65535)
        return vox_fail(err, VOX_E_USAGE, "not a port: %.16s (1 to 65535)", port);
    (void)snprintf(out->port, sizeof out->port, "%lu", n);
    return VOX_OK;
}

/* One address: 0, or errno. */
static int connect_to(const struct addrinfo *ai, int64_t deadline, int *out)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
    int fault = 0;
    socklen_t len = sizeof fault;

    if (fd < 0)
        return errno;
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
        if (errno != EINPROGRESS)
            fault = errno;
        else if (!wait_for(fd, POLLOUT, deadline))
            fault = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0)
            fault = errno;
    }
    if (fault != 0)
        (void)close(fd);
    else
        *out = fd;
    return fault;
}

static enum vox_err connect_any(const struct tlsconn_target *t, int64_t deadline, int *out, struct vox_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    int fault = getaddrinfo(t->host, t->port, &hints, &list);

    if (fault == EAI_NONAME || fault == EAI_ADDRFAMILY) { /* loopback is no configured address to AI_ADDRCONFIG */
        const struct addrinfo any = {.ai_socktype = SOCK_STREAM};

        fault = getaddrinfo(t->host, t->port, &any, &list);
    }
    if (fault != 0)
        return vox_fail(err, VOX_E_IO, "%s", gai_strerror(fault));
    fault = EHOSTUNREACH;
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        if ((fault = connect_to(ai, deadline, out)) == 0)
            break;
    }
    freeaddrinfo(list);
    return fault == 0 ? VOX_OK : vox_fail(err, VOX_E_IO, "%s", strerror(fault));
}

/* After a failed call: true to try again, false when it is over. */
static bool again(struct tlsconn *c, int result, int64_t deadline, bool *timed_out)
{
    int why = SSL_get_error(c->ssl, result);

    *timed_out = false;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return false;
    if (wait_for(c->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline))
        return true;
    *timed_out = true;
    return false;
}

static enum vox_err handshake(struct tlsconn *c, int64_t deadline, struct vox_error *err)
{
    bool timed_out;
    int n;

    ERR_clear_error();
    while ((n = SSL_connect(c->ssl)) <= 0) {
        if (again(c, n, deadline, &timed_out))
            continue;
        if (timed_out)
            return vox_fail(err, VOX_E_IO, "the TLS handshake took too long");
        long verdict = SSL_get_verify_result(c->ssl);
        /* Where nothing is verified, it failed for another reason. */
        if (verdict != X509_V_OK && SSL_get_verify_mode(c->ssl) != SSL_VERIFY_NONE)
            return vox_fail_openssl(err, VOX_E_NO, "the server's certificate is not trusted: %s",
                                    X509_verify_cert_error_string(verdict));
        unsigned long e = ERR_peek_last_error();
        const char *words = e != 0 ? ERR_reason_error_string(e) : NULL;
        return vox_fail_openssl(err, e != 0 ? VOX_E_CRYPTO : VOX_E_IO, "the TLS handshake failed: %s",
                                words != NULL ? words : "the server closed the connection");
    }
    return VOX_OK;
}

enum vox_err tlsconn_open(const struct tlsconn_params *p, struct tlsconn **out, struct vox_error *err)
{
    int64_t deadline = now_ms() + p->timeout_ms;
    struct tlsconn *c = calloc(1, sizeof *c);
    enum vox_err code;

    *out = NULL;
    if (c == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    c->fd = -1;
    if ((code = connect_any(p->target, deadline, &c->fd, err)) != VOX_OK)
        goto err0;
    if ((c->ssl = SSL_new(p->ctx)) == NULL || SSL_set_fd(c->ssl, c->fd) <= 0 ||
        (p->sni != NULL && SSL_set_tlsext_host_name(c->ssl, p->sni) <= 0)) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS connection can be set up");
        goto err0;
    }
    if ((code = handshake(c, deadline, err)) != VOX_OK)
        goto err0;
    *out = c;
    return VOX_OK;

err0:
    tlsconn_close(&c);
    return code;
}

void tlsconn_close(struct tlsconn **c)
{
    if (c == NULL || *c == NULL)
        return;
    if ((*c)->ssl != NULL) {
        if (SSL_is_init_finished((*c)->ssl))
            (void)SSL_shutdown((*c)->ssl); /* good-bye; the answer is not waited for */
        SSL_free((*c)->ssl);
    }
    if ((*c)->fd >= 0)
        (void)close((*c)->fd);
    ERR_clear_error();
    free(*c);
    *c = NULL;
}

SSL *tlsconn_ssl(const struct tlsconn *c)
{
    return c->ssl;
}

enum vox_err tlsconn_peer_chain(const struct tlsconn *c, struct cert ***certs, size_t *n, struct vox_error *err)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(c->ssl); /* borrowed; of a server it begins with the leaf */
    int count = chain != NULL ? sk_X509_num(chain) : 0;
    enum vox_err code = VOX_OK;

    *n = 0;
    *certs = calloc(count > 0 ? (size_t)count : 1, sizeof **certs);
    if (*certs == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (int i = 0; i < count && code == VOX_OK; i++) {
        if ((code = cert_from_x509(sk_X509_value(chain, i), &(*certs)[*n], err)) == VOX_OK)
            (*n)++;
    }
    if (code == VOX_OK && *n == 0)
        code = vox_fail(err, VOX_E_NO, "the server shows no certificate");
    if (code != VOX_OK) {
        while (*n > 0)
            cert_free(&(*certs)[--*n]);
        free(*certs);
        *certs = NULL;
    }
    return code;
}

enum vox_err tlsconn_send(struct tlsconn *c, const void *data, size_t len, unsigned timeout_ms, struct vox_error *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    bool timed_out;
    size_t written;

    ERR_clear_error();
    for (int n; (n = SSL_write_ex(c->ssl, data, len, &written)) <= 0;) {
        if (again(c, n, deadline, &timed_out))
            continue;
        c->hung_up = !timed_out;
        return vox_fail_openssl(err, VOX_E_IO,
                                timed_out ? "the server takes no more bytes" : "the connection broke while sending");
    }
    return VOX_OK;
}

enum vox_err tlsconn_receive(struct tlsconn *c, void *data, size_t len, unsigned timeout_ms, struct vox_error *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    uint8_t *p = data;
    size_t done = 0, got;
    bool timed_out;

    ERR_clear_error();
    while (done < len) {
        int n = SSL_read_ex(c->ssl, p + done, len - done, &got);

        if (n > 0) {
            done += got;
        } else if (!again(c, n, deadline, &timed_out)) {
            c->hung_up = !timed_out && done == 0;
            return vox_fail_openssl(err, VOX_E_IO, "%s after %zu of %zu bytes",
                                    timed_out ? "no answer in time" : "the server closed the connection", done, len);
        }
    }
    return VOX_OK;
}

bool tlsconn_hung_up(const struct tlsconn *c)
{
    return c->hung_up;
}
