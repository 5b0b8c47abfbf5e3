/* The net process without memory: each of our own allocations fails once, and all from each one on, while a phone
 * enrols over TLS. It gets what is right or a closed connection; a phone that was there before goes on; the state
 * process hears of every end; the log has one line. */
#include "serve/worker.c"

#include "../daemon/ipc.c"
#include "../daemon/net.c"

#include "issuing.h"

#include <fcntl.h>
#include <poll.h>

#include <openssl/err.h>

#include <capf/session.h>

#include "../memory.h"

#define HAS(tag) (UINT32_C(1) << (tag))

enum { SESSIONS = 8, PATIENCE = 20000 };

static unsigned nlines; /* of the log, about what people should know */
static char last_line[300];

void log_line(enum log_level level, const char *format, ...)
{
    const bool was = memory_fails(false);
    va_list args;

    va_start(args, format);
    if (level <= LOG_LEVEL_NOTICE) {
        nlines++;
        (void)vsnprintf(last_line, sizeof last_line, format, args);
    }
    va_end(args);
    (void)memory_fails(was);
}

/* --- the net process, in this one --- */

static const struct serve_app app = {.limits = {.total = 100,
                                                .per_source = 100,
                                                .idle_s = 100000,
                                                .handshake_s = 100000,
                                                .message_max = CAPF_MESSAGE_LIMIT},
                                     .frame = net_frame,
                                     .message = net_message,
                                     .opened = net_opened,
                                     .closed = net_closed,
                                     .linked = net_linked};
static struct worker worker = {.app = &app};
static struct listener listening;
static struct control_context context = {.w = &worker};
static struct sockaddr_in address_of_net;
static int state_fd; /* the state process's end of the way */
static bool failing; /* in the net process's code */

static void net_works(void)
{
    (void)memory_fails(failing);
    assert_true(event_base_loop(worker.base, EVLOOP_NONBLOCK) >= 0);
    (void)memory_fails(false);
}

/* --- the state process: takes every phone at its word --- */

static struct {
    uint64_t connection; /* 0: nobody's */
    struct capf_session machine;
} sessions[SESSIONS];
static const uint8_t certificate[1500] = {0x30, 0x82, 0x05, 0xd8, 1};
static EVP_PKEY *server_key;

static size_t session_of(uint64_t connection)
{
    size_t i = 0;

    while (i < SESSIONS && sessions[i].connection != connection)
        i++;
    return i;
}

static void answer_phone(size_t i, struct capf_step *step)
{
    struct ipc_message m = {
        .type = IPC_REPLY, .connection = sessions[i].connection, .end = step->effect == CAPF_DO_END};
    struct bytes wire;

    m.bytes = bytes_view_of(&step->reply);
    assert_int_equal(ipc_write(&m, &wire, &why), VOX_OK);
    assert_int_equal(send(state_fd, wire.data, wire.len, 0), wire.len);
    bytes_free(&wire);
    bytes_free(&step->reply);
    if (m.end)
        sessions[i].connection = 0;
}

static void hear_phone(size_t i, struct bytes_view frame)
{
    const struct capf_plan plan = {.what = CAPF_PLAN_INSTALL, .key = p256};
    struct capf_session *s = &sessions[i].machine;
    struct capf_message m;
    struct capf_step step;

    assert_int_equal(capf_message_read(frame.data, frame.len, &m, &why), VOX_OK);
    assert_int_equal(capf_session_message(s, &m, &step, &why), VOX_OK);
    if (step.effect == CAPF_DO_AUTHORIZE)
        assert_int_equal(capf_session_plan(s, &plan, &step, &why), VOX_OK);
    else if (step.effect == CAPF_DO_ISSUE)
        assert_int_equal(capf_session_issued(s, (struct bytes_view){certificate, sizeof certificate}, &step, &why),
                         VOX_OK);
    else if (step.effect == CAPF_DO_RECORD)
        assert_int_equal(capf_session_recorded(s, &step, &why), VOX_OK);
    answer_phone(i, &step);
}

static void state_works(void)
{
    static uint8_t buffer[SERVE_LINK_MAX];
    ssize_t n;

    while ((n = recv(state_fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        struct ipc_message m;
        struct capf_step step;
        size_t i;

        assert_int_equal(ipc_read((struct bytes_view){buffer, (size_t)n}, &m, &why), VOX_OK);
        i = session_of(m.connection);
        if (m.type == IPC_OPENED) {
            assert_int_equal(i, SESSIONS);
            i = session_of(0);
            assert_true(i < SESSIONS);
            sessions[i].connection = m.connection;
            assert_int_equal(capf_session_begin(&sessions[i].machine, (uint32_t)m.connection, &step, &why), VOX_OK);
            answer_phone(i, &step);
        } else if (m.type == IPC_FRAME) {
            assert_true(i < SESSIONS);
            hear_phone(i, m.bytes);
        } else {
            assert_int_equal(m.type, IPC_CLOSED);
            if (i < SESSIONS)
                sessions[i].connection = 0;
        }
    }
}

/* --- phones --- */

struct phone_side {
    SSL *ssl;
    int fd;
    bool closed, done;
    uint8_t in[CAPF_MESSAGE_LIMIT];
    size_t len;
};
static SSL_CTX *client;

static void everybody_works(void)
{
    net_works();
    state_works();
    net_works();
}

static void begins(struct phone_side *p)
{
    memset(p, 0, sizeof *p);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(p->fd, (struct sockaddr *)&address_of_net, sizeof address_of_net), 0);
    assert_int_equal(fcntl(p->fd, F_SETFL, O_NONBLOCK), 0);
    assert_non_null(p->ssl = SSL_new(client));
    assert_true(SSL_set_fd(p->ssl, p->fd) > 0);
    SSL_set_connect_state(p->ssl);
}

static void ends(struct phone_side *p)
{
    SSL_free(p->ssl);
    (void)close(p->fd);
    p->ssl = NULL;
}

static bool wants_more(struct phone_side *p, int n)
{
    const int is = SSL_get_error(p->ssl, n);

    ERR_clear_error();
    p->closed = p->closed || (is != SSL_ERROR_WANT_READ && is != SSL_ERROR_WANT_WRITE);
    return !p->closed;
}

/* The next message; false: the connection was closed. */
static bool hears(struct phone_side *p, int command, struct capf_message *m)
{
    size_t need = 0;

    for (int i = 0; i < PATIENCE; i++) {
        struct pollfd readable = {.fd = p->fd, .events = POLLIN};
        int n;

        if (p->len > 0 && capf_frame(p->in, p->len, &need, &why) == VOX_OK) {
            assert_int_equal(need, p->len);
            p->len = 0;
            assert_int_equal(capf_message_read(p->in, need, m, &why), VOX_OK);
            assert_int_equal(m->command, command);
            return true;
        }
        everybody_works();
        n = SSL_read(p->ssl, p->in + p->len, (int)(sizeof p->in - p->len));
        if (n > 0)
            p->len += (size_t)n;
        else if (!wants_more(p, n))
            return false;
        else
            (void)poll(&readable, 1, 1); /* the kernel has its own pace; PATIENCE is the limit */
    }
    fail_msg("neither an answer nor an end: %s", last_line);
    return false;
}

/* In two records: the first must be kept until the other comes. */
static void tells(struct phone_side *p, const struct capf_message *m)
{
    struct bytes wire;
    size_t sent = 0;

    assert_int_equal(capf_message_write(m, &wire, &why), VOX_OK);
    while (sent < wire.len && !p->closed) {
        const size_t part = sent == 0 ? 3 : wire.len - sent;
        const int n = SSL_write(p->ssl, wire.data + sent, (int)part);

        if (n > 0)
            sent += (size_t)n;
        else
            (void)wants_more(p, n);
        for (int i = 0; i < 3; i++)
            everybody_works();
    }
    bytes_free(&wire);
}

static bool comes_in(struct phone_side *p, uint32_t *session)
{
    static const char name[] = "SEP0000000000A1";
    struct capf_message m, here = {.command = CAPF_AUTH_RESPONSE,
                                   .present = HAS(CAPF_VERSION) | HAS(CAPF_DEVICE_NAME),
                                   .version = 3,
                                   .device = {(const uint8_t *)name, sizeof name - 1}};

    begins(p);
    if (!hears(p, CAPF_AUTH_REQUEST, &m))
        return false;
    here.session = *session = m.session;
    tells(p, &here);
    return hears(p, CAPF_KEY_GENERATE_REQUEST, &m);
}

static bool enrols(struct phone_side *p, uint32_t session)
{
    unsigned char *der = NULL;
    const int len = i2d_PUBKEY(server_key, &der);
    const struct capf_message key = {.command = CAPF_KEY_GENERATE_RESPONSE,
                                     .session = session,
                                     .present = HAS(CAPF_PUBLIC_KEY),
                                     .public_key = {der, (size_t)len}};
    const struct capf_message stored = {
        .command = CAPF_STORE_CERTIFICATE_RESPONSE, .session = session, .present = HAS(CAPF_REASON), .reason = CAPF_OK};
    struct capf_message m;

    tells(p, &key);
    OPENSSL_free(der);
    if (!hears(p, CAPF_STORE_CERTIFICATE_REQUEST, &m))
        return false;
    assert_true(bytes_equal(m.certificate, (struct bytes_view){certificate, sizeof certificate}));
    tells(p, &stored);
    if (!hears(p, CAPF_END_SESSION, &m))
        return false;
    assert_int_equal(m.reason, CAPF_OK);
    p->done = true;
    return true;
}

static void settled(void)
{
    for (int i = 0; i < PATIENCE && !TAILQ_EMPTY(&worker.conns); i++) {
        everybody_works();
        (void)poll(NULL, 0, 1);
    }
    assert_true(TAILQ_EMPTY(&worker.conns));
    for (int i = 0; i < 10; i++)
        everybody_works();
}

static void a_phone_enrols(void **state)
{
    unsigned points = 0;

    (void)state;
    for (int later = 0; later < 2; later++) {
        bool reached = true;

        for (long at = 1; reached; at++) {
            struct phone_side before, p;
            uint32_t session_before, session = 0;

            assert_true(comes_in(&before, &session_before));
            nlines = 0;
            memory_plan(at, later != 0);
            failing = true;
            (void)(comes_in(&p, &session) && enrols(&p, session));
            ends(&p);
            for (int i = 0; i < PATIENCE && atomic_load(&worker.shared->open) > 1; i++) {
                everybody_works();
                (void)poll(NULL, 0, 1);
            }
            failing = false;
            reached = memory_reached();
            points += reached;
            assert_true(reached || p.done); /* both: only its end could not be told at once */
            /* connections that are refused are told together: the first, and then not for a while */
            if (at == 1 ? nlines > 1 || (later == 0 && nlines == 0) : nlines != (p.done ? 0 : 1))
                fail_msg("the %ldth allocation failed: %u lines: %s", at, nlines, last_line);
            /* the other one goes on, and what could not be told is */
            assert_true(enrols(&before, session_before));
            ends(&before);
            settled();
            for (size_t i = 0; i < SESSIONS; i++)
                assert_int_equal(sessions[i].connection, 0);
            assert_int_equal(atomic_load(&worker.shared->open), 0);
            assert_true(at < 1000);
        }
    }
    print_message("%u failing allocations\n", points);
    assert_true(points > 10);
}

static int make_net(void **state)
{
    static const struct link_calls calls = {.message = on_service, .gone = on_service_gone, .arg = &context};
    socklen_t len = sizeof address_of_net;
    int pair[2], fd;
    struct cert *c;

    (void)state;
    server_key = EVP_EC_gen("P-256");
    c = make_ca(server_key, &(struct like){0});
    worker.main_ctx = SSL_CTX_new(TLS_server_method());
    client = SSL_CTX_new(TLS_client_method());
    assert_true(SSL_CTX_use_certificate(worker.main_ctx, cert_x509(c)) > 0);
    assert_true(SSL_CTX_use_PrivateKey(worker.main_ctx, server_key) > 0);
    assert_true(SSL_CTX_set_session_cache_mode(worker.main_ctx, SSL_SESS_CACHE_OFF) > 0);
    cert_free(&c);
    assert_non_null(worker.shared = shared_create(2, &fd, &why));
    (void)close(fd);
    worker.slot = &worker.shared->slots[0];
    shared_take(worker.shared, 0);
    TAILQ_INIT(&worker.conns);
    the_worker = &worker;
    assert_non_null(worker.base = event_base_new());
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_non_null(worker.service = link_new(worker.base, pair[0], "service", &calls));
    state_fd = pair[1];
    listening = (struct listener){.w = &worker, .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    address_of_net = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(listening.fd, (struct sockaddr *)&address_of_net, len), 0);
    assert_int_equal(listen(listening.fd, 8), 0);
    assert_int_equal(getsockname(listening.fd, (struct sockaddr *)&address_of_net, &len), 0);
    assert_non_null(listening.ev = event_new(worker.base, listening.fd, EV_READ | EV_PERSIST, on_accept, &listening));
    assert_int_equal(event_add(listening.ev, NULL), 0);
    return 0;
}

static int free_net(void **state)
{
    (void)state;
    event_free(listening.ev);
    (void)close(listening.fd);
    (void)close(state_fd);
    release(&worker);
    SSL_CTX_free(client);
    EVP_PKEY_free(server_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_phone_enrols)};

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_net, free_net);
}
