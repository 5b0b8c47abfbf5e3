#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <libcert/file.h>

/* Wipes the old block when it moves: what is read here may be a key. */
static uint8_t *grow(uint8_t *old, size_t used, size_t cap)
{
    uint8_t *data = malloc(cap);

    if (data != NULL && used > 0)
        memcpy(data, old, used);
    if (old != NULL)
        OPENSSL_cleanse(old, used);
    free(old);
    return data;
}

enum vox_err file_read_fd(int fd, size_t max, struct bytes *out, struct vox_error *err)
{
    struct stat st;
    uint8_t *data = NULL;
    size_t len = 0, cap = 4096;
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (fstat(fd, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be examined");
    if (S_ISDIR(st.st_mode))
        return vox_fail(err, VOX_E_IO, "is a folder, not a file");
    if (S_ISREG(st.st_mode)) {
        if (st.st_size > 0 && (uint64_t)st.st_size > max)
            return vox_fail(err, VOX_E_INPUT, "too large: %lld bytes, at most %zu are taken", (long long)st.st_size,
                            max);
        cap = (size_t)st.st_size + 1;
    }
    if ((data = grow(NULL, 0, cap)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory for %zu bytes", cap);
    for (;;) {
        if (len == cap) {
            cap = cap > max / 2 ? max + 1 : cap * 2;
            if ((data = grow(data, len, cap)) == NULL)
                return vox_fail(err, VOX_E_MEMORY, "no memory for %zu bytes", cap);
        }
        ssize_t n = read(fd, data + len, cap - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            code = vox_fail_errno(err, VOX_E_IO, "cannot be read");
            goto err0;
        }
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max) {
            code = vox_fail(err, VOX_E_INPUT, "too large: more than %zu bytes", max);
            goto err0;
        }
    }
    *out = (struct bytes){data, len};
    return VOX_OK;

err0:
    OPENSSL_cleanse(data, len);
    free(data);
    return code;
}

static enum vox_err open_failed(struct vox_error *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return vox_fail(err, VOX_E_NOT_FOUND, "no such file");
    if (errno == ELOOP)
        return vox_fail(err, VOX_E_IO, "is a symbolic link, which is not followed here");
    return vox_fail_errno(err, VOX_E_IO, "cannot be opened");
}

enum vox_err file_read(const char *path, size_t max, struct bytes *out, struct vox_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    *out = (struct bytes){NULL, 0};
    if (fd < 0)
        return open_failed(err);
    enum vox_err code = file_read_fd(fd, max, out, err);
    (void)close(fd); /* nothing was written */
    return code;
}

/* The folder of path, in a fresh string. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static enum vox_err check_private(int fd, const char *path, struct vox_error *err)
{
    char *folder, owner[FILE_USER_MAX];
    struct stat file, dir;
    enum vox_err code = VOX_OK;

    if (fstat(fd, &file) != 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be examined");
    if (!S_ISREG(file.st_mode))
        return vox_fail(err, VOX_E_IO, "is not a regular file");
    if ((folder = folder_of(path)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (stat(folder, &dir) != 0) {
        code = vox_fail_errno(err, VOX_E_IO, "folder cannot be examined");
    } else if (file.st_uid != geteuid() && file.st_uid != 0 && (geteuid() != 0 || file.st_uid != dir.st_uid)) {
        file_user_name(file.st_uid, owner, sizeof owner);
        code = vox_fail(err, VOX_E_IO, "belongs to another user (%s): not used as a private key; run this as %s", owner,
                        owner);
    } else if ((file.st_mode & 077) != 0)
        code = vox_fail(
            err, VOX_E_IO,
            "private key is open to others (mode %04o): not used; look who may have read it, then: chmod 600 %s",
            (unsigned)file.st_mode & 07777u, path);
    else if ((dir.st_mode & 022) != 0)
        code = vox_fail(err, VOX_E_IO, "private key's folder can be written to by others (mode %04o): chmod 700 %s",
                        (unsigned)dir.st_mode & 07777u, folder);
    free(folder);
    return code;
}

enum vox_err file_read_private(const char *path, size_t max, struct bytes *out, struct vox_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (fd < 0)
        return open_failed(err);
    code = check_private(fd, path, err);
    if (code == VOX_OK)
        code = file_read_fd(fd, max, out, err);
    (void)close(fd);
    return code;
}

int file_is_private(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return -1;
    return (st.st_mode & 077) == 0;
}
