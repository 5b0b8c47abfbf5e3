#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <ctl/encsgn.h>
#include <libcert/limits.h>

#include "encsgn_cipher.h"

/* Everything that can be said without a key. */
static enum vox_err check_fields(const struct ctl_header *h, struct bytes_view content, struct vox_error *err)
{
    const EVP_MD *md = digest_md(h->content_digest_algorithm);

    if (h->kind != HEADER_ENCSGN)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2: VERSION: 1.0 says that the file is not encrypted");
    if (h->content_algorithm != ENCSGN_CONTENT_AES_128_CBC)
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 2.1: CONTENT_ALGORITHM: %u is not known: 0 (AES-128-CBC) is taken",
                        h->content_algorithm);
    if (h->iv.len != ENCSGN_BLOCK)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.1: IV: must be %d bytes, has %zu", ENCSGN_BLOCK,
                        h->iv.len);
    if (h->padding_length < 1 || h->padding_length > ENCSGN_BLOCK)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.1: PADDING_LENGTH: must be 1 to %d, is %u", ENCSGN_BLOCK,
                        h->padding_length);
    if (content.len == 0 || content.len % ENCSGN_BLOCK != 0)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.1: content: %zu bytes are no whole blocks of %d",
                        content.len, ENCSGN_BLOCK);
    if (content.len > LIMIT_CONFIG_FILE + ENCSGN_BLOCK)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 4: %zu bytes, more than the %d of a phone configuration",
                        content.len, LIMIT_CONFIG_FILE);
    if (h->key_algorithm != ENCSGN_KEY_RSA)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.2: KEY_ALGORITHM: %u is not known: 1 (RSA) is taken",
                        h->key_algorithm);
    if (h->wrapped_key.len != ((size_t)h->key_bits + 7) / 8)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.2: KEY: has %zu bytes, but KEY_SIZE says %u bits",
                        h->wrapped_key.len, h->key_bits);
    if (md == NULL)
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 2.3: CONTENT_DIGEST_ALGORITHM: %u is none of 1 (SHA-1), 2 (SHA-256), 3 "
                        "(SHA-512)",
                        h->content_digest_algorithm);
    if (h->content_digest.len != (size_t)EVP_MD_get_size(md))
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.3: CONTENT_DIGEST: must be %d bytes, has %zu",
                        EVP_MD_get_size(md), h->content_digest.len);
    return VOX_OK;
}

static enum vox_err unwrap(const struct ctl_header *h, EVP_PKEY *key, uint8_t secret[static ENCSGN_KEY_LEN],
                           struct vox_error *err)
{
    char kind[64];

    key_describe(key, kind, sizeof kind);
    if (!EVP_PKEY_is_a(key, "RSA"))
        return vox_fail(err, VOX_E_NO, "the key given is %s, but the content key is wrapped to an RSA key", kind);
    if (EVP_PKEY_get_bits(key) != h->key_bits)
        return vox_fail(err, VOX_E_NO, "the key given is %s, but the content key is wrapped to one of %u bits", kind,
                        h->key_bits);

    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t len = h->wrapped_key.len;
    uint8_t *room = malloc(len);
    bool ok = ctx != NULL && room != NULL && EVP_PKEY_decrypt_init(ctx) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
              EVP_PKEY_decrypt(ctx, room, &len, h->wrapped_key.data, h->wrapped_key.len) > 0 && len == ENCSGN_KEY_LEN;

    if (ok)
        memcpy(secret, room, ENCSGN_KEY_LEN);
    if (room != NULL)
        OPENSSL_cleanse(room, h->wrapped_key.len);
    free(room);
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error(); /* how it failed is nobody's business: the padding must not become an oracle */
    return ok ? VOX_OK : vox_fail(err, VOX_E_NO, "the key given does not open it: it was encrypted to another phone");
}

/* Is this what the digest in the header was made of? */
static enum vox_err check_plain(const struct ctl_header *h, const struct bytes *padded, struct vox_error *err)
{
    const size_t len = padded->len - h->padding_length;
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned mdlen = 0;

    if (EVP_Digest(padded->data, len, md, &mdlen, digest_md(h->content_digest_algorithm), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the digest of the plain file failed");
    for (size_t i = len; i < padded->len; i++)
        if (padded->data[i] != ENCSGN_PAD)
            return vox_fail(err, VOX_E_NO,
                            "signed-files.md 2.1: what decrypts does not end in %u padding bytes: another key, or the "
                            "content was altered",
                            h->padding_length);
    if (mdlen != h->content_digest.len || CRYPTO_memcmp(md, h->content_digest.data, mdlen) != 0)
        return vox_fail(err, VOX_E_NO,
                        "signed-files.md 2.3: CONTENT_DIGEST: differs from that of what decrypts: the content was "
                        "altered");
    return VOX_OK;
}

enum vox_err encsgn_decrypt(const struct ctl_header *h, struct bytes_view content, EVP_PKEY *phone_key,
                            struct bytes *plain, struct vox_error *err)
{
    uint8_t secret[ENCSGN_KEY_LEN] = {0};
    struct bytes padded = {NULL, 0};
    enum vox_err code;

    *plain = (struct bytes){NULL, 0};
    if ((code = check_fields(h, content, err)) != VOX_OK || (code = unwrap(h, phone_key, secret, err)) != VOX_OK)
        goto out;
    padded.len = content.len;
    if ((padded.data = malloc(padded.len)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    if ((code = encsgn_cipher(false, secret, h->iv.data, content, padded.data, err)) != VOX_OK ||
        (code = check_plain(h, &padded, err)) != VOX_OK)
        goto out;
    *plain = padded;
    plain->len -= h->padding_length; /* what is cut off is padding: nothing secret stays unwiped */
    padded = (struct bytes){NULL, 0};
out:
    OPENSSL_cleanse(secret, sizeof secret);
    bytes_wipe(&padded);
    return code;
}
