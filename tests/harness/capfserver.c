/*
 * A CAPF server for tests that says what it is told to, right or wrong. Usage: capfserver IDENTITY.pem WORD...
 *
 * Certificates that stand behind the key in IDENTITY.pem are shown to phones as well. It listens on a free port of
 * 127.0.0.1, prints "port N", takes one connection, does the words in order and prints each message that it hears. The
 * session is 0x01020304.
 *
 *   greeting greeting-bare     AUTH_REQUEST, with AUTH_TYPE and without
 *   order:SPEC order-v2:BITS   KEY_GENERATE_REQUEST
 *   order-odd order-curve:N    the same, of a kind that nobody knows, and on the curve of that number
 *   store:KIND                 STORE_CERTIFICATE_REQUEST with a certificate that is good, or wrong in one way:
 *                              other-key other-name other-issuer issuer-name ca ended damaged none
 *   fetch delete               the messages of these names
 *   end:N end-bare             the message of this name, with a result and without
 *   later:N later-bare         RETRY_LATER, with a time and without
 *   raw:HEX                    these bytes
 *   session                    from now on another session
 *   split                      from now on a TLS record for each byte
 *   issuer:IDENTITY.pem        from now on certificates are issued by this one
 *   hear                       wait for a message and print it
 *   hear-key                   the same for the public key, skipping REQUEST_IN_PROGRESS
 *   close                      hang up
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <capf/message.h>
#include <libcert/key.h>

#define HAVE(tag) (UINT32_C(1) << (tag))

static SSL *ssl;
static X509 *own;
static EVP_PKEY *own_key, *phone_key;
static char device[CAPF_DEVICE_MAX + 1] = "NOBODY";
static uint32_t session = 0x01020304;
static bool split;

static void die(const char *what)
{
    fprintf(stderr, "capfserver: %s\n", what);
    exit(4);
}

static void send_bytes(const uint8_t *data, size_t len)
{
    size_t step = split ? 1 : len;

    for (size_t at = 0; at < len; at += step)
        if (SSL_write(ssl, data + at, (int)step) <= 0)
            die("the phone takes nothing");
}

static void send_message(struct capf_message *m)
{
    struct vox_error err;
    struct bytes out;

    m->session = session;
    if (capf_message_write(m, &out, &err) != VOX_OK)
        die(err.text);
    send_bytes(out.data, out.len);
    bytes_free(&out);
}

static bool read_all(uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        int n = SSL_read(ssl, out + at, (int)(len - at));

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* The next message, printed; false when the phone hung up. */
static bool hear(struct capf_message *m)
{
    static uint8_t in[CAPF_MESSAGE_MAX];
    struct vox_error err;
    char text[512];
    size_t need;

    if (!read_all(in, CAPF_HEADER_LEN)) {
        printf("hung up\n");
        return false;
    }
    if (capf_frame(in, CAPF_HEADER_LEN, &need, &err) == VOX_E_INPUT ||
        !read_all(in + CAPF_HEADER_LEN, need - CAPF_HEADER_LEN) || capf_message_read(in, need, m, &err) != VOX_OK)
        die("the phone sends what is no message");
    if (m->session != session)
        die("the phone sends another session");
    capf_message_text(m, text, sizeof text);
    printf("%s\n", text);
    if (CAPF_HAS(m, CAPF_DEVICE_NAME))
        (void)capf_device_text(m->device, device, &err);
    return true;
}

static void hear_key(void)
{
    struct capf_message m;

    while (hear(&m)) {
        const unsigned char *p = m.public_key.data;
        unsigned char hash[EVP_MAX_MD_SIZE];
        char hex[2 * 32 + 1];

        if (m.command == CAPF_REQUEST_IN_PROGRESS)
            continue;
        if (!CAPF_HAS(&m, CAPF_PUBLIC_KEY))
            return;
        if ((phone_key = d2i_PUBKEY(NULL, &p, (long)m.public_key.len)) == NULL ||
            EVP_Q_digest(NULL, "SHA256", NULL, m.public_key.data, m.public_key.len, hash, NULL) <= 0)
            die("the phone sends what is no key");
        hex_encode(hash, 32, hex);
        printf("key %s\n", hex);
        return;
    }
}

/* A certificate for the phone's key, with one thing wrong. */
static void store(const char *kind)
{
    bool ca = strcmp(kind, "ca") == 0, ended = strcmp(kind, "ended") == 0;
    const char *name = strcmp(kind, "other-name") == 0 ? "SEP999999999999" : device;
    EVP_PKEY *other = EVP_EC_gen("P-256"), *key = strcmp(kind, "other-key") == 0 ? other : phone_key;
    X509 *x = X509_new();
    X509_EXTENSION *constraints =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    struct capf_message m = {.command = CAPF_STORE_CERTIFICATE_REQUEST,
                             .present = HAVE(CAPF_CERTIFICATE_TYPE) | HAVE(CAPF_CERTIFICATE),
                             .certificate_type = CAPF_LSC,
                             .certificate_kind = CAPF_LSC};
    unsigned char *der = NULL;
    int len;

    if (key == NULL || X509_set_version(x, 2) <= 0 ||
        ASN1_INTEGER_set(X509_get_serialNumber(x), (long)time(NULL)) <= 0 ||
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0) <= 0 ||
        X509_set_issuer_name(x, X509_get_subject_name(own)) <= 0 ||
        (strcmp(kind, "issuer-name") == 0 && X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "OU", MBSTRING_ASC,
                                                                        (const unsigned char *)"X", -1, -1, 0) <= 0) ||
        X509_time_adj_ex(X509_getm_notBefore(x), -30, 0, NULL) == NULL ||
        X509_time_adj_ex(X509_getm_notAfter(x), ended ? -1 : 365, 0, NULL) == NULL || X509_set_pubkey(x, key) <= 0 ||
        X509_add_ext(x, constraints, -1) <= 0 ||
        X509_sign(x, strcmp(kind, "other-issuer") == 0 ? other : own_key, EVP_sha256()) <= 0 ||
        (len = i2d_X509(x, &der)) <= 0)
        die("no certificate was made");
    m.certificate = (struct bytes_view){der, strcmp(kind, "damaged") == 0 ? (size_t)len - 1 : (size_t)len};
    if (strcmp(kind, "none") == 0)
        m.present = HAVE(CAPF_CERTIFICATE_TYPE);
    send_message(&m);
    OPENSSL_free(der);
    X509_EXTENSION_free(constraints);
    X509_free(x);
    EVP_PKEY_free(other);
}

static void order(const char *text)
{
    struct capf_message m = {.command = CAPF_KEY_GENERATE_REQUEST, .present = HAVE(CAPF_KEY_TYPE)};
    struct key_spec spec;

    if (key_spec_parse(text, &spec, NULL) != VOX_OK)
        die(text);
    if (spec.type == KEY_EC) {
        m.key_type = CAPF_KEY_EC;
        m.present |= HAVE(CAPF_CURVE);
        m.curve = strcmp(spec.curve, "P-256") == 0   ? CAPF_P256
                  : strcmp(spec.curve, "P-384") == 0 ? CAPF_P384
                                                     : CAPF_P521;
    } else {
        m.present |= HAVE(CAPF_KEY_SIZE);
        m.key_size = (uint16_t)spec.rsa_bits;
    }
    send_message(&m);
}

/* Messages with a number at most. */
static bool say(const char *word, const char *arg)
{
    const struct {
        const char *word;
        struct capf_message m;
    } all[] = {
        {"greeting",
         {.command = CAPF_AUTH_REQUEST, .present = HAVE(CAPF_VERSION) | HAVE(CAPF_AUTH_TYPE), .version = 3}},
        {"greeting-bare", {.command = CAPF_AUTH_REQUEST, .present = HAVE(CAPF_VERSION), .version = 3}},
        {"order-v2",
         {.command = CAPF_KEY_GENERATE_REQUEST, .present = HAVE(CAPF_KEY_SIZE), .key_size = (uint16_t)atoi(arg)}},
        {"order-odd", {.command = CAPF_KEY_GENERATE_REQUEST, .present = HAVE(CAPF_KEY_TYPE), .key_type = 9}},
        {"order-curve",
         {.command = CAPF_KEY_GENERATE_REQUEST,
          .present = HAVE(CAPF_KEY_TYPE) | HAVE(CAPF_CURVE),
          .key_type = CAPF_KEY_EC,
          .curve = (uint8_t)atoi(arg)}},
        {"order-bare", {.command = CAPF_KEY_GENERATE_REQUEST}},
        {"fetch", {.command = CAPF_FETCH_CERTIFICATE_REQUEST}},
        {"delete", {.command = CAPF_DELETE_CERTIFICATE_REQUEST}},
        {"end", {.command = CAPF_END_SESSION, .present = HAVE(CAPF_REASON), .reason = (uint8_t)atoi(arg)}},
        {"end-bare", {.command = CAPF_END_SESSION}},
        {"later", {.command = CAPF_RETRY_LATER, .present = HAVE(CAPF_RETRY_DELAY), .retry_delay = (uint32_t)atoi(arg)}},
        {"later-bare", {.command = CAPF_RETRY_LATER}},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct capf_message m = all[i].m;

        if (strcmp(all[i].word, word) == 0) {
            send_message(&m);
            return true;
        }
    }
    return false;
}

/* A certificate, then its key. What is open goes on being read. */
static BIO *identity(const char *path)
{
    BIO *file = BIO_new_file(path, "r");

    X509_free(own);
    EVP_PKEY_free(own_key);
    if (file == NULL || (own = PEM_read_bio_X509(file, NULL, NULL, NULL)) == NULL ||
        (own_key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL)) == NULL)
        die("IDENTITY.pem: a certificate, then its key");
    return file;
}

static void obey(char *word)
{
    char *colon = strchr(word, ':'), *arg = colon != NULL ? colon + 1 : word + strlen(word);
    struct capf_message m;
    struct bytes raw;

    if (colon != NULL)
        *colon = '\0';
    if (strcmp(word, "hear") == 0) {
        (void)hear(&m);
    } else if (strcmp(word, "hear-key") == 0) {
        hear_key();
    } else if (strcmp(word, "store") == 0) {
        store(arg);
    } else if (strcmp(word, "order") == 0) {
        order(arg);
    } else if (strcmp(word, "session") == 0) {
        session++;
    } else if (strcmp(word, "issuer") == 0) {
        BIO_free(identity(arg));
    } else if (strcmp(word, "split") == 0) {
        split = true;
    } else if (strcmp(word, "raw") == 0) {
        if (hex_decode(arg, &raw, NULL) != VOX_OK)
            die("raw: no hex");
        send_bytes(raw.data, raw.len);
        bytes_free(&raw);
    } else if (strcmp(word, "close") != 0 && !say(word, arg)) {
        die(word);
    }
}

static int listening(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        die("no port");
    printf("port %u\n", ntohs(at.sin_port));
    return fd;
}

int main(int argc, char **argv)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    X509 *more;
    BIO *file;
    int fd, peer;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)alarm(60); /* a test that hangs ends */
    if (argc < 2)
        die("which IDENTITY.pem?");
    file = identity(argv[1]);
    if (SSL_CTX_use_certificate(ctx, own) <= 0 || SSL_CTX_use_PrivateKey(ctx, own_key) <= 0)
        die("IDENTITY.pem cannot be used");
    while ((more = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
        if (SSL_CTX_add_extra_chain_cert(ctx, more) <= 0)
            die("a chain that cannot be used");
    (void)SSL_CTX_set_num_tickets(ctx, 0);
    fd = listening();
    if ((peer = accept(fd, NULL, NULL)) < 0)
        die("nobody came");
    (void)close(fd);
    ssl = SSL_new(ctx);
    if (SSL_set_fd(ssl, peer) <= 0 || SSL_accept(ssl) <= 0) {
        printf("no handshake\n");
        argc = 0;
    }
    for (int i = 2; i < argc; i++)
        obey(argv[i]);
    (void)SSL_shutdown(ssl);
    (void)close(peer);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    X509_free(own);
    EVP_PKEY_free(own_key);
    EVP_PKEY_free(phone_key);
    BIO_free(file);
    return 0;
}
