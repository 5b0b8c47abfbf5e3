/* What certbuild makes has the extensions of its service, verifies, and is accepted by other readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <libcert/certbuild.h>
#include <libcert/certcheck.h>
#include <libcert/file.h>
#include <libcert/key.h>

static const int64_t then = 1795000000; /* November 2026 */
static EVP_PKEY *rsa, *ec256, *ec384, *ec521;
static X509_NAME *subject;

static int setup(void **state)
{
    (void)state;
    subject = X509_NAME_new();
    return key_open(VOX_VECTORS "/lab/ccm.pem", NULL, &rsa, NULL) != VOX_OK ||
           key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-256"}, &ec256, NULL) != VOX_OK ||
           key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-384"}, &ec384, NULL) != VOX_OK ||
           key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-521"}, &ec521, NULL) != VOX_OK ||
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)"cm1", -1, -1, 0) <= 0 ||
           X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Example", -1, -1, 0) <= 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec256);
    EVP_PKEY_free(ec384);
    EVP_PKEY_free(ec521);
    X509_NAME_free(subject);
    return 0;
}

static struct cert *make(enum service s, EVP_PKEY *key, const char *const *san)
{
    struct certbuild_params p = {s, subject, san, key, then, certbuild_default_days(s)};
    struct vox_error err;
    struct cert *c = NULL;

    if (certbuild_self_signed(&p, &c, &err) != VOX_OK)
        fail_msg("%s: %s", service_name(s), err.text);
    return c;
}

static void test_extensions_of_each_service(void **state)
{
    static const struct {
        enum service s;
        uint32_t usage, usage_ec, extended;
    } want[] = {
        {SERVICE_CALLMANAGER, 0xb4, 0x8c, XKU_SSL_SERVER | XKU_SSL_CLIENT},
        {SERVICE_CALLMANAGER_ECDSA, 0xb4, 0x8c, XKU_SSL_SERVER | XKU_SSL_CLIENT},
        {SERVICE_CAPF, 0x84, 0x84, XKU_SSL_SERVER | XKU_SSL_CLIENT},
        {SERVICE_TVS, 0xb4, 0x8c, XKU_SSL_SERVER | XKU_SSL_CLIENT},
        {SERVICE_ITLRECOVERY, 0x84, 0x84, UINT32_MAX},
        {SERVICE_TOMCAT, 0xb4, 0x8c, XKU_SSL_SERVER | XKU_SSL_CLIENT},
    };

    (void)state;
    assert_int_equal(sizeof want / sizeof *want, SERVICE_COUNT);
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        for (int ec = 0; ec < 2; ec++) {
            struct cert *c = make(want[i].s, ec ? ec256 : rsa, NULL);
            X509 *x = cert_x509(c);
            int critical;

            assert_int_equal(X509_get_version(x), X509_VERSION_3);
            assert_int_equal(X509_get_key_usage(x), ec ? want[i].usage_ec : want[i].usage);
            assert_int_equal(X509_get_extended_key_usage(x), want[i].extended);
            assert_int_equal(X509_get_pathlen(x), 0);
            assert_int_equal(X509_check_ca(x), 1);
            assert_int_equal(X509_get_ext_by_NID(x, NID_subject_alt_name, -1), -1); /* nothing invented */
            assert_non_null(X509_get0_subject_key_id(x));
            assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(x), X509_get0_authority_key_id(x)), 0);
            BASIC_CONSTRAINTS_free(X509_get_ext_d2i(x, NID_basic_constraints, &critical, NULL));
            assert_int_equal(critical, 1);
            ASN1_BIT_STRING_free(X509_get_ext_d2i(x, NID_key_usage, &critical, NULL));
            assert_int_equal(critical, 1);
            assert_true(cert_self_issued(c));
            assert_true(cert_verify_signed_by(c, c));
            assert_true(cert_key_matches(c, ec ? ec256 : rsa));
            assert_int_equal(cert_not_before(c), then);
            assert_int_equal(cert_not_after(c),
                             then + (want[i].s == SERVICE_ITLRECOVERY ? 7300 : 1825) * INT64_C(86400));
            cert_free(&c);
        }
    }
}

static void test_its_own_check_has_no_findings(void **state)
{
    struct certcheck_finding f[CERTCHECK_MAX];
    size_t n;

    (void)state;
    for (enum service s = 0; s < SERVICE_COUNT; s++) {
        struct cert *c = make(s, s == SERVICE_CALLMANAGER_ECDSA ? ec384 : rsa, NULL);
        struct certcheck_params p = {.now = then + 86400, .warn_days = 30, .service = (int)s};

        certcheck(c, &p, f, &n);
        if (n != 0)
            fail_msg("%s: %s %s", service_name(s), f[0].code, f[0].text);
        cert_free(&c);
    }
}

static void test_digest_follows_the_curve(void **state)
{
    const struct {
        EVP_PKEY *key;
        int nid;
    } want[] = {{rsa, NID_sha256WithRSAEncryption},
                {ec256, NID_ecdsa_with_SHA256},
                {ec384, NID_ecdsa_with_SHA384},
                {ec521, NID_ecdsa_with_SHA512}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct cert *c = make(SERVICE_TOMCAT, want[i].key, NULL);

        assert_int_equal(X509_get_signature_nid(cert_x509(c)), want[i].nid);
        cert_free(&c);
    }
}

static void test_serials_are_random_and_positive(void **state)
{
    struct bytes seen[64];

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        struct cert *c = make(SERVICE_TVS, ec256, NULL);
        const ASN1_INTEGER *serial = X509_get0_serialNumber(cert_x509(c));

        assert_int_equal(serial->type, V_ASN1_INTEGER); /* not V_ASN1_NEG_INTEGER */
        assert_in_range(serial->length, 8, CERT_SERIAL_BYTES);
        assert_in_range(i2d_ASN1_INTEGER(serial, NULL), 2 + 8, 2 + CERT_SERIAL_BYTES + 1);
        assert_int_equal(bytes_copy(&seen[i], serial->data, (size_t)serial->length, NULL), VOX_OK);
        for (size_t j = 0; j < i; j++)
            assert_false(bytes_equal(bytes_view_of(&seen[i]), bytes_view_of(&seen[j])));
        cert_free(&c);
    }
    for (size_t i = 0; i < 64; i++)
        bytes_free(&seen[i]);
}

static void test_alternative_names(void **state)
{
    static const char *const san[] = {"cm1.example", "DNS:cm1", "ip:192.0.2.7", "2001:db8::7", "cm1", NULL};
    static const char *const want[] = {"cm1.example", "cm1", NULL, NULL};
    struct cert *c = make(SERVICE_CALLMANAGER, ec256, san);
    GENERAL_NAMES *names = X509_get_ext_d2i(cert_x509(c), NID_subject_alt_name, NULL, NULL);

    (void)state;
    assert_non_null(names);
    assert_int_equal(sk_GENERAL_NAME_num(names), 4); /* the second cm1 is left out */
    for (int i = 0; i < 4; i++) {
        int type;
        ASN1_STRING *s = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

        assert_int_equal(type, want[i] != NULL ? GEN_DNS : GEN_IPADD);
        if (want[i] != NULL) {
            assert_int_equal(s->length, strlen(want[i]));
            assert_memory_equal(s->data, want[i], strlen(want[i]));
        }
    }
    assert_int_equal(X509_check_ip_asc(cert_x509(c), "192.0.2.7", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert_x509(c), "2001:db8::7", 0), 1);
    GENERAL_NAMES_free(names);
    cert_free(&c);
}

static void test_alternative_names_refused(void **state)
{
    static char label[70], whole[300];
    static const char *const bad[] = {"",
                                      "DNS:",
                                      "IP:",
                                      "IP:cm1",
                                      "DNS:192.0.2.1",
                                      "cm 1",
                                      "*.example",
                                      "cm1..example",
                                      ".example",
                                      "cm1.",
                                      "-cm1",
                                      "cm1-",
                                      "cm1-.example",
                                      "URI:sip:x",
                                      "email:a@b",
                                      "b\xc3\xbc"
                                      "cher",
                                      "a\nb",
                                      "192.0.2.256.",
                                      label,
                                      whole};

    (void)state;
    memset(label, 'a', 64);
    for (size_t i = 0; i < 254; i++)
        whole[i] = i % 50 == 49 ? '.' : 'a';
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const san[] = {"cm1", bad[i], NULL};
        struct certbuild_params p = {SERVICE_TVS, subject, san, ec256, then, 10};
        struct vox_error err = {0};
        struct cert *c;
        struct bytes req;

        if (certbuild_self_signed(&p, &c, &err) != VOX_E_USAGE)
            fail_msg("taken: %s", bad[i]);
        assert_null(c);
        assert_non_null(strstr(err.text, "alternative name"));
        assert_int_equal(certbuild_request(&p, &req, &err), VOX_E_USAGE);
        assert_null(req.data);
    }
}

static void test_parameters_refused(void **state)
{
    struct certbuild_params p = {SERVICE_TVS, subject, NULL, ec256, then, 1};
    X509_NAME *empty = X509_NAME_new();
    struct vox_error err;
    struct cert *c;

    (void)state;
    static const int days[] = {0, -1, 36501, INT32_MAX};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        p.days = days[i];
        assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    }
    p.days = 36500;
    p.not_before = 253402300799 - INT64_C(36500) * 86400 + 1;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    p.not_before--;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_OK);
    assert_int_equal(cert_not_after(c), 253402300799);
    cert_free(&c);
    p.not_before = INT64_MIN;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    p.not_before = then;
    p.subject = empty;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    p.subject = NULL;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    p.subject = subject;
    p.service = SERVICE_COUNT;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_USAGE);
    X509_NAME_free(empty);
}

static void test_dates_on_both_sides_of_2050(void **state)
{
    /* RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
    struct certbuild_params p = {SERVICE_TVS, subject, NULL, ec256, 2524607999, 1};
    struct cert *c;

    (void)state;
    assert_int_equal(certbuild_self_signed(&p, &c, NULL), VOX_OK);
    assert_int_equal(X509_get0_notBefore(cert_x509(c))->type, V_ASN1_UTCTIME);
    assert_int_equal(X509_get0_notAfter(cert_x509(c))->type, V_ASN1_GENERALIZEDTIME);
    assert_int_equal(cert_not_before(c), 2524607999);
    cert_free(&c);
}

/* A private key with the public half of another: signs happily, and nothing verifies. */
static EVP_PKEY *mismatched(void)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *priv = NULL;
    unsigned char *pub = NULL;
    EVP_PKEY *other, *out = NULL;

    assert_int_equal(key_generate(&(struct key_spec){.type = KEY_EC, .curve = "P-256"}, &other, NULL), VOX_OK);
    size_t len = EVP_PKEY_get1_encoded_public_key(other, &pub);
    assert_true(EVP_PKEY_get_bn_param(ec256, OSSL_PKEY_PARAM_PRIV_KEY, &priv) > 0);
    assert_true(OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) > 0);
    assert_true(OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, pub, len) > 0);
    assert_true(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, priv) > 0);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
    assert_true(EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_KEYPAIR, params) > 0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_clear_free(priv);
    OPENSSL_free(pub);
    EVP_PKEY_free(other);
    return out;
}

static void test_a_faulty_signature_never_leaves(void **state)
{
    EVP_PKEY *bad = mismatched();
    struct certbuild_params p = {SERVICE_TVS, subject, NULL, bad, then, 10};
    struct vox_error err;
    struct cert *c;
    struct bytes req;

    (void)state;
    assert_int_equal(certbuild_self_signed(&p, &c, &err), VOX_E_CRYPTO);
    assert_non_null(strstr(err.text, "does not verify"));
    assert_null(c);
    assert_int_equal(certbuild_request(&p, &req, &err), VOX_E_CRYPTO);
    assert_null(req.data);
    EVP_PKEY_free(bad);
}

static void test_a_public_key_alone_signs_nothing(void **state)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(ec256, &der);
    const unsigned char *p = der;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, len);
    struct certbuild_params params = {SERVICE_TVS, subject, NULL, public, then, 10};
    struct cert *c;

    (void)state;
    assert_non_null(public);
    assert_int_equal(certbuild_self_signed(&params, &c, NULL), VOX_E_CRYPTO);
    assert_null(c);
    EVP_PKEY_free(public);
    OPENSSL_free(der);
}

static int run(const char *command)
{
    int status = system(command);

    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* Two other readers take the self-signed certificate of every service as its own anchor. */
static void test_other_readers_accept(void **state)
{
    static const char *const san[] = {"cm1.example", "192.0.2.1", NULL};
    char folder[] = "/tmp/test-certbuild.XXXXXX", path[64], command[1024];

    (void)state;
    if (run("command -v openssl >/dev/null && command -v certtool >/dev/null") != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/self.pem", folder);
    for (enum service s = 0; s < SERVICE_COUNT; s++) {
        for (int ec = 0; ec < 2; ec++) {
            struct certbuild_params p = {s, subject, san, ec ? ec256 : rsa, (int64_t)time(NULL) - 60, 1825};
            struct cert *c;

            assert_int_equal(certbuild_self_signed(&p, &c, NULL), VOX_OK);
            FILE *f = fopen(path, "w");
            assert_non_null(f);
            assert_true(PEM_write_X509(f, cert_x509(c)) > 0);
            assert_int_equal(fclose(f), 0);
            (void)snprintf(command, sizeof command,
                           "openssl verify -x509_strict -check_ss_sig -CAfile %s %s >%s/log 2>&1 && certtool "
                           "--verify-chain --infile %s >>%s/log 2>&1 && certtool --verify --load-ca-certificate %s "
                           "--infile %s >>%s/log 2>&1",
                           path, path, folder, path, folder, path, path, folder);
            if (run(command) != 0) {
                (void)snprintf(command, sizeof command, "cat %s/log", folder);
                (void)run(command);
                fail_msg("%s %s", service_name(s), ec ? "EC" : "RSA");
            }
            cert_free(&c);
        }
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(run(command), 0);
}

static void test_request_has_the_usages(void **state)
{
    static const char *const san[] = {"cm1.example", NULL};

    (void)state;
    for (enum service s = 0; s < SERVICE_COUNT; s++) {
        struct certbuild_params p = {s, subject, san, rsa, 0, 0};
        struct bytes pem;
        int critical;

        assert_int_equal(certbuild_request(&p, &pem, NULL), VOX_OK);
        BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
        X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
        assert_non_null(req);
        assert_int_equal(X509_REQ_verify(req, rsa), 1);
        assert_int_equal(X509_NAME_cmp(X509_REQ_get_subject_name(req), subject), 0);
        STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
        ASN1_BIT_STRING *usage = X509V3_get_d2i(exts, NID_key_usage, &critical, NULL);
        BASIC_CONSTRAINTS *bc = X509V3_get_d2i(exts, NID_basic_constraints, NULL, NULL);
        assert_non_null(usage);
        assert_int_equal(ASN1_BIT_STRING_get_bit(usage, 5), s == SERVICE_CAPF); /* keyCertSign */
        assert_int_equal(bc->ca != 0, s == SERVICE_CAPF);
        assert_int_equal(ASN1_BIT_STRING_get_bit(usage, 0), 1);
        assert_true(X509v3_get_ext_by_NID(exts, NID_subject_alt_name, -1) >= 0);
        BASIC_CONSTRAINTS_free(bc);
        ASN1_BIT_STRING_free(usage);
        sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
        X509_REQ_free(req);
        BIO_free(bio);
        bytes_free(&pem);
    }
}

static void test_default_days(void **state)
{
    (void)state;
    for (enum service s = 0; s < SERVICE_COUNT; s++)
        assert_int_equal(certbuild_default_days(s), s == SERVICE_ITLRECOVERY ? 7300 : 1825);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extensions_of_each_service),
        cmocka_unit_test(test_its_own_check_has_no_findings),
        cmocka_unit_test(test_digest_follows_the_curve),
        cmocka_unit_test(test_serials_are_random_and_positive),
        cmocka_unit_test(test_alternative_names),
        cmocka_unit_test(test_alternative_names_refused),
        cmocka_unit_test(test_parameters_refused),
        cmocka_unit_test(test_dates_on_both_sides_of_2050),
        cmocka_unit_test(test_a_faulty_signature_never_leaves),
        cmocka_unit_test(test_a_public_key_alone_signs_nothing),
        cmocka_unit_test(test_other_readers_accept),
        cmocka_unit_test(test_request_has_the_usages),
        cmocka_unit_test(test_default_days),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
