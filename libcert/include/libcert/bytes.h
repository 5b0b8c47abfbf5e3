/*
 * Byte strings: owned, borrowed and secret; hexadecimal.
 */
#ifndef LIBCERT_BYTES_H
#define LIBCERT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/error.h>

/* Owned bytes. {NULL, 0} is empty and safe to free. */
struct bytes {
    uint8_t *data;
    size_t len;
};

/* Borrowed bytes: valid as long as their owner. */
struct bytes_view {
    const uint8_t *data;
    size_t len;
};

/* bytes_copy(out, data, len, err): allocate a copy of len bytes. Errors: VOX_E_MEMORY. Free with bytes_free(). */
enum vox_err bytes_copy(struct bytes *out, const void *data, size_t len, struct vox_error *err);

/* bytes_free(b): free and clear. NULL and empty are fine. The content is not wiped: see bytes_wipe(). */
void bytes_free(struct bytes *b);

/* bytes_wipe(b): overwrite, free and clear. For keys, PINs, passwords and everything derived from them. */
void bytes_wipe(struct bytes *b);

/* bytes_view_of(b): borrow all of b. */
struct bytes_view bytes_view_of(const struct bytes *b);

/* bytes_equal(a, b): same length and content. Not constant-time: never for secrets (CRYPTO_memcmp is). */
bool bytes_equal(struct bytes_view a, struct bytes_view b);

/* bytes_same_number(a, b): the same big-endian number: some writers of serial numbers keep the sign byte of DER. */
bool bytes_same_number(struct bytes_view a, struct bytes_view b);

/* hex_encode(data, len, out): write 2 * len lower-case digits and a NUL to out (2 * len + 1 bytes). */
void hex_encode(const uint8_t *data, size_t len, char *out);

/* hex_encode_sep(data, len, sep, out): upper case with sep between bytes; out holds 3 * len bytes (at least 1). */
void hex_encode_sep(const uint8_t *data, size_t len, char sep, char *out);

/*
 * hex_decode(text, out, err): digits of either case, ':' and blanks between bytes allowed. Errors: VOX_E_INPUT (odd
 * number of digits, another character), VOX_E_MEMORY. Free with bytes_free().
 */
enum vox_err hex_decode(const char *text, struct bytes *out, struct vox_error *err);

#endif
