#include "find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/tlsconn.h>

#include "view_trunk.h"

enum { NAMES_MAX = 400 };

static void append(char names[static NAMES_MAX], size_t *used, const char *name)
{
    if (*used < NAMES_MAX)
        *used += (size_t)snprintf(names + *used, NAMES_MAX - *used, "%s%s", *used > 0 ? ", " : "", name);
}

static enum vox_err no_profile(struct store *s, const char *name, struct vox_error *err)
{
    struct trunk_profile *all;
    char names[NAMES_MAX] = "";
    size_t n, used = 0;
    enum vox_err code = trunk_profiles(s, NULL, &all, &n, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++)
        append(names, &used, all[i].name);
    trunk_profiles_free(&all, n);
    return vox_fail(err, VOX_E_INPUT, "no such profile: '%.80s' (%s)", name,
                    used > 0 ? names : "none yet: voxtrunk profile add NAME");
}

enum vox_err find_profile(struct store *s, const char *name, struct trunk_profile **out, struct vox_error *err)
{
    size_t n;
    enum vox_err code = trunk_profiles(s, name, out, &n, err);

    return code == VOX_OK && n == 0 ? no_profile(s, name, err) : code;
}

static enum vox_err no_trunk(struct store *s, const char *name, struct vox_error *err)
{
    struct trunk *all;
    char names[NAMES_MAX] = "";
    size_t n, used = 0;
    enum vox_err code = trunks_list(s, NULL, &all, &n, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++)
        append(names, &used, all[i].name);
    free(all);
    return vox_fail(err, VOX_E_INPUT, "no such trunk: '%.80s' (%s)", name,
                    used > 0 ? names : "none yet: voxtrunk add NAME");
}

enum vox_err find_trunk(struct store *s, const char *name, struct trunk **out, struct vox_error *err)
{
    size_t n;
    enum vox_err code = trunks_list(s, name, out, &n, err);

    return code == VOX_OK && n == 0 ? no_trunk(s, name, err) : code;
}

enum vox_err find_both(struct store *s, const char *name, struct trunk **trunk, struct trunk_profile **profile,
                       struct vox_error *err)
{
    enum vox_err code = find_trunk(s, name, trunk, err);

    return code == VOX_OK ? find_profile(s, (*trunk)->profile, profile, err) : code;
}

enum vox_err find_destination(const struct trunk *t, const char *text, size_t *index, struct vox_error *err)
{
    char host[TRUNK_HOST_MAX], names[NAMES_MAX] = "", one[VIEW_DESTINATION_MAX];
    struct tlsconn_target target;
    size_t used = 0;
    bool any = true;

    if (tlsconn_target_parse(text, 0, &target, err) == VOX_OK)
        any = false;
    else if (tlsconn_target_parse(text, TRUNK_PORT_SIPS, &target, err) != VOX_OK)
        return err->code;
    if (trunk_host(target.host, host, err) != VOX_OK)
        return err->code;
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->destinations[i].host, host) == 0 &&
            (any || t->destinations[i].port == strtoul(target.port, NULL, 10))) {
            *index = i;
            return VOX_OK;
        }
        view_destination(&t->destinations[i], one);
        append(names, &used, one);
    }
    return vox_fail(err, VOX_E_INPUT, "trunk %s has no destination %.80s (%s)", t->name, text, names);
}
