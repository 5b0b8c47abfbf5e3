#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/peercheck.h>

#include "x509/peercheck_names.h"

enum { LEVEL_WEAK = 0, LEVEL_STRONG = 2, RSA_BITS_MAX = 4096 }; /* the vendor takes no longer keys */

struct report {
    const struct peercheck_params *p;
    struct peercheck_finding *findings;
    size_t n;
    bool good;
};

__attribute__((format(printf, 4, 5))) static void add(struct report *r, const char *code, bool fatal, const char *fmt,
                                                      ...)
{
    va_list ap;

    r->good = r->good && !fatal;
    if (r->n >= PEERCHECK_MAX)
        return;
    r->findings[r->n] = (struct peercheck_finding){.code = code, .fatal = fatal};
    va_start(ap, fmt);
    (void)vsnprintf(r->findings[r->n].text, sizeof r->findings[r->n].text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->findings[i].text, r->findings[r->n].text) == 0)
            return; /* the library has two words for it */
    }
    r->n++;
}

/* For a sentence: the CN, or the whole name when there is none. */
static void name_of(const X509_NAME *name, char *out, size_t outlen)
{
    const unsigned char *der;
    size_t len;
    char *text = NULL;

    if (X509_NAME_get0_der(name, &der, &len) > 0) {
        const struct bytes_view view = {der, len};

        if (name_common_name(view, &text, NULL) == VOX_OK && text[0] == '\0') {
            free(text);
            text = NULL;
            (void)name_text(view, NAME_RFC4514, &text, NULL);
        }
    }
    (void)snprintf(out, outlen, "%.80s", text != NULL && text[0] != '\0' ? text : "(no name)");
    free(text);
}

static void check_dates(const struct cert *c, struct report *r)
{
    const int64_t now = r->p->now;
    char when[CLOCK_RFC3339_MAX];
    int64_t days;

    if (now < cert_not_before(c)) {
        clock_format(cert_not_before(c), when);
        add(r, "not-yet-valid", true, "it is not valid before %s: is the clock right, here and there?", when);
    }
    clock_format(cert_not_after(c), when);
    if (now > cert_not_after(c)) {
        add(r, "expired", true, "it ended on %s: the device needs a new one", when);
        return;
    }
    days = clock_days_between(now, cert_not_after(c));
    if (days < r->p->warn_days)
        add(r, "expiring", false, "it ends on %s, in %lld day%s: replace it before", when, (long long)days,
            days == 1 ? "" : "s");
}

static void check_key(const struct cert *c, struct report *r)
{
    struct vox_error err;

    if (weakkey_check_cert(c, &err) != VOX_OK)
        add(r, "weak-key", true, "%s", err.text);
    else if (cert_rsa_bits(c) > RSA_BITS_MAX)
        add(r, "weak-key", true, "its RSA key has %u bits: call managers take no more than %d", cert_rsa_bits(c),
            RSA_BITS_MAX);
}

static void check_names(const struct cert *c, struct report *r)
{
    char wildcard[PEERCHECK_NAME_MAX], own[300], wanted[300] = "";
    size_t used = 0;

    if (peercheck_wildcard(c, wildcard))
        add(r, "wildcard", true,
            "it has the wildcard name %s, which call managers do not take: one with each name written out", wildcard);
    for (size_t i = 0; i < r->p->nnames; i++) {
        if (peercheck_named(c, r->p->names[i]))
            return;
        if (used < sizeof wanted)
            used +=
                (size_t)snprintf(wanted + used, sizeof wanted - used, "%s%.100s", i > 0 ? ", " : "", r->p->names[i]);
    }
    if (r->p->nnames == 0)
        return;
    peercheck_names_text(c, own, sizeof own);
    add(r, "name", true, "it is for %.180s, not for %.150s", own, wanted);
}

/* One usage against the leaf: what its extensions forbid. NULL: nothing. */
static const char *forbids(X509 *x, unsigned usage)
{
    const uint32_t extended = X509_get_extended_key_usage(x), key = X509_get_key_usage(x);
    const uint32_t wanted = usage == PEERCHECK_SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
    /* a server of old may have a key for RSA key exchange alone */
    const uint32_t bits =
        KU_DIGITAL_SIGNATURE | (usage == PEERCHECK_SERVER ? KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT : 0);

    if (extended != UINT32_MAX && (extended & (wanted | XKU_ANYEKU)) == 0)
        return usage == PEERCHECK_SERVER ? "serverAuth (extended key usage)" : "clientAuth (extended key usage)";
    if (key != UINT32_MAX && (key & bits) == 0)
        return "digitalSignature (key usage)";
    return NULL;
}

static void check_usages(const struct cert *c, struct report *r)
{
    static const unsigned usages[] = {PEERCHECK_SERVER, PEERCHECK_CLIENT};
    X509 *x = cert_x509(c);

    for (size_t i = 0; x != NULL && i < sizeof usages / sizeof *usages; i++) {
        const char *missing = ((r->p->required | r->p->wished) & usages[i]) != 0 ? forbids(x, usages[i]) : NULL;
        bool fatal = (r->p->required & usages[i]) != 0;

        if (missing == NULL)
            continue;
        add(r, "usage", fatal, "it lacks %s: %s", missing,
            usages[i] == PEERCHECK_SERVER ? "calls to the device fail" : "calls from the device fail");
    }
}

/* --- the chain --- */

static void add_expired_issuer(struct report *r, const X509 *at, bool begun)
{
    char name[100];

    name_of(X509_get_subject_name(at), name, sizeof name);
    add(r, begun ? "expired" : "not-yet-valid", true, "its issuer %s %s", name,
        begun ? "has ended" : "is not valid yet: is the clock right?");
}

/* What the library finds at one certificate of the chain. Dates and usages of the leaf are looked at above. */
static void add_verify_error(struct report *r, int code, int depth, const X509 *at)
{
    char name[100];

    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        if (depth > 0)
            add_expired_issuer(r, at, code == X509_V_ERR_CERT_HAS_EXPIRED);
        return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        add(r, "untrusted", true, "it is self-signed, and does not stand in CallManager-trust itself");
        return;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        name_of(X509_get_subject_name(at), name, sizeof name);
        add(r, "untrusted", true, "its root %s does not stand in CallManager-trust", name);
        return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        name_of(X509_get_issuer_name(at), name, sizeof name);
        add(r, "chain", true,
            "the chain is not complete: the issuer %s came with it neither, nor stands in "
            "CallManager-trust",
            name);
        return;
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: /* follows the one before */
        return;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
        name_of(X509_get_subject_name(at), name, sizeof name);
        if (depth > 0)
            add(r, "chain", true, "its issuer %s may not sign certificates for this", name);
        return;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        name_of(X509_get_issuer_name(at), name, sizeof name);
        add(r, "chain", true, "the issuer %s that is at hand has another key than the one that signed: its successor?",
            name);
        return;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
        add(r, "weak-key", true, "its key is too short for TLS 1.2 and up: RSA of 2048 bits or more");
        return;
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        name_of(X509_get_subject_name(at), name, sizeof name);
        add(r, "weak-key", true, "the key of its issuer %s is too short for TLS 1.2 and up", name);
        return;
    case X509_V_ERR_CA_MD_TOO_WEAK:
        add(r, "weak-signature", true, "%s signed with a digest that can be forged: it must be SHA-256 or better",
            depth == 0 ? "it is" : "its issuer is");
        return;
    default:
        add(r, "chain", true, "%s", X509_verify_cert_error_string(code));
        return;
    }
}

static int on_verify(int good, X509_STORE_CTX *ctx)
{
    struct report *r = X509_STORE_CTX_get_app_data(ctx);
    const X509 *at = X509_STORE_CTX_get_current_cert(ctx);

    if (!good && at != NULL)
        add_verify_error(r, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx), at);
    return at != NULL; /* go on: all findings at once */
}

/* Among list: itself when it is self-signed, else who signed it. */
static const struct cert *leads_to(const struct cert *at, struct cert *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cert_self_issued(at)
                ? cert_same(list[i], at)
                : bytes_equal(cert_subject_der(list[i]), cert_issuer_der(at)) && cert_verify_signed_by(at, list[i]))
            return list[i];
    }
    return NULL;
}

/*
 * The trusted certificates of c's chain. The library takes any one of a name: of two CAs, or of a device's old and new
 * certificate, the wrong twin would be as good to it as the right one.
 */
static size_t find_path(const struct cert *c, const struct peercheck_params *p,
                        const struct cert *path[static LIMIT_CHAIN_DEPTH])
{
    size_t n = 0;

    for (int depth = 0; depth < LIMIT_CHAIN_DEPTH; depth++) {
        const struct cert *up = leads_to(c, p->trusted, p->ntrusted);

        if (up != NULL)
            path[n++] = up;
        else if ((up = leads_to(c, p->shown, p->nshown)) == NULL)
            break;
        if (cert_self_issued(c))
            break;
        c = up;
    }
    return n;
}

static bool is_wrong_twin(const struct cert *one, const struct cert *const *path, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes_equal(cert_subject_der(path[i]), cert_subject_der(one)) && !cert_same(path[i], one))
            return true;
    }
    return false;
}

static bool set_up(X509_STORE *store, STACK_OF(X509) * shown, X509_STORE_CTX *ctx, const struct cert *c,
                   struct report *r)
{
    const struct peercheck_params *p = r->p;
    const struct cert *path[LIMIT_CHAIN_DEPTH];
    const size_t npath = find_path(c, p, path);

    for (size_t i = 0; i < p->ntrusted; i++) {
        X509 *one = cert_x509(p->trusted[i]);

        /* what cannot be decoded leads nowhere */
        if (one != NULL && !is_wrong_twin(p->trusted[i], path, npath) && X509_STORE_add_cert(store, one) <= 0)
            return false;
    }
    for (size_t i = 0; i < p->nshown; i++) {
        X509 *one = cert_x509(p->shown[i]);

        if (one != NULL && sk_X509_push(shown, one) <= 0)
            return false;
    }
    if (X509_STORE_CTX_init(ctx, store, cert_x509(c), shown) <= 0)
        return false;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

    X509_VERIFY_PARAM_set_time(param, (time_t)p->now);
    X509_VERIFY_PARAM_set_depth(param, LIMIT_CHAIN_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, p->strong ? LEVEL_STRONG : LEVEL_WEAK);
    X509_STORE_CTX_set_verify_cb(ctx, on_verify);
    return X509_STORE_CTX_set_app_data(ctx, r) > 0 &&
           X509_VERIFY_PARAM_set_purpose(param, (p->required & PEERCHECK_SERVER) != 0 ? X509_PURPOSE_SSL_SERVER
                                                                                      : X509_PURPOSE_SSL_CLIENT) > 0;
}

static void check_chain(const struct cert *c, struct report *r)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *shown = sk_X509_new_null();

    if (cert_x509(c) == NULL)
        add(r, "damaged", true, "it cannot be decoded: damaged, or made by a program that errs");
    else if (store == NULL || ctx == NULL || shown == NULL || !set_up(store, shown, ctx, c, r))
        add(r, "chain", true, "the chain cannot be checked: no memory");
    else if (X509_verify_cert(ctx) <= 0 && r->good)
        add(r, "chain", true, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    X509_STORE_CTX_free(ctx);
    sk_X509_free(shown);
    X509_STORE_free(store);
}

bool peercheck(const struct cert *c, const struct peercheck_params *p,
               struct peercheck_finding findings[static PEERCHECK_MAX], size_t *n)
{
    struct report r = {p, findings, 0, true};

    check_names(c, &r);
    check_dates(c, &r);
    check_chain(c, &r);
    check_usages(c, &r);
    check_key(c, &r);
    ERR_clear_error(); /* what a damaged certificate left */
    *n = r.n;
    return r.good;
}
