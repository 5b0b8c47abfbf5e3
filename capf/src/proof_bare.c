/* Signatures as phones make them: with RSA a bare digest in a type 1 block, no DigestInfo around it. capf.md 5.2. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>

#include <capf/proof.h>

enum { RSA_BLOCK_MAX = 4096 / 8, RSA_FILL_MIN = 8, EXPONENT = 65537 };

static enum vox_err digest_of(const EVP_MD *md, const struct bytes_view *text, size_t ntext,
                              uint8_t out[static EVP_MAX_MD_SIZE], size_t *len, struct vox_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned n = 0;
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) > 0;

    for (size_t i = 0; ok && i < ntext; i++)
        ok = text[i].len == 0 || EVP_DigestUpdate(ctx, text[i].data, text[i].len) > 0;
    ok = ok && EVP_DigestFinal_ex(ctx, out, &n) > 0;
    EVP_MD_CTX_free(ctx);
    *len = n;
    return ok ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "the digest failed");
}

/* Is the key one whose bare blocks mean anything? A small exponent lets a block be made up without the private key. */
static enum vox_err check_rsa(const EVP_PKEY *key, size_t digest_len, size_t *block, struct vox_error *err)
{
    BIGNUM *e = NULL;
    int size = EVP_PKEY_get_size(key);
    bool usual = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) > 0 && BN_is_word(e, EXPONENT);

    BN_free(e);
    if (!usual)
        return vox_fail(err, VOX_E_NO, "the RSA key's public exponent is not %d", EXPONENT);
    if (size > RSA_BLOCK_MAX || size < (int)digest_len + RSA_FILL_MIN + 3)
        return vox_fail(err, VOX_E_NO, "an RSA key of %d bytes makes no such signature here", size);
    *block = (size_t)size;
    return VOX_OK;
}

/* 00 01 FF .. FF 00 digest: the one block that is right. */
static void build_block(uint8_t *out, size_t size, const uint8_t *digest, size_t len)
{
    memset(out, 0xff, size);
    out[0] = 0;
    out[1] = 1;
    out[size - len - 1] = 0;
    memcpy(out + size - len, digest, len);
}

static enum vox_err verify_rsa(EVP_PKEY *key, const uint8_t *digest, size_t len, struct bytes_view sig,
                               struct vox_error *err)
{
    uint8_t expected[RSA_BLOCK_MAX], found[RSA_BLOCK_MAX];
    size_t size, n = sizeof found;
    EVP_PKEY_CTX *ctx;
    enum vox_err code = check_rsa(key, len, &size, err);

    if (code != VOX_OK)
        return code;
    if (sig.len != size)
        return vox_fail(err, VOX_E_NO, "the signature has %zu bytes, the key makes %zu", sig.len, size);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (ctx == NULL || EVP_PKEY_verify_recover_init(ctx) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "the signature could not be checked");
        goto out;
    }
    build_block(expected, size, digest, len);
    /* A number as large as the modulus is refused by the library. */
    if (EVP_PKEY_verify_recover(ctx, found, &n, sig.data, sig.len) <= 0 || n != size ||
        CRYPTO_memcmp(found, expected, size) != 0)
        code = vox_fail_openssl(err, VOX_E_NO, "the signature is not valid");
out:
    EVP_PKEY_CTX_free(ctx);
    return code;
}

static enum vox_err verify_ec(EVP_PKEY *key, const uint8_t *digest, size_t len, struct bytes_view sig,
                              struct vox_error *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    enum vox_err code = VOX_OK;

    if (ctx == NULL || EVP_PKEY_verify_init(ctx) <= 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "the signature could not be checked");
    else if (EVP_PKEY_verify(ctx, sig.data, sig.len, digest, len) != 1)
        code = vox_fail_openssl(err, VOX_E_NO, "the signature is not valid");
    EVP_PKEY_CTX_free(ctx);
    return code;
}

enum vox_err capf_bare_verify(EVP_PKEY *key, const EVP_MD *md, const struct bytes_view *text, size_t ntext,
                              struct bytes_view sig, struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len;
    enum vox_err code;

    if (sig.len == 0)
        return vox_fail(err, VOX_E_NO, "the signature is empty");
    if ((code = digest_of(md, text, ntext, digest, &len, err)) != VOX_OK)
        return code;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return verify_rsa(key, digest, len, sig, err);
    case EVP_PKEY_EC:
        return verify_ec(key, digest, len, sig, err);
    default:
        return vox_fail(err, VOX_E_NO, "the key is neither RSA nor EC: no such signature is taken");
    }
}

enum vox_err capf_bare_sign(EVP_PKEY *key, const EVP_MD *md, const struct bytes_view *text, size_t ntext,
                            struct bytes *out, struct vox_error *err)
{
    int type = EVP_PKEY_get_base_id(key);
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_PKEY_CTX *ctx = NULL;
    size_t len, size = 0;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
        return vox_fail(err, VOX_E_CRYPTO, "the key is neither RSA nor EC: it makes no such signature");
    if ((code = digest_of(md, text, ntext, digest, &len, err)) != VOX_OK)
        return code;
    code = VOX_E_CRYPTO;
    if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) == NULL || EVP_PKEY_sign_init(ctx) <= 0 ||
        (type == EVP_PKEY_RSA && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0) ||
        EVP_PKEY_sign(ctx, NULL, &size, digest, len) <= 0)
        goto out;
    if ((out->data = malloc(size)) == NULL) {
        code = VOX_E_MEMORY;
        goto out;
    }
    out->len = size;
    if (EVP_PKEY_sign(ctx, out->data, &out->len, digest, len) <= 0)
        goto out;
    code = VOX_OK;
out:
    EVP_PKEY_CTX_free(ctx);
    if (code == VOX_E_CRYPTO)
        (void)vox_fail_openssl(err, code, "the key did not sign");
    if (code == VOX_E_MEMORY)
        (void)vox_fail(err, code, "no memory for a signature");
    if (code == VOX_OK && (code = capf_bare_verify(key, md, text, ntext, bytes_view_of(out), err)) != VOX_OK) {
        if (err != NULL && code == VOX_E_NO)
            (void)vox_error_prefix(err, "the signature that was just made does not verify");
        code = code == VOX_E_NO ? VOX_E_CRYPTO : code;
        if (err != NULL)
            err->code = code;
    }
    if (code != VOX_OK)
        bytes_wipe(out);
    return code;
}
