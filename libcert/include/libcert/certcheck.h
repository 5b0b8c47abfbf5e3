/*
 * What is wrong with a certificate: dates, key, extensions for its service, chain. A table of checks.
 */
#ifndef LIBCERT_CERTCHECK_H
#define LIBCERT_CERTCHECK_H

#include <openssl/bn.h>

#include <libcert/cert.h>
#include <libcert/role.h>

/*
 * weakkey_check(key, err): VOX_OK, or VOX_E_INPUT with the reason: RSA under LIMIT_RSA_BITS_MIN or over
 * LIMIT_RSA_BITS_MAX bits, exponent even, under 65,537 or over 32 bits, even modulus, small factor, ROCA fingerprint
 * (CVE-2017-15361), primes close enough for Fermat (100 rounds), EC point off its curve or at infinity, explicit
 * parameters, a curve other than P-256/384/521; any other algorithm than RSA and EC.
 */
enum vox_err weakkey_check(EVP_PKEY *key, struct vox_error *err);

/* weakkey_check_with(key, l, err): the same with other lower limits for RSA: for phones that can do no more than 512
 * bits, where the operator allows it; for roots of manufacturers, of which some have the exponent 3
 * (certificates.md 5.2). */
struct weakkey_limits {
    unsigned rsa_bits_min;
    unsigned exponent_min;
};
struct weakkey_limits weakkey_limits_default(void); /* LIMIT_RSA_BITS_MIN, 65,537 */
enum vox_err weakkey_check_with(EVP_PKEY *key, const struct weakkey_limits *l, struct vox_error *err);

/* weakkey_check_rsa(n, e, l, err): the same for an RSA key of which modulus and exponent are at hand. */
enum vox_err weakkey_check_rsa(const BIGNUM *n, const BIGNUM *e, const struct weakkey_limits *l, struct vox_error *err);

/* weakkey_primes(n, count, prime): of each of count moduli, odd and over 1: is it a prime, and so no RSA key? One round
 * of Fermat's test to base 2, which every prime passes; that a product of two large primes passes it has never been
 * seen. Several at once cost less each. 1, or -1 when memory is out. */
int weakkey_primes(const BIGNUM *const *n, size_t count, bool *prime);

/* weakkey_check_cert(c, err): the same for a certificate's key; catches explicit curve parameters before the library
 * decodes them. */
enum vox_err weakkey_check_cert(const struct cert *c, struct vox_error *err);

/* weakkey_check_root(c, err): as weakkey_check_cert(), but a self-signed CA certificate may have the exponent 3: for
 * what manufacturers gave their phones (certificates.md 5.2). */
enum vox_err weakkey_check_root(const struct cert *c, struct vox_error *err);

struct certcheck_params {
    int64_t now;                 /* seconds since 1970 */
    int warn_days;               /* finding when it ends sooner than that; 0: only when ended */
    int service;                 /* enum service, or -1: no role's extensions to check */
    bool manufacturer;           /* stands in CAPF-trust: weakkey_check_root() */
    struct cert *const *trusted; /* candidates for the chain, any order */
    size_t ntrusted;
};

/* One finding. code is a stable word ("expired", "expiring", "not-yet-valid", "weak-key", "key-type",
 * "weak-signature", "extension", "chain"), text one sentence. Meaning: docs/formats/certificates.md 6. */
struct certcheck_finding {
    const char *code;
    char text[256];
};

enum { CERTCHECK_MAX = 16 };

/* certcheck(c, p, findings, n): fill up to CERTCHECK_MAX findings, *n how many (0: nothing wrong). */
void certcheck(const struct cert *c, const struct certcheck_params *p,
               struct certcheck_finding findings[static CERTCHECK_MAX], size_t *n);

#endif
