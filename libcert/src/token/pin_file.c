#include <string.h>

#include <libcert/file.h>

#include "token/pin.h"

enum { FILE_MAX = 4096 };

enum vox_err token_pin_from_file(const char *path, struct bytes *out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = file_read_private(path, FILE_MAX, &file, err);
    const uint8_t *end;
    size_t len;

    *out = (struct bytes){NULL, 0};
    if (code != VOX_OK)
        return vox_error_prefix(err, "PIN file %s", path);
    end = memchr(file.data, '\n', file.len);
    len = end != NULL ? (size_t)(end - file.data) : file.len;
    if (len > 0 && file.data[len - 1] == '\r')
        len--;
    if (len == 0 || memchr(file.data, '\0', len) != NULL)
        code = vox_fail(err, VOX_E_INPUT, "PIN file %s: its first line is no PIN", path);
    else
        code = bytes_copy(out, file.data, len, err);
    bytes_wipe(&file);
    return code;
}
