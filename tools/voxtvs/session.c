#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include <cli/input.h>
#include <ctl/list.h>
#include <libcert/bundle.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/tlsconn.h>
#include <libcert/tlsctx.h>

#include "voxtvs.h"

struct session {
    SSL_CTX *ctx;
    struct tlsconn_target target;
    struct tlsconn *conn;
    unsigned answered; /* requests on this connection */
    const char *device;
    unsigned timeout_ms;
    uint32_t next; /* session id of the next request */
    struct bytes reply;
};

bool session_parse(int key, char *arg, struct argp_state *state, struct session_args *a)
{
    char *end;

    switch (key) {
    case SESSION_OPT_TRUST:
        a->trust = arg;
        return true;
    case SESSION_OPT_DEVICE:
        a->device = arg;
        if (strlen(arg) > TVS_DEVICE_MAX)
            argp_error(state, "--device: at most %d characters", TVS_DEVICE_MAX);
        return true;
    case SESSION_OPT_TLS_MIN:
        a->tls_min = arg;
        return true;
    case SESSION_OPT_INSECURE:
        a->insecure = true;
        return true;
    case SESSION_OPT_TIMEOUT:
        a->timeout_s = (unsigned)strtoul(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || a->timeout_s < 1 || a->timeout_s > 3600)
            argp_error(state, "--timeout %s: 1 to 3600 seconds", arg);
        return true;
    default:
        return false;
    }
}

void session_check(struct argp_state *state, const struct session_args *a)
{
    if (a->target == NULL)
        argp_error(state, "which HOST[:PORT]?");
    if (a->trust == NULL && !a->insecure)
        argp_error(state, "whom to believe? --trust FILE (the server's certificate, CAs, or an ITL), or --insecure");
}

/* The TVS records of an ITL; other certificates when it is no list. */
static enum vox_err read_trust(const char *path, struct bundle *out, struct vox_error *err)
{
    struct ctl_list *list = NULL;
    enum header_kind kind;
    struct bytes file;
    enum vox_err code;

    *out = (struct bundle){0};
    if ((code = cli_read(path, LIMIT_BUNDLE_FILE, &file, err)) != VOX_OK)
        return code;
    if (!ctl_header_guess(file.data, file.len, &kind) || kind != HEADER_LIST) {
        code = bundle_read(file.data, file.len, path, NULL, out, err);
        goto out;
    }
    if ((code = ctl_list_read(file.data, file.len, &list, err)) != VOX_OK)
        goto out;
    if ((out->certs = calloc(list->nrecords, sizeof *out->certs)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    for (size_t i = 0; i < list->nrecords; i++) {
        if (list->records[i].function == ROLE_TVS && list->records[i].cert != NULL)
            out->certs[out->ncerts++] = cert_ref(list->records[i].cert);
    }
    if (out->ncerts == 0) {
        bundle_free(out);
        code =
            vox_fail(err, VOX_E_INPUT, "the list has no TVS record with a certificate: phones that hold it ask no TVS");
    }
out:
    ctl_list_free(&list);
    bytes_wipe(&file); /* a key may stand beside the certificates */
    return code;
}

static enum vox_err make_context(const struct session_args *a, SSL_CTX **out, struct vox_error *err)
{
    struct tlsctx_client_params p = {.policy = tlspolicy_default()};
    struct bundle trust = {0};
    enum vox_err code;

    p.policy.ciphers = TLS_CIPHERS_ALL; /* the server's policy is being looked at, not ours */
    if (a->tls_min != NULL && (code = tlspolicy_version_parse(a->tls_min, &p.policy.min_version, err)) != VOX_OK)
        return code;
    if (a->trust != NULL && (code = read_trust(a->trust, &trust, err)) != VOX_OK) {
        (void)vox_error_prefix(err, "%s", a->trust);
        return code;
    }
    p.trusted = trust.certs;
    p.ntrusted = a->insecure ? 0 : trust.ncerts;
    code = tlsctx_client(&p, out, err);
    bundle_free(&trust);
    return code;
}

static enum vox_err connect_again(struct session *s, struct vox_error *err)
{
    const struct tlsconn_params p = {.target = &s->target, .ctx = s->ctx, .timeout_ms = s->timeout_ms};
    enum vox_err code;

    tlsconn_close(&s->conn);
    s->answered = 0;
    code = tlsconn_open(&p, &s->conn, err);
    /* "No" is the answer of a responder that is believed; this one could not even be asked. */
    return code == VOX_E_NO ? (err->code = VOX_E_IO) : code;
}

enum vox_err session_open(struct cli_common *common, const struct session_args *a, struct session **out,
                          struct vox_error *err)
{
    struct session *s = calloc(1, sizeof *s);
    enum vox_err code;

    (void)common;
    *out = NULL;
    if (s == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    s->device = a->device != NULL ? a->device : "CP-8841-SEP000000000000";
    s->timeout_ms = a->timeout_s * 1000;
    if (RAND_bytes((unsigned char *)&s->next, sizeof s->next) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers");
        goto err0;
    }
    if ((code = tlsconn_target_parse(a->target, TVS_PORT, &s->target, err)) != VOX_OK ||
        (code = make_context(a, &s->ctx, err)) != VOX_OK || (code = connect_again(s, err)) != VOX_OK)
        goto err0;
    *out = s;
    return VOX_OK;

err0:
    session_close(&s);
    return code;
}

void session_close(struct session **s)
{
    if (s == NULL || *s == NULL)
        return;
    tlsconn_close(&(*s)->conn);
    SSL_CTX_free((*s)->ctx);
    bytes_free(&(*s)->reply);
    free(*s);
    *s = NULL;
}

/* A whole message into s->reply. */
static enum vox_err receive(struct session *s, struct vox_error *err)
{
    uint8_t head[TVS_HEADER_LEN];
    size_t need;
    enum vox_err code;

    bytes_free(&s->reply);
    if ((code = tlsconn_receive(s->conn, head, sizeof head, s->timeout_ms, err)) != VOX_OK)
        return code;
    code = tvs_frame(head, sizeof head, &need, err);
    if (code != VOX_OK && code != VOX_E_NOT_FOUND)
        return code;
    if ((s->reply.data = malloc(need)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    s->reply.len = need;
    memcpy(s->reply.data, head, sizeof head);
    return tlsconn_receive(s->conn, s->reply.data + sizeof head, need - sizeof head, s->timeout_ms, err);
}

static enum vox_err exchange(struct session *s, const struct bytes *request, struct vox_error *err)
{
    enum vox_err code = tlsconn_send(s->conn, request->data, request->len, s->timeout_ms, err);

    return code == VOX_OK ? receive(s, err) : code;
}

enum vox_err session_ask(struct session *s, struct tvs_message *request, struct tvs_message *reply,
                         struct vox_error *err)
{
    struct bytes bytes;
    enum vox_err code;

    request->session = s->next++;
    request->device = s->device;
    request->device_len = strlen(s->device);
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

json_t *answer_json(const struct tvs_message *reply)
{
    json_t *roles = json_array(), *doc;

    for (size_t i = 0; i < reply->roles.len; i++)
        (void)json_array_append_new(roles, json_integer(reply->roles.data[i]));
    doc =
        json_pack("{s:b, s:i, s:o}", "trusted", reply->status == TVS_TRUSTED, "status", reply->status, "roles", roles);
    if (doc != NULL && reply->has_ttl)
        (void)json_object_set_new(doc, "ttl", json_integer(reply->ttl));
    return doc;
}

void answer_text(const struct tvs_message *reply, char *out, size_t outlen)
{
    size_t n;

    if (reply->status != TVS_TRUSTED) {
        (void)snprintf(out, outlen, "not trusted (status %u)", reply->status);
        return;
    }
    n = (size_t)snprintf(out, outlen, "trusted, roles");
    for (size_t i = 0; i < reply->roles.len && n < outlen; i++) {
        const char *word = role_word(reply->roles.data[i]);

        if (word != NULL)
            n += (size_t)snprintf(out + n, outlen - n, "%s%s", i > 0 ? ", " : " ", word);
        else
            n += (size_t)snprintf(out + n, outlen - n, "%s%u", i > 0 ? ", " : " ", reply->roles.data[i]);
    }
    if (reply->roles.len == 0 && n < outlen)
        n += (size_t)snprintf(out + n, outlen - n, " none");
    if (reply->has_ttl && n < outlen)
        (void)snprintf(out + n, outlen - n, ", may be kept for %" PRIu32 " s", reply->ttl);
}
