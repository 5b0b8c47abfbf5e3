#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <libcert/tlsctx.h>

#include "ticket.h"

enum {
    TICKET_PERIOD = 3600, /* seconds that a key seals; it opens for one period more */
    NAME_LEN = 16,        /* RFC 5077 4 */
    AES_LEN = 32,
    MAC_LEN = 32,
};

struct ticket_keys {
    uint8_t name[NAME_LEN];
    uint8_t aes[AES_LEN];
    uint8_t mac[MAC_LEN];
};

/* HKDF of the secret and the number of the period. */
static int derive(const uint8_t *secret, uint64_t period, struct ticket_keys *out)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    uint8_t info[32] = "voxtrust session ticket ";
    uint8_t key[TLSCTX_TICKET_SECRET_LEN];
    int ok = 0;

    memcpy(info + 24, &period, sizeof period);
    memcpy(key, secret, sizeof key); /* the parameter takes no const */
    if (ctx != NULL) {
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, sizeof key),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info),
            OSSL_PARAM_construct_end(),
        };

        ok = EVP_KDF_derive(ctx, (unsigned char *)out, sizeof *out, params) > 0;
    }
    OPENSSL_cleanse(key, sizeof key);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok;
}

static int set_up(const struct ticket_keys *k, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal)
{
    uint8_t key[MAC_LEN];
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, sizeof key),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    int ok;

    memcpy(key, k->mac, sizeof key);
    ok = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv, seal) > 0 &&
         EVP_MAC_CTX_set_params(mac, params) > 0;
    OPENSSL_cleanse(key, sizeof key);
    return ok;
}

/* RFC 5077: called to seal (enc 1) and to open. 0: go on without a ticket, -1: fail, 1: done, 2: done, renew it. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                     int seal)
{
    const uint8_t *secret = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    uint64_t period = (uint64_t)time(NULL) / TICKET_PERIOD;
    struct ticket_keys k = {0};
    int result = 0;

    if (secret == NULL)
        return 0;
    if (seal) {
        if (!derive(secret, period, &k) || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) <= 0)
            result = -1;
        else
            result = set_up(&k, iv, cipher, mac, 1) ? 1 : -1;
        memcpy(name, k.name, NAME_LEN);
    } else {
        for (uint64_t age = 0; age <= 1 && result == 0; age++) {
            if (derive(secret, period - age, &k) && CRYPTO_memcmp(name, k.name, NAME_LEN) == 0)
                result = set_up(&k, iv, cipher, mac, 0) ? (age == 0 ? 1 : 2) : -1;
        }
    }
    OPENSSL_cleanse(&k, sizeof k);
    return result;
}

enum vox_err ticket_install(SSL_CTX *ctx, const uint8_t *secret, struct vox_error *err)
{
    if (secret == NULL) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        if (SSL_CTX_set_num_tickets(ctx, 0) <= 0)
            return vox_fail_openssl(err, VOX_E_CRYPTO, "session tickets cannot be switched off");
        return VOX_OK;
    }
    /* The library only passes the pointer round; nothing writes through it. */
    SSL_CTX_set_app_data(ctx, (void *)(uintptr_t)secret);
    if (SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) <= 0 || SSL_CTX_set_num_tickets(ctx, 1) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "session tickets cannot be set up");
    return VOX_OK;
}
