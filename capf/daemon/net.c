#include "net.h"

#include <stdio.h>

#include <capf/message.h>
#include <libcert/log.h>

#include "ipc.h"

static bool to_state(const struct ipc_message *m)
{
    struct vox_error err;
    struct bytes out;
    bool sent;

    if (ipc_write(m, &out, &err) != VOX_OK) {
        log_line(LOG_LEVEL_ERROR, "%s", err.text);
        return false;
    }
    sent = serve_to_service(bytes_view_of(&out));
    bytes_wipe(&out); /* an authentication string may be in it */
    return sent;
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

    (void)arg;
    (void)snprintf(m.text, sizeof m.text, "%s", peer->address);
    if (!to_state(&m))
        (void)serve_reply(peer->id, &nothing, 0, true);
}

void net_closed(void *arg, const struct serve_peer *peer, const char *why)
{
    struct ipc_message m = {.type = IPC_CLOSED, .connection = peer->id};

    (void)arg;
    (void)snprintf(m.text, sizeof m.text, "%s", why);
    (void)to_state(&m);
}

enum serve_verdict net_message(void *arg, const struct serve_peer *peer, struct bytes_view message, struct bytes *reply,
                               struct vox_error *err)
{
    const struct ipc_message m = {.type = IPC_FRAME, .connection = peer->id, .bytes = message};

    (void)arg;
    (void)reply;
    if (to_state(&m))
        return SERVE_LATER;
    (void)vox_fail(err, VOX_E_IO, "the state process cannot be reached");
    return SERVE_MALFORMED;
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
    if (bytes_copy(&reply, m.bytes.data, m.bytes.len, err) != VOX_OK)
        reply = (struct bytes){NULL, 0}, m.end = true;
    (void)serve_reply(m.connection, &reply, m.wait_s, m.end); /* false: the phone is gone, closed() has said so */
    return VOX_OK;
}
