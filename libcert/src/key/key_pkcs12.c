#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <libcert/limits.h>

#include "key/key_read.h"

/* The library wants a length it can hold in an int; LIMIT_PASSWORD is far below. */
static const char *password(const struct key_input *in, int *len)
{
    *len = (int)in->password.len;
    return (const char *)in->password.data;
}

/* *key stays NULL for a bag that holds no private key. */
static enum vox_err open_bag(struct key_input *in, const PKCS12_SAFEBAG *bag, EVP_PKEY **key, struct vox_error *err)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        *key = EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag));
        if (*key == NULL)
            return vox_fail_openssl(err, VOX_E_INPUT, "damaged private key in the PKCS#12 file");
        return VOX_OK;
    case NID_pkcs8ShroudedKeyBag:
        return key_from_x509_sig(in, PKCS12_SAFEBAG_get0_pkcs8(bag), key, err);
    default:
        return VOX_OK;
    }
}

static enum vox_err open_bags(struct key_input *in, const STACK_OF(PKCS12_SAFEBAG) * bags, EVP_PKEY **out,
                              struct vox_error *err)
{
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        EVP_PKEY *key = NULL;
        enum vox_err code = open_bag(in, sk_PKCS12_SAFEBAG_value(bags, i), &key, err);

        if (code != VOX_OK)
            return code;
        if (key != NULL && *out != NULL) {
            EVP_PKEY_free(key);
            return vox_fail(err, VOX_E_INPUT, "more than one private key in it: leave the one that is meant");
        }
        if (key != NULL)
            *out = key;
    }
    return VOX_OK;
}

static enum vox_err open_safe(struct key_input *in, PKCS7 *safe, EVP_PKEY **out, struct vox_error *err)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;
    const char *pass;
    int len;
    enum vox_err code;

    if (PKCS7_type_is_data(safe)) {
        bags = PKCS12_unpack_p7data(safe);
    } else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL && safe->d.encrypted->enc_data != NULL) {
        if ((code = key_kdf_check(safe->d.encrypted->enc_data->algorithm, err)) != VOX_OK)
            return code;
        pass = password(in, &len);
        bags = PKCS12_unpack_p7encdata(safe, pass, len);
    } else {
        return VOX_OK; /* encrypted to a public key: nothing here can open it */
    }
    if (bags == NULL)
        return key_decrypt_failed(err);
    code = open_bags(in, bags, out, err);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return code;
}

/* Whether the password is right shows here, before anything is decrypted. Files without a password are tried first. */
static enum vox_err check_mac(struct key_input *in, PKCS12 *p12, struct vox_error *err)
{
    const ASN1_INTEGER *iterations;
    const ASN1_OCTET_STRING *salt;
    const char *pass;
    enum vox_err code;
    int len;

    if (!PKCS12_mac_present(p12))
        return in->pass != NULL ? key_input_password(in, err) : VOX_OK;
    PKCS12_get0_mac(NULL, NULL, &salt, &iterations, p12);
    int64_t n = 1;

    if (iterations != NULL && ASN1_INTEGER_get_int64(&n, iterations) <= 0)
        n = -1;
    if ((code = key_kdf_check_count(n > INT32_MAX ? INT32_MAX : (long)n, err)) != VOX_OK)
        return code;
    /* No password and an empty one are two things in PKCS#12; neither is worth a question. */
    if (PKCS12_verify_mac(p12, NULL, 0) > 0) {
        in->asked = true;
        return VOX_OK;
    }
    if (PKCS12_verify_mac(p12, "", 0) > 0) {
        in->asked = true;
        return bytes_copy(&in->password, "", 0, err);
    }
    ERR_clear_error();
    if ((code = key_input_password(in, err)) != VOX_OK)
        return code;
    pass = password(in, &len);
    if (PKCS12_verify_mac(p12, pass, len) <= 0)
        return vox_fail_openssl(err, VOX_E_INPUT, "wrong password, or the file is damaged");
    return VOX_OK;
}

enum vox_err key_from_pkcs12(struct key_input *in, PKCS12 *p12, EVP_PKEY **out, struct vox_error *err)
{
    STACK_OF(PKCS7) * safes;
    enum vox_err code;

    *out = NULL;
    if ((code = check_mac(in, p12, err)) != VOX_OK)
        return code;
    if ((safes = PKCS12_unpack_authsafes(p12)) == NULL)
        return vox_fail_openssl(err, VOX_E_INPUT, "damaged PKCS#12 file");
    for (int i = 0; code == VOX_OK && i < sk_PKCS7_num(safes); i++)
        code = open_safe(in, sk_PKCS7_value(safes, i), out, err);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    if (code == VOX_OK && *out == NULL)
        return vox_fail(err, VOX_E_INPUT, "PKCS#12 file without a private key: export it again with its key");
    if (code != VOX_OK) {
        EVP_PKEY_free(*out);
        *out = NULL;
    }
    return code;
}
