#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>

#include "store/query.h"

/* What belongs to a database file beside the file itself. -shm is an index of -wal and is made anew. */
static const char *const companions[] = {"-wal", "-journal", "-shm"};
enum { NCOMPANIONS = 3, COMPANIONS_KEPT = 2, ROOM_MAX = 1000 };

static char *join(const char *a, const char *b, struct vox_error *err)
{
    char *out = NULL;

    if (asprintf(&out, "%s%s", a, b) < 0) {
        (void)vox_fail(err, VOX_E_MEMORY, "no memory");
        return NULL;
    }
    return out;
}

char *store_place_folder(const char *path, struct vox_error *err)
{
    const char *slash = strrchr(path, '/');
    char *out = !slash ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));

    if (!out)
        (void)vox_fail(err, VOX_E_MEMORY, "no memory");
    return out;
}

/* -1: errno says why. */
static int give(int fd, const char *path)
{
    char *folder = store_place_folder(path, NULL);
    const int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const int failed = dir >= 0 ? file_give(fd, dir) : -1;

    if (dir >= 0)
        (void)close(dir);
    free(folder);
    return failed;
}

enum vox_err store_place_temporary(const char *path, bool given, char **out, struct vox_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char id[STORE_ID_MAX];
    enum vox_err rc = store_random_id(id, err);
    int fd;

    *out = NULL;
    if (rc != VOX_OK)
        return rc;
    /* cut, so that a long name leaves room for ours and for "-journal" in the 255 bytes of a file name */
    if (asprintf(out, "%.*s.%.200s.%.16s.tmp", (int)(name - path), path, name, id) < 0) {
        *out = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    fd = open(*out, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && (!given || give(fd, path) == 0) && fchmod(fd, 0600) == 0) {
        (void)close(fd);
        return VOX_OK;
    }
    rc = vox_fail_errno(err, errno == ENOENT ? VOX_E_NOT_FOUND : VOX_E_IO, "no file can be made in the folder of %s",
                        path);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(*out);
    }
    free(*out);
    *out = NULL;
    return rc;
}

static enum vox_err sync_path(const char *path, int flags, struct vox_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    enum vox_err rc = VOX_OK;

    if (fd < 0 || fsync(fd) != 0)
        rc = vox_fail_errno(err, VOX_E_IO, "%s cannot be brought to the disk", path);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

static enum vox_err sync_folder_of(const char *path, struct vox_error *err)
{
    char *folder = store_place_folder(path, err);
    enum vox_err rc = folder ? sync_path(folder, O_DIRECTORY, err) : VOX_E_MEMORY;

    free(folder);
    return rc;
}

enum vox_err store_place_new(const char *tmp, const char *path, struct vox_error *err)
{
    enum vox_err rc = sync_path(tmp, 0, err);

    if (rc != VOX_OK)
        return rc;
    if (link(tmp, path) != 0) {
        if (errno == EEXIST)
            return vox_fail(err, VOX_E_EXISTS, "%s is there already", path);
        return vox_fail_errno(err, VOX_E_IO, "%s cannot be made", path);
    }
    (void)unlink(tmp);
    return sync_folder_of(path, err);
}

enum vox_err store_place_over(const char *tmp, const char *path, struct vox_error *err)
{
    enum vox_err rc = sync_path(tmp, 0, err);

    if (rc != VOX_OK)
        return rc;
    if (rename(tmp, path) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s cannot be replaced", path);
    return sync_folder_of(path, err);
}

void store_place_discard(char **tmp)
{
    if (!*tmp)
        return;
    (void)unlink(*tmp);
    for (size_t i = 0; i < NCOMPANIONS; i++) {
        char *beside = join(*tmp, companions[i], NULL);
        if (beside)
            (void)unlink(beside);
        free(beside);
    }
    free(*tmp);
    *tmp = NULL;
}

/* Move from's companion i to the one of to; it need not be there. */
static enum vox_err move_companion(const char *from, const char *to, size_t i, struct vox_error *err)
{
    char *a = join(from, companions[i], err);
    char *b = a ? join(to, companions[i], err) : NULL;
    enum vox_err rc = b ? VOX_OK : VOX_E_MEMORY;

    if (rc == VOX_OK && i >= COMPANIONS_KEPT)
        (void)unlink(a);
    else if (rc == VOX_OK && rename(a, b) != 0 && errno != ENOENT)
        rc = vox_fail_errno(err, VOX_E_IO, "%s cannot be moved to %s", a, b);
    free(a);
    free(b);
    return rc;
}

static enum vox_err move_companions(const char *from, const char *to, struct vox_error *err)
{
    enum vox_err rc = VOX_OK;

    for (size_t i = 0; i < NCOMPANIONS && rc == VOX_OK; i++)
        rc = move_companion(from, to, i, err);
    return rc;
}

enum vox_err store_place_aside(const char *path, const char *kept, struct vox_error *err)
{
    if (link(path, kept) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s cannot be kept as %s", path, kept);
    return move_companions(path, kept, err);
}

enum vox_err store_place_make_room(const char *path, struct vox_error *err)
{
    if (access(path, F_OK) != 0)
        return VOX_OK;
    for (int i = 1; i < ROOM_MAX; i++) {
        char suffix[16];
        char *to;
        enum vox_err rc;

        snprintf(suffix, sizeof suffix, ".%d", i);
        to = join(path, suffix, err);
        if (!to)
            return VOX_E_MEMORY;
        if (access(to, F_OK) == 0) {
            free(to);
            continue;
        }
        /* companions first: alone, one of them would be taken for the next file's */
        rc = move_companions(path, to, err);
        if (rc == VOX_OK && rename(path, to) != 0)
            rc = vox_fail_errno(err, VOX_E_IO, "%s cannot be moved to %s", path, to);
        free(to);
        return rc;
    }
    return vox_fail(err, VOX_E_IO, "%s and %d more are there already: remove some", path, ROOM_MAX - 1);
}

enum vox_err store_place_check_rights(const char *path, struct vox_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        if (errno == ENOENT)
            return vox_fail(err, VOX_E_NOT_FOUND, "not there: make a store with 'voxtrust init'");
        return vox_fail_errno(err, VOX_E_IO, "cannot be looked at");
    }
    if (S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_STORE, "is a folder, not a file");
    if (!S_ISREG(st.st_mode))
        return vox_fail(err, VOX_E_STORE, "not a file");
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return vox_fail(err, VOX_E_STORE, "others can write to it: check it, then chmod 600");
    return VOX_OK;
}
