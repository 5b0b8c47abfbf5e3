/*
 * How a phone proves who it is with a certificate: LSC, MIC, SUDI. Checking for the server, making for the client.
 * Pure. Source: docs/formats/capf.md 5.
 */
#ifndef CAPF_PROOF_H
#define CAPF_PROOF_H

#include <openssl/evp.h>

#include <capf/message.h>
#include <libcert/cert.h>
#include <libcert/phone.h>

/* Who is believed. Certificates are borrowed. */
struct capf_trust {
    struct cert *const *issuers; /* of LSCs: the CAPF issuer, now and before */
    size_t nissuers;
    struct cert *const *mic_roots; /* CAPF-trust: manufacturing roots and intermediates */
    size_t nmic_roots;
    bool accept_expired_mic; /* also when MICs or certificates above them have ended; off by default */
};

struct capf_proof_params {
    const char *device;    /* checked with phone_name_check() */
    enum phone_proof mode; /* PHONE_BY_LSC or PHONE_BY_MIC */
    const struct capf_trust *trust;
    int64_t now;      /* seconds since 1970 */
    uint32_t session; /* what a SUDI signature covers */
};

struct capf_proof_result {
    enum capf_certificate_type kind;        /* which sort of certificate it was */
    char fingerprint[CERT_FINGERPRINT_MAX]; /* of the certificate that proved it */
    bool sudi;                              /* and a SUDI beside it verified */
};

/*
 * capf_proof_check(m, p, out, err): do the elements CERTIFICATE, SIGNED_DATA, SHA2_SIGNED_DATA (and SUDI_DATA) of an
 * AUTH_RESPONSE prove that the peer holds a certificate of p->device? Who issued it decides whether it is an LSC or a
 * MIC, not what the phone calls it. Precedence (capf.md 5.3): with PHONE_BY_LSC either is taken; with PHONE_BY_MIC a
 * MIC, or the LSC of a device that has no MIC: one not named SEP and a MAC address. SIGNED_DATA or SHA2_SIGNED_DATA
 * must be there, and all that is there must verify; a SUDI of an unknown manufacturer says nothing and does no harm.
 * Chain, dates, CA flag, usage, key strength and the name are checked. VOX_OK, or VOX_E_NO with the reason (for the
 * log, never for the phone); VOX_E_CRYPTO, VOX_E_MEMORY.
 */
enum vox_err capf_proof_check(const struct capf_message *m, const struct capf_proof_params *p,
                              struct capf_proof_result *out, struct vox_error *err);

/* capf_name_check(cert, device, err): is the certificate's CN the device's name: equal, or "CP-MODEL-DEVICE" as MICs
 * and some LSCs have it? Upper and lower case count. VOX_E_NO: it is another's; VOX_E_MEMORY. */
enum vox_err capf_name_check(const struct cert *c, const char *device, struct vox_error *err);

/*
 * capf_bare_verify(key, md, text, ntext, sig, err): PKCS#1 v1.5 type 1 around the bare digest, the whole block rebuilt
 * and compared; RSA public exponent must be 65,537. EC: ECDSA. VOX_OK, VOX_E_NO. capf_bare_sign(key, md, text, ntext,
 * out, err): the client's side. Free out with bytes_free().
 */
enum vox_err capf_bare_verify(EVP_PKEY *key, const EVP_MD *md, const struct bytes_view *text, size_t ntext,
                              struct bytes_view sig, struct vox_error *err);
enum vox_err capf_bare_sign(EVP_PKEY *key, const EVP_MD *md, const struct bytes_view *text, size_t ntext,
                            struct bytes *out, struct vox_error *err);

/* What a client adds to its AUTH_RESPONSE; the message borrows these. Clear with capf_credentials_clear(). */
struct capf_credentials {
    struct bytes signed_data, sha2_signed_data, sudi_sha1, sudi_sha512;
};

/*
 * capf_credentials_make(device, id, m, out, err): sign as a phone does and set the elements in m, whose session must be
 * set: a SUDI signs it. A SUDI that is not RSA is left out. Errors: VOX_E_INPUT (a key is not its certificate's),
 * VOX_E_CRYPTO, VOX_E_MEMORY.
 */
struct capf_identity {
    const struct cert *cert;
    enum capf_certificate_type kind;
    EVP_PKEY *key;
    const struct cert *sudi; /* NULL: none */
    EVP_PKEY *sudi_key;
};
enum vox_err capf_credentials_make(const char *device, const struct capf_identity *id, struct capf_message *m,
                                   struct capf_credentials *out, struct vox_error *err);
void capf_credentials_clear(struct capf_credentials *c);

#endif
