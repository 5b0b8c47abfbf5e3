/*
 * Rotated logs that are packed already. Source: docs/formats/store.md 8.7.
 */
#ifndef VOXTRUST_TAIL_PACKED_H
#define VOXTRUST_TAIL_PACKED_H

#include <stdbool.h>

#include <libcert/followed.h>

/* tail_packed_name(name): the length of the name without its ".gz"; 0 when it has none. */
size_t tail_packed_name(const char *name);

/* tail_packed_fits(path, at): does its content begin as the log did that was read to `at`? Cheap. */
bool tail_packed_fits(const char *path, const struct followed_position *at);

/*
 * tail_packed_open(path, err): the content, as a file without a name in memory that was written when the packed one
 * was; -1 with err when it is not whole, damaged, or more than LIMIT_PACKED_LOG. Close it.
 */
int tail_packed_open(const char *path, struct vox_error *err);

#endif
