/* Asking a TVS, as phones do. Source: docs/formats/tvs.md 2, 3. */
#ifndef ENDPOINT_TVS_SESSION_H
#define ENDPOINT_TVS_SESSION_H

#include <libcert/tlsconn.h>
#include <tvs/message.h>

struct tvs_session;

struct tvs_session_params {
    const struct tlsconn_target *target; /* these three live as long as the session */
    SSL_CTX *ctx;
    const char *device; /* as the phone names itself; at most TVS_DEVICE_MAX bytes */
    unsigned timeout_ms;
};

/* tvs_session_open(p, out, err): connect. Errors: VOX_E_IO (also when the server is not one that p->ctx trusts),
 * VOX_E_CRYPTO. Close with tvs_session_close(). tvs_session_conn(s): the connection, borrowed. */
enum vox_err tvs_session_open(const struct tvs_session_params *p, struct tvs_session **out, struct vox_error *err);
void tvs_session_close(struct tvs_session **s); /* NULL is fine */
const struct tlsconn *tvs_session_conn(const struct tvs_session *s);

/*
 * tvs_session_ask(s, request, reply, err): fill in session id and device, send, receive; reply borrows the session's
 * buffer until the next call. A responder that closed the connection after an answer is connected to again. Errors:
 * VOX_E_IO; VOX_E_INPUT (an answer that is none: malformed, another session, another command).
 */
enum vox_err tvs_session_ask(struct tvs_session *s, struct tvs_message *request, struct tvs_message *reply,
                             struct vox_error *err);

#endif
