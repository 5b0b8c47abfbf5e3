/*
 * What checking the store shares with the table of published lists.
 */
#ifndef STORE_LISTS_H
#define STORE_LISTS_H

#include <libcert/bytes.h>

enum { STORE_SHA256_MAX = 65 };

/* store_list_sha256(data, out, err): SHA-256 as lower-case hex with its NUL. VOX_E_CRYPTO. */
enum vox_err store_list_sha256(struct bytes_view data, char out[static STORE_SHA256_MAX], struct vox_error *err);

#endif
