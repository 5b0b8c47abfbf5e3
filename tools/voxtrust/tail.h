/*
 * A log that grows, line by line, over rotations: by renaming, and by copying and truncating. Source:
 * docs/formats/store.md 8.7.
 */
#ifndef VOXTRUST_TAIL_H
#define VOXTRUST_TAIL_H

#include <stdbool.h>

#include <libcert/followed.h>

/* Where lines go; lines have no line end. An error ends the reading. */
struct tail_sink {
    enum vox_err (*line)(void *arg, const char *line, size_t len, struct vox_error *err);
    /* told(arg, what): something that the operator should know, as a sentence without the file's name. */
    void (*told)(void *arg, const char *what);
    void *arg;
};

struct tail;

/*
 * tail_new(path, at, out, err): the log at an absolute path, from where it was read to (NULL: from its beginning). It
 * may be missing. A file of another name than path that is the one that was read to, or its copy, is looked for in the
 * same folder: names as log rotation makes them (log.1, log-20261127, and packed: log.2.gz). Errors: VOX_E_IO when it
 * cannot be read. Free with tail_free().
 */
enum vox_err tail_new(const char *path, const struct followed_position *at, struct tail **out, struct vox_error *err);
void tail_free(struct tail **t);

/* tail_path(t): as given. tail_news(t): is there something to read, or to do? Cheap enough for several times a second.
 */
const char *tail_path(const struct tail *t);
bool tail_news(struct tail *t);

/*
 * tail_read(t, sink, max, more, err): whole lines, some max bytes at most; *more: there are more already. A last line
 * without an end stays for the next time, unless the file was rotated away. What is longer than a line can be is one
 * line that says nothing. Errors: VOX_E_IO, the sink's.
 */
enum vox_err tail_read(struct tail *t, const struct tail_sink *sink, size_t max, bool *more, struct vox_error *err);

/* tail_position(t, out): where to go on. False: nothing was ever read. */
bool tail_position(const struct tail *t, struct followed_position *out);

/*
 * tail_recall(t, sink, len, err): the lines of the last len bytes before the position, as far as they stand in the same
 * file.
 */
enum vox_err tail_recall(struct tail *t, const struct tail_sink *sink, size_t len, struct vox_error *err);

/* --- a pipe --- */

enum { TAIL_PIPE_MAX = 256 * 1024 };

struct tail_pipe {
    int fd;
    size_t len;
    bool ended, skipping;
    char data[TAIL_PIPE_MAX];
};

/* tail_pipe_fill(p, err): read what is there; waits when nothing is. tail_pipe_read(p, sink, err): the whole lines of
 * it; at its end the last one, too. */
enum vox_err tail_pipe_fill(struct tail_pipe *p, struct vox_error *err);
enum vox_err tail_pipe_read(struct tail_pipe *p, const struct tail_sink *sink, struct vox_error *err);

#endif
