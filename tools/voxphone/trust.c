#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include <endpoint/tvs_session.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/tlsctx.h>

#include "voxphone.h"

static const char cache_name[] = "tvs.json";

enum { TLS_1_0 = 0x0301, CACHE_MAX = 1024 * 1024 };

enum vox_err phone_client(const struct phone_boot *b, SSL_CTX **out, struct vox_error *err)
{
    struct tlsctx_client_params p = {.policy = tlspolicy_default()};
    enum vox_err code;

    p.policy.ciphers = TLS_CIPHERS_ALL;
    if (b->o->model.legacy)
        p.policy.min_version = TLS_1_0;
    if ((code = tlsctx_client(&p, out, err)) != VOX_OK)
        return code;
    if (SSL_CTX_set_max_proto_version(*out, b->o->model.tls_max) <= 0 ||
        (b->lsc.cert != NULL && (SSL_CTX_use_certificate(*out, cert_x509(b->lsc.cert)) <= 0 ||
                                 SSL_CTX_use_PrivateKey(*out, b->lsc.key) <= 0))) {
        SSL_CTX_free(*out);
        *out = NULL;
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the phone's certificate cannot be used");
    }
    return VOX_OK;
}

/* --- what TVS said before --- */

static json_t *cache_read(const struct phone_boot *b)
{
    struct bytes file;
    json_t *doc = NULL;

    if (phone_kept(b, cache_name, CACHE_MAX, &file, NULL) == VOX_OK)
        doc = json_loadb((const char *)file.data, file.len, JSON_REJECT_DUPLICATES, NULL);
    bytes_free(&file);
    if (!json_is_object(doc)) {
        json_decref(doc);
        doc = json_object();
    }
    return doc;
}

static bool fits(enum accept_purpose purpose, const uint8_t *roles, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (accept_role_fits(purpose, roles[i]))
            return true;
    return false;
}

/* A word of a TVS that still counts. */
static bool cached(const struct phone_boot *b, const struct cert *cert, enum accept_purpose purpose)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    json_t *doc = cache_read(b), *entry, *role;
    bool good = false;
    size_t i;

    cert_fingerprint(cert, fingerprint);
    entry = json_object_get(doc, fingerprint);
    if (json_integer_value(json_object_get(entry, "until")) > clock_now()) {
        json_array_foreach(json_object_get(entry, "roles"), i, role) good =
            good || accept_role_fits(purpose, (int)json_integer_value(role));
    }
    json_decref(doc);
    return good;
}

static void remember(const struct phone_boot *b, const struct cert *cert, const struct tvs_message *reply)
{
    char fingerprint[CERT_FINGERPRINT_MAX], *text;
    json_t *doc = cache_read(b), *roles = json_array();

    cert_fingerprint(cert, fingerprint);
    for (size_t i = 0; i < reply->roles.len; i++)
        (void)json_array_append_new(roles, json_integer(reply->roles.data[i]));
    (void)json_object_set_new(
        doc, fingerprint,
        json_pack("{s:o, s:I}", "roles", roles, "until",
                  (json_int_t)(clock_now() + (reply->has_ttl ? (int64_t)reply->ttl : TVS_TTL_DEFAULT))));
    if ((text = json_dumps(doc, JSON_COMPACT)) != NULL)
        (void)phone_keep(b, cache_name, text, strlen(text), NULL); /* without it the phone asks again */
    free(text);
    json_decref(doc);
}

/* --- asking --- */

static enum vox_err tvs_target(const struct phone_boot *b, struct tlsconn_target *out, struct vox_error *err)
{
    if (b->o->tvs != NULL)
        return tlsconn_target_parse(b->o->tvs, TVS_PORT, out, err);
    if (b->config.ccm[0] == '\0')
        return vox_fail(err, VOX_E_IO, "no configuration says where a TVS is (--tvs does)");
    char text[CONFIG_TEXT_MAX + 16];

    config_target(b->config.ccm, 0, TVS_PORT, text, sizeof text);
    return tlsconn_target_parse(text, TVS_PORT, out, err);
}

/* Is it one of the TVS of the held ITL? */
static enum vox_err believe(const struct phone_boot *b, const struct tlsconn *conn, struct vox_error *err)
{
    const struct accept_held held = phone_held(b);
    struct accept_result r = {.verdict = ACCEPT_REFUSED, .why = "it shows no certificate"};
    struct cert **chain = NULL;
    size_t n = 0;
    enum vox_err code = tlsconn_peer_chain(conn, &chain, &n, err);

    if (code == VOX_OK && n > 0)
        accept_certificate(&held, chain[0], ACCEPT_FOR_TVS, &r);
    for (size_t i = 0; i < n; i++)
        cert_free(&chain[i]);
    free(chain);
    if (code == VOX_OK && r.verdict != ACCEPT_YES)
        return vox_fail(err, VOX_E_IO, "the TVS that answers is not believed: %s", r.why);
    return code;
}

/* A connection to a TVS that the phone believes. */
struct link {
    struct tlsconn_target target;
    char device[64];
    SSL_CTX *ctx;
    struct tvs_session *session;
};

static void close_link(struct link *l)
{
    tvs_session_close(&l->session);
    SSL_CTX_free(l->ctx);
}

static enum vox_err open_link(const struct phone_boot *b, struct link *l, struct vox_error *err)
{
    enum vox_err code;

    *l = (struct link){.ctx = NULL};
    (void)snprintf(l->device, sizeof l->device, "CP-%s-%s", b->o->model.name, b->name);
    if ((code = tvs_target(b, &l->target, err)) == VOX_OK && (code = phone_client(b, &l->ctx, err)) == VOX_OK) {
        const struct tvs_session_params p = {
            .target = &l->target, .ctx = l->ctx, .device = l->device, .timeout_ms = b->o->timeout_s * 1000};

        if ((code = tvs_session_open(&p, &l->session, err)) == VOX_OK)
            code = believe(b, tvs_session_conn(l->session), err);
        else
            (void)vox_error_prefix(err, "%s port %s", l->target.host, l->target.port);
    }
    if (code == VOX_OK)
        return VOX_OK;
    close_link(l);
    (void)vox_error_prefix(err, "no TVS could be asked");
    return err->code = VOX_E_IO;
}

/* The question, and whether the answer is a yes in a role that fits. reply borrows the session. */
static enum vox_err ask(struct link *l, struct tvs_message *request, enum accept_purpose purpose,
                        struct tvs_message *reply, struct vox_error *err)
{
    enum vox_err code = tvs_session_ask(l->session, request, reply, err);

    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "no TVS could be asked");
        return err->code = VOX_E_IO;
    }
    if (reply->status != TVS_TRUSTED)
        return vox_fail(err, VOX_E_NO, "the TVS does not vouch for it");
    if (!fits(purpose, reply->roles.data, reply->roles.len))
        return vox_fail(err, VOX_E_NO, "the TVS vouches for it in another role");
    return VOX_OK;
}

enum vox_err phone_ask_tvs(struct phone_boot *b, const struct cert *cert, enum accept_purpose purpose,
                           struct vox_error *err)
{
    struct tvs_message request = {.command = TVS_VERIFY_REQUEST, .certificate = cert_der(cert)}, reply;
    struct link l;
    enum vox_err code;

    if (cached(b, cert, purpose))
        return VOX_OK;
    if ((code = open_link(b, &l, err)) != VOX_OK)
        return code;
    if ((code = ask(&l, &request, purpose, &reply, err)) == VOX_OK)
        remember(b, cert, &reply);
    close_link(&l);
    return code;
}

enum vox_err phone_query_tvs(struct phone_boot *b, const struct ctl_header *h, struct cert **out, struct vox_error *err)
{
    struct tvs_message request = {
        .command = TVS_QUERY_REQUEST, .subject = h->signer_name, .issuer = h->ca_name, .serial = h->serial};
    struct tvs_message reply;
    struct link l;
    enum vox_err code;

    *out = NULL;
    if ((code = open_link(b, &l, err)) != VOX_OK)
        return code;
    if ((code = ask(&l, &request, ACCEPT_FOR_FILES, &reply, err)) == VOX_OK &&
        (code = cert_from_der(reply.certificate.data, reply.certificate.len, out, err)) == VOX_OK)
        remember(b, *out, &reply);
    close_link(&l);
    return code;
}

void phone_decide(struct phone_boot *b, const struct cert *cert, enum accept_purpose purpose, struct accept_result *r)
{
    const struct accept_held held = phone_held(b);
    struct vox_error err;
    enum vox_err code;

    accept_certificate(&held, cert, purpose, r);
    if (r->verdict != ACCEPT_IF_TVS || (code = phone_ask_tvs(b, cert, purpose, &err)) == VOX_OK)
        return;
    r->verdict = ACCEPT_REFUSED;
    r->rule = code == VOX_E_NO ? "3.8" : "3.7";
    (void)snprintf(r->why, sizeof r->why, "it is not known to the phone, and %.300s", err.text);
}
