/*
 * Files that gzip has packed, as log rotation does. Source: RFC 1952.
 */
#ifndef LIBCERT_GZIP_H
#define LIBCERT_GZIP_H

#include <stdbool.h>

#include <libcert/bytes.h>
#include <libcert/error.h>

/* gzip_is(data): do the bytes begin as gzip's do? */
bool gzip_is(struct bytes_view data);

/* gzip_begin(packed, out, len): the first len bytes of the content; packed may end early. How many there are: fewer
 * when the content is shorter, what is there of packed says no more, or it is damaged. */
size_t gzip_begin(struct bytes_view packed, uint8_t *out, size_t len);

/*
 * gzip_unpack(packed, max, out, err): the content, of several files packed one after the other too, with zeros behind
 * them. gzip_unpack_fd(packed, max, fd, err): written to fd. Nothing is handed out before its check sum is right, but
 * what stands in fd after an error. Errors: VOX_E_INPUT (not gzip's, not whole, damaged, something behind it, more than
 * max bytes), VOX_E_IO (fd), VOX_E_MEMORY. Free out with bytes_free().
 */
enum vox_err gzip_unpack(struct bytes_view packed, size_t max, struct bytes *out, struct vox_error *err);
enum vox_err gzip_unpack_fd(struct bytes_view packed, size_t max, int fd, struct vox_error *err);

#endif
