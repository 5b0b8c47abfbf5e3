/*
 * Signed files (.sgn). Source: docs/formats/signed-files.md 1.
 */
#ifndef CTL_SGN_H
#define CTL_SGN_H

#include <ctl/header.h>
#include <ctl/list.h>
#include <libcert/cert.h>
#include <libcert/key.h>

struct sgn_params {
    const char *filename; /* as the phone asks for it, ".sgn" included: "New_Zealand/g3-tones.xml.sgn" */
    uint32_t timestamp;
    enum digest digest;
    const struct cert *signer; /* RSA, of bits that tag 11 can express */
    EVP_PKEY *key;             /* its private key */
};

/* sgn_write(p, content, out, err): header and content, verified before it is returned. Errors: VOX_E_INPUT (signer),
 * VOX_E_CRYPTO, VOX_E_MEMORY. Free with bytes_free(). */
enum vox_err sgn_write(const struct sgn_params *p, struct bytes_view content, struct bytes *out, struct vox_error *err);

/*
 * sgn_resign(p, file, len, out, err): a signed or encrypted file under another signature: name, digest, content and how
 * it is encrypted stay as they are; of p, filename and digest are not looked at. Whether the present signature holds is
 * the caller's question. Errors: VOX_E_INPUT (no such file, signer), VOX_E_CRYPTO, VOX_E_MEMORY. Free with
 * bytes_free().
 */
enum vox_err sgn_resign(const struct sgn_params *p, const uint8_t *file, size_t len, struct bytes *out,
                        struct vox_error *err);

/*
 * sgn_read(file, len, h, content, err): the header of a .sgn or .enc.sgn (by its version) and a view on what follows.
 * Lists are VOX_E_INPUT. Nothing is verified yet.
 */
enum vox_err sgn_read(const uint8_t *file, size_t len, struct ctl_header *h, struct bytes_view *content,
                      struct vox_error *err);

/*
 * sgn_verify(file, len, h, signer, err): VOX_OK; VOX_E_NO: not the signer that the header names (serial, issuer), or
 * signature invalid.
 */
enum vox_err sgn_verify(const uint8_t *file, size_t len, const struct ctl_header *h, const struct cert *signer,
                        struct vox_error *err);

/*
 * sgn_verify_listed(file, len, h, list, record, err): the same with the signer looked for among list's records, as a
 * phone does: one whose role is TFTP or CCM+TFTP. *record is its index. Whether list itself is sound is the caller's
 * question (ctl_verify()). VOX_E_NO as above, or no such record has the serial and issuer.
 */
enum vox_err sgn_verify_listed(const uint8_t *file, size_t len, const struct ctl_header *h, const struct ctl_list *list,
                               size_t *record, struct vox_error *err);

#endif
