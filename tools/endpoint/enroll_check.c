#include <stdlib.h>

#include <openssl/x509v3.h>

#include <libcert/clock.h>
#include <libcert/name.h>

#include "enroll.h"

static bool issued_by_one_of(const struct cert *c, struct cert *const *issuers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes_equal(cert_subject_der(issuers[i]), cert_issuer_der(c)) && cert_verify_signed_by(c, issuers[i]))
            return true;
    return false;
}

/* By --issuer; without one by whom --trust names, or by the server's own certificate, which was just verified. */
static enum vox_err check_issuer(const struct enroll *e, const struct cert *c, struct vox_error *err)
{
    struct cert **shown = NULL;
    size_t nshown = 0;
    char *name = NULL;
    bool good;
    enum vox_err code;

    if (e->args->issuer != NULL) {
        good = issued_by_one_of(c, e->issuers.certs, e->issuers.ncerts);
    } else {
        if ((code = tlsconn_peer_chain(e->conn, &shown, &nshown, err)) != VOX_OK)
            return code;
        good = issued_by_one_of(c, e->trust.certs, e->trust.ncerts) ||
               (nshown > 0 && issued_by_one_of(c, shown, 1 /* others need not belong to it */));
        for (size_t i = 0; i < nshown; i++)
            cert_free(&shown[i]);
        free(shown);
    }
    if (good)
        return VOX_OK;
    (void)name_text(cert_issuer_der(c), NAME_RFC4514, &name, NULL);
    code = vox_fail(err, VOX_E_INPUT,
                    "the server sends a certificate that %.200s is to have issued, who is not trusted or did not sign "
                    "it: nothing was stored%s",
                    name != NULL ? name : "somebody", e->args->issuer == NULL ? " (is --issuer needed?)" : "");
    free(name);
    return code;
}

enum vox_err enroll_check(const struct enroll *e, const struct cert *cert, const EVP_PKEY *key, struct vox_error *err)
{
    X509 *x = cert_x509(cert);
    char when[CLOCK_RFC3339_MAX];
    enum vox_err code;

    if (x == NULL)
        return vox_fail(err, VOX_E_INPUT, "the server sends a certificate that cannot be decoded");
    if (!cert_key_matches(cert, key))
        return vox_fail(err, VOX_E_INPUT,
                        "the server sends a certificate for another key than the one it was sent: nothing was stored");
    if ((code = capf_name_check(cert, e->args->device, err)) == VOX_E_NO)
        return vox_fail(err, VOX_E_INPUT, "the server sends a certificate of another device: nothing was stored");
    if (code != VOX_OK)
        return code;
    if ((X509_get_extension_flags(x) & EXFLAG_CA) != 0 || X509_check_ca(x) != 0)
        return vox_fail(err, VOX_E_INPUT, "the server sends a CA's certificate: nothing was stored");
    if (clock_now() > cert_not_after(cert)) {
        clock_format(cert_not_after(cert), when);
        return vox_fail(err, VOX_E_INPUT, "the server sends a certificate that ended on %s: nothing was stored", when);
    }
    return check_issuer(e, cert, err);
}
