/*
 * What the readers of private keys share. Each takes a whole input of one form and gives the only private key in it.
 */
#ifndef KEY_KEY_READ_H
#define KEY_KEY_READ_H

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <libcert/key.h>

/* An input with its name and the password, which is asked for once and only when something is encrypted. */
struct key_input {
    const char *what;
    const struct password_source *pass; /* may be NULL */
    struct bytes password;              /* wiped by key_from_bytes(); data is NULL for none */
    bool asked;
};

/* key_input_password(in, err): fill in->password. VOX_E_USAGE when there is no source. */
enum vox_err key_input_password(struct key_input *in, struct vox_error *err);

/* key_decrypt_failed(err): the sentence for what the library's error queue says after a failed decryption. */
enum vox_err key_decrypt_failed(struct vox_error *err);

/* key_kdf_check(alg, err): VOX_E_INPUT when deriving the key would take longer than LIMIT_KDF_ITERATIONS allow. */
enum vox_err key_kdf_check(const X509_ALGOR *alg, struct vox_error *err);
enum vox_err key_kdf_check_count(long iterations, struct vox_error *err);

/* key_from_pkcs8(der, len, out, err), key_from_encrypted_pkcs8(): exactly one of them, no bytes after it. */
enum vox_err key_from_pkcs8(const uint8_t *der, size_t len, EVP_PKEY **out, struct vox_error *err);
enum vox_err key_from_encrypted_pkcs8(struct key_input *in, const uint8_t *der, size_t len, EVP_PKEY **out,
                                      struct vox_error *err);
/* key_from_x509_sig(in, sig, out, err): the same, decoded. */
enum vox_err key_from_x509_sig(struct key_input *in, const X509_SIG *sig, EVP_PKEY **out, struct vox_error *err);
/* key_from_traditional(type, der, len, out, err): RSAPrivateKey or ECPrivateKey; type is EVP_PKEY_RSA or EVP_PKEY_EC.
 */
enum vox_err key_from_traditional(int type, const uint8_t *der, size_t len, EVP_PKEY **out, struct vox_error *err);

/* key_from_pem(in, data, len, out, err): the one private key among the PEM blocks. */
enum vox_err key_from_pem(struct key_input *in, const uint8_t *data, size_t len, EVP_PKEY **out, struct vox_error *err);

/* key_from_pkcs12(in, p12, out, err): the one private key in it. */
enum vox_err key_from_pkcs12(struct key_input *in, PKCS12 *p12, EVP_PKEY **out, struct vox_error *err);

#endif
