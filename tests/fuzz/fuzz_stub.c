/* Phone configurations: the stub of any that is taken is taken again, and is then its own stub. */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include <ctl/encsgn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Only its bytes count: they are hashed. */
static const struct cert *phone(void)
{
    static struct cert *c;
    EVP_PKEY *key;
    X509 *x;

    if (c != NULL)
        return c;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    x = X509_new();
    if (key == NULL || x == NULL || X509_set_pubkey(x, key) <= 0 ||
        X509_gmtime_adj(X509_getm_notBefore(x), 0) == NULL || X509_gmtime_adj(X509_getm_notAfter(x), 1) == NULL ||
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1) <= 0 || X509_sign(x, key, EVP_sha256()) <= 0 ||
        cert_from_x509(x, &c, NULL) != VOX_OK)
        abort();
    X509_free(x);
    EVP_PKEY_free(key);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes first, second;
    struct vox_error err;

    if (encsgn_stub(data, size, phone(), &first, &err) != VOX_OK) {
        if (first.data != NULL)
            __builtin_trap();
        return 0;
    }
    if (encsgn_stub(first.data, first.len, phone(), &second, &err) == VOX_OK) {
        if (!bytes_equal(bytes_view_of(&first), bytes_view_of(&second)))
            __builtin_trap();
        bytes_free(&second);
    } else if (err.code != VOX_E_INPUT || strstr(err.text, "4:") == NULL) { /* it may have grown over the limit */
        __builtin_trap();
    }
    bytes_free(&first);
    return 0;
}
