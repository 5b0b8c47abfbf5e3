/*
 * TLS policy: minimum version and cipher level, as the cluster's settings hold them. Pure data. Source:
 * docs/formats/tls-policy.md.
 */
#ifndef LIBCERT_TLSPOLICY_H
#define LIBCERT_TLSPOLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/error.h>

/* Names of the settings in the store. */
#define TLSPOLICY_SETTING_MIN_VERSION     "tls.min-version"
#define TLSPOLICY_SETTING_CIPHERS         "tls.ciphers"
#define TLSPOLICY_SETTING_COMMON_CRITERIA "tls.common-criteria"
#define TLSPOLICY_SETTING_HTTPS_CIPHERS   "tls.https-ciphers"
#define TLSPOLICY_SETTING_HTTPS_KEYS      "tls.https-keys"

/* The vendor's cipher levels ("TLS Ciphers"), RSA preferred. */
enum tls_cipher_level {
    TLS_CIPHERS_STRONGEST, /* ECDHE with AES-256-GCM */
    TLS_CIPHERS_MEDIUM,    /* and AES-128-GCM */
    TLS_CIPHERS_ALL,       /* and AES-256/128-CBC with SHA-1 and RSA key exchange: what old phones speak */
};

/* What an administrator has set, as it stands in the store. */
struct tls_settings {
    int min_version; /* as below */
    enum tls_cipher_level ciphers;
    bool common_criteria;
    /* For ports that speak HTTPS, tls-policy.md 2: none of our own does. */
    bool https_own; /* they have a level of their own, https_ciphers; else that of the others */
    enum tls_cipher_level https_ciphers;
    bool https_rsa_only; /* certificates with RSA keys alone */
};

/* What a listener does. */
struct tls_policy {
    int min_version; /* 0x0301 (TLS 1.0) to 0x0304 (TLS 1.3), as in the protocol */
    enum tls_cipher_level ciphers;
    bool rsa_only; /* nothing that takes an EC certificate; a judgement on others' servers, not for our own listeners */
};

/* tlspolicy_default(): TLS 1.2 and medium. */
struct tls_policy tlspolicy_default(void);

/* tlspolicy_legacy(): TLS 1.0 and all ciphers: for a listener of old phones only. */
struct tls_policy tlspolicy_legacy(void);

/* tlspolicy_version_parse(text, out, err): "1.0" to "1.3". Errors: VOX_E_USAGE. tlspolicy_version_text(version): back;
 * "?" if unknown. */
enum vox_err tlspolicy_version_parse(const char *text, int *out, struct vox_error *err);
const char *tlspolicy_version_text(int version);

/* tlspolicy_ciphers_parse(text, out, err): "strongest", "medium", "all". Errors: VOX_E_USAGE.
 * tlspolicy_ciphers_text(level): back. */
enum vox_err tlspolicy_ciphers_parse(const char *text, enum tls_cipher_level *out, struct vox_error *err);
const char *tlspolicy_ciphers_text(enum tls_cipher_level level);

/*
 * tlspolicy_https_ciphers_parse(text, s, err): "same", or a level; tlspolicy_https_ciphers_text(s): back.
 * tlspolicy_https_keys_parse(text, s, err): "all" or "rsa"; tlspolicy_https_keys_text(s). Errors: VOX_E_USAGE.
 */
enum vox_err tlspolicy_https_ciphers_parse(const char *text, struct tls_settings *s, struct vox_error *err);
const char *tlspolicy_https_ciphers_text(const struct tls_settings *s);
enum vox_err tlspolicy_https_keys_parse(const char *text, struct tls_settings *s, struct vox_error *err);
const char *tlspolicy_https_keys_text(const struct tls_settings *s);

/*
 * tlspolicy_cipher_list(p): the OpenSSL string for TLS up to 1.2; tlspolicy_cipher_suites(p) that for TLS 1.3.
 * "@SECLEVEL=0" stands in the first one if and only if the minimum is below 1.2: OpenSSL 3 refuses the SHA-1 signatures
 * of TLS 1.0 and 1.1 at level 1.
 */
const char *tlspolicy_cipher_list(const struct tls_policy *p);
const char *tlspolicy_cipher_suites(const struct tls_policy *p);

/* tlspolicy_settings_default(): TLS 1.2, medium, no Common Criteria mode, HTTPS like the others with keys of any kind.
 * tlspolicy_settings_equal(a, b). tlspolicy_same_listeners(a, b): they differ at most in what is for HTTPS, which no
 * listener of ours speaks. */
struct tls_settings tlspolicy_settings_default(void);
bool tlspolicy_settings_equal(const struct tls_settings *a, const struct tls_settings *b);
bool tlspolicy_same_listeners(const struct tls_settings *a, const struct tls_settings *b);

/* tlspolicy_settings_check(s, err): can it be chosen? tls-policy.md 4. Errors: VOX_E_INPUT (Common Criteria mode takes
 * a minimum of 1.1 or 1.2). */
enum vox_err tlspolicy_settings_check(const struct tls_settings *s, struct vox_error *err);

/* tlspolicy_of(s, legacy): what a listener does under these settings, one for old phones only if legacy. In Common
 * Criteria mode TLS 1.0 is off for both. tlspolicy_https(s): what a port that speaks HTTPS should do. */
struct tls_policy tlspolicy_of(const struct tls_settings *s, bool legacy);
struct tls_policy tlspolicy_https(const struct tls_settings *s);

#endif
