#include "tail_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tail_packed.h"

int tail_open(const char *path)
{
    /* A pipe under that name must not stop everything else. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        (void)close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

bool tail_fits(int fd, const struct followed_position *at)
{
    uint8_t data[FOLLOWED_HEAD];
    size_t len = at->offset < FOLLOWED_HEAD ? (size_t)at->offset : FOLLOWED_HEAD;
    char head[FOLLOWED_HEAD_MAX];
    struct stat st;

    if (fstat(fd, &st) != 0 || st.st_size < at->offset || pread(fd, data, len, 0) != (ssize_t)len)
        return false;
    return followed_head((struct bytes_view){data, len}, head, NULL) == VOX_OK && strcmp(head, at->head) == 0;
}

/* Is what stands between the log's name and the end of a rotated one's made of digits, as in ".1" and "-20261127"? */
static bool is_counter(const char *text, size_t len)
{
    size_t digits = 0;

    if (len < 2 || strchr(".-_", text[0]) == NULL)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (memchr("0123456789.-_T:", text[i], 15) == NULL)
            return false;
        digits += text[i] >= '0' && text[i] <= '9';
    }
    return digits > 0;
}

/* "access.log": "access.log.1", "access.log-20261127", "access-20261127.log"; nlen: of the name, without ".gz". */
static bool is_rotated(const char *log, const char *name, size_t nlen)
{
    size_t len = strlen(log);
    const char *dot = strrchr(log, '.');

    if (nlen > len && strncmp(name, log, len) == 0 && is_counter(name + len, nlen - len))
        return true;
    if (dot == NULL)
        return false;
    size_t stem = (size_t)(dot - log), ext = len - stem;

    return nlen > len && strncmp(name, log, stem) == 0 && strncmp(name + nlen - ext, dot, ext) == 0 &&
           is_counter(name + stem, nlen - len);
}

/* Call each for every rotated file beside path until it says that it has what it wants. */
static void each_rotated(const char *path, bool (*each)(void *arg, const char *path, bool packed), void *arg)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if ((dir = opendir(folder)) == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        const size_t packed = tail_packed_name(entry->d_name);

        (void)snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        if (is_rotated(slash + 1, entry->d_name, packed > 0 ? packed : strlen(entry->d_name)) &&
            each(arg, file, packed > 0))
            break;
    }
    (void)closedir(dir);
}

/* A packed file that is wanted; -1 when it cannot be read, which is told. */
static int open_packed(const char *path, const struct tail_trouble *trouble)
{
    struct vox_error err;
    int fd = tail_packed_open(path, &err);

    if (fd < 0) {
        char text[PATH_MAX + NAME_MAX + VOX_ERROR_TEXT_MAX + 64];

        (void)snprintf(text, sizeof text, "%s: %s: what it holds is missing here", path, err.text);
        trouble->told(trouble->arg, text);
    }
    return fd;
}

/* --- the file that was read --- */

struct search {
    const struct followed_position *at;
    const struct tail_trouble *trouble;
    enum { SAME_FILE, A_COPY, A_PACKED_COPY } which;
    int fd;
};

static bool matches(void *arg, const char *path, bool packed)
{
    struct search *w = arg;
    struct stat st;
    int fd;

    if (packed != (w->which == A_PACKED_COPY) || (packed && !tail_packed_fits(path, w->at)))
        return false;
    if ((fd = packed ? open_packed(path, w->trouble) : tail_open(path)) < 0)
        return false;
    if (fstat(fd, &st) == 0 && (w->which != SAME_FILE || (int64_t)st.st_ino == w->at->inode) && tail_fits(fd, w->at)) {
        w->fd = fd;
        return true;
    }
    (void)close(fd);
    return false;
}

int tail_find(const char *path, const struct followed_position *at, const struct tail_trouble *trouble)
{
    struct search w = {.at = at, .trouble = trouble, .which = SAME_FILE, .fd = -1};

    if (!matches(&w, path, false))
        each_rotated(path, matches, &w);
    if (at->offset == 0) /* of nothing every file is a copy */
        return w.fd;
    if (w.fd < 0) {
        w.which = A_COPY;
        if (!matches(&w, path, false))
            each_rotated(path, matches, &w);
    }
    if (w.fd < 0) {
        w.which = A_PACKED_COPY;
        each_rotated(path, matches, &w);
    }
    return w.fd;
}

/* --- the one after it --- */

struct next {
    const struct followed_position *at;
    struct stat than; /* what was written later than this */
    struct stat st;   /* of the one that was found */
    char path[PATH_MAX + NAME_MAX + 2];
    bool found, packed;
};

static bool later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static bool is_next(void *arg, const char *path, bool packed)
{
    struct next *w = arg;
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_ino == w->than.st_ino && st.st_dev == w->than.st_dev) ||
        !later(&st.st_mtim, &w->than.st_mtim) || (w->found && !later(&w->st.st_mtim, &st.st_mtim)))
        return false;
    /* While it is being packed, what was just read stands there a second time, written now. */
    if (packed && w->at->offset > 0 && tail_packed_fits(path, w->at))
        return false;
    (void)snprintf(w->path, sizeof w->path, "%s", path);
    w->found = true;
    w->packed = packed;
    w->st = st;
    return false;
}

int tail_find_next(const char *path, const struct stat *than, const struct followed_position *at,
                   const struct tail_trouble *trouble)
{
    struct next w = {.at = at, .than = *than};
    int fd = -1;

    do {
        w.found = false;
        each_rotated(path, is_next, &w);
        if (w.found)
            fd = w.packed ? open_packed(w.path, trouble) : tail_open(w.path);
        w.than = w.st; /* one that cannot be read: what comes after it can */
    } while (w.found && fd < 0);
    return fd;
}
