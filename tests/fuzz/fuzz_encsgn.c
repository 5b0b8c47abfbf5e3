/* Encrypted files: the content key is one that unwraps, so that all behind it is reached, too. */
#include <stdlib.h>

#include <openssl/rsa.h>

#include <ctl/encsgn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BITS = 1024 }; /* unwrapping is most of the time */

/* A key pair, and a content key wrapped to it. */
static EVP_PKEY *phone_key(struct bytes_view *wrapped)
{
    static const uint8_t secret[16];
    static uint8_t room[BITS / 8];
    static EVP_PKEY *key;
    EVP_PKEY_CTX *ctx;
    size_t len = sizeof room;

    if (key == NULL) {
        if ((key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)BITS)) == NULL ||
            (ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) == NULL || EVP_PKEY_encrypt_init(ctx) <= 0 ||
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
            EVP_PKEY_encrypt(ctx, room, &len, secret, sizeof secret) <= 0)
            abort();
        EVP_PKEY_CTX_free(ctx);
    }
    *wrapped = (struct bytes_view){room, sizeof room};
    return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view content, wrapped;
    EVP_PKEY *key = phone_key(&wrapped);
    struct bytes plain;
    struct ctl_header h;
    struct vox_error err;

    if (sgn_read(data, size, &h, &content, &err) != VOX_OK)
        return 0;
    for (int fits = 0; fits < 2; fits++) {
        if (encsgn_decrypt(&h, content, key, &plain, &err) == VOX_OK)
            bytes_wipe(&plain);
        else if (plain.data != NULL)
            __builtin_trap();
        h.wrapped_key = wrapped;
        h.key_bits = BITS;
    }
    return 0;
}
