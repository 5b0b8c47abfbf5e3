/* What the net processes work with: made by the daemon's callback, handed over as sealed memory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libcert/clock.h>
#include <libcert/log.h>

#include "control.h"
#include "supervisor_state.h"

/* A payload becomes sealed memory that can only be read. */
static bool publish(struct supervisor *s, struct bytes_view data)
{
    int fd = memfd_create("voxtrust-payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t done = 0;

    while (fd >= 0 && done < data.len) {
        ssize_t n = write(fd, data.data + done, data.len - done);

        if (n <= 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0 || done < data.len ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        log_line(LOG_LEVEL_ERROR, "new data cannot be handed to the net processes: %s", strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    if (s->payload_fd >= 0)
        (void)close(s->payload_fd);
    s->payload_fd = fd;
    s->payload_len = data.len;
    atomic_store(&s->shared->payload_time, clock_now());
    atomic_fetch_add(&s->shared->payload_number, 1);
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (s->children[i] != NULL)
            s->children[i]->behind = child_is_net(s, s->children[i]);
    }
    payload_repeat(s);
    return true;
}

void payload_repeat(struct supervisor *s)
{
    for (size_t i = 0; s->payload_fd >= 0 && i < PROCESSES_MAX; i++) {
        struct child *c = s->children[i];

        const struct control m = {.type = CONTROL_PAYLOAD, .number = s->payload_len, .fd = s->payload_fd};

        if (c != NULL && c->behind)
            c->behind = !control_send(c->control, &m);
    }
}

enum vox_err payload_refresh(struct supervisor *s, struct vox_error *err)
{
    struct bytes payload = {NULL, 0};
    bool changed = false;

    if (s->app->refresh == NULL)
        return VOX_OK;
    enum vox_err code = s->app->refresh(s->app->arg, &payload, &changed, err);

    if (code == VOX_OK && changed && !publish(s, bytes_view_of(&payload)))
        code = vox_fail(err, VOX_E_IO, "no memory for new data");
    bytes_free(&payload);
    if (code != VOX_OK && !s->refresh_failing) {
        log_line(LOG_LEVEL_ERROR, "the store cannot be read, answering from the last data: %s", err->text);
        atomic_store(&s->shared->refresh_failing, clock_now());
    } else if (code == VOX_OK && s->refresh_failing) {
        log_line(LOG_LEVEL_NOTICE, "the store can be read again");
        atomic_store(&s->shared->refresh_failing, 0);
    }
    if ((code != VOX_OK) != s->refresh_failing) {
        s->refresh_failing = code != VOX_OK;
        supervisor_say(s, "");
    }
    return code;
}
