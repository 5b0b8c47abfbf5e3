/* Session tickets sealed with keys that follow from a shared secret and the hour. */
#ifndef LIBCERT_TLS_TICKET_H
#define LIBCERT_TLS_TICKET_H

#include <stdint.h>

#include <openssl/ssl.h>

#include <libcert/error.h>

/* ticket_install(ctx, secret, err): secret stays the caller's and must outlive ctx. */
enum vox_err ticket_install(SSL_CTX *ctx, const uint8_t *secret, struct vox_error *err);

#endif
