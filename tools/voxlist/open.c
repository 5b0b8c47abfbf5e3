#include <string.h>

#include <cli/input.h>
#include <libcert/limits.h>

#include "voxlist.h"

enum vox_err voxlist_open(const char *path, struct ctl_list **out, struct vox_error *err)
{
    struct bytes file = {NULL, 0};
    enum header_kind kind;
    enum vox_err code;

    *out = NULL;
    if ((code = cli_read(path, LIMIT_LIST_FILE, &file, err)) != VOX_OK)
        return code;
    if (ctl_header_guess(file.data, file.len, &kind) && kind != HEADER_LIST)
        code = vox_fail(err, VOX_E_INPUT, "this is %s configuration, not a trust list: use 'voxsign show %s'",
                        kind == HEADER_SGN ? "a signed" : "an encrypted and signed",
                        strcmp(path, "-") == 0 ? "FILE" : path);
    else
        code = ctl_list_read(file.data, file.len, out, err);
    bytes_free(&file);
    return code;
}
