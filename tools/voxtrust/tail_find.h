/*
 * Files that log rotation has left beside a log. Source: docs/formats/store.md 8.7.
 */
#ifndef VOXTRUST_TAIL_FIND_H
#define VOXTRUST_TAIL_FIND_H

#include <stdbool.h>
#include <sys/stat.h>

#include <libcert/followed.h>

/*
 * tail_find(path, at, trouble): open the file that was read to `at`: path itself, or one that rotation renamed, copied
 * or packed. The same file (inode and beginning) goes before a copy (beginning alone), and that before a packed one.
 * -1: there is none.
 *
 * tail_find_next(path, than, at, trouble): open the oldest rotated file that was written after `than`, the one that was
 * read to `at`; -1 when path itself is next.
 *
 * trouble: told of a packed file that would be the one and cannot be read, and why.
 */
struct tail_trouble {
    void (*told)(void *arg, const char *what);
    void *arg;
};
int tail_find(const char *path, const struct followed_position *at, const struct tail_trouble *trouble);
int tail_find_next(const char *path, const struct stat *than, const struct followed_position *at,
                   const struct tail_trouble *trouble);

/* tail_fits(fd, at): does the file begin as it did, and is it as long as it was read? */
bool tail_fits(int fd, const struct followed_position *at);

/* tail_open(path): for reading, -1 with errno; a regular file only. */
int tail_open(const char *path);

#endif
