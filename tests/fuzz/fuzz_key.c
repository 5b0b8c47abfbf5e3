/* Private keys in any form, without a password: what cannot be read is refused, what can be read is RSA or EC. */
#include <stdlib.h>

#include <openssl/err.h>

#include <libcert/certcheck.h>
#include <libcert/key.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vox_error err;
    EVP_PKEY *key;
    char text[64];

    if (key_from_bytes(data, len, "input", NULL, &key, &err) != VOX_OK) {
        if (key != NULL || err.text[0] == '\0')
            abort();
    } else {
        int type = EVP_PKEY_get_base_id(key);

        if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
            abort();
        key_describe(key, text, sizeof text);
        (void)weakkey_check(key, &err); /* either answer is fine */
    }
    if (ERR_peek_error() != 0)
        abort();
    EVP_PKEY_free(key);
    return 0;
}
