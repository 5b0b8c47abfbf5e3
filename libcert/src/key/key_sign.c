#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include <libcert/key.h>
#include <libcert/token.h>

static const struct {
    enum digest number;
    const char *name;
    const char *dashed;
    const EVP_MD *(*md)(void);
} digests[] = {
    {DIGEST_SHA1, "sha1", "sha-1", EVP_sha1},
    {DIGEST_SHA256, "sha256", "sha-256", EVP_sha256},
    {DIGEST_SHA512, "sha512", "sha-512", EVP_sha512},
};
enum { DIGESTS = sizeof digests / sizeof *digests };

const char *digest_name(int d)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if ((int)digests[i].number == d)
            return digests[i].name;
    return NULL;
}

bool digest_parse(const char *text, enum digest *out)
{
    for (size_t i = 0; i < DIGESTS; i++) {
        if (strcasecmp(text, digests[i].name) == 0 || strcasecmp(text, digests[i].dashed) == 0) {
            *out = digests[i].number;
            return true;
        }
    }
    return false;
}

const EVP_MD *digest_md(int d)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if ((int)digests[i].number == d)
            return digests[i].md();
    return NULL;
}

/* The formats know no other signatures; PSS and Ed25519 keys would make some that no phone reads. */
static bool signs_here(const EVP_PKEY *key)
{
    int type = EVP_PKEY_get_base_id(key);

    return type == EVP_PKEY_RSA || type == EVP_PKEY_EC;
}

/* The digest of the concatenation. */
static enum vox_err digest_parts(const EVP_MD *md, const struct bytes_view *parts, size_t nparts,
                                 uint8_t out[static EVP_MAX_MD_SIZE], size_t *len, struct vox_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned n = 0;
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) > 0;

    for (size_t i = 0; ok && i < nparts; i++)
        ok = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) > 0;
    ok = ok && EVP_DigestFinal_ex(ctx, out, &n) > 0;
    EVP_MD_CTX_free(ctx);
    *len = n;
    return ok ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "the digest failed");
}

void key_will_sign(void)
{
    (void)token_last_failure(NULL); /* of another signature */
}

enum vox_err key_failed(struct vox_error *err, const char *what)
{
    struct vox_error why;

    if (!token_last_failure(&why))
        return vox_fail_openssl(err, VOX_E_CRYPTO, "%s", what);
    ERR_clear_error();
    if (err != NULL)
        *err = why;
    return why.code;
}

enum vox_err key_sign(EVP_PKEY *key, enum digest d, const struct bytes_view *parts, size_t nparts, struct bytes *out,
                      struct vox_error *err)
{
    const EVP_MD *md = digest_md((int)d);
    EVP_PKEY_CTX *ctx = NULL;
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t hashlen, len = 0;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (md == NULL)
        return vox_fail(err, VOX_E_CRYPTO, "digest number %d is not known", (int)d);
    if (!signs_here(key))
        return vox_fail(err, VOX_E_CRYPTO, "a key of this type does not sign here: RSA and EC keys do");
    if ((code = digest_parts(md, parts, nparts, hash, &hashlen, err)) != VOX_OK)
        return code;
    key_will_sign();
    code = VOX_E_CRYPTO;
    if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) == NULL || EVP_PKEY_sign_init(ctx) <= 0 ||
        EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0 || EVP_PKEY_sign(ctx, NULL, &len, hash, hashlen) <= 0)
        goto out;
    if ((out->data = malloc(len)) == NULL) {
        code = VOX_E_MEMORY;
        goto out;
    }
    out->len = len;
    if (EVP_PKEY_sign(ctx, out->data, &out->len, hash, hashlen) <= 0)
        goto out;
    /* A fault while signing gives a wrong signature at best, and the private key away at worst. */
    if (EVP_PKEY_verify_init(ctx) <= 0 || EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0)
        goto out;
    if (EVP_PKEY_verify(ctx, out->data, out->len, hash, hashlen) != 1) {
        code = VOX_E_NO;
        goto out;
    }
    code = VOX_OK;
out:
    EVP_PKEY_CTX_free(ctx);
    if (code != VOX_OK)
        bytes_wipe(out);
    if (code == VOX_E_NO)
        return vox_fail_openssl(err, VOX_E_CRYPTO,
                                "the signature does not verify with the key that made it: damaged key, or a fault of "
                                "the machine; it was thrown away");
    if (code == VOX_E_CRYPTO)
        return key_failed(err, "the key did not sign");
    return code == VOX_OK ? code : vox_fail(err, code, "no memory for a signature");
}

enum vox_err key_verify(EVP_PKEY *key, enum digest d, const struct bytes_view *parts, size_t nparts,
                        struct bytes_view sig, struct vox_error *err)
{
    const EVP_MD *md = digest_md((int)d);
    EVP_MD_CTX *ctx;
    enum vox_err code = VOX_E_CRYPTO;
    int valid;

    if (md == NULL)
        return vox_fail(err, VOX_E_CRYPTO, "digest number %d is not known", (int)d);
    if (!signs_here(key))
        return vox_fail(err, VOX_E_NO, "the signer's key is neither RSA nor EC: no such signature is taken");
    if (sig.len == 0)
        return vox_fail(err, VOX_E_NO, "the signature is empty");
    ERR_clear_error();
    ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) <= 0)
        goto out;
    for (size_t i = 0; i < nparts; i++)
        if (parts[i].len > 0 && EVP_DigestVerifyUpdate(ctx, parts[i].data, parts[i].len) <= 0)
            goto out;
    valid = EVP_DigestVerifyFinal(ctx, sig.data, sig.len);
    if (valid == 1)
        code = VOX_OK;
    else if (ERR_GET_REASON(ERR_peek_error()) != ERR_R_MALLOC_FAILURE)
        code = VOX_E_NO; /* 0 and -1 both: a signature that does not even parse is no signature */
out:
    EVP_MD_CTX_free(ctx);
    if (code == VOX_E_NO)
        return vox_fail_openssl(
            err, code, "the signature is not valid: what was signed has been altered, or another key signed it");
    if (code != VOX_OK)
        return vox_fail_openssl(err, code, "the signature could not be checked");
    return code;
}
