/* What server and client contexts take from the policy. */
#ifndef LIBCERT_TLS_CTX_POLICY_H
#define LIBCERT_TLS_CTX_POLICY_H

#include <openssl/ssl.h>

#include <libcert/tlspolicy.h>

/* ctx_apply_policy(ctx, p, err): versions, ciphers, groups. Errors: VOX_E_CRYPTO. */
enum vox_err ctx_apply_policy(SSL_CTX *ctx, const struct tls_policy *p, struct vox_error *err);

#endif
