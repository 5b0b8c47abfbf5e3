/* Ways between the processes of a set: the parent makes them and hands out both ends. */
#include <sys/socket.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "supervisor_state.h"

static struct child *service_of(const struct supervisor *s, unsigned generation, size_t index)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        if (c != NULL && c->generation == generation && c->worker == s->workers + 1 + index)
            return c;
    }
    return NULL;
}

/* a and b get an end each, with the number of the other. */
static enum vox_err tie(const struct child *a, uint64_t a_number, const struct child *b, uint64_t b_number,
                        struct vox_error *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return vox_fail_errno(err, VOX_E_IO, "no channel between processes");
    const struct control to_a = {.type = CONTROL_LINK, .number = b_number, .fd = pair[0]};
    const struct control to_b = {.type = CONTROL_LINK, .number = a_number, .fd = pair[1]};
    bool done = control_send(a->control, &to_a) && control_send(b->control, &to_b);

    (void)close(pair[0]);
    (void)close(pair[1]);
    return done ? VOX_OK : vox_fail(err, VOX_E_IO, "a process does not take its channel");
}

static bool talks_to(const struct serve_service *a, const struct serve_service *b)
{
    for (const char *const *name = a->links; name != NULL && *name != NULL; name++)
        if (strcmp(*name, b->name) == 0)
            return true;
    return false;
}

enum vox_err generation_link(struct supervisor *s, const struct child *c, struct vox_error *err)
{
    const struct serve_service *services = s->app->services;
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < s->app->nservices; i++) {
        const struct child *other = service_of(s, c->generation, i);

        if (child_is_net(s, c) && services[i].to_net && other != NULL)
            code = tie(c, CONTROL_NET, other, i, err);
        if (!child_is_service(s, c) || other == NULL || other == c)
            continue;
        size_t self = c->worker - s->workers - 1;

        /* Those behind it in the table are there when it was started anew alone. */
        if (talks_to(&services[self], &services[i]) || talks_to(&services[i], &services[self]))
            code = tie(c, self, other, i, err);
    }
    return code;
}
