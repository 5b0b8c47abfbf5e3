/* What phones are told: the very certificate or none; by name only when it is unique. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/role.h>
#include <tvs/answer.h>

static const int64_t within = 1800000000; /* 2027: all lab certificates are valid */

static struct cert *lab(const char *name)
{
    char path[512];
    struct bundle bundle;
    struct bytes file;
    struct cert *cert;

    strcpy(path, VOX_VECTORS "/lab/");
    strcat(path, name);
    assert_int_equal(file_read(path, 100000, &file, NULL), VOX_OK);
    assert_int_equal(bundle_read(file.data, file.len, name, NULL, &bundle, NULL), VOX_OK);
    cert = cert_ref(bundle.certs[0]);
    bundle_free(&bundle);
    bytes_free(&file);
    return cert;
}

struct world {
    struct cert *ccm, *tvs, *stranger;
    struct tvs_snapshot *snapshot;
};

static int setup(void **state)
{
    static struct world w;

    w.ccm = lab("ccm.pem");
    w.tvs = lab("tvs.pem");
    w.stranger = lab("app.pem");
    const struct tvs_entry entries[] = {
        {.cert = w.ccm, .roles = {ROLE_TFTP}, .nroles = 1, .ttl = 86400},
        {.cert = w.tvs, .roles = {ROLE_TVS}, .nroles = 1, .ttl = 86400},
        {.cert = w.ccm, .roles = {ROLE_SAST, ROLE_TFTP}, .nroles = 2, .ttl = 600}, /* again: merged */
    };
    *state = &w;
    return tvs_snapshot_new(entries, 3, &w.snapshot, NULL) != VOX_OK;
}

static int teardown(void **state)
{
    struct world *w = *state;

    cert_free(&w->ccm);
    cert_free(&w->tvs);
    cert_free(&w->stranger);
    tvs_snapshot_free(&w->snapshot);
    return 0;
}

static struct tvs_outcome ask(const struct world *w, const struct tvs_message *m, struct tvs_policy policy,
                              struct tvs_message *reply, struct bytes *bytes)
{
    struct tvs_outcome o;
    struct vox_error err;

    if (tvs_answer(m, w->snapshot, &policy, bytes, &o, &err) != VOX_OK)
        fail_msg("%s", err.text);
    assert_int_equal(tvs_message_read(bytes->data, bytes->len, reply, &err), VOX_OK);
    assert_int_equal(reply->session, m->session);
    assert_int_equal(reply->command, m->command + 1);
    return o;
}

static void test_verify(void **state)
{
    const struct world *w = *state;
    struct tvs_message m = {.command = TVS_VERIFY_REQUEST, .session = 77, .certificate = cert_der(w->ccm)}, reply;
    struct tvs_outcome o;
    struct bytes b;

    assert_int_equal(tvs_snapshot_count(w->snapshot), 2);
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_TRUSTED);
    assert_int_equal(o.reason, TVS_BY_CERTIFICATE);
    assert_int_equal(reply.roles.len, 2); /* united, ascending */
    assert_memory_equal(reply.roles.data, "\x00\x03", 2);
    assert_int_equal(reply.ttl, 600); /* the shorter */
    assert_null(reply.certificate.data);
    bytes_free(&b);

    m.certificate = cert_der(w->stranger);
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_NOT_TRUSTED);
    assert_int_equal(o.reason, TVS_UNKNOWN);
    assert_false(reply.has_ttl);
    assert_null(reply.roles.data);
    bytes_free(&b);
}

/* Every single flipped bit of a trusted certificate makes it another one. */
static void test_a_flipped_bit_is_a_stranger(void **state)
{
    const struct world *w = *state;
    struct bytes_view der = cert_der(w->ccm);
    struct tvs_policy policy = {.now = within};
    struct tvs_outcome o;
    struct bytes copy, b;

    assert_int_equal(bytes_copy(&copy, der.data, der.len, NULL), VOX_OK);
    for (size_t bit = 0; bit < 8 * der.len; bit++) {
        struct tvs_message m = {.command = TVS_VERIFY_REQUEST, .certificate = bytes_view_of(&copy)};

        copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(tvs_answer(&m, w->snapshot, &policy, &b, &o, NULL), VOX_OK);
        assert_int_equal(o.status, TVS_NOT_TRUSTED);
        bytes_free(&b);
        copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes_free(&copy);
}

static void test_query(void **state)
{
    const struct world *w = *state;
    static const char subject[] = "CN=vector-ccm;OU=Lab;O=Example Voice;L=Auckland;ST=AKL;C=NZ";
    struct tvs_message m = {.command = TVS_QUERY_REQUEST,
                            .session = 5,
                            .subject = subject,
                            .issuer = subject,
                            .serial = cert_serial(w->ccm)};
    struct tvs_message reply;
    struct tvs_outcome o;
    struct bytes b;

    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(o.reason, TVS_BY_SERIAL);
    assert_int_equal(reply.status, TVS_TRUSTED);
    assert_true(bytes_equal(reply.certificate, cert_der(w->ccm)));
    bytes_free(&b);

    m.serial = (struct bytes_view){NULL, 0}; /* only the subject came through */
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(o.reason, TVS_BY_SUBJECT);
    assert_int_equal(reply.status, TVS_TRUSTED);
    bytes_free(&b);

    m.subject = "CN=vector-ccm;O=Somebody Else"; /* another one of that name */
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_NOT_TRUSTED);
    bytes_free(&b);

    m.issuer = subject; /* serial number and issuer find it whatever the subject says */
    m.serial = cert_serial(w->ccm);
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(o.reason, TVS_BY_SERIAL);
    assert_true(bytes_equal(reply.certificate, cert_der(w->ccm)));
    bytes_free(&b);

    m.issuer = NULL; /* without the issuer the subject has to agree */
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_NOT_TRUSTED);
    bytes_free(&b);

    m.subject = subject;
    m.issuer = "CN=somebody";
    m.serial = cert_serial(w->ccm);
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_NOT_TRUSTED);
    assert_int_equal(o.reason, TVS_UNKNOWN);
    bytes_free(&b);

    m.subject = m.issuer = NULL;
    m.serial = cert_serial(w->stranger);
    o = ask(w, &m, (struct tvs_policy){.now = within}, &reply, &b);
    assert_int_equal(reply.status, TVS_NOT_TRUSTED);
    bytes_free(&b);
}

/* A certificate with an EC key of its own: {.issuer NULL} by itself, valid from and to. */
static struct cert *made(const char *subject, const char *issuer, long serial, int64_t from, int64_t to)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    struct cert *c;

    assert_true(X509_set_version(x, X509_VERSION_3) > 0);
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), serial) > 0);
    assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                           (const unsigned char *)subject, -1, -1, 0) > 0);
    assert_true(X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)issuer,
                                           -1, -1, 0) > 0);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)from));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)to));
    assert_true(X509_set_pubkey(x, key) > 0);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, NULL), VOX_OK);
    X509_free(x);
    EVP_PKEY_free(key);
    return c;
}

/* Several certificates that a question fits: none is answered for, unless the rest of the question chooses one. */
static void test_ambiguous_names_are_not_trusted(void **state)
{
    enum { OLD, NEW, ONE, OTHER, ALL };
    const int64_t from = within - 1000, to = within + 1000;
    struct cert *c[ALL] = {
        [OLD] = made("server", "CA", 1, from, to), /* renewed under its name */
        [NEW] = made("server", "CA", 2, from, to),
        [ONE] = made("one", "CA", 3, from, to), /* a CA that has given a number twice */
        [OTHER] = made("other", "CA", 3, from, to),
    };
    static const struct {
        const char *subject, *issuer;
        int number; /* whose serial number; -1: none is sent */
        int which;  /* -1: several */
    } cases[] = {
        {"CN=server", NULL, -1, -1},   {"CN=server", "CN=CA", -1, -1},    {"CN=server", "CN=CA", OLD, OLD},
        {"CN=server", NULL, NEW, NEW}, {"CN=one", NULL, -1, ONE},         {NULL, "CN=CA", ONE, -1},
        {"CN=one", "CN=CA", ONE, ONE}, {"CN=other", "CN=CA", ONE, OTHER}, {NULL, NULL, ONE, -1},
    };
    struct tvs_entry entries[ALL] = {{0}};
    struct world w = {0};

    (void)state;
    for (int i = 0; i < ALL; i++)
        entries[i] = (struct tvs_entry){.cert = c[i], .roles = {0}, .nroles = 1, .ttl = 1};
    assert_int_equal(tvs_snapshot_new(entries, ALL, &w.snapshot, NULL), VOX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tvs_message m = {.command = TVS_QUERY_REQUEST, .subject = cases[i].subject, .issuer = cases[i].issuer};
        struct tvs_message reply;
        struct bytes b;

        if (cases[i].number >= 0)
            m.serial = cert_serial(c[cases[i].number]);
        const struct tvs_outcome o = ask(&w, &m, (struct tvs_policy){.now = within}, &reply, &b);
        if (cases[i].which < 0) {
            if (o.reason != TVS_AMBIGUOUS || reply.status != TVS_NOT_TRUSTED || reply.certificate.data != NULL)
                fail_msg("case %zu: %s", i, tvs_reason_word(o.reason));
        } else if (reply.status != TVS_TRUSTED || !bytes_equal(reply.certificate, cert_der(c[cases[i].which]))) {
            fail_msg("case %zu: %s", i, tvs_reason_word(o.reason));
        }
        bytes_free(&b);
    }
    tvs_snapshot_free(&w.snapshot);
    for (int i = 0; i < ALL; i++)
        cert_free(&c[i]);
}

/* The first and the last second count. */
static void test_to_the_second(void **state)
{
    static const struct {
        int64_t at;
        bool outside;
    } moments[] = {{-101, true}, {-100, false}, {100, false}, {101, true}};
    struct cert *c = made("server", "CA", 1, within - 100, within + 100);
    const struct tvs_entry entry = {.cert = c, .roles = {0}, .nroles = 1, .ttl = 1};
    const struct tvs_message m = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(c)};
    struct world w = {0};

    (void)state;
    assert_int_equal(tvs_snapshot_new(&entry, 1, &w.snapshot, NULL), VOX_OK);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        const struct tvs_policy policy = {.now = within + moments[i].at, .refuse_expired = true};
        struct tvs_message reply;
        struct bytes b;

        assert_int_equal(ask(&w, &m, policy, &reply, &b).outside_validity, moments[i].outside);
        assert_int_equal(reply.status, moments[i].outside ? TVS_NOT_TRUSTED : TVS_TRUSTED);
        bytes_free(&b);
    }
    tvs_snapshot_free(&w.snapshot);
    cert_free(&c);
}

static void test_dates(void **state)
{
    const struct world *w = *state;
    static const int64_t clocks[] = {0, 1, 4102444800}; /* 1970; 2100 */
    struct tvs_message m = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(w->ccm)}, reply;
    struct tvs_outcome o;
    struct bytes b;

    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        o = ask(w, &m, (struct tvs_policy){.now = clocks[i]}, &reply, &b);
        assert_int_equal(reply.status, TVS_TRUSTED); /* phones have no clock yet: answered, and logged */
        assert_true(o.outside_validity);
        bytes_free(&b);
        o = ask(w, &m, (struct tvs_policy){.now = clocks[i], .refuse_expired = true}, &reply, &b);
        assert_int_equal(reply.status, TVS_NOT_TRUSTED);
        assert_int_equal(o.reason, TVS_EXPIRED);
        bytes_free(&b);
    }
    o = ask(w, &m, (struct tvs_policy){.now = within, .refuse_expired = true}, &reply, &b);
    assert_int_equal(reply.status, TVS_TRUSTED);
    assert_false(o.outside_validity);
    bytes_free(&b);
}

static void test_responses_are_no_requests(void **state)
{
    const struct world *w = *state;
    const struct tvs_policy policy = {.now = within};
    struct tvs_outcome o;
    struct bytes b = {NULL, 0};

    for (int c = 0; c < 256; c++) {
        const struct tvs_message m = {.command = (uint8_t)c, .has_status = true};

        if (c == TVS_VERIFY_REQUEST || c == TVS_QUERY_REQUEST)
            continue;
        assert_int_equal(tvs_answer(&m, w->snapshot, &policy, &b, &o, NULL), VOX_E_INPUT);
        assert_null(b.data);
    }
}

static void test_an_empty_cluster_trusts_nobody(void **state)
{
    const struct world *w = *state;
    const struct tvs_message m = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(w->ccm)};
    const struct tvs_policy policy = {.now = within};
    struct tvs_snapshot *s;
    struct tvs_outcome o;
    struct bytes b;

    assert_int_equal(tvs_snapshot_new(NULL, 0, &s, NULL), VOX_OK);
    assert_int_equal(tvs_answer(&m, s, &policy, &b, &o, NULL), VOX_OK);
    assert_int_equal(o.status, TVS_NOT_TRUSTED);
    bytes_free(&b);
    tvs_snapshot_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_a_flipped_bit_is_a_stranger),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_ambiguous_names_are_not_trusted),
        cmocka_unit_test(test_to_the_second),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_responses_are_no_requests),
        cmocka_unit_test(test_an_empty_cluster_trusts_nobody),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
