/* What a call manager would say to a device's certificate: each finding by itself, and all at once. */
#include "unit/libcert/x509_fixture.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

#include <libcert/peercheck.h>

static const int64_t now = 1800000000; /* 2027-01-15 */
static EVP_PKEY *key, *ca_key, *other_key, *short_rsa;

/* What a certificate is like; NULL and 0 are the usual. */
struct recipe {
    const char *cn, *issuer, *san, *constraints, *usage, *extended;
    EVP_PKEY *key, *signer;
    int64_t from, to;
    const EVP_MD *md;
};

static void add_ext(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = value != NULL ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

    if (value == NULL)
        return;
    assert_non_null(e);
    assert_true(X509_add_ext(x, e, -1) > 0);
    X509_EXTENSION_free(e);
}

static struct cert *make(struct recipe r)
{
    static long serial = 1;
    EVP_PKEY *own = r.key != NULL ? r.key : key;
    X509_NAME *subject, *issuer;
    struct cert *c;
    X509 *x = X509_new();

    assert_int_equal(name_parse(r.cn != NULL ? r.cn : "CN=sbc.example.test", &subject, NULL), VOX_OK);
    assert_int_equal(name_parse(r.issuer != NULL ? r.issuer
                                : r.cn != NULL   ? r.cn
                                                 : "CN=sbc.example.test",
                                &issuer, NULL),
                     VOX_OK);
    assert_true(X509_set_version(x, X509_VERSION_3) > 0 && ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) > 0 &&
                X509_set_subject_name(x, subject) > 0 && X509_set_issuer_name(x, issuer) > 0 &&
                X509_set_pubkey(x, own) > 0);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(r.from != 0 ? r.from : now - 86400));
    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(r.to != 0 ? r.to : now + 86400 * 365));
    add_ext(x, NID_basic_constraints, r.constraints);
    add_ext(x, NID_subject_alt_name, r.san);
    add_ext(x, NID_key_usage, r.usage);
    add_ext(x, NID_ext_key_usage, r.extended);
    assert_true(X509_sign(x, r.signer != NULL ? r.signer : own, r.md != NULL ? r.md : EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    return c;
}

static struct cert *make_ca(const char *cn, const char *issuer, EVP_PKEY *own, EVP_PKEY *signer)
{
    return make((struct recipe){.cn = cn,
                                .issuer = issuer,
                                .key = own,
                                .signer = signer,
                                .constraints = "critical,CA:TRUE",
                                .usage = "keyCertSign,cRLSign"});
}

static struct peercheck_finding found[PEERCHECK_MAX];
static size_t nfound;

/* Self-signed and trusted itself, unless p says otherwise. Takes c over. want: the one finding's code; NULL for none.
 */
static void expect_with(struct cert *c, struct peercheck_params p, const char *want, const char *text)
{
    bool good;

    p.now = p.now != 0 ? p.now : now;
    if (p.trusted == NULL) {
        p.trusted = &c;
        p.ntrusted = 1;
    }
    if (p.required == 0)
        p.required = PEERCHECK_SERVER | PEERCHECK_CLIENT;
    good = peercheck(c, &p, found, &nfound);
    cert_free(&c);
    if (want == NULL && nfound > 0)
        fail_msg("%s: %s", found[0].code, found[0].text);
    if (want == NULL) {
        assert_true(good);
        return;
    }
    if (nfound != 1 || strcmp(found[0].code, want) != 0 || strstr(found[0].text, text) == NULL)
        fail_msg("not %s but %zu findings, %s: %s", want, nfound, nfound > 0 ? found[0].code : "",
                 nfound > 0 ? found[0].text : "");
    assert_int_equal(good, !found[0].fatal);
}

static void expect(struct recipe r, const char *want, const char *text)
{
    expect_with(make(r), (struct peercheck_params){.warn_days = 30}, want, text);
}

static void test_good_ones(void **state)
{
    (void)state;
    expect((struct recipe){0}, NULL, NULL);
    expect((struct recipe){.extended = "serverAuth,clientAuth", .usage = "digitalSignature"}, NULL, NULL);
    expect((struct recipe){.constraints = "critical,CA:TRUE"}, NULL, NULL); /* as 'openssl req -x509' makes it */
}

static void test_names(void **state)
{
    static const char *const wanted[] = {"elsewhere", "sbc.example.test", "192.0.2.9", "2001:db8::9"};
    const struct {
        struct recipe r;
        size_t from, n;
        bool good;
    } rows[] = {
        {{.cn = "CN=SBC.Example.Test"}, 0, 2, true},
        {{.cn = "CN=sbc.example.testx"}, 0, 2, false},
        {{.cn = "CN=x.sbc.example.test"}, 0, 2, false},
        {{.cn = "O=no name"}, 0, 2, false},
        {{.cn = "CN=sbc", .san = "DNS:a.test,DNS:SBC.example.test"}, 0, 2, true},
        {{.cn = "CN=sbc", .san = "IP:192.0.2.9"}, 2, 1, true},
        {{.cn = "CN=sbc", .san = "IP:2001:db8:0::9"}, 3, 1, true},
        {{.cn = "CN=sbc", .san = "DNS:192.0.2.8"}, 2, 1, false},
        {{.cn = "CN=sbc", .san = "email:sbc.example.test@x,URI:sip:sbc.example.test"}, 1, 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_with(make(rows[i].r), (struct peercheck_params){.names = wanted + rows[i].from, .nnames = rows[i].n},
                    rows[i].good ? NULL : "name", "it is for ");
    expect((struct recipe){.cn = "CN=*.example.test"}, "wildcard", "*.example.test");
    expect((struct recipe){.san = "DNS:sbc*.example.test"}, "wildcard", "sbc*.example.test");
    expect((struct recipe){.san = "DNS:sbc.example.test,DNS:*.example.test"}, "wildcard", "*.example.test");
}

/* A name that ends early for who takes it as a C string is none of ours. */
static void test_nul_in_a_name(void **state)
{
    static const char *const wanted[] = {"sbc.example.test"};
    static const unsigned char value[] = "sbc.example.test\0.evil.test";
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    X509 *x = fixture_x509("CN=sbc", key, NULL, NULL);
    struct cert *c;

    (void)state;
    assert_true(ASN1_STRING_set(text, value, sizeof value - 1) > 0);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0 && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) > 0 &&
                X509_sign(x, key, EVP_sha256()) > 0);
    GENERAL_NAMES_free(names);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    expect_with(c, (struct peercheck_params){.names = wanted, .nnames = 1}, "name", "it is for sbc,");
}

static void test_dates(void **state)
{
    (void)state;
    expect((struct recipe){.to = now - 1}, "expired", "it ended on 2027-01-15");
    expect_with(make((struct recipe){.to = now}), (struct peercheck_params){0}, NULL, NULL);
    expect((struct recipe){.from = now + 60}, "not-yet-valid", "the clock");
    expect((struct recipe){.to = now + 86400 * 29}, "expiring", "in 29 days");
    assert_false(found[0].fatal);
}

static void test_usages(void **state)
{
    const struct recipe server = {.extended = "serverAuth"}, client = {.extended = "clientAuth"};

    (void)state;
    expect(server, "usage", "clientAuth (extended key usage): calls from the device fail");
    expect(client, "usage", "serverAuth (extended key usage): calls to the device fail");
    assert_true(found[0].fatal);
    expect_with(make(server), (struct peercheck_params){.required = PEERCHECK_SERVER}, NULL, NULL);
    expect_with(make(server), (struct peercheck_params){.required = PEERCHECK_SERVER, .wished = PEERCHECK_CLIENT},
                "usage", "clientAuth");
    assert_false(found[0].fatal);
    expect((struct recipe){.usage = "keyEncipherment"}, "usage", "digitalSignature (key usage): calls from");
    expect((struct recipe){.extended = "anyExtendedKeyUsage"}, NULL, NULL);
}

static void test_keys(void **state)
{
    const struct recipe r = {.key = short_rsa};

    (void)state;
    expect(r, NULL, NULL); /* 1,024 bits, under a policy for old versions */
    expect_with(make(r), (struct peercheck_params){.strong = true}, "weak-key", "2048 bits or more");
}

/* A public key of that many bits, of primes of 32: nobody has to find its factors here. */
static EVP_PKEY *long_rsa(int bits)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *n = BN_new(), *p = BN_new(), *e = BN_new();
    BN_CTX *bn = BN_CTX_new();
    EVP_PKEY *out = NULL;
    OSSL_PARAM *params;

    assert_true(BN_one(n) && BN_set_word(e, 65537));
    while (BN_num_bits(n) < bits)
        assert_true(BN_generate_prime_ex(p, bits - BN_num_bits(n) < 48 ? bits - BN_num_bits(n) + 1 : 32, 0, NULL, NULL,
                                         NULL) > 0 &&
                    BN_mul(n, n, p, bn));
    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
                OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e));
    params = OSSL_PARAM_BLD_to_param(b);
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0 && EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_PUBLIC_KEY, params) > 0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(p);
    BN_free(e);
    BN_CTX_free(bn);
    return out;
}

static void test_keys_that_are_too_long(void **state)
{
    EVP_PKEY *key_4200 = long_rsa(4200);
    struct cert *root = make_ca("CN=Root", NULL, ca_key, ca_key);
    struct cert *trusted[] = {root};

    (void)state;
    expect_with(make((struct recipe){.issuer = "CN=Root", .key = key_4200, .signer = ca_key}),
                (struct peercheck_params){.trusted = trusted, .ntrusted = 1}, "weak-key",
                "call managers take no more than 4096");
    cert_free(&root);
    EVP_PKEY_free(key_4200);
}

static void test_chains(void **state)
{
    struct cert *root = make_ca("CN=Root", NULL, ca_key, ca_key),
                *middle = make_ca("CN=Middle", "CN=Root", other_key, ca_key),
                *impostor = make_ca("CN=Root", NULL, other_key, other_key);
    const struct recipe leaf = {.issuer = "CN=Middle", .signer = other_key};
    struct cert *own = make(leaf), *trust[3];
    struct peercheck_params p = {.trusted = trust, .ntrusted = 1};

    (void)state;
    trust[0] = root;
    p.shown = &middle;
    p.nshown = 1;
    expect_with(make(leaf), p, NULL, NULL);
    p.nshown = 0;
    expect_with(make(leaf), p, "chain", "the issuer Middle");
    trust[0] = middle;
    expect_with(make(leaf), p, "chain", "the issuer Root");
    trust[1] = own; /* standing there itself does not replace the root */
    p.ntrusted = 2;
    expect_with(cert_ref(own), p, "chain", "the issuer Root");
    trust[1] = root;
    expect_with(make(leaf), p, NULL, NULL);
    p.now = now + 86400 * 200; /* shown ones are looked at, too */
    expect_with(make(leaf), p, NULL, NULL);
    trust[0] = own; /* something else */
    p.ntrusted = 1;
    p.now = 0;
    struct cert *both[] = {middle, root};

    p.shown = both;
    p.nshown = 2;
    expect_with(make(leaf), p, "untrusted", "its root Root");
    trust[0] = impostor; /* the right name, another key */
    expect_with(make(leaf), p, "chain", "the issuer Root that is at hand has another key");
    p.nshown = 0;
    expect_with(make((struct recipe){0}), p, "untrusted", "self-signed");
    cert_free(&root);
    cert_free(&middle);
    cert_free(&impostor);
    cert_free(&own);
}

/* After a renewal two of the same name may be trusted: each is good by itself. */
static void test_twins(void **state)
{
    struct cert *first = make((struct recipe){0}), *second = make((struct recipe){.key = other_key});
    struct cert *trust[] = {first, second};
    const struct peercheck_params p = {.trusted = trust, .ntrusted = 2};

    (void)state;
    expect_with(cert_ref(first), p, NULL, NULL);
    expect_with(cert_ref(second), p, NULL, NULL);
    expect_with(make((struct recipe){.key = ca_key}), p, "untrusted", "self-signed");
    expect_with(make((struct recipe){0}), p, "untrusted", "self-signed"); /* the same key, and yet another one */
    struct cert *roots[] = {make_ca("CN=Root", NULL, key, key), make_ca("CN=Root", NULL, ca_key, ca_key)};
    const struct peercheck_params of_roots = {.trusted = roots, .ntrusted = 2};

    expect_with(make((struct recipe){.issuer = "CN=Root", .signer = key}), of_roots, NULL, NULL);
    expect_with(make((struct recipe){.issuer = "CN=Root", .signer = ca_key}), of_roots, NULL, NULL);
    cert_free(&roots[0]);
    cert_free(&roots[1]);
    cert_free(&first);
    cert_free(&second);
}

static void test_issuers_that_may_not(void **state)
{
    struct cert *root = make_ca("CN=Root", NULL, ca_key, ca_key);
    struct cert *no_ca = make((struct recipe){
        .cn = "CN=Middle", .issuer = "CN=Root", .key = other_key, .signer = ca_key, .constraints = "CA:FALSE"});
    struct cert *ended = make((struct recipe){.cn = "CN=Middle",
                                              .issuer = "CN=Root",
                                              .key = other_key,
                                              .signer = ca_key,
                                              .constraints = "critical,CA:TRUE",
                                              .to = now - 5});
    struct cert *weak = make((struct recipe){.cn = "CN=Middle",
                                             .issuer = "CN=Root",
                                             .key = other_key,
                                             .signer = ca_key,
                                             .constraints = "critical,CA:TRUE",
                                             .md = EVP_sha1()});
    const struct recipe leaf = {.issuer = "CN=Middle", .signer = other_key};
    struct peercheck_params p = {.trusted = &root, .ntrusted = 1, .shown = &no_ca, .nshown = 1};

    (void)state;
    expect_with(make(leaf), p, "chain", "its issuer Middle may not sign");
    p.shown = &ended;
    expect_with(make(leaf), p, "expired", "its issuer Middle has ended");
    p.shown = &weak;
    expect_with(make(leaf), p, NULL, NULL);
    p.strong = true;
    expect_with(make(leaf), p, "weak-signature", "its issuer is signed with");
    cert_free(&root);
    cert_free(&no_ca);
    cert_free(&ended);
    cert_free(&weak);
}

static void test_all_at_once(void **state)
{
    static const char *const wanted[] = {"elsewhere"};
    struct cert *c = make((struct recipe){.to = now - 5, .extended = "clientAuth", .san = "DNS:*.x"});
    const struct peercheck_params p = {.now = now, .names = wanted, .nnames = 1, .required = PEERCHECK_SERVER};

    (void)state;
    assert_false(peercheck(c, &p, found, &nfound));
    assert_int_equal(nfound, 5);
    assert_string_equal(found[0].code, "wildcard");
    assert_string_equal(found[1].code, "name");
    assert_string_equal(found[2].code, "expired");
    assert_string_equal(found[3].code, "untrusted");
    assert_string_equal(found[4].code, "usage");
    cert_free(&c);
}

static int make_keys(void **state)
{
    (void)state;
    key = fixture_key();
    ca_key = fixture_key();
    other_key = fixture_key();
    short_rsa = EVP_RSA_gen(1024);
    return short_rsa == NULL;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(short_rsa);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_nul_in_a_name),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_usages),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_that_are_too_long),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_issuers_that_may_not),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_twins),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
