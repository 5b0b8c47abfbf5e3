#include <stdio.h>
#include <string.h>

#include <libcert/audit.h>

#include "change.h"

static const char *on_off(bool on)
{
    return on ? "on" : "off";
}

/* One that differs: into the store, and into the sentence of the audit log. */
static enum vox_err put(struct store *s, const char *name, const char *from, const char *to, char what[static 200],
                        struct vox_error *err)
{
    const size_t len = strlen(what);
    /* "tls.min-version" is "set min-version" to the user, the mode is a verb of its own */
    const bool mode = strcmp(name, TLSPOLICY_SETTING_COMMON_CRITERIA) == 0;

    if (strcmp(from, to) == 0)
        return VOX_OK;
    (void)snprintf(what + len, 200 - len, " %s%s %s (was %s)", mode ? "" : "set ", name + strlen("tls."), to, from);
    return store_setting_set(s, name, to, err);
}

enum vox_err change_settings(struct store *s, const struct tls_settings *from, const struct tls_settings *to,
                             struct vox_error *err)
{
    char what[200] = "voxtls";
    struct tls_settings now;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    if ((code = store_tls_settings(s, &now, err)) != VOX_OK)
        goto out;
    if (!tlspolicy_settings_equal(&now, from)) {
        code = vox_fail(err, VOX_E_STORE, "somebody else has changed the TLS policy meanwhile: look at it, try again");
        goto out;
    }
    if ((code = put(s, TLSPOLICY_SETTING_MIN_VERSION, tlspolicy_version_text(from->min_version),
                    tlspolicy_version_text(to->min_version), what, err)) != VOX_OK ||
        (code = put(s, TLSPOLICY_SETTING_CIPHERS, tlspolicy_ciphers_text(from->ciphers),
                    tlspolicy_ciphers_text(to->ciphers), what, err)) != VOX_OK ||
        (code = put(s, TLSPOLICY_SETTING_HTTPS_CIPHERS, tlspolicy_https_ciphers_text(from),
                    tlspolicy_https_ciphers_text(to), what, err)) != VOX_OK ||
        (code = put(s, TLSPOLICY_SETTING_HTTPS_KEYS, tlspolicy_https_keys_text(from), tlspolicy_https_keys_text(to),
                    what, err)) != VOX_OK ||
        (code = put(s, TLSPOLICY_SETTING_COMMON_CRITERIA, on_off(from->common_criteria), on_off(to->common_criteria),
                    what, err)) != VOX_OK)
        goto out;
    if ((code = audit_append(s, what, "done", err)) == VOX_OK)
        code = store_commit(s, err);
out:
    store_rollback(s);
    return code;
}
