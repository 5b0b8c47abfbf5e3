/*
 * One X.509 certificate: immutable, counted, read lazily.
 *
 * cert_from_der() checks that the bytes are exactly one well-formed DER certificate and notes where its parts are; the
 * costly decoding of the public key by the library (some 80 microseconds) happens at the first call of cert_x509() or
 * cert_key(), so that a list of a thousand records is read in milliseconds. Source: RFC 5280 4.1.
 */
#ifndef LIBCERT_CERT_H
#define LIBCERT_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <libcert/bytes.h>

struct cert;

enum {
    CERT_SHA256_LEN = 32,
    CERT_FINGERPRINT_MAX = 2 * CERT_SHA256_LEN + 1, /* lower-case hex with its NUL */
};

/*
 * cert_from_der(der, len, out, err): errors VOX_E_INPUT (not exactly one DER certificate, trailing bytes, over
 * LIMIT_CERT_DER), VOX_E_MEMORY. The bytes are copied. Free with cert_free().
 */
enum vox_err cert_from_der(const uint8_t *der, size_t len, struct cert **out, struct vox_error *err);

/* cert_from_x509(x, out, err): from a library object, which stays the caller's. Errors: VOX_E_CRYPTO (it cannot be
 * encoded), those of cert_from_der(). Free with cert_free(). */
enum vox_err cert_from_x509(X509 *x, struct cert **out, struct vox_error *err);

/* cert_ref(c): one more owner; returns c. cert_free(c): give up one and clear the pointer; NULL is fine. Not
 * thread-safe. */
struct cert *cert_ref(struct cert *c);
void cert_free(struct cert **c);

/* Views into the certificate's DER; valid as long as the certificate. */
struct bytes_view cert_der(const struct cert *c);
struct bytes_view cert_subject_der(const struct cert *c); /* the Name, SEQUENCE included */
struct bytes_view cert_issuer_der(const struct cert *c);
struct bytes_view
cert_serial(const struct cert *c); /* big-endian without sign byte; at least one byte; the magnitude if negative */
struct bytes_view cert_spki_der(const struct cert *c); /* SubjectPublicKeyInfo, SEQUENCE included */
struct bytes_view
cert_public_key_bits(const struct cert *c); /* inside its BIT STRING: RSA PKCS#1 RSAPublicKey, EC point */
struct bytes_view cert_signature_bits(const struct cert *c); /* the issuer's signature */

/* cert_not_before(c), cert_not_after(c): seconds since 1970. Out-of-range dates are clamped to INT64_MIN / INT64_MAX.
 */
int64_t cert_not_before(const struct cert *c);
int64_t cert_not_after(const struct cert *c);

/* What kind of public key, without decoding it. */
enum cert_key_type { CERT_KEY_RSA, CERT_KEY_EC, CERT_KEY_OTHER };
enum cert_key_type cert_key_type(const struct cert *c);

/*
 * cert_key_text(c, out, outlen): "RSA 2048", "EC P-256", or the algorithm's name. Bits of an RSA key are those of its
 * modulus, an EC key without a named curve is "EC explicit". cert_rsa_bits(c): modulus bits, 0 if it is no RSA key.
 * Both without decoding the key.
 */
void cert_key_text(const struct cert *c, char *out, size_t outlen);
unsigned cert_rsa_bits(const struct cert *c);

/* cert_sha256(c, out): over the DER. cert_fingerprint(c, out): the same as lower-case hex. */
void cert_sha256(const struct cert *c, uint8_t out[static CERT_SHA256_LEN]);
void cert_fingerprint(const struct cert *c, char out[static CERT_FINGERPRINT_MAX]);

/* cert_x509(c): the library's object, borrowed; NULL when the library cannot decode it or memory is out. */
X509 *cert_x509(const struct cert *c);

/* cert_key(c): the public key, borrowed; NULL when it cannot be decoded (unsupported algorithm, damaged key). */
EVP_PKEY *cert_key(const struct cert *c);

/* Comparisons by DER, never by text. */
bool cert_same(const struct cert *a, const struct cert *b);
bool cert_same_issuer_serial(const struct cert *a, const struct cert *b);
bool cert_same_key(const struct cert *a, const struct cert *b);
bool cert_self_issued(const struct cert *c); /* subject equals issuer */

/* cert_key_matches(c, key): key (private or public) belongs to c. */
bool cert_key_matches(const struct cert *c, const EVP_PKEY *key);

/* cert_verify_signed_by(c, issuer): issuer's key made c's signature (names, dates and usage not looked at). */
bool cert_verify_signed_by(const struct cert *c, const struct cert *issuer);

#endif
