#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "judge.h"

static const char *signature_of(const struct cert *c)
{
    X509 *x = cert_x509(c);
    const int nid = x != NULL ? X509_get_signature_nid(x) : NID_undef;

    ERR_clear_error();
    return nid != NID_undef ? OBJ_nid2ln(nid) : "unknown";
}

static char *name_of(struct bytes_view der)
{
    char *text = NULL;

    return name_text(der, NAME_RFC4514, &text, NULL) == VOX_OK ? text : strdup("(unreadable name)");
}

bool judge_cert(const struct cert *c, int64_t now, struct judge_cert *out)
{
    *out = (struct judge_cert){
        .subject = name_of(cert_subject_der(c)),
        .issuer = name_of(cert_issuer_der(c)),
        .signature = signature_of(c),
        .not_before = cert_not_before(c),
        .not_after = cert_not_after(c),
        .days_left = clock_days_between(now, cert_not_after(c)),
    };
    cert_key_text(c, out->key, sizeof out->key);
    if (out->subject != NULL && out->issuer != NULL)
        return true;
    judge_cert_free(out);
    return false;
}

void judge_cert_free(struct judge_cert *out)
{
    free(out->subject);
    free(out->issuer);
    memset(out, 0, sizeof *out);
}

/* What is asked of a certificate that a server shows; chain and extensions are whoever trusts it to judge. */
static bool counts(const char *code)
{
    static const char *const codes[] = {"expired", "expiring", "not-yet-valid", "weak-key", "weak-signature"};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

/* certcheck() passes over the signature of a certificate that signed itself; as a server's own it is one that clients
 * look at. */
static bool forgeable(const struct cert *c, const char **digest)
{
    X509 *x = cert_x509(c);
    int md = NID_undef;

    if (x == NULL || OBJ_find_sigid_algs(X509_get_signature_nid(x), &md, NULL) <= 0)
        return false;
    *digest = OBJ_nid2ln(md);
    return md == NID_sha1 || md == NID_md5 || md == NID_md4 || md == NID_md2;
}

static bool judge_one(struct place *place, const struct tlsscan_chain *chain, size_t i, int64_t now)
{
    const struct certcheck_params p = {.now = now, .warn_days = JUDGE_WARN_DAYS, .service = -1};
    const struct cert *c = chain->certs[i];
    struct certcheck_finding findings[CERTCHECK_MAX];
    char whose[160], key[40];
    const char *digest;
    bool good = true;
    char *cn = NULL;
    size_t n;

    cert_key_text(c, key, sizeof key);
    if (i == 0) {
        (void)snprintf(whose, sizeof whose, "its certificate (%s)", key);
    } else {
        (void)name_common_name(cert_subject_der(c), &cn, NULL);
        (void)snprintf(whose, sizeof whose, "certificate %zu of its chain (%.80s)", i + 1, cn != NULL ? cn : key);
        free(cn);
    }
    certcheck(c, &p, findings, &n);
    for (size_t k = 0; k < n && good; k++) {
        if (counts(findings[k].code))
            good = judge_add(place, strcmp(findings[k].code, "expiring") == 0 ? SEVERITY_WARNING : SEVERITY_VIOLATION,
                             findings[k].code, "%s %s%s", whose,
                             strcmp(findings[k].code, "weak-key") == 0 ? "has a weak key: " : "", findings[k].text);
    }
    if (good && i == 0 && cert_self_issued(c) && forgeable(c, &digest))
        good = judge_add(place, SEVERITY_VIOLATION, "weak-signature",
                         "%s is signed with %s, which can be forged: have it made again with SHA-256", whose, digest);
    ERR_clear_error();
    return good;
}

bool judge_certificates(struct place *place, int64_t now)
{
    const struct tlsscan_port *port = place->scan;

    if (port->nchains == 0)
        return judge_add(place, SEVERITY_NOTE, "no-certificate", "shows no certificate that could be read");
    for (size_t k = 0; k < port->nchains; k++) {
        for (size_t i = 0; i < port->chains[k].n; i++) {
            if (!judge_one(place, &port->chains[k], i, now))
                return false;
        }
    }
    return true;
}
