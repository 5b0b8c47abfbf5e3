#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <libcert/limits.h>
#include <libcert/printable.h>

#include "voxsign.h"

bool voxsign_ends_in(const char *name, const char *suffix)
{
    const size_t n = strlen(name), s = strlen(suffix);

    return n > s && strcmp(name + n - s, suffix) == 0;
}

enum vox_err voxsign_open(const char *path, struct signed_file *out, struct vox_error *err)
{
    enum header_kind kind;
    enum vox_err code;

    memset(out, 0, sizeof *out);
    if ((code = cli_read(path, LIMIT_SIGNED_FILE, &out->bytes, err)) != VOX_OK)
        return code;
    if (ctl_header_guess(out->bytes.data, out->bytes.len, &kind) && kind == HEADER_LIST)
        code = vox_fail(err, VOX_E_INPUT, "this is a trust list, not a signed file: use 'voxlist show %s'",
                        strcmp(path, "-") == 0 ? "FILE" : path);
    else
        code = sgn_read(out->bytes.data, out->bytes.len, &out->header, &out->content, err);
    if (code != VOX_OK)
        voxsign_close(out);
    return code;
}

void voxsign_close(struct signed_file *f)
{
    bytes_free(&f->bytes);
}

void voxsign_say(const struct cli_common *common, const char *fmt, ...)
{
    char *text, line[VOX_ERROR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    printable_escape(line, sizeof line, text != NULL ? text : "no memory");
    cli_say(common, "%s", line);
    free(text);
}
