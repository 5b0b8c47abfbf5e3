/*
 * The content of an encrypted file: AES-128-CBC. Source: docs/formats/signed-files.md 2.1.
 */
#ifndef CTL_ENCSGN_CIPHER_H
#define CTL_ENCSGN_CIPHER_H

#include <stdbool.h>

#include <libcert/bytes.h>

enum {
    ENCSGN_KEY_LEN = 16,
    ENCSGN_BLOCK = 16,              /* of the cipher; the length of the IV, and the most that is padded */
    ENCSGN_PAD = 0x0d,              /* the byte that the plain file is padded with */
    ENCSGN_CONTENT_AES_128_CBC = 0, /* CONTENT_ALGORITHM */
    ENCSGN_KEY_RSA = 1,             /* KEY_ALGORITHM */
};

/*
 * encsgn_cipher(encrypt, key, iv, in, out, err): whole blocks from in to out, which has room for in.len bytes. Errors:
 * VOX_E_CRYPTO.
 */
enum vox_err encsgn_cipher(bool encrypt, const uint8_t key[static ENCSGN_KEY_LEN],
                           const uint8_t iv[static ENCSGN_BLOCK], struct bytes_view in, uint8_t *out,
                           struct vox_error *err);

#endif
