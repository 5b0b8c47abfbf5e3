#include "tail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sighting.h"

enum vox_err tail_pipe_fill(struct tail_pipe *p, struct vox_error *err)
{
    ssize_t n;

    if (p->ended || p->len == sizeof p->data)
        return VOX_OK;
    do {
        n = read(p->fd, p->data + p->len, sizeof p->data - p->len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return vox_fail_errno(err, VOX_E_IO, "cannot be read");
    p->len += (size_t)n;
    p->ended = n == 0;
    return VOX_OK;
}

enum vox_err tail_pipe_read(struct tail_pipe *p, const struct tail_sink *sink, struct vox_error *err)
{
    size_t used = 0;
    enum vox_err code = VOX_OK;

    while (used < p->len && code == VOX_OK) {
        const char *line = p->data + used, *end = memchr(line, '\n', p->len - used);
        size_t len = end != NULL ? (size_t)(end - line) : p->len - used;

        if (end == NULL && !p->ended && len <= SIGHTING_LINE_MAX)
            break;
        if (!p->skipping && (end != NULL || p->ended))
            code = sink->line(sink->arg, line, len, err);
        p->skipping = end == NULL && !p->ended;
        used += len + (end != NULL);
    }
    memmove(p->data, p->data + used, p->len - used);
    p->len -= used;
    return code;
}
