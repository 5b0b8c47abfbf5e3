/*
 * Private keys: sources, generation, files, signatures.
 *
 * A key source is a file (PEM, PKCS#8, traditional, DER, PKCS#12; a PEM file may hold the certificate too) or an RFC
 * 7512 pkcs11: URI.
 */
#ifndef LIBCERT_KEY_H
#define LIBCERT_KEY_H

#include <stdbool.h>

#include <openssl/evp.h>

#include <libcert/bytes.h>
#include <libcert/password.h>

/* What key to make. */
struct key_spec {
    enum { KEY_RSA, KEY_EC } type;
    unsigned rsa_bits; /* 1024 to 4096 in steps of 8 when RSA */
    const char *curve; /* "P-256", "P-384", "P-521" when EC */
};

/*
 * key_spec_parse(text, out, err): "rsa:2048", "rsa" (2048), "ec:P-384", "ec" (P-256); also prime256v1, secp384r1,
 * secp521r1. Errors: VOX_E_USAGE with what is allowed. key_spec_text(spec, out, outlen): back to "rsa:2048".
 */
enum vox_err key_spec_parse(const char *text, struct key_spec *out, struct vox_error *err);
void key_spec_text(const struct key_spec *spec, char *out, size_t outlen);

/* key_generate(spec, out, err): a fresh key, public exponent 65537. Errors: VOX_E_CRYPTO. Free with EVP_PKEY_free(). */
enum vox_err key_generate(const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err);

/*
 * key_open(source, pass, out, err): the private key that source names. Errors: VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_INPUT
 * (no private key in it, wrong password, damaged), VOX_E_USAGE (encrypted and pass is NULL); of a pkcs11: URI those of
 * token_open() (libcert/token.h), and pass must live as long as the key. Free with EVP_PKEY_free().
 */
enum vox_err key_open(const char *source, const struct password_source *pass, EVP_PKEY **out, struct vox_error *err);

/* key_from_bytes(data, len, what, pass, out, err): as key_open() for bytes in hand, which the caller wipes. */
enum vox_err key_from_bytes(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                            EVP_PKEY **out, struct vox_error *err);

/*
 * key_store_file(path, key, err): write key as unencrypted PKCS#8 PEM, 0600, whatever the umask; the folder is made
 * 0700 if missing, refused if looser. Never overwrites (VOX_E_EXISTS). key_open_stored(path, out, err): read it back;
 * refused when file or folder are looser than that (file_read_private()).
 */
enum vox_err key_store_file(const char *path, const EVP_PKEY *key, struct vox_error *err);
enum vox_err key_open_stored(const char *path, EVP_PKEY **out, struct vox_error *err);

/* key_describe(key, out, outlen): "RSA 2048" or "EC P-256". */
void key_describe(const EVP_PKEY *key, char *out, size_t outlen);

/* Digests as the formats number them (docs/formats/trust-list.md 2.8). */
enum digest { DIGEST_SHA1 = 1, DIGEST_SHA256 = 2, DIGEST_SHA512 = 3 };

/* digest_name(d): "sha1", "sha256", "sha512", NULL if unknown. digest_parse(): back, any case, with or without '-'.
 * digest_md(d): the library's. */
const char *digest_name(int d);
bool digest_parse(const char *text, enum digest *out);
const EVP_MD *digest_md(int d);

/*
 * key_sign(key, d, parts, nparts, out, err): PKCS#1 v1.5 (RSA) or ECDSA signature over the concatenation of parts,
 * verified with the key's public half before it is handed out. Errors: VOX_E_CRYPTO (failed, or did not verify). Free
 * out with bytes_free().
 */
enum vox_err key_sign(EVP_PKEY *key, enum digest d, const struct bytes_view *parts, size_t nparts, struct bytes *out,
                      struct vox_error *err);

/* key_failed(err, what): why the library's last signature failed: the token's own words when the key is on one
 * (libcert/token.h), else what, with the library's in the detail. Returns VOX_E_CRYPTO, or the token's error.
 * key_will_sign(): before a signature that key_failed() may have to explain. */
enum vox_err key_failed(struct vox_error *err, const char *what);
void key_will_sign(void);

/*
 * key_verify(key, d, parts, nparts, sig, err): VOX_OK valid, VOX_E_NO not, VOX_E_CRYPTO the library failed at something
 * else.
 */
enum vox_err key_verify(EVP_PKEY *key, enum digest d, const struct bytes_view *parts, size_t nparts,
                        struct bytes_view sig, struct vox_error *err);

#endif
