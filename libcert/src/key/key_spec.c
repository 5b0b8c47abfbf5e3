#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <libcert/key.h>

enum {
    RSA_BITS_MIN = 1024,
    RSA_BITS_MAX = 4096, /* phones refuse more, and generation takes minutes */
    RSA_BITS_STEP = 8,
    RSA_BITS_DEFAULT = 2048,
};

/* The spellings that occur: NIST's, and those of the library. */
static const struct {
    const char *name;
    const char *group;
} curves[] = {
    {"P-256", "prime256v1"},
    {"P-384", "secp384r1"},
    {"P-521", "secp521r1"},
};
enum { CURVES = sizeof curves / sizeof *curves };

static const char *curve_name(const char *word)
{
    for (size_t i = 0; i < CURVES; i++)
        if (strcasecmp(word, curves[i].name) == 0 || strcasecmp(word, curves[i].group) == 0)
            return curves[i].name;
    return strcasecmp(word, "secp256r1") == 0 ? curves[0].name : NULL;
}

static bool parse_bits(const char *digits, unsigned *out)
{
    size_t n = strspn(digits, "0123456789");
    unsigned long v;

    if (n == 0 || n > 5 || digits[n] != '\0')
        return false;
    v = strtoul(digits, NULL, 10);
    if (v < RSA_BITS_MIN || v > RSA_BITS_MAX || v % RSA_BITS_STEP != 0)
        return false;
    *out = (unsigned)v;
    return true;
}

enum vox_err key_spec_parse(const char *text, struct key_spec *out, struct vox_error *err)
{
    const char *colon = strchr(text, ':');
    size_t kind = colon == NULL ? strlen(text) : (size_t)(colon - text);

    *out = (struct key_spec){.type = KEY_RSA, .rsa_bits = RSA_BITS_DEFAULT, .curve = NULL};
    if (kind == 3 && strncasecmp(text, "rsa", 3) == 0) {
        if (colon != NULL && !parse_bits(colon + 1, &out->rsa_bits))
            return vox_fail(err, VOX_E_USAGE, "RSA key of %.32s bits: %d to %d in steps of %d are possible, as rsa:%d",
                            colon + 1, RSA_BITS_MIN, RSA_BITS_MAX, RSA_BITS_STEP, RSA_BITS_DEFAULT);
        return VOX_OK;
    }
    if (kind == 2 && strncasecmp(text, "ec", 2) == 0) {
        *out = (struct key_spec){.type = KEY_EC, .rsa_bits = 0, .curve = curves[0].name};
        if (colon != NULL && (out->curve = curve_name(colon + 1)) == NULL)
            return vox_fail(err, VOX_E_USAGE, "EC curve %.32s: P-256, P-384 and P-521 are possible, as ec:P-384",
                            colon + 1);
        return VOX_OK;
    }
    return vox_fail(err, VOX_E_USAGE, "key type %.32s: rsa:BITS or ec:CURVE is expected, as rsa:2048 or ec:P-384",
                    text);
}

void key_spec_text(const struct key_spec *spec, char *out, size_t outlen)
{
    if (spec->type == KEY_RSA)
        (void)snprintf(out, outlen, "rsa:%u", spec->rsa_bits);
    else
        (void)snprintf(out, outlen, "ec:%s", spec->curve);
}

void key_describe(const EVP_PKEY *key, char *out, size_t outlen)
{
    char group[64];
    const char *type;

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        (void)snprintf(out, outlen, "RSA %d", EVP_PKEY_get_bits(key));
        return;
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL) <= 0)
            (void)snprintf(out, outlen, "EC explicit");
        else
            (void)snprintf(out, outlen, "EC %s", curve_name(group) != NULL ? curve_name(group) : group);
        return;
    default:
        type = EVP_PKEY_get0_type_name(key);
        (void)snprintf(out, outlen, "%s", type != NULL ? type : "unknown");
    }
}
