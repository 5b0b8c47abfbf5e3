/*
 * How far logs that are followed have been read. Source: docs/formats/store.md 8.7.
 */
#ifndef LIBCERT_FOLLOWED_H
#define LIBCERT_FOLLOWED_H

#include <libcert/store.h>

enum {
    FOLLOWED_HEAD = 1024, /* bytes of a file's beginning that tell it from others, as far as they have been read */
    FOLLOWED_HEAD_MAX = 65,
};

struct followed_position {
    int64_t inode;
    int64_t offset;               /* the next byte to read */
    char head[FOLLOWED_HEAD_MAX]; /* SHA-256 in hex of the first FOLLOWED_HEAD bytes, or of the first offset ones */
};

/*
 * followed_get(s, path, out, err): of the log at an absolute path; VOX_E_NOT_FOUND when it was never read.
 * followed_put(s, path, p, err): record it, in the caller's transaction: together with what was read.
 */
enum vox_err followed_get(struct store *s, const char *path, struct followed_position *out, struct vox_error *err);
enum vox_err followed_put(struct store *s, const char *path, const struct followed_position *p, struct vox_error *err);

/* followed_head(data, out, err): the head of a file whose first bytes, FOLLOWED_HEAD at most, are data. */
enum vox_err followed_head(struct bytes_view data, char out[static FOLLOWED_HEAD_MAX], struct vox_error *err);

#endif
