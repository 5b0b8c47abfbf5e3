#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "key/key_read.h"

struct block {
    char *name;
    char *header;
    unsigned char *data;
    long len;
};

static void block_free(struct block *b)
{
    OPENSSL_secure_free(b->name);
    OPENSSL_secure_free(b->header);
    OPENSSL_secure_clear_free(b->data, b->len > 0 ? (size_t)b->len : 0);
    *b = (struct block){0};
}

static int give_password(char *buf, int size, int rwflag, void *arg)
{
    const struct key_input *in = arg;

    (void)rwflag;
    if (in->password.len > (size_t)size)
        return -1;
    if (in->password.len > 0)
        memcpy(buf, in->password.data, in->password.len);
    return (int)in->password.len;
}

/* "Proc-Type: 4,ENCRYPTED": decrypts in place, b->len becomes shorter. */
static enum vox_err decrypt_traditional(struct key_input *in, struct block *b, bool *encrypted, struct vox_error *err)
{
    EVP_CIPHER_INFO cipher;
    long len = b->len;
    enum vox_err code;

    if (PEM_get_EVP_CIPHER_INFO(b->header, &cipher) <= 0)
        return vox_fail_openssl(err, VOX_E_INPUT, "private key is encrypted in a way that is not known here");
    *encrypted = cipher.cipher != NULL;
    if (!*encrypted)
        return VOX_OK;
    if ((code = key_input_password(in, err)) != VOX_OK)
        return code;
    if (PEM_do_header(&cipher, b->data, &len, give_password, in) <= 0)
        return key_decrypt_failed(err);
    if (len < b->len) /* what the padding leaves behind is still clear text */
        OPENSSL_cleanse(b->data + len, (size_t)(b->len - len));
    b->len = len;
    return VOX_OK;
}

static enum vox_err traditional(struct key_input *in, struct block *b, int type, EVP_PKEY **out, struct vox_error *err)
{
    bool encrypted = false;
    enum vox_err code = decrypt_traditional(in, b, &encrypted, err);

    if (code != VOX_OK)
        return code;
    code = key_from_traditional(type, b->data, (size_t)b->len, out, err);
    /* One wrong password in 256 leaves a padding that looks right. */
    if (code == VOX_E_INPUT && encrypted)
        return vox_fail(err, code, "wrong password, or the private key is damaged");
    return code;
}

/* *out stays NULL for a block that is no private key. */
static enum vox_err one_block(struct key_input *in, struct block *b, EVP_PKEY **out, struct vox_error *err)
{
    if (strcmp(b->name, PEM_STRING_PKCS8INF) == 0)
        return key_from_pkcs8(b->data, (size_t)b->len, out, err);
    if (strcmp(b->name, PEM_STRING_PKCS8) == 0)
        return key_from_encrypted_pkcs8(in, b->data, (size_t)b->len, out, err);
    if (strcmp(b->name, PEM_STRING_RSA) == 0)
        return traditional(in, b, EVP_PKEY_RSA, out, err);
    if (strcmp(b->name, PEM_STRING_ECPRIVATEKEY) == 0)
        return traditional(in, b, EVP_PKEY_EC, out, err);
    if (strcmp(b->name, "OPENSSH PRIVATE KEY") == 0)
        return vox_fail(err, VOX_E_INPUT,
                        "private key in OpenSSH's own form: convert a copy with ssh-keygen -p -m PKCS8 -f FILE");
    if (strstr(b->name, "PRIVATE KEY") != NULL)
        return vox_fail(err, VOX_E_INPUT, "%.40s: RSA and EC keys are taken", b->name);
    return VOX_OK;
}

enum vox_err key_from_pem(struct key_input *in, const uint8_t *data, size_t len, EVP_PKEY **out, struct vox_error *err)
{
    BIO *bio = BIO_new_mem_buf(data, (int)len);
    struct block b = {0};
    char seen[80] = "";
    enum vox_err code = VOX_OK;

    *out = NULL;
    if (bio == NULL)
        return vox_fail_openssl(err, VOX_E_MEMORY, "no memory");
    ERR_clear_error();
    while (PEM_read_bio_ex(bio, &b.name, &b.header, &b.data, &b.len, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) > 0) {
        EVP_PKEY *key = NULL;

        if ((code = one_block(in, &b, &key, err)) != VOX_OK)
            goto out;
        if (key == NULL && seen[0] == '\0')
            (void)snprintf(seen, sizeof seen, "%.60s", b.name);
        if (key != NULL && *out != NULL) {
            EVP_PKEY_free(key);
            code = vox_fail(err, VOX_E_INPUT, "more than one private key in it: leave the one that is meant");
            goto out;
        }
        if (key != NULL)
            *out = key;
        block_free(&b);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        code = vox_fail_openssl(err, VOX_E_INPUT, "damaged PEM text");
    else if (*out == NULL)
        code = vox_fail(err, VOX_E_INPUT, "no private key in it%s%s", seen[0] == '\0' ? "" : ", only: ", seen);
    ERR_clear_error();
out:
    block_free(&b);
    BIO_free(bio);
    if (code != VOX_OK) {
        EVP_PKEY_free(*out);
        *out = NULL;
    }
    return code;
}
