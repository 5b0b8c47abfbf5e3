#include <libcert/limits.h>

#include "key/key_read.h"
#include "x509/password_cost.h"

enum vox_err key_kdf_check_count(long iterations, struct vox_error *err)
{
    if (iterations < 0 || iterations > LIMIT_KDF_ITERATIONS)
        return vox_fail(err, VOX_E_INPUT,
                        "its password is stretched by %ld iterations, at most %d are taken: not a key file that a "
                        "program would write",
                        iterations, LIMIT_KDF_ITERATIONS);
    return VOX_OK;
}

enum vox_err key_kdf_check(const X509_ALGOR *alg, struct vox_error *err)
{
    const long cost = password_cost(alg);

    if (cost < 0)
        return vox_fail(err, VOX_E_INPUT, "private key is encrypted in a way that is not known here");
    return key_kdf_check_count(cost, err);
}
