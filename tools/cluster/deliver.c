#include "deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/limits.h>

enum { PUBLISHED_MODE = 0644 }; /* TFTP and HTTP servers run as users of their own */

static enum vox_err path_of(const char *dir, const char *before, const char *name, const char *after, char *out,
                            struct vox_error *err)
{
    if ((size_t)snprintf(out, PATH_MAX, "%s/%s%s%s", dir, before, name, after) < PATH_MAX)
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT, "the path of the file is too long");
}

static enum vox_err staged_path(const char *dir, const char *name, char *out, struct vox_error *err)
{
    return path_of(dir, ".", name, ".publishing", out, err);
}

enum vox_err deliver_sync(const char *dir, struct vox_error *err)
{
    enum vox_err code = VOX_OK;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "cannot sync the folder %s", dir);
    if (fd >= 0)
        (void)close(fd);
    return code;
}

/* The staged file is a temporary itself: what a crash leaves half written under its name, the next run clears away. */
enum vox_err deliver_stage(const char *dir, const char *name, struct bytes_view data, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;
    int fd;

    if ((code = staged_path(dir, name, path, err)) != VOX_OK)
        return code;
    (void)unlink(path);
    if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot write in the folder %s", dir);
    if (file_write_fd(fd, data.data, data.len) != 0 || fchmod(fd, PUBLISHED_MODE) != 0 || fsync(fd) != 0)
        code = vox_fail_errno(err, VOX_E_IO, "cannot write %s", path);
    if (close(fd) != 0 && code == VOX_OK)
        code = vox_fail_errno(err, VOX_E_IO, "cannot write %s", path);
    if (code == VOX_OK)
        code = deliver_sync(dir, err);
    if (code != VOX_OK)
        (void)unlink(path);
    return code;
}

void deliver_unstage(const char *dir, const char *name)
{
    char path[PATH_MAX];

    if (staged_path(dir, name, path, NULL) == VOX_OK)
        (void)unlink(path); /* usually there is none */
}

enum vox_err deliver_staged(const char *dir, const char *name, struct bytes *out, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = staged_path(dir, name, path, err)) != VOX_OK)
        return code;
    return file_read(path, LIMIT_LIST_FILE, out, err);
}

enum vox_err deliver_place(const char *dir, const char *name, struct vox_error *err)
{
    char from[PATH_MAX], to[PATH_MAX];
    enum vox_err code;

    if ((code = staged_path(dir, name, from, err)) != VOX_OK || (code = path_of(dir, "", name, "", to, err)) != VOX_OK)
        return code;
    if (rename(from, to) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot put %s in place", to);
    return deliver_sync(dir, err);
}

enum vox_err deliver_remove(const char *dir, const char *name, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code;

    deliver_unstage(dir, name);
    if ((code = path_of(dir, "", name, "", path, err)) != VOX_OK)
        return code;
    if (unlink(path) != 0 && errno != ENOENT)
        return vox_fail_errno(err, VOX_E_IO, "cannot remove %s", path);
    return VOX_OK;
}

bool deliver_stands(const char *dir, const char *name, struct bytes_view data)
{
    char path[PATH_MAX];
    struct bytes file;
    bool same;

    if (path_of(dir, "", name, "", path, NULL) != VOX_OK || file_read(path, LIMIT_LIST_FILE, &file, NULL) != VOX_OK)
        return false;
    same = bytes_equal(bytes_view_of(&file), data);
    bytes_free(&file);
    return same;
}

enum vox_err deliver_folder(const char *dir, char *out, struct vox_error *err)
{
    struct stat st;

    if (realpath(dir, out) == NULL && errno == ENOENT)
        return vox_fail(err, VOX_E_NOT_FOUND,
                        "%s: there is no such folder: make it first; when phones fetch from it no longer, 'voxlist "
                        "forget %s' takes it out of what is served",
                        dir, dir);
    if (realpath(dir, out) == NULL)
        return vox_fail_errno(err, VOX_E_IO, "%s", dir);
    if (stat(out, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", dir);
    if (!S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO, "%s is no folder", dir);
    return VOX_OK;
}
