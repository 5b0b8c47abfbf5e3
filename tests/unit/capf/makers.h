/* A manufacturer of phones, for tests of the state process: its root in CAPF-trust, and certificates by it. */
#ifndef UNIT_CAPF_MAKERS_H
#define UNIT_CAPF_MAKERS_H

#include "serving.h"

static EVP_PKEY *maker_key;
static struct cert *maker;
static char maker_binding[64];
static int64_t made_until = DAY; /* from now: the end of what made_by() makes */

/* A certificate by `by` for name, with the first key of phones. */
static struct cert *made_by(const struct cert *by, EVP_PKEY *key, const char *name)
{
    X509 *x = X509_new();
    struct cert *c;

    assert_true(X509_set_version(x, X509_VERSION_3) > 0);
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 4711) > 0);
    assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name,
                                           -1, -1, 0) > 0);
    assert_true(X509_set_issuer_name(x, X509_get_subject_name(cert_x509(by))) > 0);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)clock_now() - 9 * DAY));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(clock_now() + made_until)));
    assert_true(X509_set_pubkey(x, phone_key[0]) > 0);
    add_extension(x, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(x, NID_key_usage, "critical,digitalSignature");
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &c, &why), VOX_OK);
    X509_free(x);
    return c;
}

/* The maker's certificate into CAPF-trust. */
static void a_maker(void)
{
    const int64_t today = clock_now();
    const struct like like = {.from = today - now - DAY, .to = today - now + (int64_t)3650 * DAY};
    struct store_binding b = {.place = (char[]){"CAPF-trust"},
                              .node = (char[]){""},
                              .role = ROLE_NONE,
                              .state = BIND_ACTIVE,
                              .key_source = (char[]){""},
                              .request = (char[]){""}};
    struct cert *same_name;
    X509 *x;

    maker_key = EVP_EC_gen("P-256");
    same_name = make_ca(maker_key, &like);
    x = X509_dup(cert_x509(same_name)); /* another name than CAPF's */
    X509_NAME_ENTRY_free(X509_NAME_delete_entry(X509_get_subject_name(x), 0));
    assert_true(X509_set_issuer_name(x, X509_get_subject_name(x)) > 0);
    assert_true(X509_sign(x, maker_key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &maker, &why), VOX_OK);
    X509_free(x);
    cert_free(&same_name);
    b.cert = maker;
    assert_int_equal(store_begin(ours, &why), VOX_OK);
    if (store_binding_add(ours, &b, &why) != VOX_OK)
        fail_msg("%s", why.text);
    assert_int_equal(store_commit(ours, &why), VOX_OK);
    (void)snprintf(maker_binding, sizeof maker_binding, "%s", b.id);
    free(b.id);
    free(b.added);
}

#endif
