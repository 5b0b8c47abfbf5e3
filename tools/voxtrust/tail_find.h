/*
 * Files that log rotation has left beside a log. Source: docs/formats/store.md 8.7.
 */
#ifndef VOXTRUST_TAIL_FIND_H
#define VOXTRUST_TAIL_FIND_H

#include <stdbool.h>
#include <sys/stat.h>

#include <libcert/followed.h>

/* tail_find(path, at, fd, offset): open the file that was read to `at`: path itself, or one that rotation renamed or
 * copied. The same file (inode and beginning) goes before a copy (beginning alone). False: there is none. */
bool tail_find(const char *path, const struct followed_position *at, int *fd);

/* tail_find_next(path, than): open the oldest rotated file that was written after `than`, -1 when path itself is next.
 */
int tail_find_next(const char *path, const struct stat *than);

/* tail_fits(fd, at): does the file begin as it did, and is it as long as it was read? */
bool tail_fits(int fd, const struct followed_position *at);

/* tail_open(path): for reading, -1 with errno; a regular file only. */
int tail_open(const char *path);

#endif
