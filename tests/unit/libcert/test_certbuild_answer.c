/* What a CA changes is named, with what it breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <libcert/certbuild.h>
#include <libcert/key.h>

static EVP_PKEY *rsa, *ca_key;
static struct bytes request, capf_request, plain_request;

static X509_NAME *name(const char *cn, const char *o)
{
    X509_NAME *n = X509_NAME_new();

    assert_true(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0) > 0);
    if (o != NULL)
        assert_true(X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const unsigned char *)o, -1, -1, 0) > 0);
    return n;
}

static int setup(void **state)
{
    static const char *const san[] = {"cm1.example", "192.0.2.1", NULL};
    struct certbuild_params p = {.service = SERVICE_CALLMANAGER, .san = san};
    X509_NAME *subject = name("cm1", "Example");

    (void)state;
    if (key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &rsa, NULL) != VOX_OK ||
        key_open(VOX_VECTORS "/lab/tvs.pem", NULL, &ca_key, NULL) != VOX_OK)
        return 1;
    p.subject = subject;
    p.key = rsa;
    if (certbuild_request(&p, &request, NULL) != VOX_OK)
        return 1;
    p.service = SERVICE_CAPF;
    if (certbuild_request(&p, &capf_request, NULL) != VOX_OK)
        return 1;
    p.san = NULL;
    p.service = SERVICE_CALLMANAGER;
    if (certbuild_request(&p, &plain_request, NULL) != VOX_OK)
        return 1;
    X509_NAME_free(subject);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ca_key);
    bytes_free(&request);
    bytes_free(&capf_request);
    bytes_free(&plain_request);
    return 0;
}

static void add_ext(X509 *x, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    assert_true(X509_add_ext(x, e, -1) > 0);
    X509_EXTENSION_free(e);
}

struct answer {
    const char *cn, *o;
    EVP_PKEY *key;
    const char *san, *constraints, *usage, *extended;
};

static const struct answer faithful = {
    "cm1",
    "Example",
    NULL,
    "DNS:cm1.example,IP:192.0.2.1",
    "critical,CA:FALSE",
    "digitalSignature,keyEncipherment,dataEncipherment",
    "serverAuth,clientAuth",
};

static struct cert *sign(struct answer a)
{
    X509 *x = X509_new();
    X509_NAME *subject = name(a.cn, a.o), *issuer = name("CA", NULL);
    struct cert *c;

    assert_true(X509_set_version(x, X509_VERSION_3) > 0 && ASN1_INTEGER_set(X509_get_serialNumber(x), 5) > 0 &&
                X509_set_subject_name(x, subject) > 0 && X509_set_issuer_name(x, issuer) > 0 &&
                X509_set_pubkey(x, a.key != NULL ? a.key : rsa) > 0);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    add_ext(x, NID_subject_alt_name, a.san);
    add_ext(x, NID_basic_constraints, a.constraints);
    add_ext(x, NID_key_usage, a.usage);
    add_ext(x, NID_ext_key_usage, a.extended);
    assert_true(X509_sign(x, ca_key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    X509_free(x);
    return c;
}

/* want NULL: agrees. Otherwise the words separated by '|' all stand in the sentence. */
static void expect(const struct bytes *req, struct answer a, enum service s, const char *want)
{
    struct cert *c = sign(a);
    struct vox_error err = {0};
    enum vox_err code = certbuild_answer_agrees(bytes_view_of(req), c, s, &err);
    char copy[300], *rest = copy;

    if (code != (want == NULL ? VOX_OK : VOX_E_INPUT))
        fail_msg("%d %s", (int)code, err.text);
    (void)strncpy(copy, want == NULL ? "" : want, sizeof copy - 1);
    for (char *word; (word = strsep(&rest, "|")) != NULL;)
        if (strstr(err.text, word) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.text, word);
    assert_int_equal(ERR_peek_error(), 0);
    cert_free(&c);
}

static void test_faithful_answers(void **state)
{
    struct answer a = faithful;

    (void)state;
    expect(&request, a, SERVICE_CALLMANAGER, NULL);
    a.usage = NULL; /* no usage at all forbids none */
    a.extended = NULL;
    expect(&request, a, SERVICE_CALLMANAGER, NULL);
    a.usage = "digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment";
    a.extended = "serverAuth,clientAuth,codeSigning";
    expect(&request, a, SERVICE_CALLMANAGER, NULL);
    a.san = "IP:192.0.2.1,DNS:CM1.example"; /* order and case of DNS names */
    a.cn = "CM1";
    expect(&request, a, SERVICE_CALLMANAGER, NULL);
    a.san = NULL;
    expect(&plain_request, a, SERVICE_CALLMANAGER, NULL);
}

static void test_each_change(void **state)
{
    struct answer a = faithful;

    (void)state;
    a.key = ca_key;
    expect(&request, a, SERVICE_CALLMANAGER, "another key");
    a = faithful;
    a.cn = "cm2";
    expect(&request, a, SERVICE_CALLMANAGER, "subject is another");
    a = faithful;
    a.o = NULL;
    expect(&request, a, SERVICE_CALLMANAGER, "subject is another");
    a = faithful;
    a.san = "DNS:cm1.example";
    expect(&request, a, SERVICE_CALLMANAGER, "left out: IP:192.0.2.1");
    a.san = NULL;
    expect(&request, a, SERVICE_CALLMANAGER, "left out: DNS:cm1.example, IP:192.0.2.1");
    a.san = "DNS:cm1.example,IP:192.0.2.1,DNS:cm1,email:a@b.example";
    expect(&request, a, SERVICE_CALLMANAGER, "added: DNS:cm1, email:a@b.example");
    a.san = "DNS:cm1.example";
    expect(&plain_request, a, SERVICE_CALLMANAGER, "added: DNS:cm1.example");
    a = faithful;
    a.usage = "digitalSignature,keyEncipherment";
    expect(&request, a, SERVICE_CALLMANAGER, "usage lost: dataEncipherment");
    a = faithful;
    a.extended = "serverAuth";
    expect(&request, a, SERVICE_CALLMANAGER, "extended key usage lost: clientAuth|trunks");
    a.extended = "clientAuth";
    expect(&request, a, SERVICE_CALLMANAGER, "extended key usage lost: serverAuth");
}

static void test_all_changes_at_once(void **state)
{
    struct answer a = {"cm2", NULL, NULL, "DNS:other", NULL, "keyCertSign", "codeSigning"};

    (void)state;
    expect(&request, a, SERVICE_CALLMANAGER,
           "subject|left out: DNS:cm1.example, IP:192.0.2.1|added: DNS:other|lost: digitalSignature, keyEncipherment, "
           "dataEncipherment|lost: serverAuth, clientAuth|Ask it to keep");
}

static void test_capf_must_stay_a_ca(void **state)
{
    struct answer a = faithful;

    (void)state;
    a.constraints = "critical,CA:TRUE,pathlen:0";
    a.usage = "digitalSignature,keyCertSign";
    expect(&capf_request, a, SERVICE_CAPF, NULL);
    a.constraints = "CA:FALSE";
    expect(&capf_request, a, SERVICE_CAPF, "CA:TRUE lost: phones refuse");
    a.usage = "digitalSignature";
    expect(&capf_request, a, SERVICE_CAPF, "CA:TRUE lost|lost: keyCertSign");
}

/* Hundreds of names in a certificate cut the sentence, nothing else. */
static void test_very_many_names(void **state)
{
    static char san[400 * 20];
    struct answer a = faithful;
    size_t used = 0;

    (void)state;
    for (int i = 0; i < 400; i++)
        used += (size_t)snprintf(san + used, sizeof san - used, "%sDNS:n%03d.example", i > 0 ? "," : "", i);
    a.san = san;
    expect(&request, a, SERVICE_CALLMANAGER, "left out: DNS:cm1.example|added: DNS:n000.example");
}

static void test_damaged_requests(void **state)
{
    struct cert *c = sign(faithful);
    struct vox_error err;

    (void)state;
    for (size_t n = 0; n < request.len - 30; n += 13) {
        struct bytes copy;

        assert_int_equal(bytes_copy(&copy, request.data, n, NULL), VOX_OK);
        assert_int_equal(certbuild_answer_agrees(bytes_view_of(&copy), c, SERVICE_CALLMANAGER, &err), VOX_E_INPUT);
        bytes_free(&copy);
    }
    assert_int_equal(certbuild_answer_agrees((struct bytes_view){NULL, 0}, c, SERVICE_CALLMANAGER, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "make a new one"));
    cert_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faithful_answers),    cmocka_unit_test(test_each_change),
        cmocka_unit_test(test_all_changes_at_once), cmocka_unit_test(test_capf_must_stay_a_ca),
        cmocka_unit_test(test_very_many_names),     cmocka_unit_test(test_damaged_requests),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
