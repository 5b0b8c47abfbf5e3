/* Issuers and requests on which the issuer is tried. */
#ifndef UNIT_CAPF_ISSUING_H
#define UNIT_CAPF_ISSUING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <capf/issuer.h>

enum { DAY = 86400 };
static const int64_t now = 1800000000; /* 2027-01-15T08:00:00Z: within the lab's certificates */
#define PHONE "SEP001122334455"

__attribute__((unused)) static struct capf_issuer rsa_issuer, ec_issuer;
static struct vox_error why;

static void add_extension(X509 *x, int nid, const char *text)
{
    X509V3_CTX ctx;
    X509_EXTENSION *e;

    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
    assert_non_null(e);
    assert_true(X509_add_ext(x, e, -1) > 0);
    X509_EXTENSION_free(e);
}

/* What a CA's certificate is like; zeros are the usual. */
struct like {
    int64_t from, to;                /* relative to now; a year before and ten after it */
    const char *constraints, *usage; /* "" for none */
    bool nameless, no_key_id, broken;
    const char *key_id; /* in place of the key's hash */
};

__attribute__((unused)) static struct cert *make_ca(EVP_PKEY *key, const struct like *l)
{
    static const char *const name[][2] = {{"C", "NZ"},         {"O", "Example Voice"},
                                          {"OU", "Lab"},       {"OU", "Second Lab"},
                                          {"CN", "CAPF-1234"}, {"emailAddress", "a@b.example"}};
    X509 *x = X509_new();
    struct cert *out;

    assert_true(X509_set_version(x, X509_VERSION_3) > 0);
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 77) > 0);
    for (size_t i = 0; !l->nameless && i < sizeof name / sizeof *name; i++)
        assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), name[i][0], MBSTRING_UTF8,
                                               (const unsigned char *)name[i][1], -1, -1, 0) > 0);
    assert_true(X509_set_issuer_name(x, X509_get_subject_name(x)) > 0);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now + (l->from != 0 ? l->from : -365 * DAY))));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now + (l->to != 0 ? l->to : 3650 * DAY))));
    assert_true(X509_set_pubkey(x, key) > 0);
    if (l->constraints == NULL || l->constraints[0] != '\0')
        add_extension(x, NID_basic_constraints, l->constraints != NULL ? l->constraints : "critical,CA:TRUE,pathlen:0");
    if (l->usage == NULL || l->usage[0] != '\0')
        add_extension(x, NID_key_usage, l->usage != NULL ? l->usage : "critical,digitalSignature,keyCertSign");
    if (!l->no_key_id)
        add_extension(x, NID_subject_key_identifier, l->key_id != NULL ? l->key_id : "hash");
    if (l->broken)
        add_extension(x, NID_subject_alt_name, "DER:3001");
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &out, &why), VOX_OK);
    X509_free(x);
    return out;
}

/* The lab's CAPF (RSA 2048), and one with an EC key whose name is encoded from C to CN. */
__attribute__((unused)) static int make_issuers(void **state)
{
    char path[300];
    X509 *x;
    struct cert *c;
    FILE *f;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/lab/capf.pem", VOX_VECTORS);
    assert_non_null(f = fopen(path, "r"));
    rsa_issuer.key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    rewind(f);
    assert_non_null(x = PEM_read_X509(f, NULL, NULL, NULL));
    fclose(f);
    assert_int_equal(cert_from_x509(x, &c, &why), VOX_OK);
    X509_free(x);
    rsa_issuer.cert = c;
    rsa_issuer.profile = ec_issuer.profile = capf_profile_default();
    ec_issuer.key = EVP_EC_gen("P-256");
    ec_issuer.cert = make_ca(ec_issuer.key, &(struct like){0});
    return 0;
}

__attribute__((unused)) static int free_issuers(void **state)
{
    struct cert *a = (struct cert *)(uintptr_t)rsa_issuer.cert, *b = (struct cert *)(uintptr_t)ec_issuer.cert;

    (void)state;
    cert_free(&a);
    cert_free(&b);
    EVP_PKEY_free(rsa_issuer.key);
    EVP_PKEY_free(ec_issuer.key);
    return 0;
}

__attribute__((unused)) static const struct key_spec p256 = {.type = KEY_EC, .curve = "P-256"};
__attribute__((unused)) static const struct key_spec rsa2048 = {.type = KEY_RSA, .rsa_bits = 2048};

/* A request for a public key in DER, which it takes over: free with OPENSSL_free(). */
__attribute__((unused)) static struct capf_request request_for(const EVP_PKEY *key, const struct key_spec *ordered)
{
    struct capf_request r = {.device = PHONE, .ordered = *ordered};
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    assert_true(len > 0);
    r.public_key = (struct bytes_view){der, (size_t)len};
    assert_true(capf_request_id(PHONE, "operation", r.public_key, r.id));
    return r;
}

__attribute__((unused)) static void free_request(struct capf_request *r)
{
    OPENSSL_free((void *)(uintptr_t)r->public_key.data);
    r->public_key = (struct bytes_view){0};
}

__attribute__((unused)) static const uint8_t a_serial[CAPF_SERIAL_LEN] = {0xf0, 1, 2,  3,  4,  5,  6,  7,
                                                                          8,    9, 10, 11, 12, 13, 14, 15};

#endif
