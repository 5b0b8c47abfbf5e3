/* The sockets of all workers. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcert/log.h>

#include "listen.h"
#include "supervisor_state.h"

/* With SO_REUSEPORT a second daemon of the same user would take half of our connections, and neither would notice. */
static enum vox_err nobody_else(const struct address *a, struct vox_error *err)
{
    int fd;
    enum vox_err code = listen_open(a, false, &fd, err);

    if (code == VOX_OK)
        (void)close(fd);
    return code;
}

/* Ours are one a worker (SO_REUSEPORT), so that the kernel deals out connections. */
static enum vox_err bind_one(struct supervisor *s, size_t i, struct vox_error *err)
{
    const struct serve_listener *l = &s->app->listeners[i];
    struct address *a = &s->addresses[i];
    char text[64];
    enum vox_err code;

    if ((code = address_parse(l->address, a, err)) != VOX_OK || (code = nobody_else(a, err)) != VOX_OK)
        return code;
    s->kinds[i] = l->legacy ? 'l' : 'm';
    for (uint32_t w = 0; w < s->workers; w++) {
        if ((code = listen_open(a, true, &s->fds[i][w], err)) != VOX_OK)
            return code;
        if (getsockname(s->fds[i][w], (struct sockaddr *)&a->sa, &a->len) !=
            0) /* port 0: all take what the first got */
            return vox_fail_errno(err, VOX_E_IO, "%s", l->address);
    }
    address_text(a, text, sizeof text);
    log_line(LOG_LEVEL_NOTICE, "listening on %s%s", text, l->legacy ? " for old phones" : "");
    return VOX_OK;
}

enum vox_err listeners_bind(struct supervisor *s, struct vox_error *err)
{
    bool legacy[SERVE_LISTENERS_MAX];
    size_t inherited = listen_inherited(legacy, SERVE_LISTENERS_MAX);
    enum vox_err code;

    s->inherited = inherited > 0;
    for (size_t i = 0; i < inherited; i++, s->nlisteners++) {
        s->kinds[i] = legacy[i] ? 'l' : 'm';
        for (uint32_t w = 0; w < s->workers; w++)
            s->fds[i][w] = LISTEN_FDS_START + (int)i;
    }
    for (size_t i = 0; !s->inherited && i < s->app->nlisteners; i++, s->nlisteners++) {
        if (i == SERVE_LISTENERS_MAX)
            return vox_fail(err, VOX_E_USAGE, "more than %d addresses to listen on", SERVE_LISTENERS_MAX);
        if ((code = bind_one(s, i, err)) != VOX_OK)
            return code;
    }
    return s->nlisteners > 0 ? VOX_OK : vox_fail(err, VOX_E_USAGE, "nowhere to listen");
}

void listeners_let_go(struct supervisor *s, uint32_t worker)
{
    for (size_t i = 0; !s->inherited && i < s->nlisteners; i++) {
        if (s->fds[i][worker] >= 0)
            (void)close(s->fds[i][worker]);
        s->fds[i][worker] = -1;
    }
}

enum vox_err listeners_take_back(struct supervisor *s, uint32_t worker, struct vox_error *err)
{
    for (size_t i = 0; i < s->nlisteners; i++) {
        enum vox_err code = VOX_OK;

        if (s->fds[i][worker] < 0)
            code = listen_bind(&s->addresses[i], true, &s->fds[i][worker], err);
        if (code != VOX_OK)
            return code;
    }
    return VOX_OK;
}

void listeners_listen(struct supervisor *s, uint32_t worker)
{
    for (size_t i = 0; !s->inherited && i < s->nlisteners; i++) /* nothing new to those that listen already */
        (void)listen(s->fds[i][worker], LISTEN_BACKLOG);
}
