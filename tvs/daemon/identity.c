#include "identity.h"

#include <libcert/identity.h>
#include <libcert/serve_options.h>

static enum vox_err from_files(const char *cert, const char *key, const char *password_file, struct identity *out,
                               struct vox_error *err)
{
    serve_warn_of_key(key != NULL ? key : cert);
    return identity_from_files(cert, key, password_file, out, err);
}

enum vox_err identity_contexts(const struct options *o, const uint8_t *ticket_secret, SSL_CTX **main_ctx,
                               SSL_CTX **legacy_ctx, struct vox_error *err)
{
    struct tlsctx_server_params p = {.ticket_secret = ticket_secret};
    struct identity own = {0}, ec = {0};
    struct tls_settings set;
    struct store *s = NULL;
    enum vox_err code;

    if ((code = store_open(o->serve.store_url, &s, err)) != VOX_OK ||
        (code = store_tls_settings(s, &set, err)) != VOX_OK)
        goto out;
    code = o->serve.cert != NULL ? from_files(o->serve.cert, o->serve.key, o->serve.password_file, &own, err)
                                 : identity_from_store(s, SERVICE_TVS, &own, err);
    if (code != VOX_OK)
        goto out;
    if (o->ec_cert != NULL && (code = from_files(o->ec_cert, o->ec_key, o->serve.password_file, &ec, err)) != VOX_OK)
        goto out;
    p.policy = tlspolicy_of(&set, false);
    p.identity = (struct tlsctx_identity){own.chain.certs, own.chain.ncerts, own.key};
    p.ec = (struct tlsctx_identity){ec.chain.certs, ec.chain.ncerts, ec.key};
    serve_warn_of_dates(own.chain.certs[0]);
    if (ec.chain.ncerts > 0)
        serve_warn_of_dates(ec.chain.certs[0]);
    if ((code = tlsctx_server(&p, main_ctx, err)) != VOX_OK)
        goto out;
    if (legacy_ctx != NULL) {
        p.policy = tlspolicy_of(&set, true);
        code = tlsctx_server(&p, legacy_ctx, err);
    }
out:
    store_close(&s);
    identity_clear(&own); /* the contexts hold what they need */
    identity_clear(&ec);
    return code;
}
