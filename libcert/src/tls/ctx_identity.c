#include "ctx_identity.h"

enum vox_err ctx_use_identity(SSL_CTX *ctx, const struct tlsctx_identity *id, struct vox_error *err)
{
    if (!cert_key_matches(id->chain[0], id->key))
        return vox_fail(err, VOX_E_INPUT, "the private key is not that of the certificate");
    X509 *leaf = cert_x509(id->chain[0]);
    if (leaf == NULL || SSL_CTX_use_certificate(ctx, leaf) <= 0)
        return vox_fail_openssl(err, VOX_E_INPUT,
                                "the certificate cannot be used for TLS (key too small for the policy?)");
    if (SSL_CTX_use_PrivateKey(ctx, id->key) <= 0)
        return vox_fail_openssl(err, VOX_E_INPUT, "the private key cannot be used for TLS");
    for (size_t i = 1; i < id->nchain; i++) {
        X509 *ca = cert_x509(id->chain[i]);

        if (ca == NULL || SSL_CTX_add1_chain_cert(ctx, ca) <= 0)
            return vox_fail_openssl(err, VOX_E_INPUT, "certificate %zu of the chain cannot be used", i + 1);
    }
    return VOX_OK;
}
