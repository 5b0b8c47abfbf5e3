#include <stdlib.h>
#include <string.h>

#include <libcert/identity.h>

/* One setting into *out; what a hand wrote into the database may be no value at all. */
static enum vox_err take(struct tls_settings *out, const char *name, const char *value, struct vox_error *err)
{
    struct vox_error why = {.text = ""};
    enum vox_err code = VOX_OK;

    if (strcmp(name, TLSPOLICY_SETTING_MIN_VERSION) == 0)
        code = tlspolicy_version_parse(value, &out->min_version, &why);
    else if (strcmp(name, TLSPOLICY_SETTING_CIPHERS) == 0)
        code = tlspolicy_ciphers_parse(value, &out->ciphers, &why);
    else if (strcmp(name, TLSPOLICY_SETTING_HTTPS_CIPHERS) == 0)
        code = tlspolicy_https_ciphers_parse(value, out, &why);
    else if (strcmp(name, TLSPOLICY_SETTING_HTTPS_KEYS) == 0)
        code = tlspolicy_https_keys_parse(value, out, &why);
    else if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
        out->common_criteria = strcmp(value, "on") == 0;
    else
        code = vox_fail(&why, VOX_E_USAGE, "neither on nor off: %.32s", value);
    return code == VOX_OK ? VOX_OK : vox_fail(err, VOX_E_STORE, "setting %s of the store: %s", name, why.text);
}

enum vox_err store_tls_settings(struct store *s, struct tls_settings *out, struct vox_error *err)
{
    static const char *const names[] = {TLSPOLICY_SETTING_MIN_VERSION, TLSPOLICY_SETTING_CIPHERS,
                                        TLSPOLICY_SETTING_COMMON_CRITERIA, TLSPOLICY_SETTING_HTTPS_CIPHERS,
                                        TLSPOLICY_SETTING_HTTPS_KEYS};
    enum vox_err code = VOX_OK;

    *out = tlspolicy_settings_default();
    for (size_t i = 0; i < sizeof names / sizeof *names && code == VOX_OK; i++) {
        char *value = NULL;

        if ((code = store_setting_get(s, names[i], &value, err)) == VOX_OK && value != NULL)
            code = take(out, names[i], value, err);
        free(value);
    }
    return code;
}
