#include <string.h>
#include <strings.h>

#include <libcert/tlspolicy.h>

enum { TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

static const struct {
    int version;
    const char *text;
} versions[] = {{TLS_1_0, "1.0"}, {TLS_1_1, "1.1"}, {TLS_1_2, "1.2"}, {TLS_1_3, "1.3"}};

static const char *const levels[] = {"strongest", "medium", "all"};

#define STRONGEST "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384"
#define MEDIUM    STRONGEST ":ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
#define ALL       MEDIUM ":ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES256-SHA:AES128-SHA"
#define LEVEL_0   ":@SECLEVEL=0"

struct tls_policy tlspolicy_default(void)
{
    return (struct tls_policy){.min_version = TLS_1_2, .ciphers = TLS_CIPHERS_MEDIUM};
}

struct tls_policy tlspolicy_legacy(void)
{
    return (struct tls_policy){.min_version = TLS_1_0, .ciphers = TLS_CIPHERS_ALL};
}

enum vox_err tlspolicy_version_parse(const char *text, int *out, struct vox_error *err)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(text, versions[i].text) == 0) {
            *out = versions[i].version;
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_USAGE, "not a TLS version: %.32s (1.0, 1.1, 1.2 or 1.3)", text);
}

const char *tlspolicy_version_text(int version)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (version == versions[i].version)
            return versions[i].text;
    }
    return "?";
}

enum vox_err tlspolicy_ciphers_parse(const char *text, enum tls_cipher_level *out, struct vox_error *err)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcasecmp(text, levels[i]) == 0) {
            *out = (enum tls_cipher_level)i;
            return VOX_OK;
        }
    }
    return vox_fail(err, VOX_E_USAGE, "not a cipher level: %.32s (strongest, medium or all)", text);
}

const char *tlspolicy_ciphers_text(enum tls_cipher_level level)
{
    return levels[level];
}

const char *tlspolicy_cipher_list(const struct tls_policy *p)
{
    /* The versions below 1.2 know none of the GCM suites: they always need the last level. */
    if (p->min_version < TLS_1_2)
        return ALL LEVEL_0;
    switch (p->ciphers) {
    case TLS_CIPHERS_STRONGEST:
        return STRONGEST;
    case TLS_CIPHERS_MEDIUM:
        return MEDIUM;
    case TLS_CIPHERS_ALL:
        break;
    }
    return ALL;
}

const char *tlspolicy_cipher_suites(const struct tls_policy *p)
{
    return p->ciphers == TLS_CIPHERS_STRONGEST
               ? "TLS_AES_256_GCM_SHA384"
               : "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
}
