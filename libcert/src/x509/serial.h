/*
 * Certificate serial numbers. Source: docs/formats/certificates.md 4.
 */
#ifndef X509_SERIAL_H
#define X509_SERIAL_H

#include <openssl/asn1.h>

#include <libcert/certbuild.h>

/*
 * serial_random(out, err): put a random positive serial of CERT_SERIAL_BYTES bytes into out, with at least 64
 * significant bits. Errors: VOX_E_CRYPTO.
 */
enum vox_err serial_random(ASN1_INTEGER *out, struct vox_error *err);

/* serial_from_bytes(raw, out): false when raw has fewer than 64 significant bits; otherwise out is their number. */
int serial_from_bytes(const unsigned char raw[static CERT_SERIAL_BYTES], ASN1_INTEGER *out);

#endif
