/* Certificates that break a rule of the lint, for the tests of it. */
#ifndef TEST_LINTING_H
#define TEST_LINTING_H

#include "issuing.h"

static EVP_PKEY *phone;
static struct capf_request request;

static inline int make_world(void **state)
{
    phone = EVP_EC_gen("P-256");
    request = request_for(phone, &p256);
    return make_issuers(state);
}

static inline int free_world(void **state)
{
    free_request(&request);
    EVP_PKEY_free(phone);
    return free_issuers(state);
}

static inline void replace_extension(X509 *x, int nid, const char *text)
{
    X509_EXTENSION_free(X509_delete_ext(x, X509_get_ext_by_NID(x, nid, -1)));
    if (text != NULL)
        add_extension(x, nid, text);
}

/* The case, and the words of the rule; none: it is good as it is. */
struct spoilt {
    void (*spoil)(X509 *x);
    const char *rule;
    const EVP_MD *(*md)(void); /* NULL: SHA-256 */
};

/* Each of them, done to a good certificate that is signed anew, is told by its rule. */
static inline void expect_each(const struct spoilt *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cert *good, *c;
        enum vox_err code;
        X509 *x;

        assert_int_equal(capf_issue(&ec_issuer, &request, a_serial, now, &good, &why), VOX_OK);
        assert_non_null(x = X509_dup(cert_x509(good)));
        if (cases[i].spoil != NULL)
            cases[i].spoil(x);
        assert_true(X509_sign(x, ec_issuer.key, cases[i].md != NULL ? cases[i].md() : EVP_sha256()) > 0);
        if (cert_from_x509(x, &c, &why) != VOX_OK)
            fail_msg("case %zu: %s", i, why.text);
        code = capf_lint(c, &ec_issuer, &request, &why);
        if (cases[i].rule == NULL) {
            assert_int_equal(code, VOX_OK);
        } else {
            if (code != VOX_E_INPUT)
                fail_msg("case %zu was not noticed: %s", i, cases[i].rule);
            if (strstr(why.text, cases[i].rule) == NULL)
                fail_msg("case %zu: \"%s\" does not say \"%s\"", i, why.text, cases[i].rule);
            assert_memory_equal(why.text, "capf.md 4.3: ", 13);
        }
        cert_free(&c);
        X509_free(x);
        cert_free(&good);
    }
}

#endif
