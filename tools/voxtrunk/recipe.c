#include <stdio.h>
#include <string.h>

#include "recipe.h"

static const struct recipe *const recipes[] = {&recipe_asterisk, &recipe_kamailio, &recipe_freeswitch};

const struct recipe *recipe_find(const char *word)
{
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        if (strcmp(word, recipes[i]->word) == 0)
            return recipes[i];
    }
    return NULL;
}

enum vox_err recipe_dir_check(const char *dir, struct vox_error *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+";

    if (dir[0] == '/' && strlen(dir) <= LIMIT_NAME_TEXT && dir[strspn(dir, allowed)] == '\0')
        return VOX_OK;
    return vox_fail(
        err, VOX_E_INPUT,
        "--device-dir %.80s: an absolute path of letters, digits and /._-+ is expected, which configuration "
        "files read as nothing else",
        dir);
}

void recipe_authority(const char *host, unsigned port, char out[static RECIPE_AUTHORITY_MAX])
{
    const bool v6 = strchr(host, ':') != NULL;

    (void)snprintf(out, RECIPE_AUTHORITY_MAX, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

FILE *recipe_begin(struct recipe_file *f, const char *name, size_t *len, struct vox_error *err)
{
    FILE *out;

    (void)snprintf(f->name, sizeof f->name, "%s", name);
    out = open_memstream(&f->text, len);
    if (out == NULL)
        (void)vox_fail(err, VOX_E_MEMORY, "no memory");
    return out;
}

enum vox_err recipe_end(FILE *out, struct vox_error *err)
{
    const bool failed = ferror(out) != 0;

    return fclose(out) == 0 && !failed ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}
