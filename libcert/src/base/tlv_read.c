/* The only place that turns bytes into a length. */
#include <stdio.h>
#include <string.h>

#include <libcert/tlv.h>

struct tlv_reader tlv_reader(const uint8_t *data, size_t len)
{
    return (struct tlv_reader){.data = data, .len = len};
}

size_t tlv_left(const struct tlv_reader *r)
{
    return r->len - r->pos;
}

size_t tlv_offset(const struct tlv_reader *r)
{
    return r->base + r->pos;
}

bool tlv_take(struct tlv_reader *r, size_t n, struct bytes_view *out)
{
    if (n > tlv_left(r))
        return false;
    *out = (struct bytes_view){r->data + r->pos, n};
    r->pos += n;
    return true;
}

bool tlv_child(struct tlv_reader *r, size_t n, struct tlv_reader *out)
{
    size_t base = tlv_offset(r);
    struct bytes_view v;

    if (!tlv_take(r, n, &v))
        return false;
    *out = (struct tlv_reader){.data = v.data, .len = v.len, .base = base};
    return true;
}

/* The big-endian number in the n (at most 4) bytes at p. */
static uint32_t number(const uint8_t *p, size_t n)
{
    uint32_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

bool tlv_take_u8(struct tlv_reader *r, uint8_t *out)
{
    struct bytes_view v;

    if (!tlv_take(r, 1, &v))
        return false;
    *out = v.data[0];
    return true;
}

bool tlv_take_u16(struct tlv_reader *r, uint16_t *out)
{
    struct bytes_view v;

    if (!tlv_take(r, 2, &v))
        return false;
    *out = (uint16_t)number(v.data, 2);
    return true;
}

bool tlv_take_u24(struct tlv_reader *r, uint32_t *out)
{
    struct bytes_view v;

    if (!tlv_take(r, 3, &v))
        return false;
    *out = number(v.data, 3);
    return true;
}

bool tlv_take_u32(struct tlv_reader *r, uint32_t *out)
{
    struct bytes_view v;

    if (!tlv_take(r, 4, &v))
        return false;
    *out = number(v.data, 4);
    return true;
}

bool tlv_peek(const struct tlv_reader *r, uint8_t *out)
{
    if (tlv_left(r) == 0)
        return false;
    *out = r->data[r->pos];
    return true;
}

bool tlv_next(struct tlv_reader *r, struct tlv *out)
{
    struct tlv_reader ahead = *r;
    struct tlv t = {.offset = tlv_offset(r)};
    uint16_t len;

    if (!tlv_take_u8(&ahead, &t.tag) || !tlv_take_u16(&ahead, &len) || !tlv_take(&ahead, len, &t.value))
        return false;
    *r = ahead;
    *out = t;
    return true;
}

void tlv_why_not(const struct tlv_reader *r, char *out, size_t outlen)
{
    struct tlv_reader ahead = *r;
    uint8_t tag;
    uint16_t len;

    if (!tlv_take_u8(&ahead, &tag))
        (void)snprintf(out, outlen, "the bytes end at %zu", tlv_offset(r));
    else if (!tlv_take_u16(&ahead, &len))
        (void)snprintf(out, outlen, "tag %u at byte %zu has no room for its length", tag, tlv_offset(r));
    else
        (void)snprintf(out, outlen, "tag %u at byte %zu says length %u, but %zu bytes are left", tag, tlv_offset(r),
                       len, tlv_left(&ahead));
}

struct tlv_reader tlv_within(const struct tlv *t)
{
    return (struct tlv_reader){.data = t->value.data, .len = t->value.len, .base = t->offset + 3};
}

bool tlv_as_u8(const struct tlv *t, uint8_t *out)
{
    if (t->value.len != 1)
        return false;
    *out = t->value.data[0];
    return true;
}

bool tlv_as_u16(const struct tlv *t, uint16_t *out)
{
    if (t->value.len != 2)
        return false;
    *out = (uint16_t)number(t->value.data, 2);
    return true;
}

bool tlv_as_u32(const struct tlv *t, uint32_t *out)
{
    if (t->value.len != 4)
        return false;
    *out = number(t->value.data, 4);
    return true;
}

bool tlv_as_text(const struct tlv *t, const char **out, size_t *outlen)
{
    if (t->value.len == 0 || memchr(t->value.data, '\0', t->value.len) != t->value.data + t->value.len - 1)
        return false;
    *out = (const char *)t->value.data;
    *outlen = t->value.len - 1;
    return true;
}
