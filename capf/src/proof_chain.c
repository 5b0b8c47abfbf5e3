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

#include "proof_chain.h"

enum { RSA_LEAF_MAX = 4096 }; /* what phones have; a larger one costs the server and proves no more */

static const char *short_name(struct bytes_view der, char *out, size_t outlen)
{
    char *text = NULL;

    if (name_common_name(der, &text, NULL) == VOX_OK && text[0] == '\0') {
        free(text);
        text = NULL;
        (void)name_text(der, NAME_RFC4514, &text, NULL);
    }
    (void)snprintf(out, outlen, "%.60s", text != NULL ? text : "(unreadable name)");
    free(text);
    return out;
}

/* Without the extension everything is allowed; with it one of the usages of a phone's certificate must be there. */
static bool extended_usage_fits(X509 *x)
{
    static const int fitting[] = {NID_client_auth, NID_server_auth, NID_ipsecEndSystem, NID_anyExtendedKeyUsage};
    int critical;
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
    bool fits = usages == NULL && critical == -1; /* none; -2 is two of them, others are damaged */

    for (int i = 0; !fits && i < sk_ASN1_OBJECT_num(usages); i++)
        for (size_t k = 0; k < sizeof fitting / sizeof *fitting; k++)
            fits = fits || OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i)) == fitting[k];
    EXTENDED_KEY_USAGE_free(usages);
    ERR_clear_error();
    return fits;
}

/* What is asked of every certificate of a path. */
static enum vox_err check_extensions(X509 *x, const char *whose, struct vox_error *err)
{
    if (x == NULL)
        return vox_fail(err, VOX_E_NO, "%s cannot be decoded", whose);
    if ((X509_get_extension_flags(x) & EXFLAG_INVALID) != 0)
        return vox_fail(err, VOX_E_NO, "%s has an extension that is damaged or stands twice", whose);
    if ((X509_get_extension_flags(x) & EXFLAG_CRITICAL) != 0)
        return vox_fail(err, VOX_E_NO, "%s has a critical extension that is not known", whose);
    return VOX_OK;
}

enum vox_err capf_leaf_check(const struct cert *c, struct vox_error *err)
{
    X509 *x;
    enum vox_err code;

    if (cert_rsa_bits(c) > RSA_LEAF_MAX)
        return vox_fail(err, VOX_E_NO, "its RSA key has %u bits, at most %d are taken", cert_rsa_bits(c), RSA_LEAF_MAX);
    if (weakkey_check_cert(c, err) != VOX_OK) {
        if (err != NULL)
            err->code = VOX_E_NO;
        return VOX_E_NO;
    }
    x = cert_x509(c);
    if ((code = check_extensions(x, "it", err)) != VOX_OK)
        return code;
    if ((X509_get_extension_flags(x) & EXFLAG_CA) != 0 || X509_check_ca(x) != 0 || cert_self_issued(c))
        return vox_fail(err, VOX_E_NO, "it is a CA's or its own issuer: no phone's");
    if ((X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0) /* all bits without the extension */
        return vox_fail(err, VOX_E_NO, "its key usage has no digitalSignature");
    if (!extended_usage_fits(x))
        return vox_fail(err, VOX_E_NO, "its extended key usage is no phone's: neither client, server nor IPsec");
    return VOX_OK;
}

static enum vox_err check_dates(const struct cert *c, const char *whose, int64_t now, bool accept_ended,
                                struct vox_error *err)
{
    char when[CLOCK_RFC3339_MAX];

    if (now < cert_not_before(c)) {
        clock_format(cert_not_before(c), when);
        return vox_fail(err, VOX_E_NO, "%s is not valid before %s", whose, when);
    }
    if (now > cert_not_after(c) && !accept_ended) {
        clock_format(cert_not_after(c), when);
        return vox_fail(err, VOX_E_NO, "%s ended on %s", whose, when);
    }
    return VOX_OK;
}

/* SHA-1 only where a manufacturer signed years ago; MD5 and older never. */
static enum vox_err check_signature_digest(const struct cert *c, const char *whose, bool accept_sha1,
                                           struct vox_error *err)
{
    X509 *x = cert_x509(c);
    int md = NID_undef;

    if (x != NULL && X509_get_signature_info(x, &md, NULL, NULL, NULL) > 0 &&
        (md == NID_sha256 || md == NID_sha384 || md == NID_sha512 || (md == NID_sha1 && accept_sha1)))
        return VOX_OK;
    ERR_clear_error();
    return vox_fail(err, VOX_E_NO, "%s is signed with %s, which is not taken", whose,
                    md != NID_undef ? OBJ_nid2sn(md) : "an unknown algorithm");
}

/*
 * May ca have issued something with `below` CAs between that and itself? Its dates are the caller's business. An
 * exponent of 3 is no reason to refuse a CA: the best known manufacturing root has it, and the library looks at all of
 * the block that a CA signed.
 */
static enum vox_err check_ca(const struct cert *ca, const char *whose, int below, struct vox_error *err)
{
    X509 *x = cert_x509(ca);
    enum vox_err code = check_extensions(x, whose, err);

    if (code != VOX_OK)
        return code;
    if ((X509_get_extension_flags(x) & EXFLAG_CA) == 0) /* by basicConstraints alone */
        return vox_fail(err, VOX_E_NO, "%s is no CA", whose);
    if (cert_key_type(ca) == CERT_KEY_RSA && cert_rsa_bits(ca) < LIMIT_RSA_BITS_MIN)
        return vox_fail(err, VOX_E_NO, "the RSA key of %s has %u bits, at least %d are needed", whose,
                        cert_rsa_bits(ca), LIMIT_RSA_BITS_MIN);
    if ((X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0)
        return vox_fail(err, VOX_E_NO, "the key usage of %s has no keyCertSign", whose);
    if (X509_get_pathlen(x) >= 0 && X509_get_pathlen(x) < below)
        return vox_fail(err, VOX_E_NO, "%s allows %ld CAs below itself, there are %d", whose, X509_get_pathlen(x),
                        below);
    return VOX_OK;
}

static bool is_issuer(const struct cert *ca, const struct cert *c)
{
    return bytes_equal(cert_subject_der(ca), cert_issuer_der(c));
}

/* Issued by CAPF, now or before? Its own certificate is the anchor, whoever signed that. *theirs: its key has signed.
 */
static enum vox_err check_lsc(const struct cert *c, const struct capf_proof_params *p, bool *theirs,
                              struct vox_error *err)
{
    enum vox_err code = VOX_E_NOT_FOUND;
    char name[100];

    for (size_t i = 0; i < p->trust->nissuers && code != VOX_OK; i++) {
        const struct cert *ca = p->trust->issuers[i];

        if (!is_issuer(ca, c))
            continue;
        (void)short_name(cert_subject_der(ca), name, sizeof name);
        if (!cert_verify_signed_by(c, ca)) {
            if (!*theirs)
                code = vox_fail(err, VOX_E_NO, "it says that %s issued it, whose key did not sign it", name);
            continue;
        }
        *theirs = true;
        if (weakkey_check_cert(ca, err) != VOX_OK)
            code = vox_fail(err, VOX_E_NO, "the key of its issuer %s is weak", name);
        else if ((code = check_ca(ca, name, 0, err)) == VOX_OK &&
                 (code = check_dates(ca, name, p->now, false, err)) == VOX_OK &&
                 (code = check_signature_digest(c, "it", false, err)) == VOX_OK)
            code = check_dates(c, "it", p->now, false, err);
    }
    return code;
}

/* From c, the leaf at depth 0, up to a root in CAPF-trust. */
static enum vox_err climb(const struct cert *c, const struct capf_proof_params *p, int depth, struct vox_error *err)
{
    enum vox_err code = VOX_E_NOT_FOUND;
    char name[100];

    for (size_t i = 0; i < p->trust->nmic_roots && code != VOX_OK; i++) {
        const struct cert *ca = p->trust->mic_roots[i];
        bool root = cert_self_issued(ca);

        if (!is_issuer(ca, c) || cert_same(ca, c))
            continue;
        (void)short_name(cert_subject_der(ca), name, sizeof name);
        if (depth + 2 > CAPF_CHAIN_MAX) /* the number of ca, counted from the leaf */
            code = vox_fail(err, VOX_E_NO, "the path to its root has more than %d certificates", CAPF_CHAIN_MAX);
        else if (!cert_verify_signed_by(c, ca))
            code = vox_fail(err, VOX_E_NO, "it says that %s issued it, whose key did not sign it", name);
        else if ((code = check_ca(ca, name, depth, err)) == VOX_OK &&
                 (code = check_dates(ca, name, p->now, p->trust->accept_expired_mic, err)) == VOX_OK && !root &&
                 (code = check_signature_digest(ca, name, true, err)) == VOX_OK &&
                 (code = climb(ca, p, depth + 1, err)) == VOX_E_NOT_FOUND) {
            char above[100];

            code = vox_fail(err, VOX_E_NO, "CAPF-trust holds %s but not its issuer %s: upload that, too", name,
                            short_name(cert_issuer_der(ca), above, sizeof above));
        }
    }
    return code;
}

static enum vox_err check_mic(const struct cert *c, const struct capf_proof_params *p, struct vox_error *err)
{
    enum vox_err code = climb(c, p, 0, err);

    if (code == VOX_OK && (code = check_signature_digest(c, "it", true, err)) == VOX_OK)
        code = check_dates(c, "it", p->now, p->trust->accept_expired_mic, err);
    return code;
}

enum vox_err capf_chain_check(const struct cert *c, const struct capf_proof_params *p, enum capf_certificate_type *kind,
                              struct vox_error *err)
{
    bool theirs = false;
    enum vox_err code = check_lsc(c, p, &theirs, err), mic;
    struct vox_error lsc_err = {0};
    char name[100];

    *kind = CAPF_LSC;
    if (code == VOX_OK || theirs)
        return code;
    if (err != NULL)
        lsc_err = *err;
    *kind = CAPF_MIC;
    mic = check_mic(c, p, err);
    if (mic != VOX_E_NOT_FOUND)
        return mic;
    if (code == VOX_E_NO && err != NULL)
        *err = lsc_err;
    return code == VOX_E_NO ? code
                            : vox_fail(err, VOX_E_NOT_FOUND, "its issuer %s is neither CAPF nor in CAPF-trust",
                                       short_name(cert_issuer_der(c), name, sizeof name));
}
