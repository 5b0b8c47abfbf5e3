#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

struct tlv_writer tlv_writer(size_t max)
{
    return (struct tlv_writer){.max = max};
}

static bool failed(const struct tlv_writer *w)
{
    return w->too_large || w->no_memory;
}

/* Make room for n more bytes. */
static bool grow(struct tlv_writer *w, size_t n)
{
    if (failed(w))
        return false;
    if (n > w->max - w->len) {
        w->too_large = true;
        return false;
    }
    if (n <= w->cap - w->len)
        return true;

    size_t cap = w->cap < 512 ? 512 : w->cap;
    while (cap - w->len < n)
        cap = cap > w->max / 2 ? w->max : cap * 2;
    uint8_t *data = realloc(w->data, cap);
    if (data == NULL) {
        w->no_memory = true;
        return false;
    }
    w->data = data;
    w->cap = cap;
    return true;
}

void tlv_put(struct tlv_writer *w, const void *data, size_t len)
{
    if (len == 0 || !grow(w, len))
        return;
    memcpy(w->data + w->len, data, len);
    w->len += len;
}

void tlv_put_u8(struct tlv_writer *w, uint8_t v)
{
    tlv_put(w, &v, 1);
}

void tlv_put_u16(struct tlv_writer *w, uint16_t v)
{
    const uint8_t b[] = {(uint8_t)(v >> 8), (uint8_t)v};

    tlv_put(w, b, sizeof b);
}

void tlv_put_u32(struct tlv_writer *w, uint32_t v)
{
    const uint8_t b[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

    tlv_put(w, b, sizeof b);
}

/* Tag and length of a value of len bytes; false (and the writer failed) when 16 bits cannot say it. */
static bool put_head(struct tlv_writer *w, uint8_t tag, size_t len)
{
    if (len > LIMIT_TLV_VALUE) {
        w->too_large = true;
        return false;
    }
    tlv_put_u8(w, tag);
    tlv_put_u16(w, (uint16_t)len);
    return true;
}

void tlv_put_tlv(struct tlv_writer *w, uint8_t tag, const void *data, size_t len)
{
    if (put_head(w, tag, len))
        tlv_put(w, data, len);
}

void tlv_put_tlv_u8(struct tlv_writer *w, uint8_t tag, uint8_t v)
{
    if (put_head(w, tag, 1))
        tlv_put_u8(w, v);
}

void tlv_put_tlv_u16(struct tlv_writer *w, uint8_t tag, uint16_t v)
{
    if (put_head(w, tag, 2))
        tlv_put_u16(w, v);
}

void tlv_put_tlv_u32(struct tlv_writer *w, uint8_t tag, uint32_t v)
{
    if (put_head(w, tag, 4))
        tlv_put_u32(w, v);
}

void tlv_put_tlv_text(struct tlv_writer *w, uint8_t tag, const char *text)
{
    tlv_put_tlv(w, tag, text, strlen(text) + 1);
}

size_t tlv_begin(struct tlv_writer *w, uint8_t tag)
{
    put_head(w, tag, 0);
    return w->len;
}

void tlv_end(struct tlv_writer *w, size_t mark)
{
    if (!failed(w))
        tlv_patch_u16(w, mark - 2, w->len - mark);
}

void tlv_patch_u16(struct tlv_writer *w, size_t at, size_t v)
{
    if (failed(w))
        return;
    if (v > LIMIT_TLV_VALUE || at + 2 > w->len) {
        w->too_large = true;
        return;
    }
    w->data[at] = (uint8_t)(v >> 8);
    w->data[at + 1] = (uint8_t)v;
}

enum vox_err tlv_finish(struct tlv_writer *w, struct bytes *out, struct vox_error *err)
{
    *out = (struct bytes){NULL, 0};
    if (w->no_memory) {
        tlv_writer_free(w);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if (w->too_large) {
        size_t max = w->max;

        tlv_writer_free(w);
        return vox_fail(err, VOX_E_INPUT, "too large for the format: a field over 65,535 bytes or %zu bytes in all",
                        max);
    }
    if (!grow(w, 0) || w->data == NULL) /* an empty output is still owned bytes */
        return bytes_copy(out, "", 0, err);
    *out = (struct bytes){w->data, w->len};
    *w = tlv_writer(w->max);
    return VOX_OK;
}

void tlv_writer_free(struct tlv_writer *w)
{
    free(w->data);
    *w = tlv_writer(w->max);
}
