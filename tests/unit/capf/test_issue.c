/* The certificate of a phone: what stands in it, who else can read it, when it is refused. */
#include "issuing.h"

#include <libcert/clock.h>

static EVP_PKEY *phone_ec, *phone_rsa;

static int make_world(void **state)
{
    phone_ec = EVP_EC_gen("P-256");
    phone_rsa = EVP_RSA_gen(2048);
    return make_issuers(state);
}

static int free_world(void **state)
{
    EVP_PKEY_free(phone_ec);
    EVP_PKEY_free(phone_rsa);
    return free_issuers(state);
}

static struct cert *issue(const struct capf_issuer *i, EVP_PKEY *key, const struct key_spec *ordered, int64_t at)
{
    struct capf_request r = request_for(key, ordered);
    struct cert *c = NULL;

    if (capf_issue(i, &r, a_serial, at, &c, &why) != VOX_OK)
        fail_msg("%s (%s)", why.text, why.detail);
    assert_int_equal(capf_lint(c, i, &r, &why), VOX_OK);
    free_request(&r);
    return c;
}

static void expect_subject(const struct cert *c, const char *want)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;

    assert_true(X509_NAME_print_ex(bio, X509_get_subject_name(cert_x509(c)), 0, XN_FLAG_ONELINE) > 0);
    len = BIO_get_mem_data(bio, &text);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(text, want, (size_t)len);
    BIO_free(bio);
}

/* Written out: the linter reads the table that the issuer reads. */
static void expect_usages(const X509 *x, const char *want)
{
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    char text[200] = "", one[40];

    for (int k = 0; k < sk_ASN1_OBJECT_num(eku); k++) {
        assert_true(OBJ_obj2txt(one, sizeof one, sk_ASN1_OBJECT_value(eku, k), 1) > 0);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", one);
    }
    assert_string_equal(text, want);
    EXTENDED_KEY_USAGE_free(eku);
}

static void what_stands_in_it(void **state)
{
    struct cert *c = issue(&rsa_issuer, phone_rsa, &rsa2048, now);
    X509 *x = cert_x509(c);
    struct bytes_view serial = cert_serial(c);

    (void)state;
    expect_subject(c, "CN = " PHONE ", O = Example Voice, OU = Lab, L = Auckland, ST = AKL, C = NZ");
    assert_int_equal(serial.len, CAPF_SERIAL_LEN);
    assert_memory_equal(serial.data, a_serial, serial.len);
    assert_false(X509_get_serialNumber(x)->type & V_ASN1_NEG);
    assert_int_equal(cert_not_before(c), now - 3600);
    assert_int_equal(cert_not_after(c), now + (int64_t)1825 * DAY);
    assert_int_equal(X509_get_signature_nid(x), NID_sha256WithRSAEncryption);
    assert_int_equal(ASN1_STRING_type(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(X509_get_subject_name(x), 0))),
                     V_ASN1_UTF8STRING);
    expect_usages(x, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.5 ");
    assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_int_equal(X509_get_ext_count(x), 6);
    assert_true(cert_verify_signed_by(c, rsa_issuer.cert));
    cert_free(&c);

    c = issue(&ec_issuer, phone_ec, &p256, now); /* attributes change their order, and come all */
    x = cert_x509(c);
    expect_subject(c, "CN = " PHONE ", O = Example Voice, OU = Lab, OU = Second Lab, C = NZ");
    assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT);
    assert_int_equal(X509_get_signature_nid(x), NID_ecdsa_with_SHA256);
    cert_free(&c);
}

static void every_profile(void **state)
{
    static const char *const usages[] = {"none", "client", "ipsec,server", "server,client,ipsec"};
    static const char *const sans[] = {"none", "uri", "dns"};
    static const char *const digests[] = {"sha256", "SHA-512"};
    EVP_PKEY *p384 = EVP_EC_gen("P-384"), *p521 = EVP_EC_gen("P-521");
    EVP_PKEY *const keys[] = {phone_ec, p384, p521};
    const struct key_spec ordered[] = {p256, {.type = KEY_EC, .curve = "P-384"}, {.type = KEY_EC, .curve = "P-521"}};
    unsigned n = 0;

    (void)state;
    for (size_t u = 0; u < 4; u++) {
        for (size_t s = 0; s < 3; s++) {
            for (size_t d = 0; d < 2; d++) {
                struct capf_issuer i = d == 0 ? rsa_issuer : ec_issuer;
                struct cert *c;
                X509 *x;

                assert_int_equal(capf_profile_set(&i.profile, "usages", usages[u], &why), VOX_OK);
                assert_int_equal(capf_profile_set(&i.profile, "san", sans[s], &why), VOX_OK);
                assert_int_equal(capf_profile_set(&i.profile, "digest", digests[d], &why), VOX_OK);
                c = issue(&i, keys[n % 3], &ordered[n % 3], now);
                x = cert_x509(c);
                assert_int_equal(X509_get_ext_count(x), 4 + (u > 0) + (s > 0));
                if (u == 1)
                    assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_CLIENT);
                if (s == 2)
                    assert_int_equal(X509_check_host(x, PHONE, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL), 1);
                cert_free(&c);
                n++;
            }
        }
    }
    EVP_PKEY_free(p384);
    EVP_PKEY_free(p521);
}

/* The draft's throw-away key has to hold the longest digest, too. */
static void rsa_with_sha512(void **state)
{
    struct capf_issuer i = rsa_issuer;
    struct cert *c;

    (void)state;
    assert_int_equal(capf_profile_set(&i.profile, "digest", "sha512", &why), VOX_OK);
    c = issue(&i, phone_rsa, &rsa2048, now);
    assert_int_equal(X509_get_signature_nid(cert_x509(c)), NID_sha512WithRSAEncryption);
    cert_free(&c);
}

/* An issuer's key identifier need not be the hash of its key: what stands in its certificate counts. */
static void issuer_with_an_identifier_of_its_own(void **state)
{
    static const uint8_t id[] = {1, 2, 3, 4, 5};
    struct capf_issuer i = ec_issuer;
    struct cert *ca = make_ca(i.key, &(struct like){.key_id = "0102030405"}), *c;
    const ASN1_OCTET_STRING *authority;

    (void)state;
    i.cert = ca;
    c = issue(&i, phone_ec, &p256, now);
    assert_non_null(authority = X509_get0_authority_key_id(cert_x509(c)));
    assert_int_equal(ASN1_STRING_length(authority), sizeof id);
    assert_memory_equal(ASN1_STRING_get0_data(authority), id, sizeof id);
    cert_free(&c);
    cert_free(&ca);
}

/* What breaks a rule is not signed, and is the issuer's fault, not the phone's. */
static void a_draft_that_breaks_a_rule(void **state)
{
    struct capf_request r = request_for(phone_ec, &p256);
    struct cert *c = (struct cert *)&r; /* whatever stood there */
    struct capf_issuer i = ec_issuer;

    (void)state;
    i.profile.days = i.profile.backdate_s = 0;
    assert_int_equal(capf_issue(&i, &r, a_serial, now, &c, &why), VOX_E_CRYPTO);
    assert_int_equal(why.code, VOX_E_CRYPTO);
    assert_non_null(strstr(why.text, "not signed, for it would break a rule"));
    assert_null(c);
    free_request(&r);
}

/* Several together: each gets its own answer, whoever is refused before it. */
static void several_together(void **state)
{
    static const char *const says[] = {"", NULL, "P-384", NULL, "", NULL};
    struct capf_request good = request_for(phone_ec, &p256), nameless = good, odd = good;
    const struct capf_request *const asked[] = {&nameless, &good, &odd, &good, &nameless, &good};
    struct capf_drafting jobs[6];

    (void)state;
    nameless.device[0] = '\0';
    odd.ordered.curve = "P-384";
    for (size_t k = 0; k < 6; k++)
        jobs[k] = (struct capf_drafting){.request = asked[k], .serial = a_serial, .now = now};
    capf_drafts_make(&ec_issuer, jobs, 6);
    for (size_t k = 0; k < 6; k++) {
        assert_int_equal(jobs[k].code, says[k] == NULL ? VOX_OK : VOX_E_NO);
        assert_true((jobs[k].draft != NULL) == (says[k] == NULL));
        if (says[k] != NULL)
            assert_non_null(strstr(jobs[k].err.text, says[k]));
        capf_draft_free(&jobs[k].draft);
    }
    free_request(&good);
}

/* The largest and the smallest RSA keys that an operator can allow. */
static void sizes_of_rsa(void **state)
{
    static const unsigned bits[] = {512, 1024, 3072};
    struct capf_issuer i = ec_issuer;

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        const struct key_spec ordered = {.type = KEY_RSA, .rsa_bits = bits[k]};
        EVP_PKEY *key = EVP_RSA_gen(bits[k]);
        struct capf_request r = request_for(key, &ordered);
        struct cert *c;

        if (bits[k] < 2048)
            assert_int_equal(capf_issue(&i, &r, a_serial, now, &c, &why), VOX_E_NO);
        i.profile.rsa_min = bits[k];
        free_request(&r);
        c = issue(&i, key, &ordered, now);
        i.profile.rsa_min = 2048;
        cert_free(&c);
        EVP_PKEY_free(key);
    }
}

/* It never begins before the issuer's certificate and never ends after it, whatever the clock. */
static void dates(void **state)
{
    const int64_t from = cert_not_before(ec_issuer.cert), to = cert_not_after(ec_issuer.cert);
    struct capf_issuer i = ec_issuer;
    uint32_t random = 1;

    (void)state;
    for (int k = 0; k < 200; k++) {
        struct cert *c;
        int64_t at;

        random = random * 1664525 + 1013904223;
        i.profile.days = 1 + (int)(random >> 8) % 7300;
        i.profile.backdate_s = (int)(random >> 4) % 86400;
        random = random * 1664525 + 1013904223;
        at = k == 0 ? from : k == 1 ? to - 1 : from + (int64_t)(random >> 2) % (to - from);
        c = issue(&i, phone_ec, &p256, at);
        assert_true(cert_not_before(c) >= from && cert_not_before(c) <= at);
        assert_true(cert_not_after(c) <= to && cert_not_after(c) > at);
        cert_free(&c);
    }
}

/* GeneralizedTime from 2050 on. */
static void beyond_2050(void **state)
{
    struct capf_issuer i = ec_issuer;
    struct cert *ca = make_ca(i.key, &(struct like){.to = (int64_t)36500 * DAY}), *c;

    (void)state;
    i.cert = ca;
    i.profile.days = 7300;
    c = issue(&i, phone_ec, &p256, INT64_C(2524608000) - 10 * DAY);
    assert_int_equal(ASN1_STRING_type(X509_get0_notBefore(cert_x509(c))), V_ASN1_UTCTIME);
    assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(cert_x509(c))), V_ASN1_GENERALIZEDTIME);
    cert_free(&c);
    cert_free(&ca);
}

static void the_clock_is_wrong(void **state)
{
    struct capf_request r = request_for(phone_ec, &p256);
    struct cert *c;

    (void)state;
    assert_int_equal(capf_issue(&ec_issuer, &r, a_serial, cert_not_before(ec_issuer.cert) - 1, &c, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "not valid before 2026-01-15T08:00:00Z"));
    assert_null(c);
    assert_int_equal(capf_issue(&ec_issuer, &r, a_serial, cert_not_after(ec_issuer.cert), &c, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "ended on"));
    assert_int_equal(capf_issue(&ec_issuer, &r, a_serial, 0, &c, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "the clock says 1970-01-01T00:00:00Z"));
    free_request(&r);
}

static void names_and_serials(void **state)
{
    static const char *const bad[] = {"", "../x", "SEP 1", "sep001122334455", "SEP\n1", "-SEP", "SEP%s", "S;--"};
    static const uint8_t none[CAPF_SERIAL_LEN], low[CAPF_SERIAL_LEN] = {[9] = 1, [15] = 1},
                                                least[CAPF_SERIAL_LEN] = {[8] = 0x80};
    struct capf_request r = request_for(phone_ec, &p256);
    struct cert *c;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        (void)snprintf(r.device, sizeof r.device, "%s", bad[k]);
        assert_int_equal(capf_issue(&ec_issuer, &r, a_serial, now, &c, &why), VOX_E_NO);
        assert_int_equal(why.code, VOX_E_NO);
    }
    (void)snprintf(r.device, sizeof r.device, "CSFALICE_1.A-B");
    assert_int_equal(capf_issue(&ec_issuer, &r, none, now, &c, &why), VOX_E_CRYPTO);
    assert_non_null(strstr(why.text, "for a serial number is not random"));
    assert_int_equal(capf_issue(&ec_issuer, &r, low, now, &c, &why), VOX_E_CRYPTO);
    assert_non_null(strstr(why.text, "for a serial number is not random"));
    assert_int_equal(capf_issue(&ec_issuer, &r, least, now, &c, &why), VOX_OK);
    expect_subject(c, "CN = CSFALICE_1.A-B, O = Example Voice, OU = Lab, OU = Second Lab, C = NZ");
    cert_free(&c);
    free_request(&r);
}

/* A private key that is not the certificate's: nothing comes out, whatever was signed. */
static void another_key(void **state)
{
    struct capf_issuer i = ec_issuer;
    struct capf_request r = request_for(phone_ec, &p256);
    struct cert *c;

    (void)state;
    i.key = phone_ec;
    assert_int_equal(capf_issuer_check(&i, now, &why), VOX_E_NO);
    free_request(&r);
    r = request_for(phone_rsa, &rsa2048); /* not the key that is the issuer's now */
    assert_int_equal(capf_issue(&i, &r, a_serial, now, &c, &why), VOX_E_CRYPTO);
    assert_non_null(strstr(why.text, "does not verify with the issuer's certificate"));
    assert_null(c);
    i.key = NULL;
    assert_int_equal(capf_issuer_check(&i, now, &why), VOX_E_NO);
    free_request(&r);
}

static void who_may_issue(void **state)
{
    const struct {
        struct like like;
        const char *why;
    } cases[] = {
        {{.constraints = ""}, "no CA's"},    {{.constraints = "critical,CA:FALSE"}, "no CA's"},
        {{.usage = ""}, "keyCertSign"},      {{.usage = "critical,digitalSignature,cRLSign"}, "keyCertSign"},
        {{.from = DAY}, "not valid before"}, {{.to = -DAY}, "ended on"},
        {{.nameless = true}, "no name"},     {{.broken = true}, "extensions that cannot be read"},
        {{.no_key_id = true}, NULL},         {{0}, NULL},
    };
    struct capf_issuer i = ec_issuer;
    struct cert *weak, *c;

    (void)state;
    assert_int_equal(capf_issuer_check(&rsa_issuer, now, &why), VOX_OK);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct cert *ca = make_ca(ec_issuer.key, &cases[k].like);

        i.cert = ca;
        if (cases[k].why == NULL) {
            assert_int_equal(capf_issuer_check(&i, now, &why), VOX_OK);
            c = issue(&i, phone_ec, &p256, now);
            cert_free(&c);
        } else {
            assert_int_equal(capf_issuer_check(&i, now, &why), VOX_E_NO);
            assert_int_equal(why.code, VOX_E_NO);
            if (strstr(why.text, cases[k].why) == NULL)
                fail_msg("\"%s\" does not say \"%s\"", why.text, cases[k].why);
        }
        cert_free(&ca);
    }
    i.key = EVP_RSA_gen(512);
    i.cert = weak = make_ca(i.key, &(struct like){0});
    assert_int_equal(capf_issuer_check(&i, now, &why), VOX_E_NO);
    assert_non_null(strstr(why.text, "512 bits"));
    EVP_PKEY_free(i.key);
    cert_free(&weak);
    i = ec_issuer;
    i.profile.rsa_min = 4096;
    i.profile.rsa_max = 2048;
    assert_int_equal(capf_issuer_check(&i, now, &why), VOX_E_NO);
    i.profile.rsa_min = i.profile.rsa_max; /* one size and no other */
    assert_int_equal(capf_issuer_check(&i, now, &why), VOX_OK);
}

static void save(const char *dir, const char *name, const struct cert *c)
{
    char path[300];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_non_null(f = fopen(path, "w"));
    assert_true(PEM_write_X509(f, cert_x509(c)) > 0);
    fclose(f);
}

/* Readers that we did not write: OpenSSL's strict verification and GnuTLS, which knows no time but today's. */
static void others_accept_it(void **state)
{
    const int64_t today = clock_now();
    const struct like like = {.from = today - now - DAY, .to = today - now + (int64_t)3650 * DAY};
    char dir[] = "/tmp/issue-XXXXXX", command[1000];

    (void)state;
    if (system("command -v openssl certtool >/dev/null 2>&1") != 0)
        skip();
    assert_non_null(mkdtemp(dir));
    for (int k = 0; k < 2; k++) {
        struct capf_issuer i = k == 0 ? rsa_issuer : ec_issuer;
        struct cert *ca = make_ca(i.key, &like), *c;

        i.cert = ca;
        c = issue(&i, k == 0 ? phone_rsa : phone_ec, k == 0 ? &rsa2048 : &p256, today);
        save(dir, "ca.pem", ca);
        save(dir, "lsc.pem", c);
        (void)snprintf(command, sizeof command,
                       "cd %s && openssl verify -x509_strict -purpose sslclient -CAfile ca.pem lsc.pem >out 2>&1 && "
                       "openssl verify -x509_strict -purpose sslserver -CAfile ca.pem lsc.pem >>out 2>&1 && "
                       "cat lsc.pem ca.pem | certtool --verify-chain >>out 2>&1 && "
                       "certtool -i <lsc.pem >>out 2>&1 || { cat out; exit 1; }",
                       dir);
        if (system(command) != 0)
            fail_msg("issuer %d: refused by others", k);
        cert_free(&c);
        cert_free(&ca);
    }
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

static void request_ids(void **state)
{
    static const uint8_t one[] = "ab", two[] = "b";
    uint8_t a[CAPF_REQUEST_ID_LEN], b[CAPF_REQUEST_ID_LEN];

    (void)state;
    assert_true(capf_request_id("SEP1", "op", (struct bytes_view){one, 2}, a));
    assert_true(capf_request_id("SEP1", "op", (struct bytes_view){one, 2}, b));
    assert_memory_equal(a, b, sizeof a);
    assert_true(capf_request_id("SEP1", "op", (struct bytes_view){two, 1}, b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(capf_request_id("SEP1", "opa", (struct bytes_view){two, 1}, b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(capf_request_id("SEP1o", "p", (struct bytes_view){one, 2}, b));
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_in_it),
        cmocka_unit_test(every_profile),
        cmocka_unit_test(sizes_of_rsa),
        cmocka_unit_test(dates),
        cmocka_unit_test(beyond_2050),
        cmocka_unit_test(the_clock_is_wrong),
        cmocka_unit_test(names_and_serials),
        cmocka_unit_test(another_key),
        cmocka_unit_test(who_may_issue),
        cmocka_unit_test(others_accept_it),
        cmocka_unit_test(request_ids),
        cmocka_unit_test(rsa_with_sha512),
        cmocka_unit_test(a_draft_that_breaks_a_rule),
        cmocka_unit_test(issuer_with_an_identifier_of_its_own),
        cmocka_unit_test(several_together),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
