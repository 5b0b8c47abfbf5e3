#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>

#include "x509/extensions.h"

struct report {
    struct certcheck_finding *findings;
    size_t n;
};

__attribute__((format(printf, 3, 4))) static void add(struct report *r, const char *code, const char *fmt, ...)
{
    va_list ap;

    if (r->n >= CERTCHECK_MAX)
        return;
    r->findings[r->n].code = code;
    va_start(ap, fmt);
    (void)vsnprintf(r->findings[r->n].text, sizeof r->findings[r->n].text, fmt, ap);
    va_end(ap);
    r->n++;
}

static void check_dates(const struct cert *c, const struct certcheck_params *p, struct report *r)
{
    char when[CLOCK_RFC3339_MAX];
    int64_t days;

    if (p->now < cert_not_before(c)) {
        clock_format(cert_not_before(c), when);
        add(r, "not-yet-valid", "is not valid before %s: is the clock right?", when);
    }
    clock_format(cert_not_after(c), when);
    if (p->now > cert_not_after(c)) {
        days = clock_days_between(cert_not_after(c), p->now);
        add(r, "expired", "ended on %s, %lld day%s ago: phones and peers refuse it", when, (long long)days,
            days == 1 ? "" : "s");
        return;
    }
    days = clock_days_between(p->now, cert_not_after(c));
    if (p->warn_days > 0 && days < p->warn_days)
        add(r, "expiring", "ends on %s, in %lld day%s: replace it before", when, (long long)days, days == 1 ? "" : "s");
}

static void check_key(const struct cert *c, const struct certcheck_params *p, struct report *r)
{
    struct vox_error err;

    if ((p->manufacturer ? weakkey_check_root(c, &err) : weakkey_check_cert(c, &err)) != VOX_OK)
        add(r, "weak-key", "%s", err.text);
}

/* A root's own signature protects nothing; that of a service's certificate is looked at by every client. */
static void check_signature(const struct cert *c, const struct certcheck_params *p, struct report *r)
{
    X509 *x = cert_x509(c);
    int md = NID_undef;

    if (x == NULL || (cert_self_issued(c) && p->service < 0))
        return;
    if (OBJ_find_sigid_algs(X509_get_signature_nid(x), &md, NULL) <= 0)
        return;
    if (md == NID_sha1 || md == NID_md5 || md == NID_md4 || md == NID_md2)
        add(r, "weak-signature", "is signed with %s, which can be forged: have it issued again with SHA-256",
            OBJ_nid2ln(md));
}

static void check_authority(X509 *x, enum service s, struct report *r)
{
    if (!extension_profile(s)->authority)
        return;
    if ((X509_get_extension_flags(x) & EXFLAG_CA) == 0 || X509_get_ext_by_NID(x, NID_basic_constraints, -1) < 0)
        add(r, "extension", "is no CA (basicConstraints CA:TRUE): phones refuse the TLS connection to %s",
            service_name(s));
    else if (X509_get_pathlen(x) > 0)
        add(r, "extension", "path length of %ld, must be 0: CAs below %s are not meant to be", X509_get_pathlen(x),
            service_name(s));
}

static const char *usage_consequence(enum service s)
{
    if (s == SERVICE_CAPF)
        return "phones refuse the TLS connection";
    return s == SERVICE_ITLRECOVERY ? "its signatures on trust lists may be refused"
                                    : "phones or peers may refuse the connection";
}

static void check_usages(X509 *x, enum service s, struct report *r)
{
    bool ec = EVP_PKEY_get_base_id(X509_get0_pubkey(x)) == EVP_PKEY_EC;
    uint32_t have = X509_get_key_usage(x);
    char text[128];

    /* The library gives all bits when the extension is missing, which allows everything; phones want CAPF's. */
    if ((X509_get_extension_flags(x) & EXFLAG_KUSAGE) == 0 && extension_profile(s)->authority)
        have = 0;
    extension_usage_missing(s, ec, have, text, sizeof text);
    if (text[0] != '\0')
        add(r, "extension", "key usage lacks %s: %s", text, usage_consequence(s));
    extension_extended_missing(s, X509_get_extended_key_usage(x), text, sizeof text);
    if (text[0] != '\0')
        add(r, "extension", "extended key usage lacks %s: %s", text, usage_consequence(s));
}

/* Which kind of key phones take from which service (certificates.md 1). */
static void check_key_type(const struct cert *c, enum service s, struct report *r)
{
    if (s == SERVICE_CALLMANAGER_ECDSA && cert_key_type(c) != CERT_KEY_EC)
        add(r, "key-type", "is no EC key, which %s is for", service_name(s));
    if ((s == SERVICE_CAPF || s == SERVICE_CALLMANAGER || s == SERVICE_ITLRECOVERY) && cert_key_type(c) != CERT_KEY_RSA)
        add(r, "key-type", "is no RSA key: phones take nothing else from %s", service_name(s));
}

static void check_extensions(const struct cert *c, const struct certcheck_params *p, struct report *r)
{
    X509 *x = cert_x509(c);

    if (x == NULL) {
        add(r, "extension", "cannot be decoded by the library: damaged, or made by a program that errs");
        return;
    }
    if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0)
        add(r, "extension", "has an extension that is damaged or stands twice");
    if ((X509_get_extension_flags(x) & EXFLAG_CRITICAL) != 0)
        add(r, "extension", "has a critical extension that is not known: whoever does not know it must refuse it");
    if (p->service < 0 || p->service >= SERVICE_COUNT)
        return;
    check_key_type(c, (enum service)p->service, r);
    check_authority(x, (enum service)p->service, r);
    check_usages(x, (enum service)p->service, r);
}

/* For a message: the CN, or the whole name when there is none. */
static void name_of(struct bytes_view der, char *out, size_t outlen)
{
    char *text = NULL;

    if (name_common_name(der, &text, NULL) == VOX_OK && text[0] == '\0') {
        free(text);
        text = NULL;
        (void)name_text(der, NAME_RFC4514, &text, NULL);
    }
    (void)snprintf(out, outlen, "%.80s", text != NULL ? text : "(unreadable name)");
    free(text);
}

/* The trusted certificate that made c's signature; *named: one has the issuer's name at least. */
static const struct cert *find_issuer(const struct cert *c, const struct certcheck_params *p, bool *named)
{
    *named = false;
    for (size_t i = 0; i < p->ntrusted; i++) {
        if (!bytes_equal(cert_subject_der(p->trusted[i]), cert_issuer_der(c)))
            continue;
        *named = true;
        if (cert_verify_signed_by(c, p->trusted[i]))
            return p->trusted[i];
    }
    return NULL;
}

/* false: the chain does not go on from here. */
static bool check_issuer(const struct cert *issuer, const struct certcheck_params *p, const char *name,
                         struct report *r)
{
    X509 *x = cert_x509(issuer);
    char when[CLOCK_RFC3339_MAX];

    if (x == NULL || X509_check_ca(x) == 0) { /* looks at keyCertSign too */
        add(r, "chain", "its issuer %s is no CA: nobody accepts what it signed", name);
        return false;
    }
    clock_format(cert_not_after(issuer), when);
    if (p->now > cert_not_after(issuer))
        add(r, "chain", "its issuer %s ended on %s", name, when);
    return true;
}

static void check_chain(const struct cert *c, const struct certcheck_params *p, struct report *r)
{
    const struct cert *at = c;

    for (int depth = 0; depth < LIMIT_CHAIN_DEPTH; depth++) {
        const struct cert *issuer;
        char name[100];
        bool named;

        name_of(cert_issuer_der(at), name, sizeof name);
        if (cert_self_issued(at) && cert_verify_signed_by(at, at))
            return; /* a root */
        issuer = find_issuer(at, p, &named);
        if (issuer == NULL && cert_self_issued(at)) {
            add(r, "chain", "its own signature is not valid: damaged or forged");
            return;
        }
        if (issuer == NULL) {
            add(r, "chain",
                named ? "the issuer %s that is at hand has another key: upload the one that signed"
                      : "its issuer %s is not among the trusted certificates: upload it",
                name);
            return;
        }
        if (!check_issuer(issuer, p, name, r))
            return;
        at = issuer;
    }
    add(r, "chain", "has no root within %d certificates", LIMIT_CHAIN_DEPTH);
}

void certcheck(const struct cert *c, const struct certcheck_params *p,
               struct certcheck_finding findings[static CERTCHECK_MAX], size_t *n)
{
    static void (*const checks[])(const struct cert *, const struct certcheck_params *, struct report *) = {
        check_dates, check_key, check_signature, check_extensions, check_chain,
    };
    struct report r = {findings, 0};

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        checks[i](c, p, &r);
    ERR_clear_error(); /* what a damaged certificate left */
    *n = r.n;
}
