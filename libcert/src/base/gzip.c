#include <libcert/gzip.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include <libcert/file.h>

enum { CHUNK = 64 * 1024, GZIP_ONLY = 15 + 16 /* the largest window; no zlib streams */ };

/* Where pieces of the content go. */
struct sink {
    enum vox_err (*take)(struct sink *s, const uint8_t *data, size_t len, struct vox_error *err);
    struct bytes *out;
    size_t cap;
    int fd;
    size_t max, total;
};

bool gzip_is(struct bytes_view data)
{
    return data.len >= 2 && data.data[0] == 0x1f && data.data[1] == 0x8b;
}

/* zlib counts in 32 bits. */
static void feed(z_stream *z, struct bytes_view *left)
{
    size_t n = left->len < UINT_MAX ? left->len : UINT_MAX;

    if (z->avail_in > 0 || n == 0)
        return;
    z->next_in = left->data;
    z->avail_in = (uInt)n;
    left->data += n;
    left->len -= n;
}

size_t gzip_begin(struct bytes_view packed, uint8_t *out, size_t len)
{
    z_stream z = {.next_out = out, .avail_out = len < UINT_MAX ? (uInt)len : UINT_MAX};
    int rc = Z_OK;

    if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
        return 0;
    while (rc == Z_OK && z.avail_out > 0 && (z.avail_in > 0 || packed.len > 0)) {
        feed(&z, &packed);
        rc = inflate(&z, Z_SYNC_FLUSH);
        if (rc == Z_STREAM_END && (z.avail_in > 0 || packed.len > 0))
            rc = inflateReset(&z);
    }
    len = (size_t)(z.next_out - out);
    (void)inflateEnd(&z);
    return len;
}

static bool only_zeros(struct bytes_view data)
{
    for (size_t i = 0; i < data.len; i++) {
        if (data.data[i] != 0)
            return false;
    }
    return true;
}

static enum vox_err drain(z_stream *z, uint8_t *chunk, struct sink *s, struct vox_error *err)
{
    const size_t n = CHUNK - z->avail_out;

    z->next_out = chunk;
    z->avail_out = CHUNK;
    if (n > s->max - s->total)
        return vox_fail(err, VOX_E_INPUT, "too large: more than %zu bytes when it is unpacked", s->max);
    s->total += n;
    return n > 0 ? s->take(s, chunk, n, err) : VOX_OK;
}

static enum vox_err unpack(struct bytes_view left, struct sink *s, struct vox_error *err)
{
    uint8_t *chunk = malloc(CHUNK);
    z_stream z = {.next_out = chunk, .avail_out = CHUNK};
    enum vox_err code = VOX_OK;
    int rc;

    if (chunk == NULL || inflateInit2(&z, GZIP_ONLY) != Z_OK) {
        free(chunk);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    for (;;) {
        feed(&z, &left);
        rc = inflate(&z, Z_NO_FLUSH);
        if ((code = drain(&z, chunk, s, err)) != VOX_OK)
            break;
        if (rc == Z_STREAM_END) {
            const struct bytes_view here = {z.next_in, z.avail_in};

            if (only_zeros(here) && only_zeros(left))
                break;
            rc = inflateReset(&z); /* the next one */
        }
        if (rc == Z_BUF_ERROR && z.avail_in == 0 && left.len == 0)
            code = vox_fail(err, VOX_E_INPUT, "packed by gzip, and not whole: its end is missing");
        else if (rc == Z_MEM_ERROR)
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else if (rc != Z_OK && rc != Z_BUF_ERROR)
            code = vox_fail(err, VOX_E_INPUT, "not what gzip packs, or damaged%s%s", z.msg != NULL ? ": " : "",
                            z.msg != NULL ? z.msg : "");
        if (code != VOX_OK)
            break;
    }
    (void)inflateEnd(&z);
    free(chunk);
    return code;
}

static enum vox_err to_memory(struct sink *s, const uint8_t *data, size_t len, struct vox_error *err)
{
    if (s->out->len + len > s->cap) {
        size_t cap = s->cap > s->max / 2 ? s->max : s->cap * 2;
        uint8_t *more;

        if (cap < s->out->len + len)
            cap = s->out->len + len;
        if ((more = realloc(s->out->data, cap)) == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory for %zu bytes", cap);
        s->out->data = more;
        s->cap = cap;
    }
    memcpy(s->out->data + s->out->len, data, len);
    s->out->len += len;
    return VOX_OK;
}

static enum vox_err to_fd(struct sink *s, const uint8_t *data, size_t len, struct vox_error *err)
{
    return file_write_fd(s->fd, data, len) == 0 ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "cannot be unpacked");
}

enum vox_err gzip_unpack(struct bytes_view packed, size_t max, struct bytes *out, struct vox_error *err)
{
    struct sink s = {.take = to_memory, .out = out, .max = max};
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = unpack(packed, &s, err)) != VOX_OK)
        bytes_free(out);
    return code;
}

enum vox_err gzip_unpack_fd(struct bytes_view packed, size_t max, int fd, struct vox_error *err)
{
    struct sink s = {.take = to_fd, .fd = fd, .max = max};

    return unpack(packed, &s, err);
}
