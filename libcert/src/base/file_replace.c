#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include <libcert/file.h>

/* A target split into the folder's descriptor and the name in it, so that nothing is resolved twice. */
struct place {
    int dir;
    const char *name; /* borrowed from the path */
};

static enum vox_err place_open(const char *path, struct place *out, struct vox_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder;

    out->name = slash == NULL ? path : slash + 1;
    if (out->name[0] == '\0' || strcmp(out->name, ".") == 0 || strcmp(out->name, "..") == 0)
        return vox_fail(err, VOX_E_IO, "is a folder, not a file");
    if (slash == NULL)
        folder = strdup(".");
    else
        folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    if (folder == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    out->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir < 0) {
        enum vox_err code = errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO;

        (void)vox_fail_errno(err, code, "folder %s", folder);
        free(folder);
        return code;
    }
    free(folder);
    return VOX_OK;
}

/* The target's name is cut so that a long one still has a temporary: 255 bytes are what file systems take. */
#define TEMPORARY_PREFIX ".%.200s."
#define TEMPORARY_SUFFIX ".tmp"

int file_write_fd(int fd, const void *data, size_t len)
{
    const uint8_t *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Is name a temporary of the target: ".TARGET.0123456789abcdef.tmp"? */
static bool is_temporary_of(const char *name, const char *target)
{
    char prefix[256];
    int n = snprintf(prefix, sizeof prefix, TEMPORARY_PREFIX, target);

    return n > 0 && strncmp(name, prefix, (size_t)n) == 0 && strspn(name + n, "0123456789abcdef") == 16 &&
           strcmp(name + n + 16, TEMPORARY_SUFFIX) == 0;
}

/*
 * Remove temporaries of the target that a killed program left behind. Whoever is at work on one holds its lock, which
 * ends with the process however it ends.
 */
static void sweep(const struct place *p)
{
    int copy = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;

    if (d == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return; /* a left-over is untidy, not wrong */
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        int fd = is_temporary_of(e->d_name, p->name)
                     ? openat(p->dir, e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                     : -1;

        if (fd < 0)
            continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            (void)unlinkat(p->dir, e->d_name, 0);
        (void)close(fd);
    }
    (void)closedir(d);
}

/* An empty, locked temporary beside the target; its name in tmp. -1: errno says why. */
static int create_temporary(const struct place *p, char *tmp, size_t tmplen)
{
    for (;;) {
        struct stat st;
        uint64_t nonce;
        int fd, n;

        if (RAND_bytes((unsigned char *)&nonce, sizeof nonce) <= 0) {
            errno = EIO;
            return -1;
        }
        n = snprintf(tmp, tmplen, TEMPORARY_PREFIX, p->name);
        if (n < 0 || (size_t)n >= tmplen)
            return -1;
        (void)snprintf(tmp + n, tmplen - (size_t)n, "%016llx" TEMPORARY_SUFFIX, (unsigned long long)nonce);
        if ((fd = openat(p->dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
            return -1;
        /* Another program's sweep may have taken the lock first, and the file with it: then once more. A file system
         * without locks has no sweep either. */
        if (flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0 || st.st_nlink > 0)
            return fd;
        (void)close(fd);
    }
}

/* What is to stand in the place, and how. */
struct content {
    const void *data;
    size_t len;
    mode_t mode;
    bool replace;
    bool given; /* to the folder's owner, when root writes */
};

/* A temporary beside the target, complete and on disk; its name in tmp. Removed again when anything fails. */
static enum vox_err write_temporary(const struct place *p, const struct content *c, char *tmp, size_t tmplen, int *out,
                                    struct vox_error *err)
{
    int saved, fd = create_temporary(p, tmp, tmplen);

    if (fd < 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be written");
    /* fchmod, because open() lets the umask take bits away. */
    if (file_write_fd(fd, c->data, c->len) == 0 && (!c->given || file_give(fd, p->dir) == 0) &&
        fchmod(fd, c->mode) == 0 && fsync(fd) == 0) {
        *out = fd;
        return VOX_OK;
    }
    saved = errno;
    (void)close(fd);
    (void)unlinkat(p->dir, tmp, 0); /* the first fault is the one to tell */
    errno = saved;
    return vox_fail_errno(err, VOX_E_IO, "cannot be written");
}

/* Only a file may be replaced: a device would be gone from the machine, and no one who named it meant that. */
static enum vox_err check_target(const struct place *p, struct vox_error *err)
{
    char to[sizeof "/proc/"];
    struct stat st;

    if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISREG(st.st_mode))
        return VOX_OK; /* what else is wrong shows in a moment */
    if (S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO, "is a folder, not a file");
    if (!S_ISLNK(st.st_mode))
        return vox_fail(err, VOX_E_IO, "is a device, a pipe or a socket, not a file");
    if (readlinkat(p->dir, p->name, to, sizeof to - 1) == sizeof to - 1 && memcmp(to, "/proc/", sizeof to - 1) == 0)
        return vox_fail(err, VOX_E_IO, "stands for an open file, and cannot be replaced");
    return VOX_OK;
}

static enum vox_err put_in_place(const char *path, const struct content *c, struct vox_error *err)
{
    char tmp[256];
    struct place p;
    int fd = -1;
    enum vox_err code = place_open(path, &p, err);

    if (code != VOX_OK)
        return code;
    if ((code = check_target(&p, err)) != VOX_OK)
        goto out;
    sweep(&p);
    code = write_temporary(&p, c, tmp, sizeof tmp, &fd, err);
    if (code != VOX_OK)
        goto out;
    if (c->replace ? renameat(p.dir, tmp, p.dir, p.name) != 0 : linkat(p.dir, tmp, p.dir, p.name, 0) != 0) {
        code = errno == EEXIST ? vox_fail(err, VOX_E_EXISTS, "exists already")
                               : vox_fail_errno(err, VOX_E_IO, "cannot be put in place");
        (void)unlinkat(p.dir, tmp, 0);
        goto out;
    }
    if (!c->replace)
        (void)unlinkat(p.dir, tmp, 0); /* the target has the bytes; a left-over name is harmless */
    if (fsync(p.dir) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "is written, but its folder cannot be synced");
out:
    if (fd >= 0)
        (void)close(fd); /* synced already: nothing is left to fail */
    (void)close(p.dir);
    return code;
}

/* Signals that would end the program wait until no temporary is left: the work is a moment's. */
static enum vox_err put(const char *path, const struct content *c, struct vox_error *err)
{
    sigset_t ending, before;
    enum vox_err code;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGINT);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGHUP);
    (void)sigaddset(&ending, SIGQUIT);
    (void)pthread_sigmask(SIG_BLOCK, &ending, &before);
    code = put_in_place(path, c, err);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

enum vox_err file_replace(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err)
{
    const struct content c = {.data = data, .len = len, .mode = mode, .replace = true};

    return put(path, &c, err);
}

enum vox_err file_create(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err)
{
    const struct content c = {.data = data, .len = len, .mode = mode};

    return put(path, &c, err);
}

enum vox_err file_create_kept(const char *path, const void *data, size_t len, struct vox_error *err)
{
    const struct content c = {.data = data, .len = len, .mode = 0600, .given = true};

    return put(path, &c, err);
}

/* mkdir -p for everything above the last component. */
static int make_parents(char *path)
{
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        int failed = mkdir(path, 0755) != 0 && errno != EEXIST;
        *p = '/';
        if (failed)
            return -1;
    }
    return 0;
}

/* A folder that was just made is its parent's owner's. */
static int give_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    const int above = fd >= 0 ? openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const int failed = above >= 0 ? file_give(fd, above) : -1;
    const int saved = errno;

    if (above >= 0)
        (void)close(above);
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return failed;
}

enum vox_err file_make_private_dir(const char *path, struct vox_error *err)
{
    char *copy = strdup(path);
    struct stat st;

    if (copy == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    int failed = path[0] == '\0' || make_parents(copy) != 0;
    free(copy);
    if (failed)
        return vox_fail_errno(err, VOX_E_IO, "folder %s cannot be made", path);
    if (mkdir(path, 0700) == 0) {
        if (chmod(path, 0700) != 0 || give_folder(path) != 0) /* a umask of 0277 would lock its owner out */
            return vox_fail_errno(err, VOX_E_IO, "folder %s", path);
    } else if (errno != EEXIST) {
        return vox_fail_errno(err, VOX_E_IO, "folder %s cannot be made", path);
    }
    if (lstat(path, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "folder %s", path);
    if (!S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO, "%s is not a folder", path);
    if ((st.st_mode & 077) != 0)
        return vox_fail(err, VOX_E_IO, "folder %s is open to others (mode %04o): chmod 700 %s", path,
                        (unsigned)st.st_mode & 07777u, path);
    return VOX_OK;
}

enum vox_err file_remove(const char *path, struct vox_error *err)
{
    struct place p;
    enum vox_err code = place_open(path, &p, err);

    if (code != VOX_OK)
        return code;
    if (unlinkat(p.dir, p.name, 0) != 0)
        code = errno == ENOENT ? vox_fail(err, VOX_E_NOT_FOUND, "no such file")
                               : vox_fail_errno(err, VOX_E_IO, "cannot be removed");
    else if (fsync(p.dir) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "is removed, but its folder cannot be synced");
    (void)close(p.dir);
    return code;
}
