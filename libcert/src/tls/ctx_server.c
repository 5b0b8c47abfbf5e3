#include <string.h>

#include <openssl/err.h>

#include <libcert/tlsctx.h>

#include "ctx_identity.h"
#include "ctx_policy.h"
#include "ticket.h"

/* RSA first: with TLS 1.3 this order, not that of the ciphers, chooses the certificate, and lists name the RSA one. */
#define SIGNATURES                                                                                  \
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:" \
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512"
#define SIGNATURES_OF_OLD_PHONES SIGNATURES ":RSA+SHA1:ECDSA+SHA1"

/*
 * A ticket is good where the same certificates are shown under the same policy. Otherwise a session agreed on the
 * legacy listener would bring its weak cipher to the others, and a renewed certificate would not be seen.
 */
static bool bind_sessions(SSL_CTX *ctx, const struct tlsctx_server_params *p)
{
    struct {
        uint8_t rsa[CERT_SHA256_LEN], ec[CERT_SHA256_LEN];
        int32_t version, ciphers;
    } all;
    uint8_t id[SSL_MAX_SID_CTX_LENGTH];
    unsigned len;

    memset(&all, 0, sizeof all);
    cert_sha256(p->identity.chain[0], all.rsa);
    if (p->ec.nchain > 0)
        cert_sha256(p->ec.chain[0], all.ec);
    all.version = p->policy.min_version;
    all.ciphers = (int32_t)p->policy.ciphers;
    return EVP_Digest(&all, sizeof all, id, &len, EVP_sha256(), NULL) > 0 &&
           SSL_CTX_set_session_id_context(ctx, id, len) > 0;
}

enum vox_err tlsctx_server(const struct tlsctx_server_params *p, SSL_CTX **out, struct vox_error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    enum vox_err code;

    *out = NULL;
    ERR_clear_error();
    if (ctx == NULL)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS context");
    if ((code = ctx_apply_policy(ctx, &p->policy, err)) != VOX_OK)
        goto err0;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CLEANSE_PLAINTEXT); /* phones send authentication strings */
    /* Idle phones by the thousand: their buffers go back to the system between messages. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    /* A read ends with each record: else a flood of records without data keeps one call busy, and all others waiting.
     */
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets only: nothing grows */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_max_cert_list(ctx, 16 * 1024);
    if (cert_key_type(p->identity.chain[0]) != CERT_KEY_RSA) {
        code = vox_fail(err, VOX_E_INPUT, "the main certificate must have an RSA key: phones check no other");
        goto err0;
    }
    if (p->ec.nchain > 0 && cert_key_type(p->ec.chain[0]) != CERT_KEY_EC) { /* it would take the other one's place */
        code = vox_fail(err, VOX_E_INPUT, "the certificate beside the main one must have an EC key");
        goto err0;
    }
    if ((code = ctx_use_identity(ctx, &p->identity, err)) != VOX_OK)
        goto err0;
    if (p->ec.nchain > 0 && (code = ctx_use_identity(ctx, &p->ec, err)) != VOX_OK)
        goto err0;
    if (SSL_CTX_set1_sigalgs_list(ctx, p->policy.min_version < TLS1_2_VERSION ? SIGNATURES_OF_OLD_PHONES
                                                                              : SIGNATURES) <= 0 ||
        !bind_sessions(ctx, p)) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS context");
        goto err0;
    }
    if ((code = ticket_install(ctx, p->ticket_secret, err)) != VOX_OK)
        goto err0;
    *out = ctx;
    return VOX_OK;

err0:
    SSL_CTX_free(ctx);
    return code;
}
