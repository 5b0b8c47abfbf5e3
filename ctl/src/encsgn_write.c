#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <ctl/encsgn.h>
#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "encsgn_cipher.h"
#include "signed_build.h"
#include "tags.h"

/* What the header tells the phone about the content. */
struct envelope {
    uint8_t key[ENCSGN_KEY_LEN]; /* the secret */
    uint8_t iv[ENCSGN_BLOCK];
    uint16_t padding;
    uint16_t key_bits;
    struct bytes wrapped;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;
};

static enum vox_err check_phone(const struct cert *phone, struct vox_error *err)
{
    const unsigned bits = cert_rsa_bits(phone);
    char kind[64];

    cert_key_text(phone, kind, sizeof kind);
    if (cert_key_type(phone) != CERT_KEY_RSA)
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 2.2: KEY: the phone's key is %s, which cannot unwrap an RSA-wrapped key: "
                        "encrypt to its MIC, or give it an LSC with an RSA key",
                        kind);
    if (bits < LIMIT_RSA_BITS_MIN || bits > LIMIT_RSA_BITS_MAX)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.2: KEY: the phone's key is %s: %d to %d bits are taken",
                        kind, LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX);
    if (cert_key(phone) == NULL)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 2.2: KEY: the phone's public key cannot be decoded");
    return VOX_OK;
}

static enum vox_err wrap(const uint8_t *secret, EVP_PKEY *phone, struct bytes *out, struct vox_error *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, phone, NULL);
    enum vox_err code = VOX_E_CRYPTO;

    if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) <= 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_encrypt(ctx, NULL, &out->len, secret, ENCSGN_KEY_LEN) <= 0)
        goto out;
    if ((out->data = malloc(out->len)) == NULL) {
        code = VOX_E_MEMORY;
        goto out;
    }
    if (EVP_PKEY_encrypt(ctx, out->data, &out->len, secret, ENCSGN_KEY_LEN) <= 0)
        goto out;
    code = VOX_OK;
out:
    EVP_PKEY_CTX_free(ctx);
    if (code == VOX_E_MEMORY)
        return vox_fail(err, code, "no memory");
    if (code != VOX_OK)
        return vox_fail_openssl(err, code, "the content key could not be wrapped to the phone's key");
    return VOX_OK;
}

/* Decrypt what was made and compare: a phone that cannot read its configuration falls back to nothing. */
static enum vox_err check_content(const struct envelope *e, struct bytes_view padded, const struct bytes *content,
                                  struct vox_error *err)
{
    struct bytes back = {.data = malloc(content->len), .len = content->len};
    enum vox_err code;

    if (back.data == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    code = encsgn_cipher(false, e->key, e->iv, bytes_view_of(content), back.data, err);
    if (code == VOX_OK && CRYPTO_memcmp(back.data, padded.data, padded.len) != 0)
        code = vox_fail(err, VOX_E_CRYPTO, "the encrypted content does not decrypt to the plain file");
    bytes_wipe(&back);
    return code;
}

/* Fresh key and IV; content becomes the encrypted plain. */
static enum vox_err seal(struct envelope *e, enum digest digest, EVP_PKEY *phone, struct bytes_view plain,
                         struct bytes *content, struct vox_error *err)
{
    struct bytes padded = {NULL, 0};
    enum vox_err code;

    e->padding = (uint16_t)(ENCSGN_BLOCK - plain.len % ENCSGN_BLOCK);
    padded.len = content->len = plain.len + e->padding;
    padded.data = malloc(padded.len);
    content->data = malloc(content->len);
    if (padded.data == NULL || content->data == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    if (plain.len > 0)
        memcpy(padded.data, plain.data, plain.len);
    memset(padded.data + plain.len, ENCSGN_PAD, e->padding);
    if (RAND_priv_bytes(e->key, sizeof e->key) <= 0 || RAND_bytes(e->iv, sizeof e->iv) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for the content key");
        goto out;
    }
    if (EVP_Digest(plain.data, plain.len, e->digest, &e->digest_len, digest_md((int)digest), NULL) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "the digest of the plain file failed");
        goto out;
    }
    if ((code = encsgn_cipher(true, e->key, e->iv, bytes_view_of(&padded), content->data, err)) != VOX_OK ||
        (code = check_content(e, bytes_view_of(&padded), content, err)) != VOX_OK)
        goto out;
    code = wrap(e->key, phone, &e->wrapped, err);
out:
    bytes_wipe(&padded);
    return code;
}

/* The TLVs after TIMESTAMP. */
static enum vox_err write_tlvs(const struct envelope *e, enum digest digest, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(LIMIT_TLV_VALUE);
    const size_t info = tlv_begin(&w, HTAG_ENCRYPTION_INFO);
    const size_t iv_info = tlv_begin(&w, HTAG_IV_INFO);

    tlv_put_tlv_u8(&w, HTAG_CONTENT_ALGORITHM, ENCSGN_CONTENT_AES_128_CBC);
    tlv_put_tlv(&w, HTAG_IV, e->iv, sizeof e->iv);
    tlv_put_tlv_u16(&w, HTAG_PADDING_LENGTH, e->padding);
    tlv_end(&w, iv_info);

    const size_t key_info = tlv_begin(&w, HTAG_KEY_INFO);
    tlv_put_tlv_u8(&w, HTAG_KEY_UNKNOWN, 0);
    tlv_put_tlv_u16(&w, HTAG_KEY_SIZE, e->key_bits);
    tlv_put_tlv_u8(&w, HTAG_KEY_ALGORITHM, ENCSGN_KEY_RSA);
    tlv_put_tlv(&w, HTAG_KEY, e->wrapped.data, e->wrapped.len);
    tlv_end(&w, key_info);
    tlv_end(&w, info);

    tlv_put_tlv_u8(&w, HTAG_CONTENT_DIGEST_ALGORITHM, (uint8_t)digest);
    tlv_put_tlv(&w, HTAG_CONTENT_DIGEST, e->digest, e->digest_len);
    return tlv_finish(&w, out, err);
}

enum vox_err encsgn_write(const struct sgn_params *p, const struct cert *phone, struct bytes_view plain,
                          struct bytes *out, struct vox_error *err)
{
    struct signed_params sp = {
        .kind = HEADER_ENCSGN,
        .signer = p->signer,
        .signer_version = SIGNER_VERSION_ABSENT,
        .digest = p->digest,
        .filename = p->filename,
        .timestamp = p->timestamp,
        .max = LIMIT_SIGNED_FILE,
    };
    struct envelope e = {.key_bits = (uint16_t)cert_rsa_bits(phone)};
    struct bytes content = {NULL, 0}, tlvs = {NULL, 0};
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (p->key == NULL)
        return vox_fail(err, VOX_E_USAGE, "a signed file needs the signer's private key");
    if (digest_md((int)p->digest) == NULL)
        return vox_fail(err, VOX_E_USAGE, "no such digest: sha1, sha256 or sha512");
    if (plain.len > LIMIT_CONFIG_FILE)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 4: %zu bytes, more than the %d of a phone configuration",
                        plain.len, LIMIT_CONFIG_FILE);
    if ((code = check_phone(phone, err)) != VOX_OK ||
        (code = seal(&e, p->digest, cert_key(phone), plain, &content, err)) != VOX_OK ||
        (code = write_tlvs(&e, p->digest, &tlvs, err)) != VOX_OK)
        goto out;
    sp.extra = bytes_view_of(&tlvs);
    code = signed_build(&sp, bytes_view_of(&content), p->key, out, err);
out:
    OPENSSL_cleanse(e.key, sizeof e.key);
    bytes_free(&e.wrapped);
    bytes_free(&content);
    bytes_free(&tlvs);
    return code;
}
