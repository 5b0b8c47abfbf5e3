/*
 * Phones that enrol, for scripts/bench. Usage:
 *
 *   bench_capf keys FILE N             N public keys (RSA 2048), as many as phones that are to come one after another
 *   bench_capf install HOST:PORT KEYS FIRST COUNT CONNECTIONS
 *
 * COUNT phones from SEP%012X of FIRST on, that many at a time, each with string 12345678: greeting, AUTH_RESPONSE,
 * KEY_GENERATE_RESPONSE, STORE_CERTIFICATE_RESPONSE, END_SESSION. Prints "installs/s p50_ms p99_ms failed"; exit status
 * 4 when none was complete.
 *
 *   bench_capf wait HOST:PORT KEYS FIRST COUNT: that many phones say who they are, are told to make a key, and make it
 *   until killed; prints how many got so far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <capf/message.h>
#include <libcert/file.h>

#include "load.h"

#define HAVE(tag) (UINT32_C(1) << (tag))

enum {
    PRIMES =
        150, /* their pairs are 11,175 keys: quickly made, and no worse here, as no phone shows that it has its key */
    KEY_DER = 294, /* an RSA-2048 SubjectPublicKeyInfo with exponent 65537 */
    PLACES = 2048,
};

static struct bytes keys;
static unsigned long first;

/* What one phone has heard of the message to come. */
static struct {
    uint8_t data[CAPF_MESSAGE_LIMIT];
    size_t have;
} in[PLACES];

static void die(const char *what)
{
    fprintf(stderr, "bench_capf: %s\n", what);
    exit(4);
}

static void write_key(FILE *out, const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    OSSL_PARAM *p;

    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e);
    p = OSSL_PARAM_BLD_to_param(b);
    if (EVP_PKEY_fromdata_init(c) <= 0 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, p) <= 0 ||
        i2d_PUBKEY(key, &der) != KEY_DER || fwrite(der, KEY_DER, 1, out) != 1)
        die("no key");
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(c);
    OSSL_PARAM_free(p);
    OSSL_PARAM_BLD_free(b);
}

static void make_keys(const char *path, unsigned long count)
{
    FILE *out = fopen(path, "we");
    BIGNUM *prime[PRIMES], *n = BN_new(), *e = BN_new();
    BN_CTX *c = BN_CTX_new();

    if (out == NULL)
        die(path);
    BN_set_word(e, RSA_F4);
    for (size_t i = 0; i < PRIMES; i++) {
        prime[i] = BN_new();
        if (BN_generate_prime_ex(prime[i], 1024, 0, NULL, NULL, NULL) <= 0)
            die("no prime");
    }
    for (size_t i = 0; i < PRIMES; i++) {
        for (size_t k = 0; k < i && count > 0; k++, count--) {
            if (BN_mul(n, prime[i], prime[k], c) <= 0)
                die("no key");
            write_key(out, n, e);
        }
    }
    if (count > 0 || fclose(out) != 0)
        die(path);
}

static int send_message(struct load_peer *p, const struct capf_message *m)
{
    struct vox_error err;
    struct bytes out;
    int n;

    if (capf_message_write(m, &out, &err) != VOX_OK)
        die(err.text);
    n = SSL_write(p->ssl, out.data, (int)out.len); /* into an empty socket: it goes at once */
    bytes_free(&out);
    return n;
}

/* What a phone says to m. */
static int answer(struct load_peer *p, const struct capf_message *m)
{
    static const char string[] = "12345678";
    struct capf_message a = {.session = m->session};
    const size_t nkeys = keys.len / KEY_DER;
    char name[CAPF_DEVICE_MAX + 1];

    switch (m->command) {
    case CAPF_AUTH_REQUEST:
        (void)snprintf(name, sizeof name, "SEP%012lX", first + p->who);
        a.command = CAPF_AUTH_RESPONSE;
        a.present = HAVE(CAPF_VERSION) | HAVE(CAPF_DEVICE_NAME) | HAVE(CAPF_REASON) | HAVE(CAPF_PASSWORD);
        a.version = 3;
        a.reason = CAPF_OK;
        a.device = (struct bytes_view){(const uint8_t *)name, strlen(name)};
        a.password = (struct bytes_view){(const uint8_t *)string, sizeof string - 1};
        return send_message(p, &a);
    case CAPF_KEY_GENERATE_REQUEST:
        a.command = CAPF_KEY_GENERATE_RESPONSE;
        a.present = HAVE(CAPF_PUBLIC_KEY);
        a.public_key = (struct bytes_view){keys.data + (first + p->who) % nkeys * KEY_DER, KEY_DER};
        return send_message(p, &a);
    case CAPF_STORE_CERTIFICATE_REQUEST:
        a.command = CAPF_STORE_CERTIFICATE_RESPONSE;
        a.present = HAVE(CAPF_REASON);
        a.reason = CAPF_OK;
        p->at = CAPF_STORE_CERTIFICATE_RESPONSE;
        return send_message(p, &a);
    case CAPF_END_SESSION:
        if (p->at != CAPF_STORE_CERTIFICATE_RESPONSE || m->reason != CAPF_OK)
            return LOAD_WRONG;
        load_done(p);
        return LOAD_OVER;
    default:
        return LOAD_WRONG;
    }
}

/* The next message; n <= 0 is what SSL_read returned. */
static int hear(struct load_peer *p, struct capf_message *m, size_t *len)
{
    struct vox_error err;
    int n;

    for (;;) {
        const enum vox_err e = capf_frame(in[p->place].data, in[p->place].have, len, &err);

        if (e == VOX_OK)
            return capf_message_read(in[p->place].data, *len, m, &err) == VOX_OK ? 1 : LOAD_WRONG;
        if (e != VOX_E_NOT_FOUND || *len > sizeof in[0].data)
            return LOAD_WRONG;
        n = SSL_read(p->ssl, in[p->place].data + in[p->place].have, (int)(*len - in[p->place].have));
        if (n <= 0)
            return n;
        in[p->place].have += (size_t)n;
    }
}

static int enrol(struct load_peer *p)
{
    struct capf_message m;
    size_t len;
    int n;

    if (p->at == 0) {
        in[p->place].have = 0;
        p->at = CAPF_AUTH_REQUEST;
    }
    for (;;) {
        if ((n = hear(p, &m, &len)) <= 0 || (n = answer(p, &m)) <= 0)
            return n;
        if (m.command == CAPF_END_SESSION)
            return LOAD_OVER;
        in[p->place].have -= len;
        memmove(in[p->place].data, in[p->place].data + len, in[p->place].have);
    }
}

/* Phones that are told to make a key, and take their time. */
static void wait_for_keys(unsigned long count)
{
    struct load_peer p = {0};
    struct capf_message m;
    unsigned long up = 0;
    size_t len;

    for (; p.who < count; p.who++) {
        in[0].have = 0;
        if (load_hold(&p) && hear(&p, &m, &len) == 1 && answer(&p, &m) > 0) {
            in[0].have = 0;
            up += hear(&p, &m, &len) == 1 && m.command == CAPF_KEY_GENERATE_REQUEST;
        }
        SSL_set_quiet_shutdown(p.ssl, 1);
        SSL_free(p.ssl); /* the socket stays */
    }
    printf("%lu\n", up);
    fflush(stdout);
    pause();
}

int main(int argc, char **argv)
{
    struct vox_error err;

    if (argc == 4 && strcmp(argv[1], "keys") == 0) {
        make_keys(argv[2], strtoul(argv[3], NULL, 10));
        return 0;
    }
    if (!(argc == 7 && strcmp(argv[1], "install") == 0) && !(argc == 6 && strcmp(argv[1], "wait") == 0)) {
        fprintf(stderr, "usage: bench_capf keys FILE N | install HOST:PORT KEYS FIRST COUNT CONNECTIONS | "
                        "wait HOST:PORT KEYS FIRST COUNT\n");
        return 2;
    }
    load_server(argv[2], false);
    first = strtoul(argv[4], NULL, 10);
    if (file_read(argv[3], 1 << 23, &keys, &err) != VOX_OK || keys.len < KEY_DER)
        die(argv[3]);
    if (strcmp(argv[1], "wait") == 0)
        wait_for_keys(strtoul(argv[5], NULL, 10));
    const size_t n = strtoul(argv[6], NULL, 10);
    if (n > PLACES)
        die("too many connections");
    load_run(n, 600, strtoul(argv[5], NULL, 10), enrol);
    return load_print() ? 0 : 4;
}
