#include "tail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sighting.h"
#include "tail_find.h"

enum { CHUNK = 64 * 1024 };

struct tail {
    char *path;
    int fd; /* -1: nothing is open */
    bool known;
    struct followed_position at; /* when known */
    struct stat looked;          /* of fd, at the last look */
    bool left;                   /* fd is not path's any more, and path has something: seen once already */
    char data[CHUNK];
};

enum vox_err tail_new(const char *path, const struct followed_position *at, struct tail **out, struct vox_error *err)
{
    struct tail *t = calloc(1, sizeof *t);

    *out = NULL;
    if (t == NULL || (t->path = strdup(path)) == NULL) {
        free(t);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    t->fd = -1;
    if (at != NULL) {
        t->at = *at;
        t->known = true;
    }
    int fd = tail_open(path);

    if (fd < 0 && errno != ENOENT) {
        tail_free(&t);
        return errno == EINVAL ? vox_fail(err, VOX_E_IO, "not a file: a pipe goes to standard input ('-')")
                               : vox_fail_errno(err, VOX_E_IO, "cannot be opened");
    }
    if (fd >= 0)
        (void)close(fd);
    *out = t;
    return VOX_OK;
}

void tail_free(struct tail **t)
{
    if (*t == NULL)
        return;
    if ((*t)->fd >= 0)
        (void)close((*t)->fd);
    free((*t)->path);
    free(*t);
    *t = NULL;
}

const char *tail_path(const struct tail *t)
{
    return t->path;
}

bool tail_position(const struct tail *t, struct followed_position *out)
{
    *out = t->at;
    return t->known;
}

/* Another file stands under the name, and something is in it: whoever writes has gone over to it. */
static bool moved_on(const struct tail *t)
{
    struct stat st;

    return stat(t->path, &st) == 0 && (st.st_ino != t->looked.st_ino || st.st_dev != t->looked.st_dev) &&
           st.st_size > 0;
}

bool tail_news(struct tail *t)
{
    struct stat st;

    if (t->fd < 0)
        return access(t->path, F_OK) == 0;
    if (fstat(t->fd, &st) != 0 || st.st_size != t->looked.st_size || st.st_mtim.tv_sec != t->looked.st_mtim.tv_sec ||
        st.st_mtim.tv_nsec != t->looked.st_mtim.tv_nsec)
        return true;
    return moved_on(t);
}

/* --- which file --- */

static enum vox_err begin(struct tail *t, int fd, struct vox_error *err)
{
    if (t->fd >= 0)
        (void)close(t->fd);
    t->fd = fd;
    t->left = false;
    if (fstat(fd, &t->looked) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be looked at");
    t->at = (struct followed_position){.inode = (int64_t)t->looked.st_ino};
    t->looked.st_size = -1; /* whatever is in it is news */
    t->known = true;
    return followed_head((struct bytes_view){(const uint8_t *)"", 0}, t->at.head, err);
}

/* The file at path, from its beginning. None there: it will come. */
static enum vox_err begin_path(struct tail *t, struct vox_error *err)
{
    int fd = tail_open(t->path);

    if (fd >= 0)
        return begin(t, fd, err);
    return errno == ENOENT ? VOX_OK : vox_fail_errno(err, VOX_E_IO, "cannot be opened");
}

static struct tail_trouble trouble(const struct tail_sink *sink)
{
    return (struct tail_trouble){.told = sink->told, .arg = sink->arg};
}

/* Where the reading goes on: the file that was read before, under whatever name, else a new one. */
static enum vox_err resume(struct tail *t, const struct tail_sink *sink, struct vox_error *err)
{
    const struct followed_position at = t->at;
    const struct tail_trouble to = trouble(sink);
    enum vox_err code;
    int fd;

    if (!t->known)
        return begin_path(t, err);
    if ((fd = tail_find(t->path, &at, &to)) < 0) {
        if ((code = begin_path(t, err)) == VOX_OK && t->fd >= 0)
            sink->told(sink->arg, "another file than the one that was read before, which is gone: what it held after "
                                  "that is missing here ('voxtrust phones import' takes it, if it is kept elsewhere)");
        return code;
    }
    if ((code = begin(t, fd, err)) == VOX_OK) {
        t->at.offset = at.offset;
        memcpy(t->at.head, at.head, sizeof t->at.head);
    }
    return code;
}

/* The file became another one under our hands: its copy, if there is one, has what was not read yet. */
static enum vox_err truncated(struct tail *t, const struct tail_sink *sink, struct vox_error *err)
{
    const struct followed_position at = t->at;
    const struct tail_trouble to = trouble(sink);
    enum vox_err code;
    int fd;

    if (at.offset > 0 && (fd = tail_find(t->path, &at, &to)) >= 0) {
        if ((code = begin(t, fd, err)) == VOX_OK) {
            t->at.offset = at.offset;
            memcpy(t->at.head, at.head, sizeof t->at.head);
        }
        return code;
    }
    (void)close(t->fd);
    t->fd = -1;
    sink->told(sink->arg, "was truncated: it is read from its beginning");
    return begin_path(t, err);
}

/* --- lines --- */

/* A place that is not behind a line end is within a line that was too long: the rest of it says nothing. */
static bool within_line(const struct tail *t)
{
    char before;

    return t->at.offset > 0 && pread(t->fd, &before, 1, t->at.offset - 1) == 1 && before != '\n';
}

static enum vox_err advance(struct tail *t, size_t len, struct vox_error *err)
{
    uint8_t data[FOLLOWED_HEAD];
    const bool fresh = t->at.offset < FOLLOWED_HEAD;
    size_t want;

    t->at.offset += (int64_t)len;
    if (!fresh)
        return VOX_OK;
    want = t->at.offset < FOLLOWED_HEAD ? (size_t)t->at.offset : FOLLOWED_HEAD;
    if (pread(t->fd, data, want, 0) != (ssize_t)want)
        return vox_fail(err, VOX_E_IO, "changed while it was read");
    return followed_head((struct bytes_view){data, want}, t->at.head, err);
}

/* One piece of the file; *got: bytes that were read, 0 at the end. last: what has no line end counts as a line. */
static enum vox_err read_piece(struct tail *t, const struct tail_sink *sink, bool last, size_t *got,
                               struct vox_error *err)
{
    ssize_t n = pread(t->fd, t->data, sizeof t->data, t->at.offset);
    bool skipping = within_line(t);
    const bool final = last && n < (ssize_t)sizeof t->data; /* the last line ends with the file */
    size_t used = 0, left;
    enum vox_err code = VOX_OK;

    *got = 0;
    if (n < 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be read");
    left = (size_t)n;
    while (left > 0 && code == VOX_OK) {
        const char *line = t->data + used, *end = memchr(line, '\n', left);
        size_t len = end != NULL ? (size_t)(end - line) : left;

        if (end == NULL && !final && len <= SIGHTING_LINE_MAX)
            break;
        if (!skipping && (end != NULL || final))
            code = sink->line(sink->arg, line, len, err);
        skipping = end == NULL;
        len += end != NULL;
        used += len;
        left -= len;
    }
    *got = used;
    return code == VOX_OK && used > 0 ? advance(t, used, err) : code;
}

static enum vox_err read_to_end(struct tail *t, const struct tail_sink *sink, bool last, size_t *room,
                                struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    size_t got = 1;

    while (code == VOX_OK && got > 0 && *room > 0) {
        code = read_piece(t, sink, last, &got, err);
        *room -= got < *room ? got : *room;
    }
    return code;
}

/* The writer may take a moment to leave the old file after it has begun the new one: not at the first look. */
static enum vox_err follow_rotation(struct tail *t, const struct tail_sink *sink, size_t *room, bool *more,
                                    struct vox_error *err)
{
    const struct tail_trouble to = trouble(sink);
    enum vox_err code;
    int fd;

    if (!t->left) {
        t->left = true;
        return VOX_OK;
    }
    if ((code = read_to_end(t, sink, true, room, err)) != VOX_OK || *room == 0)
        return code;
    *more = true;
    fd = tail_find_next(t->path, &t->looked, &t->at, &to);
    return fd >= 0 ? begin(t, fd, err) : begin_path(t, err);
}

enum vox_err tail_read(struct tail *t, const struct tail_sink *sink, size_t max, bool *more, struct vox_error *err)
{
    size_t room = max;
    enum vox_err code = VOX_OK;

    *more = false;
    if (t->fd < 0 && ((code = resume(t, sink, err)) != VOX_OK || t->fd < 0))
        return code;
    if (!tail_fits(t->fd, &t->at) && ((code = truncated(t, sink, err)) != VOX_OK || t->fd < 0))
        return code;
    if (fstat(t->fd, &t->looked) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be looked at");
    code = read_to_end(t, sink, false, &room, err);
    if (code == VOX_OK && room > 0 && moved_on(t))
        code = follow_rotation(t, sink, &room, more, err);
    *more = *more || room == 0;
    if (room == 0)
        t->looked.st_size = -1; /* there is news still */
    return code;
}

enum vox_err tail_recall(struct tail *t, const struct tail_sink *sink, size_t len, struct vox_error *err)
{
    const struct followed_position at = t->at;
    enum vox_err code;
    char *line, *end;
    int64_t from;
    ssize_t n;
    size_t left;

    if ((code = resume(t, sink, err)) != VOX_OK || t->fd < 0 || at.offset == 0)
        return code;
    from = at.offset > (int64_t)len ? at.offset - (int64_t)len : 0;
    len = (size_t)(at.offset - from);
    if ((line = malloc(len)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    char *const data = line;

    n = t->at.offset == at.offset ? pread(t->fd, data, len, from) : 0;
    left = n > 0 ? (size_t)n : 0;
    for (bool first = from > 0; code == VOX_OK && left > 0 && (end = memchr(line, '\n', left)) != NULL; first = false) {
        if (!first) /* of the first one only the end may be here */
            code = sink->line(sink->arg, line, (size_t)(end - line), err);
        left -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    free(data);
    return code;
}
