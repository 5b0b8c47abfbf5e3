#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <libcert/limits.h>
#include <libcert/tlsctx.h>

#include "scan.h"

/* What a server with a key of the kind can be asked with. */
static const struct {
    const char *ciphers, *signatures;
} kinds[SCAN_KEYS] = {
    [SCAN_KEY_RSA] = {"aRSA:@SECLEVEL=0", "RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:"
                                          "RSA-PSS+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
                                          "RSA+SHA1:RSA+SHA224"},
    [SCAN_KEY_EC] = {"aECDSA:@SECLEVEL=0",
                     "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:ECDSA+SHA1:ECDSA+SHA224"},
};

/* Called once the server's certificates have come. What is said here does not matter: nobody believes this server. */
static int keep(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(store); /* borrowed, the leaf first */
    struct tlsscan_chain *to = ssl != NULL ? SSL_get_app_data(ssl) : NULL;
    int n = shown != NULL ? sk_X509_num(shown) : 0;

    (void)arg;
    if (to == NULL || to->n > 0 || n <= 0)
        return 1;
    if (n > LIMIT_CHAIN_DEPTH)
        n = LIMIT_CHAIN_DEPTH;
    if ((to->certs = calloc((size_t)n, sizeof(struct cert *))) == NULL)
        return 1;
    /* One that cannot be read ends the chain, for what comes after it cannot be told to belong to it. */
    while (to->n < (size_t)n && cert_from_x509(sk_X509_value(shown, (int)to->n), &to->certs[to->n], NULL) == VOX_OK)
        to->n++;
    ERR_clear_error();
    return 1;
}

enum vox_err scan_cert_context(enum scan_key key, SSL_CTX **out, struct vox_error *err)
{
    const struct tlsctx_client_params p = {.policy = tlspolicy_legacy()};
    enum vox_err code = tlsctx_client(&p, out, err);

    if (code != VOX_OK)
        return code;
    if (SSL_CTX_set_cipher_list(*out, kinds[key].ciphers) <= 0 ||
        SSL_CTX_set1_sigalgs_list(*out, kinds[key].signatures) <= 0) {
        SSL_CTX_free(*out);
        *out = NULL;
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no TLS ciphers to look at servers with");
    }
    SSL_CTX_set_cert_verify_callback(*out, keep, NULL);
    return VOX_OK;
}

bool scan_cert_keep(SSL *ssl, struct tlsscan_chain *to)
{
    return SSL_set_app_data(ssl, to) > 0;
}
