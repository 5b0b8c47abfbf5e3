#include <openssl/bn.h>
#include <openssl/rsa.h>

#include <libcert/key.h>

static int set_rsa(EVP_PKEY_CTX *ctx, const struct key_spec *spec)
{
    BIGNUM *e = BN_new();
    int ok = e != NULL && BN_set_word(e, RSA_F4) > 0 &&
             EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)spec->rsa_bits) > 0 &&
             EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0;

    BN_free(e);
    return ok;
}

enum vox_err key_generate(const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, spec->type == KEY_RSA ? "RSA" : "EC", NULL);
    char text[64];
    int ok;

    *out = NULL;
    ok = ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 &&
         (spec->type == KEY_RSA ? set_rsa(ctx, spec) : EVP_PKEY_CTX_set_group_name(ctx, spec->curve) > 0) &&
         EVP_PKEY_generate(ctx, out) > 0;
    EVP_PKEY_CTX_free(ctx);
    if (!ok) {
        EVP_PKEY_free(*out);
        *out = NULL;
        key_spec_text(spec, text, sizeof text);
        return vox_fail_openssl(err, VOX_E_CRYPTO, "cannot make a key %s", text);
    }
    return VOX_OK;
}
