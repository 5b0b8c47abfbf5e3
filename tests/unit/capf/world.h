/* The world in which proofs are tried: CAPF, a manufacturer, somebody else of the same name, and their certificates. */
#ifndef UNIT_CAPF_WORLD_H
#define UNIT_CAPF_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <capf/proof.h>

static const int64_t now = 1800000000, day = 86400;
#define PHONE "SEP001122334455"

/* Keys: making RSA ones is slow, so there is one for leaves, and one with a small exponent. */
static EVP_PKEY *ca_key, *root_key, *mid_key, *rogue_key, *rsa_key, *ec_key, *small_key;

/* What a certificate is like; zeros are the usual. */
struct like {
    const char *cn, *issuer;
    EVP_PKEY *key, *by;
    const EVP_MD *md; /* SHA-256 */
    int64_t from, to; /* relative to now; a year around it */
    bool ca;
    const char *constraints, *usage, *extended, *more, *comment; /* extension texts; "" for none */
    bool twice;                                                  /* the usage */
};

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

static void set_name(X509_NAME *name, const char *cn)
{
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0) > 0);
    assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Lab", -1, -1, 0) > 0);
}

static struct cert *make(const struct like *l)
{
    static long serial;
    X509 *x = X509_new();
    struct cert *out;
    struct vox_error err;
    const char *constraints = l->constraints != NULL ? l->constraints
                              : l->ca                ? "critical,CA:TRUE"
                                                     : "critical,CA:FALSE";
    const char *usage = l->usage != NULL ? l->usage
                        : l->ca          ? "critical,keyCertSign,cRLSign,digitalSignature"
                                         : "critical,digitalSignature,keyEncipherment";

    assert_true(X509_set_version(x, 2) > 0);
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) > 0);
    set_name(X509_get_subject_name(x), l->cn);
    set_name(X509_get_issuer_name(x), l->issuer);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now + (l->from != 0 ? l->from : -365 * day))));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now + (l->to != 0 ? l->to : 365 * day))));
    assert_true(X509_set_pubkey(x, l->key) > 0);
    if (constraints[0] != '\0')
        add_extension(x, NID_basic_constraints, constraints);
    if (usage[0] != '\0')
        add_extension(x, NID_key_usage, usage);
    if (l->extended != NULL)
        add_extension(x, NID_ext_key_usage, l->extended);
    if (l->more != NULL)
        add_extension(x, NID_policy_constraints, l->more);
    if (l->comment != NULL)
        add_extension(x, NID_netscape_comment, l->comment);
    if (l->twice)
        add_extension(x, NID_key_usage, "critical,digitalSignature");
    assert_true(X509_sign(x, l->by, l->md != NULL ? l->md : EVP_sha256()) > 0);
    assert_int_equal(cert_from_x509(x, &out, &err), VOX_OK);
    X509_free(x);
    return out;
}

/* The world of a test: CAPF, a manufacturer with root and intermediate, and somebody else of the same names. */
static struct cert *capf, *root, *mid, *rogue_capf;

static int make_world(void **state)
{
    BIGNUM *three = BN_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);

    (void)state;
    ca_key = EVP_RSA_gen(1024); /* RSA, since nothing else is signed with MD5 */
    root_key = EVP_RSA_gen(1024);
    mid_key = EVP_RSA_gen(1024);
    rogue_key = EVP_EC_gen("P-256");
    ec_key = EVP_EC_gen("P-384");
    rsa_key = EVP_RSA_gen(2048);
    assert_true(BN_set_word(three, 3) > 0 && EVP_PKEY_keygen_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024) > 0);
    assert_true(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, three) > 0);
    assert_true(EVP_PKEY_generate(ctx, &small_key) > 0);
    EVP_PKEY_CTX_free(ctx);
    BN_free(three);
    capf = make(&(struct like){.cn = "CAPF",
                               .issuer = "CAPF",
                               .key = ca_key,
                               .by = ca_key,
                               .ca = true,
                               .constraints = "critical,CA:TRUE,pathlen:0"});
    root = make(&(struct like){.cn = "Root",
                               .issuer = "Root",
                               .key = root_key,
                               .by = root_key,
                               .ca = true,
                               .md = EVP_md5()}); /* a root's own signature protects nothing */
    mid = make(&(struct like){.cn = "Maker",
                              .issuer = "Root",
                              .key = mid_key,
                              .by = root_key,
                              .ca = true,
                              .md = EVP_sha1(),
                              .constraints = "critical,CA:TRUE,pathlen:0"});
    rogue_capf = make(&(struct like){.cn = "CAPF", .issuer = "CAPF", .key = rogue_key, .by = rogue_key, .ca = true});
    return 0;
}

static int free_world(void **state)
{
    EVP_PKEY *const keys[] = {ca_key, root_key, mid_key, rogue_key, rsa_key, ec_key, small_key};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        EVP_PKEY_free(keys[i]);
    cert_free(&capf);
    cert_free(&root);
    cert_free(&mid);
    cert_free(&rogue_capf);
    return 0;
}

__attribute__((unused)) static struct cert *lsc(const char *cn, EVP_PKEY *key)
{
    return make(&(struct like){.cn = cn, .issuer = "CAPF", .key = key, .by = ca_key});
}

__attribute__((unused)) static struct cert *mic(const char *cn, EVP_PKEY *key)
{
    return make(&(struct like){.cn = cn, .issuer = "Maker", .key = key, .by = mid_key, .md = EVP_sha1()});
}

/* Shows c with signatures that are right, and asks. */
struct ask {
    const char *device; /* PHONE */
    enum phone_proof mode;
    bool accept_expired;
    struct cert *sudi;
    EVP_PKEY *sudi_key;
    uint32_t signed_session, session; /* what the SUDI was signed for, and what the session is */
    struct cert *const *roots;        /* root and mid */
    size_t nroots;
};

static struct vox_error why;

static enum vox_err ask(struct cert *c, EVP_PKEY *key, const struct ask *a, struct capf_proof_result *result)
{
    struct cert *const issuers[] = {capf};
    struct cert *const usual[] = {mid, root};
    const struct capf_trust trust = {
        .issuers = issuers,
        .nissuers = 1,
        .mic_roots = a->roots != NULL ? a->roots : usual,
        .nmic_roots = a->roots != NULL ? a->nroots : 2,
        .accept_expired_mic = a->accept_expired,
    };
    const char *device = a->device != NULL ? a->device : PHONE;
    const struct capf_proof_params p = {
        .device = device,
        .mode = a->mode != 0 ? a->mode : PHONE_BY_LSC,
        .trust = &trust,
        .now = now,
        .session = a->session,
    };
    const struct capf_identity id = {.cert = c, .kind = CAPF_LSC, .key = key, .sudi = a->sudi, .sudi_key = a->sudi_key};
    struct capf_message m = {.command = CAPF_AUTH_RESPONSE, .session = a->signed_session}, read;
    struct capf_credentials credentials;
    struct capf_proof_result ignored;
    struct bytes wire;
    enum vox_err code;

    assert_int_equal(capf_credentials_make(device, &id, &m, &credentials, &why), VOX_OK);
    assert_int_equal(capf_message_write(&m, &wire, &why), VOX_OK); /* as it would arrive */
    assert_int_equal(capf_message_read(wire.data, wire.len, &read, &why), VOX_OK);
    why = (struct vox_error){0};
    code = capf_proof_check(&read, &p, result != NULL ? result : &ignored, &why);
    if (code != VOX_OK) {
        assert_int_equal(code, VOX_E_NO);
        assert_int_equal(why.code, VOX_E_NO);
        assert_true(why.text[0] != '\0');
    }
    bytes_free(&wire);
    capf_credentials_clear(&credentials);
    return code;
}

#define assert_refused(c, key, a, words)                             \
    do {                                                             \
        if (ask(c, key, a, NULL) == VOX_OK)                          \
            fail_msg("accepted: %s", words);                         \
        if (strstr(why.text, words) == NULL)                         \
            fail_msg("\"%s\" does not say \"%s\"", why.text, words); \
    } while (0)

static const struct ask usual_ask;

#endif
