#include "tvs_session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

struct tvs_session {
    struct tvs_session_params p;
    struct tlsconn *conn;
    unsigned answered; /* requests on this connection */
    uint32_t next;     /* session id of the next request */
    struct bytes reply;
};

static enum vox_err connect_again(struct tvs_session *s, struct vox_error *err)
{
    const struct tlsconn_params p = {.target = s->p.target, .ctx = s->p.ctx, .timeout_ms = s->p.timeout_ms};
    enum vox_err code;

    tlsconn_close(&s->conn);
    s->answered = 0;
    code = tlsconn_open(&p, &s->conn, err);
    /* "No" is the answer of a responder that is believed; this one could not even be asked. */
    return code == VOX_E_NO ? (err->code = VOX_E_IO) : code;
}

enum vox_err tvs_session_open(const struct tvs_session_params *p, struct tvs_session **out, struct vox_error *err)
{
    struct tvs_session *s = calloc(1, sizeof *s);
    enum vox_err code;

    *out = NULL;
    if (s == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    s->p = *p;
    if (RAND_bytes((unsigned char *)&s->next, sizeof s->next) <= 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers");
    else
        code = connect_again(s, err);
    if (code != VOX_OK)
        tvs_session_close(&s);
    *out = s;
    return code;
}

void tvs_session_close(struct tvs_session **s)
{
    if (s == NULL || *s == NULL)
        return;
    tlsconn_close(&(*s)->conn);
    bytes_free(&(*s)->reply);
    free(*s);
    *s = NULL;
}

const struct tlsconn *tvs_session_conn(const struct tvs_session *s)
{
    return s->conn;
}

/* A whole message into s->reply. */
static enum vox_err receive(struct tvs_session *s, struct vox_error *err)
{
    uint8_t head[TVS_HEADER_LEN];
    size_t need;
    enum vox_err code;

    bytes_free(&s->reply);
    if ((code = tlsconn_receive(s->conn, head, sizeof head, s->p.timeout_ms, err)) != VOX_OK)
        return code;
    code = tvs_frame(head, sizeof head, &need, err);
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    if ((s->reply.data = malloc(need)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    s->reply.len = need;
    memcpy(s->reply.data, head, sizeof head);
    return tlsconn_receive(s->conn, s->reply.data + sizeof head, need - sizeof head, s->p.timeout_ms, err);
}

static enum vox_err exchange(struct tvs_session *s, const struct bytes *request, struct vox_error *err)
{
    enum vox_err code = tlsconn_send(s->conn, request->data, request->len, s->p.timeout_ms, err);

    return code == VOX_OK ? receive(s, err) : code;
}

enum vox_err tvs_session_ask(struct tvs_session *s, struct tvs_message *request, struct tvs_message *reply,
                             struct vox_error *err)
{
    struct bytes bytes;
    enum vox_err code;

    request->session = s->next++;
    request->device = s->p.device;
    request->device_len = strlen(s->p.device);
    if ((code = tvs_message_write(request, &bytes, err)) != VOX_OK)
        return code;
    code = exchange(s, &bytes, err);
    /* Other responders close after one answer. */
    if (code != VOX_OK && s->answered > 0 && tlsconn_hung_up(s->conn) && (code = connect_again(s, err)) == VOX_OK)
        code = exchange(s, &bytes, err);
    bytes_free(&bytes);
    if (code != VOX_OK || (code = tvs_message_read(s->reply.data, s->reply.len, reply, err)) != VOX_OK)
        return code;
    s->answered++;
    if (reply->session != request->session)
        return vox_fail(err, VOX_E_INPUT, "tvs.md 2: SESSION: the answer is for session %" PRIu32 ", not %" PRIu32,
                        reply->session, request->session);
    if (reply->command != request->command + 1)
        return vox_fail(err, VOX_E_INPUT, "tvs.md 2: COMMAND: a %s answers a %s", tvs_command_name(reply->command),
                        tvs_command_name(request->command));
    return VOX_OK;
}
