/*
 * What trust lists, .sgn and .enc.sgn files are built with: header, body, signature. Source: docs/formats/trust-list.md
 * 2 and 4.
 */
#ifndef CTL_SIGNED_BUILD_H
#define CTL_SIGNED_BUILD_H

#include <ctl/header.h>
#include <libcert/cert.h>
#include <libcert/key.h>

struct signed_params {
    enum header_kind kind;
    const struct cert *signer; /* RSA of 1024, 2048 or 4096 bits */
    uint16_t signer_version;   /* enum signer_version; absent for signed files */
    enum digest digest;
    const char *filename;
    uint32_t timestamp;
    struct bytes_view extra; /* whole TLVs that follow TIMESTAMP; may be empty */
    size_t max;              /* bytes that the file may have */
};

/*
 * signed_build(p, body, key, out, err):
 * Header, body and the signature by key, which must be p->signer's. With key NULL the signature is zero bytes of the
 * right length. The header is read back before the file is handed out; the signature was verified when it was made.
 * The same arguments give the same bytes. Errors: VOX_E_INPUT (signer's key not RSA, of bits that SIGNATUREMODULUS
 * cannot express or that are too few, not key's; too large; file name empty), VOX_E_CRYPTO, VOX_E_MEMORY. Free out with
 * bytes_free().
 */
enum vox_err signed_build(const struct signed_params *p, struct bytes_view body, EVP_PKEY *key, struct bytes *out,
                          struct vox_error *err);

/*
 * signed_put_signature(file, kind, sig, err): overwrite the SIGNATURE of the file with sig and read the header back.
 * Errors: VOX_E_INPUT (no such header, sig not of the length that the header says).
 */
enum vox_err signed_put_signature(struct bytes *file, enum header_kind kind, struct bytes_view sig,
                                  struct vox_error *err);

/*
 * signed_verify(file, len, h, key, err): did key sign the file with the header h? VOX_OK; VOX_E_NO with the reason: the
 * header's digest or algorithm is unknown, SIGNATUREMODULUS, SIGNATURE and the key disagree in length, or the signature
 * is invalid; VOX_E_CRYPTO.
 */
enum vox_err signed_verify(const uint8_t *file, size_t len, const struct ctl_header *h, EVP_PKEY *key,
                           struct vox_error *err);

#endif
