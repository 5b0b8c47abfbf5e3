/*
 * Encrypted and signed configurations (.enc.sgn) and the stub beside them. Source: docs/formats/signed-files.md 2, 3.
 */
#ifndef CTL_ENCSGN_H
#define CTL_ENCSGN_H

#include <ctl/sgn.h>

/*
 * encsgn_write(p, phone, plain, out, err): AES-128-CBC under a fresh key and IV, the key wrapped to phone's RSA key,
 * signed. p->filename ends in ".enc.sgn". The result is verified; the content key is wiped. Errors: VOX_E_INPUT (EC
 * phone certificate: cannot unwrap; signer), VOX_E_CRYPTO. Free with bytes_free().
 */
enum vox_err encsgn_write(const struct sgn_params *p, const struct cert *phone, struct bytes_view plain,
                          struct bytes *out, struct vox_error *err);

/*
 * encsgn_decrypt(h, content, phone_key, plain, err): the plain file, its digest checked. Errors: VOX_E_NO (wrong key or
 * altered content), VOX_E_INPUT (malformed). Free plain with bytes_wipe().
 */
enum vox_err encsgn_decrypt(const struct ctl_header *h, struct bytes_view content, EVP_PKEY *phone_key,
                            struct bytes *plain, struct vox_error *err);

/*
 * encsgn_stub(config, len, phone, out, err): the stub configuration for a phone whose full one is encrypted: <device>
 * with fullConfig false, the original's ipAddressMode, loadInformation, capfAuthMode, capfList (those that it has),
 * certHash (MD5 of phone's DER) and encrConfig true. Errors: VOX_E_INPUT (not well-formed XML, root is not <device>, a
 * DTD, too deep). Free with bytes_free().
 */
enum vox_err encsgn_stub(const uint8_t *config, size_t len, const struct cert *phone, struct bytes *out,
                         struct vox_error *err);

#endif
