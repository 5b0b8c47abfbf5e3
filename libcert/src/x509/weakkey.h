/*
 * The single tests for weak RSA keys. Source: docs/formats/certificates.md 5.
 */
#ifndef X509_WEAKKEY_H
#define X509_WEAKKEY_H

#include <stdbool.h>

#include <openssl/bn.h>

/* An answer, or -1 when memory is out. n: the modulus, odd and positive except for weakkey_small_factor(). */
int weakkey_small_factor(const BIGNUM *n);       /* the smallest prime below 2^16 that divides n, 0 if none */
int weakkey_roca(const BIGNUM *n);               /* 1: has the fingerprint of CVE-2017-15361 */
int weakkey_fermat(const BIGNUM *n, int rounds); /* 1: Fermat's method finds both factors within rounds */

#endif
