#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <libcert/limits.h>
#include <libcert/password.h>

/*
 * Byte by byte, so that what follows the line on standard input is left for whoever reads it next. *len is one more
 * than LIMIT_PASSWORD when the line goes on.
 */
static enum vox_err read_line(int fd, char line[static LIMIT_PASSWORD + 1], size_t *len, struct vox_error *err)
{
    *len = 0;
    while (*len <= LIMIT_PASSWORD) {
        ssize_t n = read(fd, line + *len, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return vox_fail_errno(err, VOX_E_IO, "password file cannot be read");
        if (n == 0 || line[*len] == '\n')
            break;
        (*len)++;
    }
    return VOX_OK;
}

enum vox_err password_from_file(const char *path, struct bytes *out, struct vox_error *err)
{
    char line[LIMIT_PASSWORD + 1];
    size_t len;
    enum vox_err code;
    bool standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    *out = (struct bytes){NULL, 0};
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? vox_fail(err, VOX_E_NOT_FOUND, "no such password file")
                                                   : vox_fail_errno(err, VOX_E_IO, "password file cannot be opened");
    code = read_line(fd, line, &len, err);
    if (code != VOX_OK)
        goto out;
    if (len > 0 && len <= LIMIT_PASSWORD && line[len - 1] == '\r')
        len--;
    if (len > LIMIT_PASSWORD)
        code = vox_fail(err, VOX_E_INPUT, "password of over %d bytes", LIMIT_PASSWORD);
    else if (len == 0)
        code = vox_fail(err, VOX_E_INPUT, "password file is empty: its first line is the password");
    else if (memchr(line, '\0', len) != NULL)
        code = vox_fail(err, VOX_E_INPUT, "password with a NUL byte inside: not a text file");
    else
        code = bytes_copy(out, line, len, err);
out:
    OPENSSL_cleanse(line, sizeof line);
    if (!standard_input)
        (void)close(fd); /* nothing was written */
    return code;
}
