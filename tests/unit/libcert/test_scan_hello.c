/* Hellos that this system's library understands, and answers in a way that the reader understands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tls/scan.h"

static SSL_CTX *ctx;
static char asked_name[64];

static int note_name(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    (void)arg;
    (void)snprintf(asked_name, sizeof asked_name, "%s", name != NULL ? name : "");
    return SSL_TLSEXT_ERR_OK;
}

static int begin(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *x = X509_new();

    (void)state;
    ctx = SSL_CTX_new(TLS_server_method());
    if (key == NULL || x == NULL || ctx == NULL)
        return -1;
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    if (X509_sign(x, key, EVP_sha256()) <= 0 || SSL_CTX_use_certificate(ctx, x) <= 0 ||
        SSL_CTX_use_PrivateKey(ctx, key) <= 0 || SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") <= 0)
        return -1;
    SSL_CTX_set_tlsext_servername_callback(ctx, note_name);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

static int end(void **state)
{
    (void)state;
    SSL_CTX_free(ctx);
    return 0;
}

/* What a server that takes min to max answers to the hello. */
static struct scan_reply ask(const struct scan_hello *h, int min, int max, const char *groups)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    struct vox_error err;
    struct scan_reply r;
    struct bytes hello;
    char *data;
    long len;

    assert_non_null(ssl);
    assert_int_equal(SSL_set_min_proto_version(ssl, min), 1);
    assert_int_equal(SSL_set_max_proto_version(ssl, max), 1);
    assert_int_equal(SSL_set1_groups_list(ssl, groups), 1);
    SSL_set_bio(ssl, in, out);
    SSL_set_accept_state(ssl);
    assert_int_equal(scan_hello_write(h, &hello, &err), VOX_OK);
    assert_int_equal(BIO_write(in, hello.data, (int)hello.len), (int)hello.len);
    assert_true(SSL_do_handshake(ssl) <= 0);
    len = BIO_get_mem_data(out, &data);
    scan_reply_end((const uint8_t *)data, (size_t)len, &r);
    bytes_free(&hello);
    SSL_free(ssl);
    ERR_clear_error();
    return r;
}

static const uint8_t random_bytes[SCAN_RANDOM_LEN] = {1, 2, 3, [64] = 9, [70] = 7}; /* a share of zeros is refused */
static const uint16_t some[] = {0x0005, 0xc030, 0x002f}, newest[] = {0x1304, 0x1302};

static struct scan_hello hello_of(int version, const char *name)
{
    return (struct scan_hello){.version = version,
                               .suites = version >= 0x0304 ? newest : some,
                               .nsuites = version >= 0x0304 ? 2 : 3,
                               .name = name,
                               .random = random_bytes};
}

static void test_each_version(void **state)
{
    (void)state;
    for (int version = 0x0301; version <= 0x0304; version++) {
        const struct scan_hello h = hello_of(version, NULL);
        const struct scan_reply r = ask(&h, version, version, "X25519");

        assert_int_equal(r.kind, SCAN_REPLY_HELLO);
        assert_int_equal(r.version, version);
        assert_int_equal(r.suite, version == 0x0304 ? 0x1302 : version == 0x0303 ? 0xc030 : 0x002f);
        assert_string_equal(asked_name, "");
    }
}

static void test_other_versions_are_refused(void **state)
{
    (void)state;
    for (int version = 0x0300; version <= 0x0303; version++) {
        const struct scan_hello h = hello_of(version, NULL);
        const struct scan_reply r = ask(&h, 0x0304, 0x0304, "X25519");

        assert_int_equal(r.kind, SCAN_REPLY_ALERT);
        assert_int_equal(r.alert, version == 0x0300 ? r.alert : 70);
    }
    const struct scan_hello h = hello_of(0x0304, NULL);
    const struct scan_reply r = ask(&h, 0x0301, 0x0303, "X25519");

    assert_true(r.kind == SCAN_REPLY_ALERT || r.version < 0x0304);
}

static void test_the_name_is_asked_for(void **state)
{
    const struct scan_hello h = hello_of(0x0303, "cm1.example.test");

    (void)state;
    (void)ask(&h, 0x0303, 0x0303, "X25519");
    assert_string_equal(asked_name, "cm1.example.test");
}

/* A server that wants another key share has taken the version. */
static void test_a_retry_is_a_yes(void **state)
{
    const struct scan_hello h = hello_of(0x0304, NULL);
    const struct scan_reply r = ask(&h, 0x0304, 0x0304, "P-384");

    (void)state;
    assert_int_equal(r.kind, SCAN_REPLY_HELLO);
    assert_int_equal(r.version, 0x0304);
    assert_int_equal(r.suite, 0x1302);
}

static void test_ssl_3_has_no_extensions(void **state)
{
    const struct scan_hello h = hello_of(0x0300, "cm1.example.test");
    struct vox_error err;
    struct bytes b;

    (void)state;
    assert_int_equal(scan_hello_write(&h, &b, &err), VOX_OK);
    /* record, message, version, random, session, four suites, compression: nothing after it */
    assert_int_equal(b.len, 5 + 4 + 2 + 32 + 1 + 2 + 8 + 2);
    assert_memory_equal(b.data, "\x16\3\0\0\x33\1\0\0\x2f\3\0", 11);
    bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_version),
        cmocka_unit_test(test_other_versions_are_refused),
        cmocka_unit_test(test_the_name_is_asked_for),
        cmocka_unit_test(test_a_retry_is_a_yes),
        cmocka_unit_test(test_ssl_3_has_no_extensions),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
