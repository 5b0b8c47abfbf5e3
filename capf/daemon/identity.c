#include "identity.h"

#include <openssl/x509v3.h>

#include <libcert/identity.h>

/* Phones refuse to talk to another (capf.md 1). */
static void warn_of_usage(const struct cert *c)
{
    X509 *x = cert_x509(c);

    if (x == NULL || X509_check_ca(x) != 1 || (X509_get_key_usage(x) & X509v3_KU_KEY_CERT_SIGN) == 0 ||
        (X509_get_key_usage(x) & X509v3_KU_DIGITAL_SIGNATURE) == 0)
        log_line(LOG_LEVEL_WARNING, "the certificate that is shown is not what phones expect of CAPF: CA:TRUE, "
                                    "digitalSignature and keyCertSign; many hang up");
}

enum vox_err identity_contexts(const struct options *o, const uint8_t *ticket_secret, SSL_CTX **main_ctx,
                               SSL_CTX **legacy_ctx, struct vox_error *err)
{
    struct tlsctx_server_params p = {.ticket_secret = ticket_secret};
    const struct serve_options *so = &o->serve;
    struct identity own = {0};
    struct tls_settings set;
    struct store *s = NULL;
    enum vox_err code;

    if ((code = store_open(so->store_url, &s, err)) != VOX_OK || (code = store_tls_settings(s, &set, err)) != VOX_OK)
        goto out;
    if (so->cert != NULL) {
        serve_warn_of_key(so->key != NULL ? so->key : so->cert);
        code = identity_from_files(so->cert, so->key, so->password_file, &own, err);
    } else {
        code = identity_from_store(s, SERVICE_CAPF, &own, err);
    }
    if (code != VOX_OK)
        goto out;
    p.policy = tlspolicy_of(&set, false);
    p.identity = (struct tlsctx_identity){own.chain.certs, own.chain.ncerts, own.key};
    serve_warn_of_dates(own.chain.certs[0]);
    warn_of_usage(own.chain.certs[0]);
    if ((code = tlsctx_server(&p, main_ctx, err)) != VOX_OK)
        goto out;
    if (legacy_ctx != NULL) {
        p.policy = tlspolicy_of(&set, true);
        code = tlsctx_server(&p, legacy_ctx, err);
    }
out:
    store_close(&s);
    identity_clear(&own); /* the contexts hold what they need */
    return code;
}
