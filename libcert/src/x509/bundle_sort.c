#include <stdio.h>
#include <stdlib.h>

#include <libcert/limits.h>
#include <libcert/name.h>

#include "x509/bundle_parts.h"

/* Far more than a chain with cross-signed CAs has; each pair with fitting names costs a signature check. */
enum { SORT_MAX = 4 * LIMIT_CHAIN_DEPTH };

/* The certificates, and who made whose signature. */
struct family {
    struct cert **certs;
    size_t n;
    bool issued[SORT_MAX][SORT_MAX]; /* [issuer][subject], by name and signature */
    size_t order[SORT_MAX];
    size_t placed;
    bool used[SORT_MAX];
};

static void place(struct family *f, size_t i)
{
    f->used[i] = true;
    f->order[f->placed++] = i;
}

static enum vox_err refuse(struct vox_error *err, const struct cert *c, const char *why)
{
    char *subject = NULL, fingerprint[CERT_FINGERPRINT_MAX];

    cert_fingerprint(c, fingerprint);
    (void)name_text(cert_subject_der(c), NAME_RFC4514, &subject, NULL); /* without: the fingerprint says it */
    (void)vox_fail(err, VOX_E_INPUT, "%s: %s (%.16s)", why, subject != NULL ? subject : "a certificate", fingerprint);
    free(subject);
    return VOX_E_INPUT;
}

static void drop_duplicates(struct bundle *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->ncerts; i++) {
        bool seen = false;

        for (size_t k = 0; k < kept && !seen; k++)
            seen = cert_same(b->certs[k], b->certs[i]);
        if (seen)
            cert_free(&b->certs[i]);
        else
            b->certs[kept++] = b->certs[i];
    }
    b->ncerts = kept;
}

static void find_issuers(struct family *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t s = 0; s < f->n; s++)
            f->issued[i][s] = bytes_equal(cert_subject_der(f->certs[i]), cert_issuer_der(f->certs[s])) &&
                              cert_verify_signed_by(f->certs[s], f->certs[i]);
}

static bool issued_another(const struct family *f, size_t i)
{
    for (size_t s = 0; s < f->n; s++)
        if (s != i && f->issued[i][s])
            return true;
    return false;
}

/* The leaf is the one with the key, or, without a key, the only one that issued no other. */
static enum vox_err find_leaf(const struct family *f, const EVP_PKEY *key, size_t *leaf, struct vox_error *err)
{
    bool found = false;

    for (size_t i = 0; i < f->n; i++) {
        if (key != NULL ? !cert_key_matches(f->certs[i], key) : issued_another(f, i))
            continue;
        if (found)
            return refuse(err, f->certs[i],
                          key != NULL ? "several certificates for the same key; one of them"
                                      : "certificates that belong to no common chain; one of the ends");
        *leaf = i;
        found = true;
    }
    if (!found)
        return vox_fail(err, VOX_E_INPUT,
                        key != NULL ? "none of the certificates is for the key that is meant"
                                    : "no end of the chain: every certificate issued another one");
    return VOX_OK;
}

/* The issuer to go on with: one that ends the chain (self-signed), else the one that is valid longest. */
static bool find_issuer(const struct family *f, size_t of, size_t *out)
{
    bool found = false;

    for (size_t i = 0; i < f->n; i++) {
        if (f->used[i] || !f->issued[i][of])
            continue;
        if (!found || f->issued[i][i] > f->issued[*out][*out] ||
            (f->issued[i][i] == f->issued[*out][*out] && cert_not_after(f->certs[i]) > cert_not_after(f->certs[*out])))
            *out = i;
        found = true;
    }
    return found;
}

/* The chain, then its cross-signed relatives: each after one that it issued. Ends as each is placed once. */
static enum vox_err follow(struct family *f, size_t leaf, struct vox_error *err)
{
    size_t at = leaf, issuer;

    place(f, leaf);
    while (!f->issued[at][at] && find_issuer(f, at, &issuer)) {
        if (f->placed == LIMIT_CHAIN_DEPTH)
            return vox_fail(err, VOX_E_INPUT, "a chain of more than %d certificates", LIMIT_CHAIN_DEPTH);
        place(f, issuer);
        at = issuer;
    }
    for (size_t i = 0; i < f->placed; i++)
        while (find_issuer(f, f->order[i], &issuer))
            place(f, issuer);
    for (size_t i = 0; i < f->n; i++)
        if (!f->used[i])
            return refuse(err, f->certs[i], "a certificate that does not belong to the chain");
    return VOX_OK;
}

enum vox_err bundle_sort_chain(struct bundle *b, const EVP_PKEY *leaf_key, struct vox_error *err)
{
    struct cert *sorted[SORT_MAX];
    struct family f = {0};
    size_t leaf = 0;
    enum vox_err code;

    drop_duplicates(b);
    if (b->ncerts == 0)
        return vox_fail(err, VOX_E_INPUT, "no certificate in it");
    if (b->ncerts > SORT_MAX)
        return vox_fail(err, VOX_E_INPUT, "%zu certificates are no chain: at most %d are sorted", b->ncerts, SORT_MAX);
    f.certs = b->certs;
    f.n = b->ncerts;
    find_issuers(&f);
    if ((code = find_leaf(&f, leaf_key, &leaf, err)) != VOX_OK || (code = follow(&f, leaf, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < f.n; i++)
        sorted[i] = b->certs[f.order[i]];
    for (size_t i = 0; i < f.n; i++)
        b->certs[i] = sorted[i];
    return VOX_OK;
}
