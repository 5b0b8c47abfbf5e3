#include "tail_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* "access.log": "access.log.1", "access.log-20261127", "access-20261127.log". Packed ones are not read. */
static bool is_rotated(const char *log, const char *name)
{
    size_t len = strlen(log), nlen = strlen(name);
    const char *dot = strrchr(log, '.');

    if (strncmp(name, log, len) == 0 && is_counter(name + len, nlen - len))
        return true;
    if (dot == NULL)
        return false;
    size_t stem = (size_t)(dot - log), ext = len - stem;

    return nlen > len && strncmp(name, log, stem) == 0 && strcmp(name + nlen - ext, dot) == 0 &&
           is_counter(name + stem, nlen - len);
}

/* Call each for every rotated file beside path until it says that it has what it wants. */
static void each_rotated(const char *path, bool (*each)(void *arg, const char *path), void *arg)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if ((dir = opendir(folder)) == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        (void)snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        if (is_rotated(slash + 1, entry->d_name) && each(arg, file))
            break;
    }
    (void)closedir(dir);
}

/* --- the file that was read --- */

struct search {
    const struct followed_position *at;
    bool same_inode;
    int fd;
};

static bool matches(void *arg, const char *path)
{
    struct search *w = arg;
    int fd = tail_open(path);
    struct stat st;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && (!w->same_inode || (int64_t)st.st_ino == w->at->inode) && tail_fits(fd, w->at)) {
        w->fd = fd;
        return true;
    }
    (void)close(fd);
    return false;
}

bool tail_find(const char *path, const struct followed_position *at, int *fd)
{
    struct search w = {.at = at, .same_inode = true, .fd = -1};

    if (!matches(&w, path))
        each_rotated(path, matches, &w);
    /* Of nothing every file is a copy. */
    if (w.fd < 0 && at->offset > 0) {
        w.same_inode = false;
        if (!matches(&w, path))
            each_rotated(path, matches, &w);
    }
    *fd = w.fd;
    return w.fd >= 0;
}

/* --- the one after it --- */

struct next {
    const struct stat *than;
    struct stat st;
    int fd;
};

static bool later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static bool is_next(void *arg, const char *path)
{
    struct next *w = arg;
    struct stat st;
    int fd = tail_open(path);

    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0 || st.st_ino == w->than->st_ino || !later(&st.st_mtim, &w->than->st_mtim) ||
        (w->fd >= 0 && !later(&w->st.st_mtim, &st.st_mtim))) {
        (void)close(fd);
        return false;
    }
    if (w->fd >= 0)
        (void)close(w->fd);
    w->fd = fd;
    w->st = st;
    return false;
}

int tail_find_next(const char *path, const struct stat *than)
{
    struct next w = {.than = than, .fd = -1};

    each_rotated(path, is_next, &w);
    return w.fd;
}
