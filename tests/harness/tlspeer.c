/*
 * A TVS peer for tests that does what no phone and no responder of ours does. Usage: tlspeer MODE [HOST:PORT] [ARG]...
 *
 *   request CERT               print the bytes of a VERIFY_REQUEST for CERT
 *   large CERT                 the same, filled up with an unknown element to the greatest length there is
 *   port                       print a free TCP port of 127.0.0.1
 *   send HOST:PORT FILE        send FILE over TLS, print the reply in hex, or "closed"
 *   split HOST:PORT FILE       the same, a record for each byte
 *   joined HOST:PORT FILE      send FILE twice in one record, print both replies
 *   half HOST:PORT FILE        send half of FILE, wait; print "closed"
 *   halves HOST:PORT FILE      send half of FILE, print "half", wait for a byte on standard input, send the rest, print
 *                              the reply
 *   silent HOST:PORT           connect, say nothing; print "closed" when the server hangs up
 *   hold HOST:PORT N K [tls]   open N connections, wait until K are left (some seconds at most), print how many stay
 *                              open, close them at the end of standard input
 *   load HOST:PORT FILE N      N connections one after the other, FILE sent and answered on each; print how many failed
 *   stop-reading HOST:PORT FILE N   send FILE N times and never read; print "closed" when the server hangs up
 *   reset HOST:PORT FILE N     N connections: ask many times over, take no answer, reset
 *   rekey HOST:PORT            TLS 1.3: ask for new keys again and again; print "closed" when the server hangs up
 *   dribble HOST:PORT FILE [tls]    the bytes of FILE over TCP (over TLS), one every 100 ms, again and again; print
 *                              "closed" at the end
 *   respond PORT PEM FILE [keep]    be a responder on 127.0.0.1: answer a request with the bytes of FILE, in which the
 *                              request's session stands in place of bytes 4 to 7 if these are "SSSS"; then close, or
 *                              keep the connection for more
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/tlsconn.h>
#include <libcert/tlsctx.h>
#include <tvs/message.h>

enum { PATIENCE_MS = 30000, SETTLE_MS = 300, READ_CHUNK = 16384 };

static const char *mode;

static void die(const char *what, const struct vox_error *err)
{
    fprintf(stderr, "tlspeer %s: %s%s%s\n", mode, what, err != NULL ? ": " : "", err != NULL ? err->text : "");
    exit(4);
}

static struct bytes read_file(const char *path)
{
    struct vox_error err;
    struct bytes b;

    if (file_read(path, 1 << 20, &b, &err) != VOX_OK)
        die(path, &err);
    return b;
}

/* NULL when the server does not want us. */
static struct tlsconn *try_connect(const char *target)
{
    static SSL_CTX *ctx;
    const struct tlsctx_client_params c = {.policy = tlspolicy_default()};
    struct tlsconn_target t;
    struct tlsconn *conn;
    struct vox_error err;

    if ((ctx == NULL && tlsctx_client(&c, &ctx, &err) != VOX_OK) || tlsconn_target_parse(target, 0, &t, &err) != VOX_OK)
        die(target, &err);
    const struct tlsconn_params p = {.target = &t, .ctx = ctx, .timeout_ms = PATIENCE_MS};
    return tlsconn_open(&p, &conn, &err) == VOX_OK ? conn : NULL;
}

static struct tlsconn *connect_tls(const char *target)
{
    struct tlsconn *conn = try_connect(target);

    if (conn == NULL)
        die("not connected", NULL);
    return conn;
}

static int connect_tcp(const char *target)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    struct tlsconn_target t;
    struct vox_error err;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (tlsconn_target_parse(target, 0, &t, &err) != VOX_OK)
        die(target, &err);
    sa.sin_port = htons((uint16_t)strtoul(t.port, NULL, 10));
    if (fd < 0 || inet_pton(AF_INET, t.host, &sa.sin_addr) != 1 || connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0)
        return -1;
    return fd;
}

/* One reply in hex, or "closed". false when closed. */
static bool print_reply(struct tlsconn *c)
{
    uint8_t head[TVS_HEADER_LEN], *body;
    char *hex;
    size_t need;

    if (tlsconn_receive(c, head, sizeof head, PATIENCE_MS, NULL) != VOX_OK ||
        tvs_frame(head, sizeof head, &need, NULL) == VOX_E_INPUT) {
        puts("closed");
        return false;
    }
    body = malloc(need);
    hex = malloc(2 * need + 1);
    if (body == NULL || hex == NULL)
        die("no memory", NULL);
    memcpy(body, head, sizeof head);
    if (need > sizeof head && tlsconn_receive(c, body + sizeof head, need - sizeof head, PATIENCE_MS, NULL) != VOX_OK) {
        puts("closed");
        need = 0;
    } else {
        hex_encode(body, need, hex);
        puts(hex);
    }
    free(body);
    free(hex);
    return need > 0;
}

/* What the server closes is readable at its end. */
static bool is_closed(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char c;

    return poll(&p, 1, wait_ms) == 1 && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* An element that nobody knows, as long as a message can be. */
static void fill_up(struct bytes *message)
{
    size_t room = TVS_MESSAGE_MAX - message->len - 3, body = TVS_MESSAGE_MAX - TVS_HEADER_LEN;
    uint8_t *p = realloc(message->data, TVS_MESSAGE_MAX);

    if (p == NULL)
        die("no memory", NULL);
    p[message->len] = 200;
    p[message->len + 1] = (uint8_t)(room >> 8);
    p[message->len + 2] = (uint8_t)room;
    memset(p + message->len + 3, 'x', room);
    p[TVS_HEADER_LEN - 2] = (uint8_t)(body >> 8);
    p[TVS_HEADER_LEN - 1] = (uint8_t)body;
    *message = (struct bytes){p, TVS_MESSAGE_MAX};
}

static void request(const char *path, bool large)
{
    struct bytes file = read_file(path), out;
    struct vox_error err;
    struct bundle bundle;

    if (bundle_read(file.data, file.len, path, NULL, &bundle, &err) != VOX_OK)
        die(path, &err);
    const struct tvs_message m = {.command = TVS_VERIFY_REQUEST,
                                  .session = 0x01020304,
                                  .device = "CP-8841-SEP0123456789AB",
                                  .device_len = 23,
                                  .certificate = cert_der(bundle.certs[0])};
    if (tvs_message_write(&m, &out, &err) != VOX_OK)
        die(path, &err);
    if (large)
        fill_up(&out);
    fwrite(out.data, 1, out.len, stdout);
    bytes_free(&out);
    bundle_free(&bundle);
    bytes_free(&file);
}

/* Below the range out of which the system gives clients theirs: between this call and the server's own no client of
 * another test can take it. */
static void free_port(void)
{
    enum { LOWEST = 10000, HIGHEST = 32000 };

    for (int i = 0; i < 1000; i++) {
        struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        uint16_t r;

        if (fd < 0 || getrandom(&r, sizeof r, 0) != sizeof r)
            break;
        sa.sin_port = htons((uint16_t)(LOWEST + r % (HIGHEST - LOWEST)));
        const bool free = bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0;

        close(fd);
        if (free) {
            printf("%u\n", ntohs(sa.sin_port));
            return;
        }
    }
    die("no port", NULL);
}

static void talk(const char *target, const char *path)
{
    struct bytes b = read_file(path), twice = {NULL, 0};
    struct tlsconn *c = connect_tls(target);
    bool sent = true;

    if (strcmp(mode, "split") == 0) {
        for (size_t i = 0; i < b.len && sent; i++)
            sent = tlsconn_send(c, b.data + i, 1, PATIENCE_MS, NULL) == VOX_OK;
    } else if (strcmp(mode, "joined") == 0) {
        if ((twice.data = malloc(2 * b.len)) == NULL)
            die("no memory", NULL);
        memcpy(twice.data, b.data, b.len);
        memcpy(twice.data + b.len, b.data, b.len);
        sent = tlsconn_send(c, twice.data, 2 * b.len, PATIENCE_MS, NULL) == VOX_OK;
    } else if (strcmp(mode, "halves") == 0) {
        sent = tlsconn_send(c, b.data, b.len / 2, PATIENCE_MS, NULL) == VOX_OK;
        puts("half");
        fflush(stdout);
        (void)getchar();
        sent = sent && tlsconn_send(c, b.data + b.len / 2, b.len - b.len / 2, PATIENCE_MS, NULL) == VOX_OK;
    } else {
        sent = tlsconn_send(c, b.data, strcmp(mode, "half") == 0 ? b.len / 2 : b.len, PATIENCE_MS, NULL) == VOX_OK;
    }
    if (!sent)
        puts("closed");
    else if (print_reply(c) && strcmp(mode, "joined") == 0)
        print_reply(c);
    tlsconn_close(&c);
    bytes_free(&b);
    bytes_free(&twice);
}

static void stop_reading(const char *target, const char *path, unsigned long n)
{
    struct bytes b = read_file(path);
    struct tlsconn *c = connect_tls(target);

    for (unsigned long i = 0; i < n; i++) {
        if (tlsconn_send(c, b.data, b.len, PATIENCE_MS, NULL) != VOX_OK)
            break;
    }
    struct pollfd p = {.fd = SSL_get_fd(tlsconn_ssl(c)), .events = POLLHUP | POLLRDHUP};
    puts(poll(&p, 1, PATIENCE_MS) == 1 ? "closed" : "still open");
    tlsconn_close(&c);
    bytes_free(&b);
}

static unsigned long count_open(const int *fds, unsigned long n)
{
    unsigned long open = 0;

    for (unsigned long i = 0; i < n; i++) {
        char byte;

        /* A session ticket may wait to be read: that is an open connection. */
        open += fds[i] >= 0 && !(is_closed(fds[i], 0) && recv(fds[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0);
    }
    return open;
}

static void hold(const char *target, unsigned long n, unsigned long left, bool tls)
{
    int *fds = calloc(n, sizeof *fds);

    if (fds == NULL)
        die("no memory", NULL);
    for (unsigned long i = 0; i < n; i++) {
        struct tlsconn *c = tls ? try_connect(target) : NULL; /* stays open until the process ends */

        fds[i] = tls ? (c != NULL ? SSL_get_fd(tlsconn_ssl(c)) : -1) : connect_tcp(target);
    }
    for (int waited = 0; count_open(fds, n) != left && waited < PATIENCE_MS; waited += SETTLE_MS)
        (void)poll(NULL, 0, SETTLE_MS);
    printf("%lu\n", count_open(fds, n));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    free(fds);
}

static void load(const char *target, const char *path, unsigned long n)
{
    struct bytes b = read_file(path);
    unsigned long failed = 0;

    for (unsigned long i = 0; i < n; i++) {
        struct tlsconn *c = try_connect(target);
        uint8_t head[TVS_HEADER_LEN];

        failed += c == NULL || tlsconn_send(c, b.data, b.len, PATIENCE_MS, NULL) != VOX_OK ||
                  tlsconn_receive(c, head, sizeof head, PATIENCE_MS, NULL) != VOX_OK;
        tlsconn_close(&c);
    }
    printf("%lu failed\n", failed);
    bytes_free(&b);
}

/* The connection is reset at the first answer, while the server writes the others. */
static void reset(const char *target, const char *path, unsigned long n)
{
    const struct linger at_once = {.l_onoff = 1};
    struct bytes b = read_file(path);
    size_t times = READ_CHUNK / b.len;
    uint8_t *many = malloc(times * b.len);

    if (many == NULL)
        die("no memory", NULL);
    for (size_t i = 0; i < times; i++)
        memcpy(many + i * b.len, b.data, b.len);
    for (unsigned long i = 0; i < n; i++) {
        struct tlsconn *c = connect_tls(target);
        struct pollfd p = {.fd = SSL_get_fd(tlsconn_ssl(c)), .events = POLLIN};

        (void)tlsconn_send(c, many, times * b.len, PATIENCE_MS, NULL);
        (void)poll(&p, 1, PATIENCE_MS);
        (void)setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        SSL_set_shutdown(tlsconn_ssl(c), SSL_SENT_SHUTDOWN); /* no good-bye */
        tlsconn_close(&c);
    }
    free(many);
    bytes_free(&b);
}

static void rekey(const char *target)
{
    enum { TIMES = 200000 };
    struct tlsconn *c = connect_tls(target);
    SSL *ssl = tlsconn_ssl(c);
    int i = 0;

    if (SSL_version(ssl) != TLS1_3_VERSION)
        die("this is not TLS 1.3", NULL);
    (void)fcntl(SSL_get_fd(ssl), F_SETFL, 0); /* blocking */
    while (i < TIMES && SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) > 0 && SSL_do_handshake(ssl) > 0)
        i++;
    puts(i < TIMES ? "closed" : "still open");
    tlsconn_close(&c);
}

/* Has the server hung up, up to now or within 100 ms? What it says is thrown away. */
static bool hangs_up(struct tlsconn *c)
{
    struct pollfd p = {.fd = SSL_get_fd(tlsconn_ssl(c)), .events = POLLIN};
    char data[READ_CHUNK];
    int n;

    if (poll(&p, 1, 100) == 0)
        return false;
    while ((n = SSL_read(tlsconn_ssl(c), data, sizeof data)) > 0)
        ;
    return SSL_get_error(tlsconn_ssl(c), n) != SSL_ERROR_WANT_READ;
}

/* Never quite silent: only a limit of the whole ends it. Before the handshake, or as a message after it. */
static void dribble(const char *target, const char *path, bool tls)
{
    struct bytes b = read_file(path);
    struct tlsconn *c = tls ? connect_tls(target) : NULL;
    int fd = tls ? -1 : connect_tcp(target);
    bool closed = !tls && fd < 0;

    for (size_t i = 0; !closed && i < PATIENCE_MS / 100; i++) {
        closed = tls ? hangs_up(c) || tlsconn_send(c, b.data + i % b.len, 1, PATIENCE_MS, NULL) != VOX_OK
                     : is_closed(fd, 100) || send(fd, b.data + i % b.len, 1, MSG_NOSIGNAL) != 1;
    }
    puts(closed ? "closed" : "still open");
    tlsconn_close(&c);
    bytes_free(&b);
}

static bool read_all(SSL *ssl, uint8_t *data, size_t len)
{
    size_t got;

    for (size_t done = 0; done < len; done += got) {
        if (SSL_read_ex(ssl, data + done, len - done, &got) <= 0)
            return false;
    }
    return true;
}

/* One request and what FILE says to it. false: the peer has gone. */
static bool respond_once(SSL *ssl, const struct bytes *answer)
{
    static uint8_t in[TVS_MESSAGE_MAX];
    uint8_t *out;
    size_t need, written;

    if (!read_all(ssl, in, TVS_HEADER_LEN) || tvs_frame(in, TVS_HEADER_LEN, &need, NULL) == VOX_E_INPUT ||
        !read_all(ssl, in + TVS_HEADER_LEN, need - TVS_HEADER_LEN))
        return false;
    if ((out = malloc(answer->len + 1)) == NULL)
        die("no memory", NULL);
    memcpy(out, answer->data, answer->len);
    if (answer->len >= TVS_HEADER_LEN && memcmp(out + 4, "SSSS", 4) == 0)
        memcpy(out + 4, in + 4, 4);
    bool sent = answer->len == 0 || SSL_write_ex(ssl, out, answer->len, &written) > 0;
    free(out);
    return sent;
}

static void respond(unsigned long port, const char *pem, const char *file, bool keep)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct bytes answer = read_file(file);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (ctx == NULL || SSL_CTX_use_certificate_file(ctx, pem, SSL_FILETYPE_PEM) <= 0 ||
        SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) <= 0 ||
        bind(listener, (struct sockaddr *)&sa, sizeof sa) != 0 || listen(listener, 16) != 0)
        die("cannot respond", NULL);
    puts("ready");
    (void)fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = SSL_new(ctx);

        if (ssl != NULL && SSL_set_fd(ssl, fd) > 0 && SSL_accept(ssl) > 0) {
            while (respond_once(ssl, &answer) && keep)
                ;
            (void)SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        (void)close(fd);
    }
}

int main(int argc, char **argv)
{
    mode = argc > 1 ? argv[1] : "";
    (void)signal(SIGPIPE, SIG_IGN);
    if ((strcmp(mode, "request") == 0 || strcmp(mode, "large") == 0) && argc == 3) {
        request(argv[2], strcmp(mode, "large") == 0);
    } else if (strcmp(mode, "port") == 0) {
        free_port();
    } else if (strcmp(mode, "silent") == 0 && argc == 3) {
        int fd = connect_tcp(argv[2]);

        puts(fd < 0 || is_closed(fd, PATIENCE_MS) ? "closed" : "still open");
    } else if (strcmp(mode, "hold") == 0 && argc >= 5) {
        hold(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10), argc == 6);
    } else if (strcmp(mode, "load") == 0 && argc == 5) {
        load(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    } else if (strcmp(mode, "stop-reading") == 0 && argc == 5) {
        stop_reading(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    } else if (strcmp(mode, "reset") == 0 && argc == 5) {
        reset(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    } else if (strcmp(mode, "rekey") == 0 && argc == 3) {
        rekey(argv[2]);
    } else if (strcmp(mode, "dribble") == 0 && argc >= 4) {
        dribble(argv[2], argv[3], argc == 5);
    } else if (strcmp(mode, "respond") == 0 && argc >= 5) {
        respond(strtoul(argv[2], NULL, 10), argv[3], argv[4], argc == 6);
    } else if (argc == 4) {
        talk(argv[2], argv[3]);
    } else {
        fprintf(stderr, "tlspeer: see the head of tests/harness/tlspeer.c\n");
        return 2;
    }
    return 0;
}
