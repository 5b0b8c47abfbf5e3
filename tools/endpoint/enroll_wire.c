#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/tlsctx.h>

#include "enroll.h"

enum { CAPF_PORT = 3804 };

/* With -v a session can be read along; the authentication string is never shown. */
static void trace(const struct enroll *e, const char *direction, const struct capf_message *m)
{
    char text[512];

    if (!e->common->verbose)
        return;
    capf_message_text(m, text, sizeof text);
    fprintf(stderr, "%s %s\n", direction, text);
}

enum vox_err enroll_connect(struct enroll *e, struct vox_error *err)
{
    struct tlsctx_client_params p = {.policy = tlspolicy_default()};
    struct tlsconn_target target;
    enum vox_err code;

    p.policy.ciphers = TLS_CIPHERS_ALL; /* an old server's choice is being tried, not ours */
    if (e->args->tls_min != NULL &&
        (code = tlspolicy_version_parse(e->args->tls_min, &p.policy.min_version, err)) != VOX_OK)
        return code;
    if ((code = tlsconn_target_parse(e->args->target, CAPF_PORT, &target, err)) != VOX_OK)
        return code;
    p.trusted = e->trust.certs;
    p.ntrusted = e->trust.ncerts;
    if ((code = tlsctx_client(&p, &e->ctx, err)) != VOX_OK)
        return code;
    const struct tlsconn_params c = {.target = &target, .ctx = e->ctx, .timeout_ms = e->args->timeout_s * 1000};
    code = tlsconn_open(&c, &e->conn, err);
    if (code == VOX_E_NO) /* "no" is what a server says that is believed; this one could not even be asked */
        code = err->code = VOX_E_IO;
    return code;
}

void enroll_disconnect(struct enroll *e)
{
    tlsconn_close(&e->conn);
    SSL_CTX_free(e->ctx);
    e->ctx = NULL;
    bytes_free(&e->in);
}

enum vox_err enroll_send(struct enroll *e, struct capf_message *m, struct vox_error *err)
{
    struct bytes out;
    enum vox_err code;

    m->session = e->session;
    trace(e, ">", m);
    if ((code = capf_message_write(m, &out, err)) != VOX_OK)
        return code;
    code = tlsconn_send(e->conn, out.data, out.len, e->args->timeout_s * 1000, err);
    bytes_wipe(&out); /* the authentication string may be in it */
    return code;
}

enum vox_err enroll_receive(struct enroll *e, struct capf_message *out, struct vox_error *err)
{
    unsigned timeout = e->args->timeout_s * 1000;
    uint8_t head[CAPF_HEADER_LEN];
    size_t need;
    enum vox_err code;

    bytes_free(&e->in);
    if ((code = tlsconn_receive(e->conn, head, sizeof head, timeout, err)) != VOX_OK)
        return code;
    code = capf_frame(head, sizeof head, &need, err);
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    if (need > CAPF_MESSAGE_LIMIT)
        return vox_fail(err, VOX_E_INPUT, "capf.md 2.1: LENGTH: a message of %zu bytes, at most %d are taken", need,
                        CAPF_MESSAGE_LIMIT);
    if ((e->in.data = malloc(need)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    e->in.len = need;
    memcpy(e->in.data, head, sizeof head);
    if (need > sizeof head &&
        (code = tlsconn_receive(e->conn, e->in.data + sizeof head, need - sizeof head, timeout, err)) != VOX_OK)
        return code;
    if ((code = capf_message_read(e->in.data, e->in.len, out, err)) != VOX_OK)
        return code;
    trace(e, "<", out);
    if (!e->greeted) {
        e->greeted = true;
        e->session = out->session;
    } else if (out->session != e->session) {
        return vox_fail(err, VOX_E_INPUT, "capf.md 2.1: SESSION: the message is of session %" PRIu32 ", not %" PRIu32,
                        out->session, e->session);
    }
    return VOX_OK;
}
