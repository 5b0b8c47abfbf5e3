#include "find_profile.h"

#include <stdio.h>
#include <stdlib.h>

#include <libcert/identity.h>

enum vox_err find_profile(struct store *s, const struct phone_book *b, const char *name,
                          const struct phone_profile **out, struct vox_error *err)
{
    struct phone_profile *all;
    char names[400] = "";
    size_t n, used = 0;
    enum vox_err code;

    if ((*out = phone_book_find(b, name)) != NULL)
        return VOX_OK;
    if ((code = phone_profiles(s, &all, &n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < n && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", all[i].name);
    free(all);
    return vox_fail(err, VOX_E_INPUT, "no such profile: '%.80s' (%s)", name,
                    used > 0 ? names : "none yet: voxcapf security-profile add NAME");
}

enum vox_err find_tls_min(struct store *s, int *out, struct vox_error *err)
{
    struct tls_settings settings;
    enum vox_err code = store_tls_settings(s, &settings, err);

    *out = code == VOX_OK ? tlspolicy_of(&settings, false).min_version : 0;
    return code;
}
