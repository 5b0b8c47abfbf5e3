#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/bytes.h>

enum vox_err bytes_copy(struct bytes *out, const void *data, size_t len, struct vox_error *err)
{
    out->data = malloc(len > 0 ? len : 1); /* never NULL for success */
    out->len = 0;
    if (out->data == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory for %zu bytes", len);
    if (len > 0)
        memcpy(out->data, data, len);
    out->len = len;
    return VOX_OK;
}

void bytes_free(struct bytes *b)
{
    if (b == NULL)
        return;
    free(b->data);
    b->data = NULL;
    b->len = 0;
}

void bytes_wipe(struct bytes *b)
{
    if (b == NULL)
        return;
    if (b->data != NULL)
        OPENSSL_cleanse(b->data, b->len);
    bytes_free(b);
}

struct bytes_view bytes_view_of(const struct bytes *b)
{
    return (struct bytes_view){b->data, b->len};
}

bool bytes_equal(struct bytes_view a, struct bytes_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct bytes_view without_zeros(struct bytes_view v)
{
    while (v.len > 1 && v.data[0] == 0) {
        v.data++;
        v.len--;
    }
    return v;
}

bool bytes_same_number(struct bytes_view a, struct bytes_view b)
{
    return bytes_equal(without_zeros(a), without_zeros(b));
}
