#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "probe.h"

enum { BACKLOG = 16 };

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
    (void)sig;
    interrupted = 1;
}

/* Signals arrive only while something is waited for: whoever waits sees them. */
static void watch_signals(sigset_t *before)
{
    const struct sigaction sa = {.sa_handler = on_signal};
    sigset_t ending;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGINT);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ending, before);
    (void)sigdelset(before, SIGINT);
    (void)sigdelset(before, SIGTERM);
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* false: time is up, or somebody wants us to end. */
static bool wait_for(int fd, short events, int64_t deadline, const sigset_t *before)
{
    while (!interrupted) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left = deadline - now_ms();
        const struct timespec ts = {.tv_sec = (time_t)(left / 1000), .tv_nsec = (long)(left % 1000) * 1000000};

        if (left <= 0)
            return false;
        int n = ppoll(&p, 1, &ts, before);

        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static enum vox_err open_listener(const char *text, int *out, struct vox_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    struct tlsconn_target at;
    struct addrinfo *ai = NULL;
    const int on = 1;
    enum vox_err code = tlsconn_target_parse(text, 0, &at, err);

    *out = -1;
    if (code != VOX_OK)
        return code;
    if (getaddrinfo(at.host, at.port, &hints, &ai) != 0)
        return vox_fail(err, VOX_E_USAGE, "--listen %.80s: an address of this machine is expected, as 0.0.0.0:5061",
                        text);
    *out = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*out < 0 || setsockopt(*out, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(*out, ai->ai_addr, ai->ai_addrlen) != 0 || listen(*out, BACKLOG) != 0) {
        code = vox_fail_errno(err, VOX_E_IO, "--listen %.80s", text);
        if (*out >= 0)
            (void)close(*out);
        *out = -1;
    }
    freeaddrinfo(ai);
    return code;
}

/* One call, judged while the handshake goes on, so that the device hears of a refusal as from a call manager. */
struct call {
    const struct verdict_params *p;
    struct handshake h;
    struct verdict v;
};

/* For the alert that the device gets. */
static int refusal(const struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (!v->findings[i].fatal)
            continue;
        if (strcmp(v->findings[i].code, "expired") == 0)
            return X509_V_ERR_CERT_HAS_EXPIRED;
        if (strcmp(v->findings[i].code, "untrusted") == 0 || strcmp(v->findings[i].code, "chain") == 0)
            return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    }
    return X509_V_ERR_CERT_REJECTED;
}

static int judge(X509_STORE_CTX *ctx, void *arg)
{
    struct call *c = arg;

    (void)handshake_shown(ctx, &c->h);
    verdict_cert(c->p, &c->h, &c->v);
    if (c->h.nshown > 0 && c->v.good)
        return 1;
    X509_STORE_CTX_set_error(ctx, refusal(&c->v));
    return 0;
}

static enum vox_err prepare(struct call *c, SSL_CTX **out, struct vox_error *err)
{
    const struct tlsctx_server_params params = {.policy = c->p->ours->policy, .identity = ourside_identity(c->p->ours)};
    enum vox_err code = tlsctx_server(&params, out, err);

    if (code != VOX_OK)
        return code;
    handshake_watch(*out, &c->h);
    SSL_CTX_set_verify(*out, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(*out, judge, c);
    return c->p->profile->mode == TRUNK_AUTHENTICATED ? handshake_narrow(*out, HANDSHAKE_NULL_SHA, err) : VOX_OK;
}

/* What stopped the handshake, when it was not our verdict on the certificate. */
static void add_failure(struct call *c, bool in_time)
{
    unsigned long e = ERR_peek_last_error();
    const char *words = e != 0 ? ERR_reason_error_string(e) : NULL;

    if (c->h.alert != HANDSHAKE_NO_ALERT) {
        c->h.code = VOX_E_CRYPTO;
        verdict_handshake(&c->h, &c->v);
    } else if (!c->v.good) {
        return; /* said already */
    } else if (!in_time) {
        verdict_add(&c->v, "silent", true,
                    interrupted ? "the handshake was not over when it was interrupted"
                                : "the TLS handshake took too long");
    } else if (e != 0 && ERR_GET_REASON(e) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        verdict_add(&c->v, "no-certificate", true,
                    "it shows no certificate, which a call manager demands of a secure trunk");
    } else if (e != 0 && ERR_GET_REASON(e) == SSL_R_NO_SHARED_CIPHER) {
        verdict_add(&c->v, "policy", true, "it offers no cipher that this trunk takes (voxtls show)");
    } else if (e != 0 &&
               (ERR_GET_REASON(e) == SSL_R_UNSUPPORTED_PROTOCOL || ERR_GET_REASON(e) == SSL_R_VERSION_TOO_LOW)) {
        verdict_add(&c->v, "policy", true, "it speaks no TLS version from the minimum %s on (voxtls show)",
                    tlspolicy_version_text(c->p->ours->policy.min_version));
    } else {
        verdict_add(&c->v, "handshake", true, "the TLS handshake failed: %s",
                    words != NULL ? words : "the device closed the connection");
    }
}

static void shake_hands(struct call *c, SSL *ssl, int fd, int64_t deadline, const sigset_t *before)
{
    bool in_time = true;
    int n;

    ERR_clear_error();
    while ((n = SSL_accept(ssl)) <= 0 && in_time) {
        int why = SSL_get_error(ssl, n);

        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            break;
        in_time = wait_for(fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, before);
    }
    if (n <= 0) {
        c->v.good = c->v.good && c->h.alert == HANDSHAKE_NO_ALERT;
        add_failure(c, in_time);
        c->v.good = false;
        return;
    }
    c->h.asked = true;
    handshake_settled(ssl, &c->h);
    (void)SSL_shutdown(ssl);
}

static enum vox_err take_call(int fd, const struct probe_args *a, struct call *c, const sigset_t *before,
                              struct vox_error *err)
{
    SSL_CTX *ctx = NULL;
    SSL *ssl = NULL;
    enum vox_err code = prepare(c, &ctx, err);

    handshake_address(fd, &c->h);
    if (code == VOX_OK && ((ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) <= 0))
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS connection can be set up");
    if (code == VOX_OK)
        shake_hands(c, ssl, fd, now_ms() + a->timeout_ms, before);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return code;
}

struct waiting {
    const struct cli_common *common;
    const struct probe_args *a;
    const struct verdict_params *p;
    sigset_t before;
    json_t *list; /* what was judged */
    bool good;    /* all of it */
};

/* The next call. Errors: ours. */
static enum vox_err next_call(struct waiting *w, int listener, struct vox_error *err)
{
    struct verdict_params p = *w->p; /* as of now: the wait may have been long */
    struct call c = {.p = &p, .v = {.good = true}};
    enum vox_err code;
    json_t *one;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return VOX_OK; /* it has gone again */
    p.now = clock_now();
    handshake_begin(&c.h);
    code = take_call(fd, w->a, &c, &w->before, err);
    (void)close(fd);
    if (code == VOX_OK) {
        one = verdict_json(&c.h, &c.v, p.now);
        w->good = w->good && c.v.good;
        if (!w->common->json && !(w->common->quiet && c.v.good)) {
            verdict_print("call", one);
            (void)fflush(stdout);
        }
        (void)json_array_append_new(w->list, one);
    }
    handshake_clear(&c.h);
    return code;
}

int probe_listen(const struct cli_common *common, const struct probe_args *a, const struct verdict_params *p)
{
    struct waiting w = {.common = common, .a = a, .p = p, .list = json_array(), .good = true};
    const int64_t deadline = now_ms() + 1000 * (int64_t)a->wait_s;
    struct vox_error err;
    int listener;
    enum vox_err code = open_listener(a->listen, &listener, &err);

    watch_signals(&w.before);
    if (code == VOX_OK) {
        cli_say(common, "waiting on %s for %s to call", a->listen, p->trunk->name);
        (void)fflush(stdout);
    }
    while (code == VOX_OK && json_array_size(w.list) < a->count && wait_for(listener, POLLIN, deadline, &w.before))
        code = next_call(&w, listener, &err);
    if (listener >= 0)
        (void)close(listener);
    if (code != VOX_OK) {
        json_decref(w.list);
        return cli_report(common, NULL, &err);
    }
    if (json_array_size(w.list) < a->count) {
        cli_warn(common, NULL, "%s: %zu of %u calls came", interrupted ? "interrupted" : "time is up",
                 json_array_size(w.list), a->count);
        w.good = false;
    }
    return probe_finish(common, p, w.list, w.good);
}
