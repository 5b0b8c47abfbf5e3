/*
 * Files: bounded reading, and writing that happens whole or not at all.
 */
#ifndef LIBCERT_FILE_H
#define LIBCERT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <libcert/bytes.h>

/*
 * file_read(path, max, out, err):
 * All of the file at path, which may be a pipe but not a folder. Errors: VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_INPUT (longer
 * than max bytes), VOX_E_MEMORY. The sentence does not repeat the path. Free out with bytes_free().
 */
enum vox_err file_read(const char *path, size_t max, struct bytes *out, struct vox_error *err);

/* file_read_fd(fd, max, out, err): the same from an open descriptor, to its end. The descriptor stays open. */
enum vox_err file_read_fd(int fd, size_t max, struct bytes *out, struct vox_error *err);

/*
 * file_read_private(path, max, out, err):
 * As file_read(), for keys that this project stores: a regular file, no symbolic link, owned by the caller or root (for
 * root also: by the owner of its folder), with no rights for group and others, in a folder that neither can write to.
 * Otherwise VOX_E_IO with the chmod that mends it. Free out with bytes_wipe().
 */
enum vox_err file_read_private(const char *path, size_t max, struct bytes *out, struct vox_error *err);

/* file_is_private(path): 1 no rights for group and others, 0 some, -1 not to be had (errno). */
int file_is_private(const char *path);

/* file_write_fd(fd, data, len): all of it. -1: errno says why, and some of it may be written. */
int file_write_fd(int fd, const void *data, size_t len);

/*
 * file_replace(path, data, len, mode, err):
 * Write a temporary file beside path with exactly mode (whatever the umask), fsync, rename over path, fsync the folder.
 * Whatever fails, path is as it was and the temporary is gone. Errors: VOX_E_IO (also: path is a device, pipe or
 * folder), VOX_E_NOT_FOUND (folder). A symbolic link is replaced, not what it leads to.
 */
enum vox_err file_replace(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err);

/* file_create(path, data, len, mode, err): as file_replace(), but VOX_E_EXISTS when path exists (link, not rename). */
enum vox_err file_create(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err);

/*
 * file_create_kept(path, data, len, err): file_create() with mode 0600 for what a store keeps: file_give() is asked, so
 * that a command of root's does not take a key away from the daemon whose store it is.
 */
enum vox_err file_create_kept(const char *path, const void *data, size_t len, struct vox_error *err);

/*
 * file_give(fd, folder): a file or folder that root has just made in somebody else's folder becomes his, user and
 * group. Nothing happens when the caller, or the folder's owner, is another. Both are descriptors. -1: errno says why.
 */
int file_give(int fd, int folder);

/*
 * file_make_private_dir(path, err): the folder path with mode 0700, made if missing (its parents too, 0755 by umask);
 * what root makes is given (file_give()).
 * Errors: VOX_E_IO when it exists and is looser, or is no folder.
 */
enum vox_err file_make_private_dir(const char *path, struct vox_error *err);

/*
 * file_stranger(path, out, outlen): is the file another user's than its folder, which is not root's? Then out is whose
 * folder it is: who cannot read it. file_user_name(uid, out, outlen): a user's name; "#4711" for one without.
 */
enum { FILE_USER_MAX = 64 };
bool file_stranger(const char *path, char *out, size_t outlen);
void file_user_name(uid_t uid, char *out, size_t outlen);

/* file_remove(path, err): unlink and fsync the folder. Errors: VOX_E_NOT_FOUND, VOX_E_IO. */
enum vox_err file_remove(const char *path, struct vox_error *err);

#endif
