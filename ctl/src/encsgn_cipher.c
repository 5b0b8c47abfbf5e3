#include "encsgn_cipher.h"

#include <limits.h>

#include <openssl/evp.h>

enum vox_err encsgn_cipher(bool encrypt, const uint8_t key[static ENCSGN_KEY_LEN],
                           const uint8_t iv[static ENCSGN_BLOCK], struct bytes_view in, uint8_t *out,
                           struct vox_error *err)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int done = 0, last = 0;
    bool ok = ctx != NULL && in.len <= INT_MAX &&
              EVP_CipherInit_ex2(ctx, EVP_aes_128_cbc(), key, iv, encrypt ? 1 : 0, NULL) > 0 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) > 0 && EVP_CipherUpdate(ctx, out, &done, in.data, (int)in.len) > 0 &&
              EVP_CipherFinal_ex(ctx, out + done, &last) > 0 && (size_t)done + (size_t)last == in.len;

    EVP_CIPHER_CTX_free(ctx);
    return ok ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "AES-128-CBC failed");
}
