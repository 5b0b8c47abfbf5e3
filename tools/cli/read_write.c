#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/input.h>
#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/limits.h>

enum vox_err cli_read(const char *path, size_t max, struct bytes *out, struct vox_error *err)
{
    return strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, max, out, err) : file_read(path, max, out, err);
}

/* Bytes that do no harm on a terminal. */
static bool is_text(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((data[i] < 0x20 && data[i] != '\n' && data[i] != '\t' && data[i] != '\r') || data[i] == 0x7f)
            return false;
    }
    return true;
}

/* Only what root puts there: a pipe in a folder that others write to would carry secrets away. */
static bool is_device_name(const char *path)
{
    static const char dev[] = "/dev/", fd[] = "/dev/fd/";

    return strncmp(path, dev, sizeof dev - 1) == 0 &&
           (strchr(path + sizeof dev - 1, '/') == NULL || strncmp(path, fd, sizeof fd - 1) == 0);
}

bool cli_is_stream(const char *path)
{
    struct stat st;

    /* Behind a link here there may be a plain file, as with /dev/stderr: the link is to stay. */
    return strcmp(path, "-") == 0 ||
           (is_device_name(path) && lstat(path, &st) == 0 && (S_ISLNK(st.st_mode) || S_ISCHR(st.st_mode)));
}

static enum vox_err write_device(const char *path, const uint8_t *data, size_t len, struct vox_error *err)
{
    int fd, failed;

    if (strcmp(path, "/dev/stdout") == 0) /* where we talk, too */
        return vox_fail(err, VOX_E_USAGE, "say '-' for standard output");
    if ((fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be written");
    failed = file_write_fd(fd, data, len);
    if (failed != 0)
        (void)vox_fail_errno(err, VOX_E_IO, "cannot be written");
    if (close(fd) != 0 && failed == 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be written");
    return failed == 0 ? VOX_OK : VOX_E_IO;
}

enum vox_err cli_write(const char *path, const void *data, size_t len, mode_t mode, struct vox_error *err)
{
    if (!cli_is_stream(path))
        return file_replace(path, data, len, mode, err);
    if (strcmp(path, "-") != 0)
        return write_device(path, data, len, err);
    if (isatty(STDOUT_FILENO) && !is_text(data, len))
        return vox_fail(err, VOX_E_USAGE,
                        "not writing binary data to a terminal: name a file with -o, or redirect the output");
    if (fflush(stdout) != 0 || file_write_fd(STDOUT_FILENO, data, len) != 0) /* what was said before comes first */
        return vox_fail_errno(err, VOX_E_IO, "standard output cannot be written");
    return VOX_OK;
}

enum vox_err cli_cert_open(const char *path, struct cert **out, struct vox_error *err)
{
    struct bundle bundle;
    struct bytes file;
    enum vox_err code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    code = bundle_read(file.data, file.len, path, NULL, &bundle, err);
    bytes_wipe(&file); /* a key may stand beside the certificate */
    if (code != VOX_OK)
        return code;
    *out = cert_ref(bundle.certs[0]);
    bundle_free(&bundle);
    return VOX_OK;
}
