/* The policy as text, and what it lets through: real handshakes in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/key.h>
#include <libcert/tlsctx.h>

static struct bundle chain, other_chain, ec_chain;
static EVP_PKEY *key, *other_key, *ec_key;
static const uint8_t secret[TLSCTX_TICKET_SECRET_LEN] = {1, 2, 3};

static void lab(const char *path, struct bundle *b, EVP_PKEY **k)
{
    struct bytes file;

    assert_int_equal(file_read(path, 100000, &file, NULL), VOX_OK);
    assert_int_equal(bundle_read(file.data, file.len, path, NULL, b, NULL), VOX_OK);
    assert_int_equal(key_from_bytes(file.data, file.len, path, NULL, k, NULL), VOX_OK);
    bytes_free(&file);
}

static int setup(void **state)
{
    (void)state;
    lab(VOX_VECTORS "/lab/tvs.pem", &chain, &key);
    lab(VOX_VECTORS "/lab/app.pem", &other_chain, &other_key);
    lab(VOX_VECTORS "/lab/web-ec.pem", &ec_chain, &ec_key);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bundle_free(&chain);
    bundle_free(&other_chain);
    bundle_free(&ec_chain);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ec_key);
    return 0;
}

static struct tlsctx_server_params params(struct tls_policy policy, const uint8_t *tickets)
{
    return (struct tlsctx_server_params){
        .policy = policy, .identity = {chain.certs, chain.ncerts, key}, .ticket_secret = tickets};
}

static SSL_CTX *server_of(struct tlsctx_server_params p)
{
    struct vox_error err;
    SSL_CTX *ctx;

    if (tlsctx_server(&p, &ctx, &err) != VOX_OK)
        fail_msg("%s", err.text);
    return ctx;
}

static SSL_CTX *server(struct tls_policy policy, const uint8_t *tickets)
{
    return server_of(params(policy, tickets));
}

/* Shake hands in memory; the client's side in *out (NULL: free it). Whether it worked. */
static bool shake(SSL_CTX *s, SSL_CTX *c, SSL_SESSION *session, SSL **out)
{
    SSL *a = SSL_new(s), *b = SSL_new(c);
    BIO *x, *y;
    bool ok = false;

    assert_int_equal(BIO_new_bio_pair(&x, 0, &y, 0), 1);
    SSL_set_bio(a, x, x);
    SSL_set_bio(b, y, y);
    SSL_set_accept_state(a);
    SSL_set_connect_state(b);
    if (session != NULL)
        SSL_set_session(b, session);
    for (int i = 0; i < 20 && !ok; i++) {
        int one = SSL_do_handshake(b), two = SSL_do_handshake(a);

        ok = one == 1 && two == 1;
    }
    SSL_free(a);
    if (ok && out != NULL)
        *out = b;
    else
        SSL_free(b);
    return ok;
}

static SSL_CTX *client(int min, int max, const char *ciphers)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_min_proto_version(ctx, min);
    SSL_CTX_set_max_proto_version(ctx, max);
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, ciphers), 1);
    return ctx;
}

static bool accepts(struct tls_policy policy, int version, const char *ciphers)
{
    SSL_CTX *s = server(policy, NULL), *c = client(version, version, ciphers);
    bool ok = shake(s, c, NULL, NULL);

    SSL_CTX_free(s);
    SSL_CTX_free(c);
    return ok;
}

#define ANY "ALL:@SECLEVEL=0"

static void test_versions(void **state)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t min = 0; min < 4; min++) {
        for (size_t spoken = 0; spoken < 4; spoken++) {
            struct tls_policy p = {.min_version = versions[min], .ciphers = TLS_CIPHERS_MEDIUM};

            if (accepts(p, versions[spoken], ANY) != (spoken >= min))
                fail_msg("minimum %s, spoken %s", tlspolicy_version_text(versions[min]),
                         tlspolicy_version_text(versions[spoken]));
        }
    }
}

static void test_cipher_levels(void **state)
{
    struct tls_policy p = tlspolicy_default();

    (void)state;
    assert_int_equal(p.min_version, TLS1_2_VERSION);
    assert_true(accepts(p, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256"));
    assert_false(accepts(p, TLS1_2_VERSION, "AES256-SHA"));
    assert_false(accepts(p, TLS1_2_VERSION, "AES128-GCM-SHA256")); /* no RSA key exchange */
    p.ciphers = TLS_CIPHERS_STRONGEST;
    assert_false(accepts(p, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256"));
    assert_true(accepts(p, TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384"));
    p.ciphers = TLS_CIPHERS_ALL;
    assert_true(accepts(p, TLS1_2_VERSION, "AES256-SHA"));
    assert_false(accepts(p, TLS1_2_VERSION, "aNULL:@SECLEVEL=0"));
}

/* A minimum of 1.2 leaves no trace of the lowered security level. */
static void test_security_level(void **state)
{
    struct tls_policy p = tlspolicy_default();

    (void)state;
    for (int level = TLS_CIPHERS_STRONGEST; level <= TLS_CIPHERS_ALL; level++) {
        p.ciphers = (enum tls_cipher_level)level;
        p.min_version = TLS1_2_VERSION;
        assert_null(strstr(tlspolicy_cipher_list(&p), "SECLEVEL"));
        p.min_version = TLS1_3_VERSION;
        assert_null(strstr(tlspolicy_cipher_list(&p), "SECLEVEL"));
        p.min_version = TLS1_1_VERSION;
        assert_non_null(strstr(tlspolicy_cipher_list(&p), "SECLEVEL=0"));
    }
    p = tlspolicy_legacy();
    assert_non_null(strstr(tlspolicy_cipher_list(&p), "SECLEVEL=0"));
}

/* A session of one context resumes in another one with the same secret, and not without it. */
static void test_tickets(void **state)
{
    static const uint8_t other[TLSCTX_TICKET_SECRET_LEN] = {9};
    const uint8_t *const secrets[] = {secret, secret, other, NULL};
    SSL_CTX *c = client(TLS1_2_VERSION, TLS1_2_VERSION, ANY), *first = server(tlspolicy_default(), secret);
    SSL_SESSION *session;
    SSL *ssl;

    (void)state;
    assert_true(shake(first, c, NULL, &ssl));
    session = SSL_get1_session(ssl);
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* or the session would count as broken off */
    SSL_free(ssl);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        SSL_CTX *again = server(tlspolicy_default(), secrets[i]);

        assert_true(shake(again, c, session, &ssl));
        assert_int_equal(SSL_session_reused(ssl), secrets[i] == secret);
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(ssl);
        SSL_CTX_free(again);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(first);
    SSL_CTX_free(c);
}

/* What was agreed under one policy or shown certificate is not carried into another one. */
static void test_tickets_stay_at_home(void **state)
{
    struct tlsctx_server_params legacy = params(tlspolicy_legacy(), secret),
                                strict = params(tlspolicy_default(), secret);
    struct tlsctx_server_params renewed = strict;
    SSL_CTX *c = client(TLS1_2_VERSION, TLS1_2_VERSION, "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0");
    SSL_CTX *from, *to;
    SSL_SESSION *session;
    SSL *ssl;

    (void)state;
    renewed.identity = (struct tlsctx_identity){other_chain.certs, other_chain.ncerts, other_key};
    const struct {
        struct tlsctx_server_params *from, *to;
        int reused;
    } cases[] = {{&legacy, &legacy, 1},  {&strict, &strict, 1},  {&legacy, &strict, 0},
                 {&strict, &renewed, 0}, {&renewed, &strict, 0}, {&strict, &legacy, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        from = server_of(*cases[i].from);
        to = server_of(*cases[i].to);
        assert_true(shake(from, c, NULL, &ssl));
        session = SSL_get1_session(ssl);
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(ssl);
        assert_true(shake(to, c, session, &ssl));
        if (SSL_session_reused(ssl) != cases[i].reused)
            fail_msg("case %zu", i);
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(ssl);
        SSL_SESSION_free(session);
        SSL_CTX_free(from);
        SSL_CTX_free(to);
    }
    SSL_CTX_free(c);
}

/* Lists name the RSA certificate: whoever can check it is shown it, and the EC one is for those that cannot. */
static void test_two_certificates(void **state)
{
    struct tlsctx_server_params p = params(tlspolicy_default(), NULL);
    const struct {
        int version;
        const char *ciphers, *sigalgs;
        int shown;
    } cases[] = {
        {TLS1_3_VERSION, ANY, NULL, EVP_PKEY_RSA},
        {TLS1_2_VERSION, ANY, NULL, EVP_PKEY_RSA},
        {TLS1_3_VERSION, ANY, "ECDSA+SHA256:RSA-PSS+SHA256", EVP_PKEY_RSA},
        {TLS1_3_VERSION, ANY, "ECDSA+SHA256:ECDSA+SHA384", EVP_PKEY_EC},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL, EVP_PKEY_EC},
    };
    SSL_CTX *s;
    SSL *ssl;

    (void)state;
    p.ec = (struct tlsctx_identity){ec_chain.certs, ec_chain.ncerts, ec_key};
    s = server_of(p);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SSL_CTX *c = client(cases[i].version, cases[i].version, cases[i].ciphers);

        assert_true(cases[i].sigalgs == NULL || SSL_CTX_set1_sigalgs_list(c, cases[i].sigalgs) == 1);
        assert_true(shake(s, c, NULL, &ssl));
        if (EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(ssl))) != cases[i].shown)
            fail_msg("case %zu", i);
        SSL_free(ssl);
        SSL_CTX_free(c);
    }
    SSL_CTX_free(s);
}

static void test_identities_that_cannot_be(void **state)
{
    struct tlsctx_server_params p = {.policy = tlspolicy_default(), .identity = {chain.certs, chain.ncerts, ec_key}};
    struct vox_error err;
    SSL_CTX *ctx;

    (void)state;
    assert_int_equal(tlsctx_server(&p, &ctx, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "not that of the certificate"));
    p.identity = (struct tlsctx_identity){ec_chain.certs, ec_chain.ncerts, ec_key};
    assert_int_equal(tlsctx_server(&p, &ctx, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "RSA"));
    assert_null(ctx);
    p.identity = (struct tlsctx_identity){chain.certs, chain.ncerts, key};
    p.ec = (struct tlsctx_identity){other_chain.certs, other_chain.ncerts, other_key};
    assert_int_equal(tlsctx_server(&p, &ctx, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "EC key"));
    assert_null(ctx);
}

/* The client believes the very certificate that it was given, or nobody. */
static void test_client_trust(void **state)
{
    struct tlsctx_client_params right = {.policy = tlspolicy_default(), .trusted = chain.certs, .ntrusted = 1};
    struct tlsctx_client_params wrong = {.policy = tlspolicy_default(), .trusted = ec_chain.certs, .ntrusted = 1};
    SSL_CTX *s = server(tlspolicy_default(), NULL), *c;

    (void)state;
    assert_int_equal(tlsctx_client(&right, &c, NULL), VOX_OK);
    assert_true(shake(s, c, NULL, NULL));
    SSL_CTX_free(c);
    assert_int_equal(tlsctx_client(&wrong, &c, NULL), VOX_OK);
    assert_false(shake(s, c, NULL, NULL));
    SSL_CTX_free(c);
    SSL_CTX_free(s);
}

static void test_words(void **state)
{
    enum tls_cipher_level level;
    int version;

    (void)state;
    assert_int_equal(tlspolicy_version_parse("1.2", &version, NULL), VOX_OK);
    assert_int_equal(version, TLS1_2_VERSION);
    assert_int_equal(tlspolicy_version_parse("1.4", &version, NULL), VOX_E_USAGE);
    assert_int_equal(tlspolicy_version_parse("", &version, NULL), VOX_E_USAGE);
    assert_int_equal(tlspolicy_ciphers_parse("Strongest", &level, NULL), VOX_OK);
    assert_int_equal(level, TLS_CIPHERS_STRONGEST);
    assert_int_equal(tlspolicy_ciphers_parse("weak", &level, NULL), VOX_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_cipher_levels),
        cmocka_unit_test(test_security_level),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_tickets_stay_at_home),
        cmocka_unit_test(test_two_certificates),
        cmocka_unit_test(test_identities_that_cannot_be),
        cmocka_unit_test(test_client_trust),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
