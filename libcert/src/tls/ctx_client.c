#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <libcert/limits.h>
#include <libcert/tlsctx.h>

#include "ctx_identity.h"
#include "ctx_policy.h"

enum vox_err tlsctx_client(const struct tlsctx_client_params *p, SSL_CTX **out, struct vox_error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    enum vox_err code;

    *out = NULL;
    ERR_clear_error();
    if (ctx == NULL)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS context");
    if ((code = ctx_apply_policy(ctx, &p->policy, err)) != VOX_OK)
        goto err0;
    if (p->identity != NULL && (code = ctx_use_identity(ctx, p->identity, err)) != VOX_OK)
        goto err0;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (p->ntrusted > 0) {
        X509_STORE *store = SSL_CTX_get_cert_store(ctx); /* borrowed */

        for (size_t i = 0; i < p->ntrusted; i++) {
            X509 *x = cert_x509(p->trusted[i]);

            if (x == NULL || X509_STORE_add_cert(store, x) <= 0) {
                code = vox_fail_openssl(err, VOX_E_CRYPTO, "trusted certificate %zu cannot be used", i + 1);
                goto err0;
            }
        }
        /* A list names the very certificate that a server shows: it is an anchor even when it is no CA. */
        if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) <= 0) {
            code = vox_fail_openssl(err, VOX_E_CRYPTO, "verification cannot be set up");
            goto err0;
        }
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_verify_depth(ctx, LIMIT_CHAIN_DEPTH);
    } else {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    }
    *out = ctx;
    return VOX_OK;

err0:
    SSL_CTX_free(ctx);
    return code;
}
