#include "ctx_policy.h"

enum vox_err ctx_apply_policy(SSL_CTX *ctx, const struct tls_policy *p, struct vox_error *err)
{
    if (SSL_CTX_set_min_proto_version(ctx, p->min_version) <= 0 ||
        SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) <= 0 ||
        SSL_CTX_set_cipher_list(ctx, tlspolicy_cipher_list(p)) <= 0 ||
        SSL_CTX_set_ciphersuites(ctx, tlspolicy_cipher_suites(p)) <= 0 ||
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384:P-521") <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "the TLS policy (minimum %s, ciphers %s) cannot be applied",
                                tlspolicy_version_text(p->min_version), tlspolicy_ciphers_text(p->ciphers));
    return VOX_OK;
}
