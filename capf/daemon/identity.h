/* The certificate and key that voxcapfd shows. */
#ifndef VOXCAPFD_IDENTITY_H
#define VOXCAPFD_IDENTITY_H

#include <libcert/tlsctx.h>

#include "options.h"

/* identity_contexts(o, ticket_secret, main, legacy, err): read certificate, key and the store's policy; make the
 * contexts; legacy NULL: not that one. Errors: as tlsctx_server(), of the store, of the files (each with its name). */
enum vox_err identity_contexts(const struct options *o, const uint8_t *ticket_secret, SSL_CTX **main_ctx,
                               SSL_CTX **legacy_ctx, struct vox_error *err);

#endif
