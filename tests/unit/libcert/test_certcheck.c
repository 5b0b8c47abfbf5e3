/* Findings: each fault alone gives its finding, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <libcert/certcheck.h>
#include <libcert/key.h>
#include <libcert/limits.h>

static const int64_t now = 1795000000;
enum { DAY = 86400 };
static EVP_PKEY *rsa, *ca_key, *ec;

static int setup(void **state)
{
    (void)state;
    return key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &rsa, NULL) != VOX_OK ||
           key_open(VOX_VECTORS "/lab/tvs.pem", NULL, &ca_key, NULL) != VOX_OK ||
           key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-256"}, &ec, NULL) != VOX_OK;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(ec);
    return 0;
}

/* What a certificate of a test is like; 0 and NULL are the usual. */
struct recipe {
    const char *subject, *issuer;
    EVP_PKEY *key, *signer;
    int64_t from, to;
    const char *constraints, *usage, *extended, *custom; /* in the library's words; NULL: left out */
    const EVP_MD *md;
};

static void add_ext(X509 *x, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    assert_true(X509_add_ext(x, e, -1) > 0);
    X509_EXTENSION_free(e);
}

static void set_cn(X509_NAME *name, const char *cn)
{
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0) > 0);
}

static struct cert *make(struct recipe r)
{
    X509 *x = X509_new();
    X509_NAME *name;
    struct cert *c;
    EVP_PKEY *key = r.key != NULL ? r.key : rsa;

    assert_true(X509_set_version(x, X509_VERSION_3) > 0 && ASN1_INTEGER_set(X509_get_serialNumber(x), 77) > 0);
    name = X509_NAME_new();
    set_cn(name, r.subject != NULL ? r.subject : "cm1");
    assert_true(X509_set_subject_name(x, name) > 0);
    X509_NAME_free(name);
    name = X509_NAME_new();
    set_cn(name, r.issuer != NULL ? r.issuer : r.subject != NULL ? r.subject : "cm1");
    assert_true(X509_set_issuer_name(x, name) > 0);
    X509_NAME_free(name);
    assert_true(X509_set_pubkey(x, key) > 0);
    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(r.from != 0 ? r.from : now - DAY));
    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(r.to != 0 ? r.to : now + 365 * DAY));
    add_ext(x, NID_basic_constraints, r.constraints);
    add_ext(x, NID_key_usage, r.usage);
    add_ext(x, NID_ext_key_usage, r.extended);
    if (r.custom != NULL) {
        X509_EXTENSION *e = X509V3_EXT_conf(NULL, NULL, "1.2.3.4.5", r.custom);
        assert_non_null(e);
        assert_true(X509_add_ext(x, e, -1) > 0);
        X509_EXTENSION_free(e);
    }
    assert_true(X509_sign(x, r.signer != NULL ? r.signer : key, r.md != NULL ? r.md : EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    return c;
}

static struct certcheck_finding found[CERTCHECK_MAX];

/* Takes c over. want: "code words in the text" of the only finding, NULL for none. */
static void expect_with(struct cert *c, const struct certcheck_params *p, const char *code, const char *text)
{
    size_t n;

    certcheck(c, p, found, &n);
    if (code == NULL && n != 0)
        fail_msg("%s: %s", found[0].code, found[0].text);
    if (code != NULL && n != 1)
        fail_msg("%zu findings, %s: %s", n, n > 0 ? found[n - 1].code : "", n > 0 ? found[n - 1].text : "");
    if (code != NULL) {
        assert_string_equal(found[0].code, code);
        if (strstr(found[0].text, text) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", found[0].text, text);
    }
    assert_int_equal(ERR_peek_error(), 0);
    cert_free(&c);
}

static void expect(struct cert *c, int service, const char *code, const char *text)
{
    expect_with(c, &(struct certcheck_params){.now = now, .warn_days = 30, .service = service}, code, text);
}

#define TLS_USAGE    "digitalSignature,keyEncipherment,dataEncipherment"
#define TLS_EXTENDED "serverAuth,clientAuth"
#define CAPF_USAGE   "digitalSignature,keyCertSign"
#define CAPF_BASIC   "critical,CA:TRUE,pathlen:0"

static void test_dates(void **state)
{
    (void)state;
    expect(make((struct recipe){0}), -1, NULL, NULL);
    expect(make((struct recipe){.from = now + 1}), -1, "not-yet-valid", "clock");
    expect(make((struct recipe){.from = now}), -1, NULL, NULL);
    expect(make((struct recipe){.from = now - 9 * DAY, .to = now - 1}), -1, "expired", "0 days ago");
    expect(make((struct recipe){.from = now - 9 * DAY, .to = now - DAY}), -1, "expired", "1 day ago");
    expect(make((struct recipe){.to = now}), -1, "expiring", "in 0 days");
    expect(make((struct recipe){.to = now + 30 * DAY - 1}), -1, "expiring", "in 29 days");
    expect(make((struct recipe){.to = now + 30 * DAY}), -1, NULL, NULL);
    struct certcheck_params quiet = {.now = now, .warn_days = 0, .service = -1};
    expect_with(make((struct recipe){.to = now}), &quiet, NULL, NULL);
    expect_with(make((struct recipe){.from = now - 9 * DAY, .to = now - 1}), &quiet, "expired", "refuse");
}

static void test_key(void **state)
{
    EVP_PKEY *small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)768);
    EVP_PKEY *k1 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");

    (void)state;
    expect(make((struct recipe){.key = small}), -1, "weak-key", "768 bits");
    expect(make((struct recipe){.key = k1}), -1, "weak-key", "secp256k1");
    EVP_PKEY_free(small);
    EVP_PKEY_free(k1);
}

static void test_weak_signatures(void **state)
{
    struct cert *root = make((struct recipe){.subject = "root", .key = ca_key, .constraints = "CA:TRUE"});
    struct cert *trusted[] = {root};
    struct certcheck_params p = {.now = now, .service = -1, .trusted = trusted, .ntrusted = 1};
    struct recipe r = {.issuer = "root", .signer = ca_key, .md = EVP_sha1()};

    (void)state;
    expect_with(make(r), &p, "weak-signature", "sha1");
    r.md = EVP_md5();
    expect_with(make(r), &p, "weak-signature", "md5");
    r.md = EVP_sha512();
    expect_with(make(r), &p, NULL, NULL);
    /* A root's own signature matters to nobody, a service's to those who connect. */
    expect(make((struct recipe){.md = EVP_sha1()}), -1, NULL, NULL);
    expect(make((struct recipe){.md = EVP_sha1(), .usage = TLS_USAGE, .extended = TLS_EXTENDED}), SERVICE_TVS,
           "weak-signature", "sha1");
    cert_free(&root);
}

static void test_capf(void **state)
{
    struct recipe r = {.constraints = CAPF_BASIC, .usage = CAPF_USAGE, .extended = "serverAuth"};

    (void)state;
    expect(make(r), SERVICE_CAPF, NULL, NULL);
    r.constraints = NULL;
    expect(make(r), SERVICE_CAPF, "extension", "is no CA (basicConstraints CA:TRUE): phones refuse the TLS connection");
    r.constraints = "CA:FALSE";
    expect(make(r), SERVICE_CAPF, "extension", "is no CA");
    r.constraints = "critical,CA:TRUE,pathlen:1";
    expect(make(r), SERVICE_CAPF, "extension", "path length of 1");
    r.constraints = CAPF_BASIC;
    r.usage = "digitalSignature";
    expect(make(r), SERVICE_CAPF, "extension", "lacks keyCertSign: phones refuse");
    r.usage = "keyCertSign";
    expect(make(r), SERVICE_CAPF, "extension", "lacks digitalSignature: phones refuse");
    r.usage = NULL;
    expect(make(r), SERVICE_CAPF, "extension", "lacks digitalSignature, keyCertSign");
    r.usage = CAPF_USAGE;
    r.extended = "clientAuth";
    expect(make(r), SERVICE_CAPF, "extension", "lacks serverAuth");
    r.extended = NULL; /* everything is allowed */
    expect(make(r), SERVICE_CAPF, NULL, NULL);
    r.key = ec;
    expect(make(r), SERVICE_CAPF, "key-type", "no RSA key");
}

static void test_tls_services(void **state)
{
    static const enum service services[] = {SERVICE_CALLMANAGER, SERVICE_TVS, SERVICE_TOMCAT};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct recipe r = {.usage = TLS_USAGE, .extended = TLS_EXTENDED};

        expect(make(r), (int)services[i], NULL, NULL);
        r.extended = "serverAuth";
        expect(make(r), (int)services[i], "extension", "lacks clientAuth");
        r.extended = "clientAuth";
        expect(make(r), (int)services[i], "extension", "lacks serverAuth");
        r.extended = "1.3.6.1.5.5.7.3.5";
        expect(make(r), (int)services[i], "extension", "lacks serverAuth, clientAuth");
        r.extended = NULL;
        expect(make(r), (int)services[i], NULL, NULL);
        r.usage = "keyEncipherment,dataEncipherment";
        expect(make(r), (int)services[i], "extension", "lacks digitalSignature");
        r.usage = "digitalSignature,keyEncipherment";
        expect(make(r), (int)services[i], "extension", "lacks dataEncipherment");
        r.usage = NULL;
        expect(make(r), (int)services[i], NULL, NULL);
    }
    expect(make((struct recipe){.key = ec, .usage = "digitalSignature,keyAgreement"}), SERVICE_CALLMANAGER_ECDSA, NULL,
           NULL);
    expect(make((struct recipe){.key = ec, .usage = "digitalSignature"}), SERVICE_CALLMANAGER_ECDSA, "extension",
           "lacks keyAgreement");
    expect(make((struct recipe){.usage = TLS_USAGE}), SERVICE_CALLMANAGER_ECDSA, "key-type", "no EC key");
    expect(make((struct recipe){.key = ec}), SERVICE_CALLMANAGER, "key-type", "no RSA key");
    expect(make((struct recipe){.key = ec, .usage = "digitalSignature"}), SERVICE_ITLRECOVERY, "key-type",
           "no RSA key");
    expect(make((struct recipe){.usage = "keyCertSign"}), SERVICE_ITLRECOVERY, "extension", "trust lists");
    expect(make((struct recipe){.usage = "digitalSignature"}), SERVICE_ITLRECOVERY, NULL, NULL);
}

static void test_an_extension_that_stands_twice(void **state)
{
    struct cert *c = make((struct recipe){.usage = TLS_USAGE});
    X509 *x = X509_dup(cert_x509(c));
    X509_EXTENSION *again = X509_EXTENSION_dup(X509_get_ext(x, 0));

    (void)state;
    cert_free(&c);
    assert_true(X509_add_ext(x, again, -1) > 0 && X509_sign(x, rsa, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    expect(c, -1, "extension", "is damaged or stands twice");
    X509_EXTENSION_free(again);
    X509_free(x);
}

static void test_critical_extension_that_nobody_knows(void **state)
{
    (void)state;
    expect(make((struct recipe){.custom = "critical,DER:0500"}), -1, "extension", "critical extension");
    expect(make((struct recipe){.custom = "DER:0500"}), -1, NULL, NULL);
}

static void test_chain(void **state)
{
    struct recipe root_r = {
        .subject = "root", .key = ca_key, .constraints = "critical,CA:TRUE", .usage = "keyCertSign"};
    struct cert *root = make(root_r);
    struct cert *middle = make((struct recipe){
        .subject = "middle", .issuer = "root", .key = ec, .signer = ca_key, .constraints = "critical,CA:TRUE"});
    struct cert *impostor = make((struct recipe){.subject = "root", .key = rsa, .constraints = "critical,CA:TRUE"});
    struct cert *no_ca = make((struct recipe){.subject = "root", .key = ca_key, .constraints = "CA:FALSE"});
    struct cert *no_sign =
        make((struct recipe){.subject = "root", .key = ca_key, .constraints = "CA:TRUE", .usage = "digitalSignature"});
    struct cert *ended = make((struct recipe){
        .subject = "root", .key = ca_key, .constraints = "CA:TRUE", .from = now - 9 * DAY, .to = now - DAY});
    struct recipe r = {.issuer = "middle", .signer = ec}, direct = {.issuer = "root", .signer = ca_key};
    struct cert *trusted[4];
    struct certcheck_params p = {.now = now, .service = -1, .trusted = trusted};

    (void)state;
    expect_with(make(r), &p, "chain", "its issuer middle is not among the trusted certificates");
    trusted[p.ntrusted++] = middle;
    expect_with(make(r), &p, "chain", "its issuer root is not among the trusted certificates");
    trusted[p.ntrusted++] = impostor;
    expect_with(make(r), &p, "chain", "the issuer root that is at hand has another key");
    trusted[p.ntrusted++] = root; /* behind the impostor of the same name */
    expect_with(make(r), &p, NULL, NULL);
    expect_with(make(direct), &p, NULL, NULL);
    p.ntrusted = 1;
    trusted[0] = no_ca;
    expect_with(make(direct), &p, "chain", "is no CA");
    trusted[0] = no_sign;
    expect_with(make(direct), &p, "chain", "is no CA");
    trusted[0] = ended;
    expect_with(make(direct), &p, "chain", "root ended on");
    expect_with(make((struct recipe){.signer = ca_key}), &p, "chain", "its own signature is not valid");
    cert_free(&root);
    cert_free(&middle);
    cert_free(&impostor);
    cert_free(&no_ca);
    cert_free(&no_sign);
    cert_free(&ended);
}

/* Two CAs that certified each other have no root; the search must end. */
static void test_circle(void **state)
{
    struct cert *a = make(
        (struct recipe){.subject = "a", .issuer = "b", .key = ca_key, .signer = ec, .constraints = "critical,CA:TRUE"});
    struct cert *b = make(
        (struct recipe){.subject = "b", .issuer = "a", .key = ec, .signer = ca_key, .constraints = "critical,CA:TRUE"});
    struct cert *trusted[] = {a, b};
    struct certcheck_params p = {.now = now, .service = -1, .trusted = trusted, .ntrusted = 2};

    (void)state;
    expect_with(make((struct recipe){.issuer = "a", .signer = ca_key}), &p, "chain", "no root");
    cert_free(&a);
    cert_free(&b);
}

/* Everything wrong at once stays within the table, and each text within its room. */
static void test_many_findings(void **state)
{
    char name[61];
    struct certcheck_params p = {.now = now, .warn_days = 30, .service = SERVICE_CAPF};
    size_t n;

    (void)state;
    memset(name, 'x', 60);
    name[60] = '\0';
    struct cert *c = make((struct recipe){.issuer = name,
                                          .signer = ca_key,
                                          .key = ec,
                                          .from = now + DAY,
                                          .to = now - DAY,
                                          .usage = "nonRepudiation",
                                          .extended = "codeSigning",
                                          .custom = "critical,DER:0500",
                                          .md = EVP_sha1()});
    certcheck(c, &p, found, &n);
    assert_in_range(n, 8, CERTCHECK_MAX);
    for (size_t i = 0; i < n; i++)
        assert_non_null(memchr(found[i].text, '\0', sizeof found[i].text));
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),           cmocka_unit_test(test_key),
        cmocka_unit_test(test_weak_signatures), cmocka_unit_test(test_capf),
        cmocka_unit_test(test_tls_services),    cmocka_unit_test(test_critical_extension_that_nobody_knows),
        cmocka_unit_test(test_chain),           cmocka_unit_test(test_circle),
        cmocka_unit_test(test_many_findings),   cmocka_unit_test(test_an_extension_that_stands_twice),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
