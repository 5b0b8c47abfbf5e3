#include "states.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_phone(const struct dirent *e)
{
    return e->d_name[0] != '.' && phone_name_check(e->d_name, NULL) == VOX_OK;
}

/* Looked for first: opening makes what is not there. */
static enum vox_err check_there(const char *folder, const char *name, struct vox_error *err)
{
    struct stat st;
    char *path;
    int rc;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    rc = stat(path, &st);
    free(path);
    return rc == 0 && S_ISDIR(st.st_mode) ? VOX_OK
                                          : vox_fail(err, VOX_E_IO, "%s: no phone %s has started here", folder, name);
}

static enum vox_err one(struct cli_common *common, const struct phone_options *o, const char *name,
                        bool (*each)(void *arg, struct phone_boot *b), void *arg, bool *more, struct vox_error *err)
{
    struct phone_boot b;
    enum vox_err code = check_there(o->state, name, err);

    if (code != VOX_OK)
        return code;
    if ((code = phone_boot_open(common, o, name, &b, err)) == VOX_OK)
        *more = each(arg, &b);
    phone_boot_close(&b);
    return code;
}

enum vox_err states_each(struct cli_common *common, const struct phone_options *o, char *const *names, int n,
                         bool (*each)(void *arg, struct phone_boot *b), void *arg, struct vox_error *err)
{
    struct dirent **found = NULL;
    enum vox_err code = VOX_OK;
    bool more = true;
    int all = n > 0 ? n : scandir(o->state, &found, is_phone, alphasort);

    if (all < 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", o->state);
    for (int i = 0; i < all; i++) {
        if (code == VOX_OK && more)
            code = one(common, o, n > 0 ? names[i] : found[i]->d_name, each, arg, &more, err);
        if (n <= 0)
            free(found[i]);
    }
    free(found);
    return code;
}
