#include <stdbool.h>

#include <openssl/bn.h>
#include <openssl/rand.h>

#include "x509/serial.h"

enum { SIGNIFICANT_BITS_MIN = 64, TRIES = 4 };

int serial_from_bytes(const unsigned char raw[static CERT_SERIAL_BYTES], ASN1_INTEGER *out)
{
    BIGNUM *n = BN_bin2bn(raw, CERT_SERIAL_BYTES, NULL);
    int ok = n != NULL && BN_num_bits(n) >= SIGNIFICANT_BITS_MIN && BN_to_ASN1_INTEGER(n, out) != NULL;

    BN_free(n);
    return ok;
}

enum vox_err serial_random(ASN1_INTEGER *out, struct vox_error *err)
{
    unsigned char raw[CERT_SERIAL_BYTES];

    /* A short one comes once in 2^64: a second one in a row is a broken generator, not chance. */
    for (int i = 0; i < TRIES; i++) {
        if (RAND_bytes(raw, sizeof raw) <= 0)
            return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for a serial number");
        if (serial_from_bytes(raw, out))
            return VOX_OK;
    }
    return vox_fail_openssl(err, VOX_E_CRYPTO, "no usable random number for a serial number");
}
