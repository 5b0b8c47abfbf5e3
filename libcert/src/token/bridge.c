/*
 * A token's key as an EVP_PKEY. OpenSSL 3 has only the methods of before for that, without writing a provider; they are
 * deprecated, and this file alone uses them.
 */
#undef OPENSSL_NO_DEPRECATED
#undef OPENSSL_API_COMPAT
#define OPENSSL_API_COMPAT 0x10101000L

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "token/agent.h"
#include "token/explain.h"
#include "token/pin.h"

/* What an RSA or EC_KEY carries: counted, for keys are copied. */
struct carried {
    atomic_uint users;
    struct token_agent *agent;
    size_t index;
    uint64_t handle;
    uint8_t id[TOKEN_ID_MAX]; /* when the token has been away its handles are others */
    size_t idlen;
    bool always_authenticate;
    struct token_info token;
    struct password_source pass;
    bool has_pass;
};

static RSA_METHOD *rsa_method;
static EC_KEY_METHOD *ec_method;
static int rsa_slot = -1, ec_slot = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static _Thread_local struct vox_error last;
static _Thread_local bool has_last;

bool token_last_failure(struct vox_error *out)
{
    const bool had = has_last;

    if (had && out != NULL)
        *out = last;
    has_last = false;
    return had;
}

/* false: why is in last. */
static bool sign(const struct carried *c, CK_MECHANISM_TYPE mechanism, const uint8_t *data, size_t len,
                 struct token_answer *answer)
{
    struct token_question q = {
        .op = TOKEN_OP_SIGN, .token = (uint32_t)c->index, .handle = c->handle, .mechanism = mechanism};
    enum vox_err code = VOX_OK;
    int patience = TOKEN_ASK_SECONDS;

    has_last = true;
    if (len > sizeof q.data) {
        (void)vox_fail(&last, VOX_E_INPUT, "too much to be signed by a token");
        return false;
    }
    memcpy(q.data, data, len);
    q.len = (uint32_t)len;
    memcpy(q.id, c->id, c->idlen);
    q.idlen = (uint32_t)c->idlen;
    if (c->always_authenticate) {
        q.context = 1;
        code = token_pin_into(&c->token, NULL, c->has_pass ? &c->pass : NULL, &q, &last);
        if (q.pinpad != 0)
            patience = TOKEN_PERSON_SECONDS;
    }
    if (code != VOX_OK || token_ask(c->agent, &q, answer, patience, &last) != VOX_OK ||
        token_explain(answer, &c->token, &last) != VOX_OK)
        return false;
    has_last = false;
    return true;
}

static void drop(struct carried *c)
{
    if (c != NULL && atomic_fetch_sub(&c->users, 1) == 1)
        free(c);
}

/* --- RSA --- */

static int rsa_private(int len, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
    const struct carried *c = RSA_get_ex_data(rsa, rsa_slot);
    struct token_answer answer;

    if (c == NULL || len < 0 || (padding != RSA_PKCS1_PADDING && padding != RSA_NO_PADDING) ||
        !sign(c, padding == RSA_PKCS1_PADDING ? CKM_RSA_PKCS : CKM_RSA_X_509, from, (size_t)len, &answer))
        return -1;
    if (answer.len != (uint32_t)RSA_size(rsa)) {
        has_last = true;
        (void)vox_fail(&last, VOX_E_CRYPTO,
                       "the token \"%s\" (serial number %s) returned a signature of %u bytes, not %d: "
                       "it was thrown away",
                       c->token.label, c->token.serial, answer.len, RSA_size(rsa));
        return -1;
    }
    memcpy(to, answer.data, answer.len);
    return (int)answer.len;
}

static int rsa_finish(RSA *rsa)
{
    int (*finish)(RSA *) = RSA_meth_get_finish(RSA_get_default_method());

    drop(RSA_get_ex_data(rsa, rsa_slot));
    return finish != NULL ? finish(rsa) : 1; /* what it keeps for verifying */
}

/* --- EC --- */

static ECDSA_SIG *ec_raw(const unsigned char *hash, int len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
    const struct carried *c = EC_KEY_get_ex_data(ec, ec_slot);
    const size_t field = ((size_t)EC_GROUP_order_bits(EC_KEY_get0_group(ec)) + 7) / 8;
    struct token_answer answer;
    ECDSA_SIG *sig;
    BIGNUM *br, *bs;

    (void)kinv;
    (void)r;
    /* What is longer than the order is cut by whoever signs (FIPS 186-4, 6.4); tokens take no more than its length. */
    if (c == NULL || len < 0 || !sign(c, CKM_ECDSA, hash, (size_t)len > field ? field : (size_t)len, &answer))
        return NULL;
    if (answer.len != 2 * field) {
        has_last = true;
        (void)vox_fail(&last, VOX_E_CRYPTO,
                       "the token \"%s\" (serial number %s) returned a signature of %u bytes, not %zu: "
                       "it was thrown away",
                       c->token.label, c->token.serial, answer.len, 2 * field);
        return NULL;
    }
    sig = ECDSA_SIG_new();
    br = BN_bin2bn(answer.data, (int)field, NULL);
    bs = BN_bin2bn(answer.data + field, (int)field, NULL);
    if (sig != NULL && br != NULL && bs != NULL && ECDSA_SIG_set0(sig, br, bs) > 0)
        return sig;
    BN_free(br);
    BN_free(bs);
    ECDSA_SIG_free(sig);
    return NULL;
}

static int ec_sign(int type, const unsigned char *hash, int len, unsigned char *out, unsigned int *outlen,
                   const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
    ECDSA_SIG *sig = ec_raw(hash, len, kinv, r, ec);
    unsigned char *p = out;
    int n = -1;

    (void)type;
    *outlen = 0;
    if (sig != NULL && i2d_ECDSA_SIG(sig, NULL) <= ECDSA_size(ec))
        n = i2d_ECDSA_SIG(sig, &p);
    ECDSA_SIG_free(sig);
    if (n <= 0)
        return 0;
    *outlen = (unsigned)n;
    return 1;
}

static void ec_finish(EC_KEY *ec)
{
    drop(EC_KEY_get_ex_data(ec, ec_slot));
}

static int ec_copied(EC_KEY *to, const EC_KEY *from)
{
    struct carried *c = EC_KEY_get_ex_data(from, ec_slot);

    (void)to; /* has the pointer already: the library copies what no function is named for */
    if (c != NULL)
        atomic_fetch_add(&c->users, 1);
    return 1;
}

static void make_methods(void)
{
    int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **) = NULL;

    rsa_slot = RSA_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    ec_slot = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if ((rsa_method = RSA_meth_dup(RSA_get_default_method())) != NULL) {
        (void)RSA_meth_set1_name(rsa_method, "voxtrust token");
        (void)RSA_meth_set_priv_enc(rsa_method, rsa_private);
        (void)RSA_meth_set_finish(rsa_method, rsa_finish);
        (void)RSA_meth_set_flags(rsa_method, RSA_FLAG_EXT_PKEY);
    }
    if ((ec_method = EC_KEY_METHOD_new(EC_KEY_OpenSSL())) != NULL) {
        EC_KEY_METHOD_get_sign(ec_method, NULL, &setup, NULL);
        EC_KEY_METHOD_set_sign(ec_method, ec_sign, setup, ec_raw);
        EC_KEY_METHOD_set_init(ec_method, NULL, ec_finish, ec_copied, NULL, NULL, NULL);
    }
}

/* The public half as the methods of before want it. */
static EVP_PKEY *wrap_rsa(EVP_PKEY *public, struct carried *c)
{
    const RSA *half = EVP_PKEY_get0_RSA(public);
    const BIGNUM *n, *e;
    RSA *rsa = RSA_new();
    EVP_PKEY *out = EVP_PKEY_new();
    BIGNUM *mine[2] = {NULL, NULL};

    if (half == NULL || rsa == NULL || out == NULL)
        goto failed;
    RSA_get0_key(half, &n, &e, NULL);
    mine[0] = BN_dup(n);
    mine[1] = BN_dup(e);
    if (mine[0] == NULL || mine[1] == NULL || RSA_set0_key(rsa, mine[0], mine[1], NULL) <= 0)
        goto failed;
    mine[0] = mine[1] = NULL;
    if (RSA_set_ex_data(rsa, rsa_slot, c) <= 0 || RSA_set_method(rsa, rsa_method) <= 0)
        goto failed;
    atomic_fetch_add(&c->users, 1);
    if (EVP_PKEY_assign_RSA(out, rsa) > 0)
        return out;
failed:
    BN_free(mine[0]);
    BN_free(mine[1]);
    RSA_free(rsa);
    EVP_PKEY_free(out);
    return NULL;
}

static EVP_PKEY *wrap_ec(EVP_PKEY *public, struct carried *c)
{
    const EC_KEY *half = EVP_PKEY_get0_EC_KEY(public);
    EC_KEY *ec = half != NULL ? EC_KEY_dup(half) : NULL;
    EVP_PKEY *out = EVP_PKEY_new();

    if (ec == NULL || out == NULL || EC_KEY_set_method(ec, ec_method) <= 0 || EC_KEY_set_ex_data(ec, ec_slot, c) <= 0)
        goto failed;
    atomic_fetch_add(&c->users, 1);
    if (EVP_PKEY_assign_EC_KEY(out, ec) > 0)
        return out;
failed:
    EC_KEY_free(ec);
    EVP_PKEY_free(out);
    return NULL;
}

enum vox_err token_key_evp(struct token_agent *a, size_t index, const struct token_object *key,
                           const struct password_source *pass, EVP_PKEY **out, struct vox_error *err)
{
    const unsigned char *p = key->der;
    EVP_PKEY *public;
    struct carried *c;
    enum vox_err code;

    *out = NULL;
    if (key->always_authenticate && pass == NULL)
        return vox_fail(err, VOX_E_USAGE, "the key wants its PIN for each signature: it is nothing for a daemon");
    (void)pthread_once(&once, make_methods);
    if (rsa_method == NULL || ec_method == NULL || (c = calloc(1, sizeof *c)) == NULL)
        return vox_fail_openssl(err, VOX_E_MEMORY, "no memory for a key");
    atomic_init(&c->users, 1);
    c->agent = a;
    c->index = index;
    c->handle = key->handle;
    memcpy(c->id, key->id, key->idlen);
    c->idlen = key->idlen;
    c->always_authenticate = key->always_authenticate;
    c->has_pass = pass != NULL;
    if (pass != NULL)
        c->pass = *pass;
    if ((code = token_at(a, index, &c->token, err)) != VOX_OK) {
        drop(c);
        return code;
    }
    public = d2i_PUBKEY(NULL, &p, (long)key->derlen);
    if (public != NULL)
        *out = EVP_PKEY_get_base_id(public) == EVP_PKEY_RSA  ? wrap_rsa(public, c)
               : EVP_PKEY_get_base_id(public) == EVP_PKEY_EC ? wrap_ec(public, c)
                                                             : NULL;
    EVP_PKEY_free(public);
    drop(c);
    return *out != NULL ? VOX_OK : vox_fail_openssl(err, VOX_E_CRYPTO, "the token's key cannot be used");
}
