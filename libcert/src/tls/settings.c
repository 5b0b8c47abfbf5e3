#include <strings.h>

#include <libcert/tlspolicy.h>

#define SAME "same"

enum { TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303 };

struct tls_settings tlspolicy_settings_default(void)
{
    const struct tls_policy p = tlspolicy_default();

    return (struct tls_settings){.min_version = p.min_version, .ciphers = p.ciphers};
}

bool tlspolicy_same_listeners(const struct tls_settings *a, const struct tls_settings *b)
{
    return a->min_version == b->min_version && a->ciphers == b->ciphers && a->common_criteria == b->common_criteria;
}

bool tlspolicy_settings_equal(const struct tls_settings *a, const struct tls_settings *b)
{
    return tlspolicy_same_listeners(a, b) && a->https_own == b->https_own &&
           (!a->https_own || a->https_ciphers == b->https_ciphers) && a->https_rsa_only == b->https_rsa_only;
}

enum vox_err tlspolicy_https_ciphers_parse(const char *text, struct tls_settings *s, struct vox_error *err)
{
    struct vox_error why;

    s->https_own = strcasecmp(text, SAME) != 0;
    if (!s->https_own || tlspolicy_ciphers_parse(text, &s->https_ciphers, &why) == VOX_OK)
        return VOX_OK;
    return vox_fail(err, VOX_E_USAGE, "not a cipher level: %.32s (same, strongest, medium or all)", text);
}

const char *tlspolicy_https_ciphers_text(const struct tls_settings *s)
{
    return s->https_own ? tlspolicy_ciphers_text(s->https_ciphers) : SAME;
}

enum vox_err tlspolicy_https_keys_parse(const char *text, struct tls_settings *s, struct vox_error *err)
{
    s->https_rsa_only = strcasecmp(text, "rsa") == 0;
    if (s->https_rsa_only || strcasecmp(text, "all") == 0)
        return VOX_OK;
    return vox_fail(err, VOX_E_USAGE, "no kind of keys: %.32s (all or rsa)", text);
}

const char *tlspolicy_https_keys_text(const struct tls_settings *s)
{
    return s->https_rsa_only ? "rsa" : "all";
}

enum vox_err tlspolicy_settings_check(const struct tls_settings *s, struct vox_error *err)
{
    if (!s->common_criteria || s->min_version == TLS_1_1 || s->min_version == TLS_1_2)
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT,
                    s->min_version < TLS_1_1
                        ? "Common Criteria mode has TLS 1.0 off: its minimum is 1.1 or 1.2, not %s (tls-policy.md 4)"
                        : "Common Criteria mode goes with a minimum of 1.1 or 1.2, not %s (tls-policy.md 4)",
                    tlspolicy_version_text(s->min_version));
}

struct tls_policy tlspolicy_of(const struct tls_settings *s, bool legacy)
{
    struct tls_policy p =
        legacy ? tlspolicy_legacy() : (struct tls_policy){.min_version = s->min_version, .ciphers = s->ciphers};

    if (s->common_criteria && p.min_version < TLS_1_1)
        p.min_version = TLS_1_1;
    return p;
}

struct tls_policy tlspolicy_https(const struct tls_settings *s)
{
    struct tls_policy p = tlspolicy_of(s, false);

    if (s->https_own)
        p.ciphers = s->https_ciphers;
    p.rsa_only = s->https_rsa_only;
    return p;
}
