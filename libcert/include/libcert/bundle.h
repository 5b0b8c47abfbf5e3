/*
 * Certificates as people have them: PEM with text around, several in one file, DER, PKCS#7, PKCS#12, in any order.
 */
#ifndef LIBCERT_BUNDLE_H
#define LIBCERT_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

#include <libcert/cert.h>
#include <libcert/password.h>

enum bundle_form { BUNDLE_PEM, BUNDLE_DER, BUNDLE_PKCS7, BUNDLE_PKCS12 };

struct bundle {
    enum bundle_form form; /* what the input was */
    struct cert **certs;   /* in the order of the input, exact duplicates left out */
    size_t ncerts;
    bool has_private_key; /* a private key stood among them (in any form, encrypted or not) */
};

/*
 * bundle_read(data, len, what, pass, out, err):
 * Recognise the form by content and take every certificate. what names the input for a password prompt. pass may be
 * NULL: then an encrypted PKCS#12 is VOX_E_USAGE with "needs a password". Private keys are noticed, never kept. Errors:
 * VOX_E_INPUT (no certificate in it and what it is instead: a key, a CSR, a CRL, a trust list, text; a damaged one with
 * its number; more than LIMIT_BUNDLE_CERTS; wrong password), VOX_E_MEMORY. Free with bundle_free().
 */
enum vox_err bundle_read(const uint8_t *data, size_t len, const char *what, const struct password_source *pass,
                         struct bundle *out, struct vox_error *err);

/* bundle_free(b): give up the certificates and clear. */
void bundle_free(struct bundle *b);

/*
 * bundle_sort_chain(b, leaf_key, err): order leaf, its issuer, that one's issuer, ... root by names and signatures,
 * whatever the order was; exact duplicates are dropped, cross-signed relatives of the chain follow it. leaf_key (may be
 * NULL) picks the leaf as the certificate of that key. Errors: VOX_E_INPUT: no leaf or several, a certificate that
 * belongs to no chain (named), a chain longer than LIMIT_CHAIN_DEPTH, more than four times as many certificates.
 */
enum vox_err bundle_sort_chain(struct bundle *b, const EVP_PKEY *leaf_key, struct vox_error *err);

/*
 * bundle_write_pem(), bundle_write_pkcs7(): certs in the given order. bundle_write_pem puts "# subject" style lines
 * above each block when comments is true. PKCS#7 is DER, certificates only. Errors: VOX_E_CRYPTO, VOX_E_MEMORY. Free
 * out with bytes_free().
 */
enum vox_err bundle_write_pem(struct cert *const *certs, size_t ncerts, bool comments, struct bytes *out,
                              struct vox_error *err);
enum vox_err bundle_write_pkcs7(struct cert *const *certs, size_t ncerts, struct bytes *out, struct vox_error *err);

#endif
