/*
 * What extensions the certificate of each service has. One table: certbuild writes by it, certcheck and the check of a
 * CA's answer read by it. Source: docs/formats/certificates.md 2.
 */
#ifndef X509_EXTENSIONS_H
#define X509_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509v3.h>

#include <libcert/cert.h>
#include <libcert/role.h>

/* Usages as the library's KU_ and XKU_ bits. */
struct extension_profile {
    uint32_t usage;         /* for an RSA key; extension_usage() for others */
    uint32_t extended;      /* 0: the extension is left out */
    uint32_t extended_made; /* in what is made here beside these; a CA's answer may lack them */
    bool authority;         /* CA:TRUE, pathlen:0 and keyCertSign, whoever signs it */
};

/* extension_profile(s): the row of a service. */
const struct extension_profile *extension_profile(enum service s);

/* extension_usage(s, ec): the usages of the service's key, with keyAgreement in place of the encipherments for EC. */
uint32_t extension_usage(enum service s, bool ec);

/* Names of the (extended) usages that a service's certificate should have and have lacks, as "digitalSignature,
 * keyCertSign"; "" when none is missing. */
void extension_usage_missing(enum service s, bool ec, uint32_t have, char *out, size_t outlen);
void extension_extended_missing(enum service s, uint32_t have, char *out, size_t outlen);

enum extension_purpose { EXT_SELF_SIGNED, EXT_REQUEST };

/*
 * extension_build(s, key, san, purpose, out, err): the extensions for a key of a service. san may be NULL. Errors:
 * VOX_E_USAGE (an alternative name), VOX_E_CRYPTO. Free with sk_X509_EXTENSION_pop_free(*out, X509_EXTENSION_free).
 */
enum vox_err extension_build(enum service s, EVP_PKEY *key, const char *const *san, enum extension_purpose purpose,
                             STACK_OF(X509_EXTENSION) * *out, struct vox_error *err);

/* extension_san_parse(san, out, err): *out NULL when san has no names. Free with GENERAL_NAMES_free(). */
enum vox_err extension_san_parse(const char *const *san, GENERAL_NAMES **out, struct vox_error *err);

/* extension_san_text(name, out, outlen): "DNS:cm1.example", "IP:192.0.2.1", or the kind of another. */
void extension_san_text(const GENERAL_NAME *name, char *out, size_t outlen);

#endif
