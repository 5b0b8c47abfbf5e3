/* Certificates in any form: what is taken can be sorted without end, written, and read again to the same. */
#include <stdlib.h>

#include <openssl/err.h>

#include <libcert/bundle.h>
#include <libcert/limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_again(const struct bundle *b, const struct bytes *written)
{
    struct vox_error err;
    struct bundle again;

    check(bundle_read(written->data, written->len, "again", NULL, &again, &err) == VOX_OK);
    check(again.ncerts == b->ncerts && !again.has_private_key);
    for (size_t i = 0; i < b->ncerts; i++)
        check(cert_same(again.certs[i], b->certs[i]));
    bundle_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vox_error err = {0};
    struct bytes written;
    struct bundle b;

    if (bundle_read(data, len, "input", NULL, &b, &err) != VOX_OK) {
        check(b.certs == NULL && b.ncerts == 0 && err.text[0] != '\0' && ERR_peek_error() == 0);
        return 0;
    }
    check(b.ncerts > 0 && b.ncerts <= LIMIT_BUNDLE_CERTS);
    check(bundle_write_pem(b.certs, b.ncerts, true, &written, &err) == VOX_OK);
    check_again(&b, &written);
    bytes_free(&written);
    check(bundle_write_pkcs7(b.certs, b.ncerts, &written, &err) == VOX_OK);
    check_again(&b, &written);
    bytes_free(&written);
    (void)bundle_sort_chain(&b, NULL, &err); /* either answer is fine */
    check(ERR_peek_error() == 0);
    bundle_free(&b);
    return 0;
}
