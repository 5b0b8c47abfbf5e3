/*
 * A phone for tests that does as it is told, right or wrong. Usage: capfpeer HOST:PORT WORD...
 *
 * It connects, waits for the greeting, does the words in order and prints each message that it hears, or "closed".
 *
 *   auth:DEVICE[:STRING[:VERSION]]   AUTH_RESPONSE
 *   key:PEM                    KEY_GENERATE_RESPONSE with the public key of the private key in PEM; key-reason:N
 *   progress                   REQUEST_IN_PROGRESS
 *   stored:N deleted:N         STORE_ and DELETE_CERTIFICATE_RESPONSE with reason N
 *   fetched:N[:PEM]            FETCH_CERTIFICATE_RESPONSE
 *   message:COMMAND[:HEX]      a message with these elements
 *   raw:HEX                    these bytes; SSSSSSSS stands for the session
 *   session                    from now on another session
 *   split                      from now on a TLS record for each byte
 *   hear                       wait for a message and print it; its certificate is written to heard.der
 *   say:TEXT                   print TEXT
 *   wait                       wait for a line on standard input
 *   vanish                     hang up without a word
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/x509.h>

#include <capf/message.h>
#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/key.h>
#include <libcert/tlsconn.h>
#include <libcert/tlsctx.h>

#define HAVE(tag) (UINT32_C(1) << (tag))

enum { PATIENCE_MS = 60000 };

static struct tlsconn *conn;
static uint32_t session;
static bool split;

static void die(const char *what, const struct vox_error *err)
{
    fprintf(stderr, "capfpeer: %s%s%s\n", what, err != NULL ? ": " : "", err != NULL ? err->text : "");
    exit(4);
}

static void connect_to(const char *target)
{
    struct tls_policy any = tlspolicy_legacy();
    const struct tlsctx_client_params c = {.policy = any};
    struct tlsconn_target t;
    struct vox_error err;
    SSL_CTX *ctx;

    if (tlsctx_client(&c, &ctx, &err) != VOX_OK || tlsconn_target_parse(target, 3804, &t, &err) != VOX_OK)
        die(target, &err);
    const struct tlsconn_params p = {.target = &t, .ctx = ctx, .timeout_ms = PATIENCE_MS};
    if (tlsconn_open(&p, &conn, &err) != VOX_OK)
        die(target, &err);
    SSL_CTX_free(ctx);
}

static void send_bytes(const uint8_t *data, size_t len)
{
    size_t step = split ? 1 : len;

    for (size_t at = 0; at < len; at += step)
        (void)tlsconn_send(conn, data + at, step, PATIENCE_MS, NULL); /* if it hung up we hear of it */
}

static void send_message(struct capf_message *m)
{
    struct vox_error err;
    struct bytes out;

    m->session = session;
    if (capf_message_write(m, &out, &err) != VOX_OK)
        die("message", &err);
    send_bytes(out.data, out.len);
    bytes_free(&out);
}

static void hear(void)
{
    static uint8_t in[CAPF_MESSAGE_MAX];
    struct capf_message m;
    struct vox_error err;
    char text[512];
    size_t need;

    if (tlsconn_receive(conn, in, CAPF_HEADER_LEN, PATIENCE_MS, &err) != VOX_OK) {
        printf("closed\n");
        return;
    }
    if (capf_frame(in, CAPF_HEADER_LEN, &need, &err) == VOX_E_INPUT ||
        tlsconn_receive(conn, in + CAPF_HEADER_LEN, need - CAPF_HEADER_LEN, PATIENCE_MS, &err) != VOX_OK ||
        capf_message_read(in, need, &m, &err) != VOX_OK)
        die("the server sends what is no message", &err);
    if (session != 0 && m.session != session)
        printf("another session\n");
    session = m.session;
    capf_message_text(&m, text, sizeof text);
    printf("%s\n", text);
    if (CAPF_HAS(&m, CAPF_CERTIFICATE) &&
        file_replace("heard.der", m.certificate.data, m.certificate.len, 0644, &err) != VOX_OK)
        die("heard.der", &err);
}

static void auth(char *arg)
{
    struct capf_message m = {.command = CAPF_AUTH_RESPONSE,
                             .present = HAVE(CAPF_VERSION) | HAVE(CAPF_DEVICE_NAME) | HAVE(CAPF_REASON),
                             .version = 3,
                             .reason = CAPF_OK};
    char *string = strchr(arg, ':'), *version = string != NULL ? strchr(string + 1, ':') : NULL;

    if (string != NULL)
        *string++ = '\0';
    if (version != NULL) {
        *version++ = '\0';
        m.version = (uint8_t)atoi(version);
    }
    m.device = (struct bytes_view){(const uint8_t *)arg, strlen(arg)};
    if (string != NULL) {
        m.present |= HAVE(CAPF_PASSWORD);
        m.password = (struct bytes_view){(const uint8_t *)string, strlen(string)};
    }
    send_message(&m);
}

static void key(const char *path)
{
    struct capf_message m = {.command = CAPF_KEY_GENERATE_RESPONSE, .present = HAVE(CAPF_PUBLIC_KEY)};
    unsigned char *spki = NULL;
    struct vox_error err;
    EVP_PKEY *k;
    int len;

    if (key_open(path, NULL, &k, &err) != VOX_OK)
        die(path, &err);
    if ((len = i2d_PUBKEY(k, &spki)) <= 0)
        die(path, NULL);
    m.public_key = (struct bytes_view){spki, (size_t)len};
    send_message(&m);
    OPENSSL_free(spki);
    EVP_PKEY_free(k);
}

static void fetched(char *arg)
{
    struct capf_message m = {
        .command = CAPF_FETCH_CERTIFICATE_RESPONSE, .present = HAVE(CAPF_REASON), .reason = (uint8_t)atoi(arg)};
    char *path = strchr(arg, ':');
    struct bundle b = {0};
    struct bytes file;
    struct vox_error err;

    if (path != NULL) {
        if (file_read(path + 1, 1 << 20, &file, &err) != VOX_OK ||
            bundle_read(file.data, file.len, path + 1, NULL, &b, &err) != VOX_OK)
            die(path + 1, &err);
        bytes_wipe(&file);
        m.present |= HAVE(CAPF_CERTIFICATE);
        m.certificate_kind = CAPF_LSC;
        m.certificate = cert_der(b.certs[0]);
    }
    send_message(&m);
    bundle_free(&b);
}

static void reason(int command, const char *arg)
{
    struct capf_message m = {.command = (uint8_t)command, .present = HAVE(CAPF_REASON), .reason = (uint8_t)atoi(arg)};

    send_message(&m);
}

static void raw(char *hex)
{
    char id[9], *place = strstr(hex, "SSSSSSSS");
    struct vox_error err;
    struct bytes b;

    if (place != NULL) {
        (void)snprintf(id, sizeof id, "%08x", session);
        memcpy(place, id, 8);
    }
    if (hex_decode(hex, &b, &err) != VOX_OK)
        die("raw", &err);
    send_bytes(b.data, b.len);
    bytes_free(&b);
}

static void message(char *arg)
{
    char *elements = strchr(arg, ':'), *hex = NULL;

    if (asprintf(&hex, "55%02x%08x%04zx%s", (unsigned)atoi(arg), session,
                 elements != NULL ? strlen(elements + 1) / 2 : 0, elements != NULL ? elements + 1 : "") < 0)
        die("no memory", NULL);
    raw(hex);
    free(hex);
}

static void wait_for_line(void)
{
    int c;

    do
        c = getchar();
    while (c != '\n' && c != EOF);
}

static void obey(char *word)
{
    char *colon = strchr(word, ':'), *arg = colon != NULL ? colon + 1 : word + strlen(word);

    if (colon != NULL)
        *colon = '\0';
    if (strcmp(word, "hear") == 0) {
        hear();
    } else if (strcmp(word, "auth") == 0) {
        auth(arg);
    } else if (strcmp(word, "key") == 0) {
        key(arg);
    } else if (strcmp(word, "key-reason") == 0) {
        reason(CAPF_KEY_GENERATE_RESPONSE, arg);
    } else if (strcmp(word, "stored") == 0) {
        reason(CAPF_STORE_CERTIFICATE_RESPONSE, arg);
    } else if (strcmp(word, "deleted") == 0) {
        reason(CAPF_DELETE_CERTIFICATE_RESPONSE, arg);
    } else if (strcmp(word, "fetched") == 0) {
        fetched(arg);
    } else if (strcmp(word, "progress") == 0) {
        struct capf_message m = {.command = CAPF_REQUEST_IN_PROGRESS};

        send_message(&m);
    } else if (strcmp(word, "message") == 0) {
        message(arg);
    } else if (strcmp(word, "raw") == 0) {
        raw(arg);
    } else if (strcmp(word, "session") == 0) {
        session++;
    } else if (strcmp(word, "split") == 0) {
        split = true;
    } else if (strcmp(word, "say") == 0) {
        printf("%s\n", arg);
    } else if (strcmp(word, "wait") == 0) {
        wait_for_line();
    } else if (strcmp(word, "vanish") == 0) {
        const struct linger at_once = {.l_onoff = 1};

        (void)setsockopt(SSL_get_fd(tlsconn_ssl(conn)), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(SSL_get_fd(tlsconn_ssl(conn)));
        exit(0);
    } else {
        die(word, NULL);
    }
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)alarm(120); /* a test that hangs ends */
    if (argc < 2)
        die("HOST:PORT WORD...", NULL);
    connect_to(argv[1]);
    hear();
    for (int i = 2; i < argc; i++)
        obey(argv[i]);
    tlsconn_close(&conn);
    return 0;
}
