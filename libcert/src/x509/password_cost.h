/*
 * What it costs to try a password: whoever wrote a file chose that, and may have meant harm.
 */
#ifndef X509_PASSWORD_COST_H
#define X509_PASSWORD_COST_H

#include <openssl/x509.h>

/*
 * password_cost(alg): the work of deriving a key as alg says, in iterations of PBKDF2 and its like; negative if it
 * cannot be told, or is beyond all measure. To be held against LIMIT_KDF_ITERATIONS before anything is derived.
 */
long password_cost(const X509_ALGOR *alg);

#endif
