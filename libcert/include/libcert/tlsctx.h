/*
 * A policy, a certificate and a key become an SSL_CTX. Secure by construction: no renegotiation, no compression, no
 * session cache.
 */
#ifndef LIBCERT_TLSCTX_H
#define LIBCERT_TLSCTX_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <libcert/cert.h>
#include <libcert/tlspolicy.h>

enum { TLSCTX_TICKET_SECRET_LEN = 32 };

/* A certificate with its chain and key. */
struct tlsctx_identity {
    struct cert *const *chain; /* leaf first, then its issuers if they are to be sent */
    size_t nchain;
    EVP_PKEY *key;
};

struct tlsctx_server_params {
    struct tls_policy policy;
    struct tlsctx_identity identity; /* RSA: what every phone can check */
    struct tlsctx_identity ec;       /* beside it; nchain 0 for none */
    /*
     * Session tickets are sealed with keys derived from this secret and the hour, so that processes which share the
     * secret resume each other's sessions and keys rotate without a word between them. NULL: no tickets. Kept by
     * reference: lives as long as the context.
     */
    const uint8_t *ticket_secret; /* TLSCTX_TICKET_SECRET_LEN bytes */
};

/*
 * tlsctx_server(p, out, err): errors VOX_E_INPUT (the key is not the certificate's, the main identity is not RSA, a key
 * the policy refuses), VOX_E_CRYPTO. Free with SSL_CTX_free().
 */
enum vox_err tlsctx_server(const struct tlsctx_server_params *p, SSL_CTX **out, struct vox_error *err);

struct tlsctx_client_params {
    struct tls_policy policy;
    struct cert *const *trusted; /* the server's certificate itself, or CAs of it */
    size_t ntrusted;             /* 0: nothing is verified; for looking at a server, never for believing it */
    const struct tlsctx_identity *identity; /* shown to a server that asks for it; NULL: none */
};

/*
 * tlsctx_client(p, out, err): a trusted certificate that is no CA is accepted as the very server's (as phones do with
 * lists); dates of such pinned ones are checked too. Errors: VOX_E_INPUT (the identity's key), VOX_E_CRYPTO. Free with
 * SSL_CTX_free().
 */
enum vox_err tlsctx_client(const struct tlsctx_client_params *p, SSL_CTX **out, struct vox_error *err);

#endif
