#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <ctl/list.h>
#include <endpoint/tvs_session.h>
#include <libcert/bundle.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/tlsctx.h>

#include "voxtvs.h"

struct session {
    SSL_CTX *ctx;
    struct tlsconn_target target;
    struct tvs_session *asking;
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

enum vox_err session_open(struct cli_common *common, const struct session_args *a, struct session **out,
                          struct vox_error *err)
{
    struct session *s = calloc(1, sizeof *s);
    enum vox_err code;

    (void)common;
    *out = NULL;
    if (s == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = tlsconn_target_parse(a->target, TVS_PORT, &s->target, err)) == VOX_OK &&
        (code = make_context(a, &s->ctx, err)) == VOX_OK) {
        const struct tvs_session_params p = {
            .target = &s->target,
            .ctx = s->ctx,
            .device = a->device != NULL ? a->device : "CP-8841-SEP000000000000",
            .timeout_ms = a->timeout_s * 1000,
        };

        if ((code = tvs_session_open(&p, &s->asking, err)) != VOX_OK)
            (void)vox_error_prefix(err, "%s", a->target);
    }
    if (code != VOX_OK)
        session_close(&s);
    *out = s;
    return code;
}

void session_close(struct session **s)
{
    if (s == NULL || *s == NULL)
        return;
    tvs_session_close(&(*s)->asking);
    SSL_CTX_free((*s)->ctx);
    free(*s);
    *s = NULL;
}

enum vox_err session_ask(struct session *s, struct tvs_message *request, struct tvs_message *reply,
                         struct vox_error *err)
{
    return tvs_session_ask(s->asking, request, reply, err);
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
