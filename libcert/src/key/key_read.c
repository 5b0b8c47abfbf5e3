#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/token.h>

#include "key/key_read.h"

enum vox_err key_input_password(struct key_input *in, struct vox_error *err)
{
    enum vox_err code;

    if (in->asked)
        return VOX_OK;
    if (in->pass == NULL)
        return vox_fail(err, VOX_E_USAGE, "private key is encrypted: its password is needed");
    if ((code = in->pass->get(in->pass->arg, in->what, &in->password, err)) != VOX_OK)
        return code;
    in->asked = true;
    if (in->password.len > LIMIT_PASSWORD)
        return vox_fail(err, VOX_E_INPUT, "password of over %d bytes", LIMIT_PASSWORD);
    return VOX_OK;
}

enum vox_err key_decrypt_failed(struct vox_error *err)
{
    unsigned long first = ERR_peek_error(), last = ERR_peek_last_error();

    if (ERR_GET_REASON(first) == ERR_R_UNSUPPORTED || ERR_GET_REASON(last) == ERR_R_UNSUPPORTED ||
        ERR_GET_REASON(first) == EVP_R_UNSUPPORTED_ALGORITHM)
        return vox_fail_openssl(err, VOX_E_INPUT,
                                "encrypted with an old algorithm that is switched off in the library: open it with "
                                "openssl's -legacy option and encrypt it again");
    return vox_fail_openssl(err, VOX_E_INPUT, "wrong password, or the private key is damaged");
}

enum vox_err key_from_pkcs8(const uint8_t *der, size_t len, EVP_PKEY **out, struct vox_error *err)
{
    const unsigned char *p = der;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)len);
    bool whole = info != NULL && p == der + len;

    *out = whole ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (!whole)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged private key");
    if (*out == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged private key, or one of a type that is not known");
    return VOX_OK;
}

enum vox_err key_from_x509_sig(struct key_input *in, const X509_SIG *sig, EVP_PKEY **out, struct vox_error *err)
{
    PKCS8_PRIV_KEY_INFO *info;
    const X509_ALGOR *alg;
    enum vox_err code;

    *out = NULL;
    X509_SIG_get0(sig, &alg, NULL);
    if ((code = key_kdf_check(alg, err)) != VOX_OK)
        return code;
    if ((code = key_input_password(in, err)) != VOX_OK)
        return code;
    ERR_clear_error();
    info = PKCS8_decrypt(sig, (const char *)in->password.data, (int)in->password.len);
    if (info == NULL)
        return key_decrypt_failed(err);
    *out = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (*out == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged private key, or one of a type that is not known");
    return VOX_OK;
}

enum vox_err key_from_encrypted_pkcs8(struct key_input *in, const uint8_t *der, size_t len, EVP_PKEY **out,
                                      struct vox_error *err)
{
    const unsigned char *p = der;
    X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)len);
    enum vox_err code;

    *out = NULL;
    if (sig == NULL || p != der + len)
        code = vox_fail_openssl(err, VOX_E_INPUT, "damaged private key");
    else
        code = key_from_x509_sig(in, sig, out, err);
    X509_SIG_free(sig);
    return code;
}

enum vox_err key_from_traditional(int type, const uint8_t *der, size_t len, EVP_PKEY **out, struct vox_error *err)
{
    const unsigned char *p = der;

    *out = d2i_PrivateKey(type, NULL, &p, (long)len);
    if (*out == NULL || p != der + len) {
        EVP_PKEY_free(*out);
        *out = NULL;
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged private key");
    }
    return VOX_OK;
}

/* Binary forms tell themselves apart by their first elements, so that at most one of these decodes. */
static enum vox_err from_der(struct key_input *in, const uint8_t *data, size_t len, EVP_PKEY **out,
                             struct vox_error *err)
{
    const unsigned char *p = data;
    enum vox_err code;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)len);

    if (p12 != NULL && p == data + len) {
        code = key_from_pkcs12(in, p12, out, err);
        PKCS12_free(p12);
        return code;
    }
    PKCS12_free(p12);
    p = data;
    X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)len);

    if (sig != NULL && p == data + len) {
        code = key_from_x509_sig(in, sig, out, err);
        X509_SIG_free(sig);
        return code;
    }
    X509_SIG_free(sig);
    ERR_clear_error();
    if (key_from_pkcs8(data, len, out, err) == VOX_OK ||
        key_from_traditional(EVP_PKEY_RSA, data, len, out, err) == VOX_OK ||
        key_from_traditional(EVP_PKEY_EC, data, len, out, err) == VOX_OK)
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT,
                    "no private key in it that can be read: PEM, DER (PKCS#8, RSA, EC) and PKCS#12 are taken");
}

static enum vox_err check_type(EVP_PKEY **key, struct vox_error *err)
{
    int type = EVP_PKEY_get_base_id(*key);
    char text[64];

    if (type == EVP_PKEY_RSA || type == EVP_PKEY_EC)
        return VOX_OK;
    key_describe(*key, text, sizeof text);
    EVP_PKEY_free(*key);
    *key = NULL;
    return vox_fail(err, VOX_E_INPUT, "private key of type %s: phones take RSA and EC keys", text);
}

enum vox_err key_from_bytes(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                            EVP_PKEY **out, struct vox_error *err)
{
    static const char begin[] = "-----BEGIN ";
    struct key_input in = {.what = what, .pass = pass};
    enum vox_err code;

    *out = NULL;
    if (len > LIMIT_KEY_FILE)
        return vox_fail(err, VOX_E_INPUT, "too large for a private key: %zu bytes, at most %d are taken", len,
                        LIMIT_KEY_FILE);
    if (len == 0)
        return vox_fail(err, VOX_E_INPUT, "is empty: no private key in it");
    if (memmem(data, len, begin, sizeof begin - 1) != NULL)
        code = key_from_pem(&in, data, len, out, err);
    else
        code = from_der(&in, data, len, out, err);
    bytes_wipe(&in.password);
    if (code == VOX_OK)
        code = check_type(out, err);
    ERR_clear_error(); /* forms that were tried in vain */
    return code;
}

enum vox_err key_open(const char *source, const struct password_source *pass, EVP_PKEY **out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code;

    *out = NULL;
    if (token_uri_is(source))
        return token_open(source, pass, out, err);
    if ((code = file_read(source, LIMIT_KEY_FILE, &file, err)) != VOX_OK)
        return code;
    code = key_from_bytes(file.data, file.len, source, pass, out, err);
    bytes_wipe(&file);
    return code;
}
