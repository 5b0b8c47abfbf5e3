/*
 * The readers of bundle forms, and what they share. Private to the x509 room.
 */
#ifndef X509_BUNDLE_PARTS_H
#define X509_BUNDLE_PARTS_H

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <libcert/bundle.h>

/* bundle_add_der(b, der, len, err): one more certificate, which the library must be able to decode; an exact duplicate
 * is left out. bundle_add_x509(): the same from a library object. */
enum vox_err bundle_add_der(struct bundle *b, const uint8_t *der, size_t len, struct vox_error *err);
enum vox_err bundle_add_x509(struct bundle *b, X509 *x, struct vox_error *err);

/* bundle_pem_found(in): in holds the begin of a PEM block. bundle_read_pem(b, in, err): every block. */
bool bundle_pem_found(struct bytes_view in);
enum vox_err bundle_read_pem(struct bundle *b, struct bytes_view in, struct vox_error *err);

/* bundle_read_base64(b, text, out, err): decode base64 with blanks. VOX_E_INPUT if it is something else. Wipe out. */
enum vox_err bundle_read_base64(struct bytes_view text, struct bytes *out, struct vox_error *err);

/* bundle_take_pkcs7(b, p7, err): the certificates of signed data. */
enum vox_err bundle_take_pkcs7(struct bundle *b, const PKCS7 *p7, struct vox_error *err);

/* bundle_read_pkcs7(der): NULL if der is not exactly one. */
PKCS7 *bundle_read_pkcs7(struct bytes_view der);

/* bundle_is_pkcs12(der): begins as one does. bundle_read_pkcs12(b, der, what, pass, err): its certificates. */
bool bundle_is_pkcs12(struct bytes_view der);
enum vox_err bundle_read_pkcs12(struct bundle *b, struct bytes_view der, const char *what,
                                const struct password_source *pass, struct vox_error *err);

/* bundle_what_der(der), bundle_what_bytes(in): what it is instead of a certificate, as "a private key". Never NULL. */
const char *bundle_what_der(struct bytes_view der);
const char *bundle_what_bytes(struct bytes_view in);

#endif
