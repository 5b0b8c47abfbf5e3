#include "net.h"

#include <stdio.h>
#include <unistd.h>

#include <capf/message.h>
#include <libcert/log.h>

#include "ipc.h"
#include "sign.h"

/* Ends of connections that there was no memory to tell of. The state process would keep their sessions for ever. */
enum { UNTOLD_MAX = 64 };
static uint64_t untold[UNTOLD_MAX];
static size_t nuntold;

static enum vox_err send_to_state(const struct ipc_message *m, struct vox_error *err)
{
    struct bytes out;
    enum vox_err code = ipc_write(m, &out, err);

    if (code != VOX_OK)
        return code;
    if (!serve_to_service(bytes_view_of(&out)))
        code = vox_fail(err, VOX_E_IO, "the state process cannot be reached");
    bytes_wipe(&out); /* an authentication string may be in it */
    return code;
}

static enum vox_err to_state(const struct ipc_message *m, struct vox_error *err)
{
    struct vox_error again;

    while (nuntold > 0) {
        struct ipc_message end = {.type = IPC_CLOSED, .connection = untold[nuntold - 1]};

        (void)snprintf(end.text, sizeof end.text, "no memory");
        if (send_to_state(&end, &again) != VOX_OK)
            break;
        nuntold--;
    }
    return send_to_state(m, err);
}

enum vox_err net_frame(const uint8_t *data, size_t len, size_t *need, struct vox_error *err)
{
    enum vox_err code = capf_frame(data, len, need, err);

    if (code == VOX_E_INPUT || *need > CAPF_MESSAGE_LIMIT) {
        *need = len < CAPF_MESSAGE_LIMIT ? len : CAPF_MESSAGE_LIMIT;
        return VOX_OK;
    }
    return code;
}

void net_opened(void *arg, const struct serve_peer *peer)
{
    struct ipc_message m = {.type = IPC_OPENED, .connection = peer->id, .legacy = peer->legacy};
    struct bytes nothing = {NULL, 0};
    struct vox_error err;

    (void)arg;
    (void)snprintf(m.text, sizeof m.text, "%s", peer->address);
    if (to_state(&m, &err) == VOX_OK)
        return;
    log_line(LOG_LEVEL_ERROR, "%s: closed: %s", peer->address, err.text);
    (void)serve_reply(peer->id, &nothing, 0, true);
}

void net_closed(void *arg, const struct serve_peer *peer, const char *why)
{
    struct ipc_message m = {.type = IPC_CLOSED, .connection = peer->id};
    struct vox_error err;

    (void)arg;
    (void)snprintf(m.text, sizeof m.text, "%s", why);
    if (to_state(&m, &err) != VOX_E_MEMORY)
        return;
    if (nuntold == UNTOLD_MAX) { /* nothing goes on here: the state process sees that the whole process is gone */
        log_line(LOG_LEVEL_ERROR, "no memory: ending");
        _exit(SIGN_NO_MEMORY);
    }
    untold[nuntold++] = peer->id;
}

enum serve_verdict net_message(void *arg, const struct serve_peer *peer, struct bytes_view message, struct bytes *reply,
                               struct vox_error *err)
{
    const struct ipc_message m = {.type = IPC_FRAME, .connection = peer->id, .bytes = message};

    (void)arg;
    (void)reply;
    return to_state(&m, err) == VOX_OK ? SERVE_LATER : SERVE_MALFORMED;
}

enum vox_err net_linked(void *arg, struct bytes_view data, struct vox_error *err)
{
    struct ipc_message m;
    struct bytes reply;
    enum vox_err code = ipc_read(data, &m, err);

    (void)arg;
    if (code != VOX_OK)
        return code;
    if (m.type != IPC_REPLY)
        return vox_fail(err, VOX_E_INPUT, "a message of type %u, which is none for a net process", m.type);
    if (bytes_copy(&reply, m.bytes.data, m.bytes.len, err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "a phone is not answered, its connection is closed: %s", err->text);
        reply = (struct bytes){NULL, 0}, m.end = true;
    }
    (void)serve_reply(m.connection, &reply, m.wait_s, m.end); /* false: the phone is gone, closed() has said so */
    return VOX_OK;
}
