/*
 * Making certificates that phones take: self-signed service certificates, CSRs, and checking the CA's answer.
 * Extensions per service: docs/formats/certificates.md.
 */
#ifndef LIBCERT_CERTBUILD_H
#define LIBCERT_CERTBUILD_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <libcert/cert.h>
#include <libcert/role.h>

enum { CERT_SERIAL_BYTES = 16 };

struct certbuild_params {
    enum service service;     /* decides the extensions */
    const X509_NAME *subject; /* and issuer, as it is self-signed */
    const char *const *san;   /* "DNS:name", "IP:address" or a bare name or address; NULL-terminated; NULL for none */
    EVP_PKEY *key;            /* private */
    int64_t not_before;       /* seconds since 1970 */
    int days;                 /* 1 to 36,500 */
};

/* certbuild_default_days(s): 7,300 (20 years) for ITLRecovery, 1,825 (5 years) for the others. */
int certbuild_default_days(enum service s);

/*
 * certbuild_self_signed(p, out, err): version 3, random positive 128-bit serial, SHA-256 (SHA-384 and SHA-512 for the
 * larger curves), re-parsed and its signature verified before it is returned. Errors: VOX_E_USAGE (days, alternative
 * name, subject), VOX_E_INPUT (a weak key, see weakkey_check()), VOX_E_CRYPTO. Free with cert_free().
 */
enum vox_err certbuild_self_signed(const struct certbuild_params *p, struct cert **out, struct vox_error *err);

/* certbuild_request(p, out, err): a PKCS#10 request as PEM with the service's extensions (not_before, days unused),
 * without what only an anchor needs (certificates.md 2.2); verified. Errors as above. Free out with bytes_free(). */
enum vox_err certbuild_request(const struct certbuild_params *p, struct bytes *out, struct vox_error *err);

/*
 * certbuild_answer_agrees(request_pem, answer, s, err): does the CA's answer belong to our request and suit the
 * service: same public key, subject and alternative names kept, usages not lost. VOX_OK, or VOX_E_INPUT with what the
 * CA changed and what that breaks.
 */
enum vox_err certbuild_answer_agrees(struct bytes_view request_pem, const struct cert *answer, enum service s,
                                     struct vox_error *err);

#endif
