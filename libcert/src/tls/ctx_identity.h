/* A certificate, its chain and its key in an SSL_CTX, for either side. */
#ifndef TLS_CTX_IDENTITY_H
#define TLS_CTX_IDENTITY_H

#include <libcert/tlsctx.h>

/* ctx_use_identity(ctx, id, err): id has a chain of one at least. Errors: VOX_E_INPUT (the key is another's, or too
 * small for the policy that ctx has already). */
enum vox_err ctx_use_identity(SSL_CTX *ctx, const struct tlsctx_identity *id, struct vox_error *err);

#endif
