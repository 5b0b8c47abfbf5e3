#include <libcert/tlspolicy.h>

enum { TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303 };

struct tls_settings tlspolicy_settings_default(void)
{
    const struct tls_policy p = tlspolicy_default();

    return (struct tls_settings){.min_version = p.min_version, .ciphers = p.ciphers};
}

bool tlspolicy_settings_equal(const struct tls_settings *a, const struct tls_settings *b)
{
    return a->min_version == b->min_version && a->ciphers == b->ciphers && a->common_criteria == b->common_criteria;
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
