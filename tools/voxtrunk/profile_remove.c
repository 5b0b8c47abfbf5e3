#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "find.h"
#include "voxtrunk.h"

static const struct argp argp = {
    .parser = cli_one_name,
    .args_doc = "NAME",
    .doc = "Remove a security profile. One that a trunk uses is not removed.",
};

static enum vox_err record(struct store *s, const char *name, struct vox_error *err)
{
    struct trunk_profile *p = NULL;
    char what[128];
    enum vox_err code;

    (void)snprintf(what, sizeof what, "voxtrunk profile remove %.64s", name);
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = find_profile(s, name, &p, err)) != VOX_OK || (code = trunk_profile_remove(s, name, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    trunk_profiles_free(&p, p != NULL ? 1 : 0);
    return code;
}

int voxtrunk_profile_remove(struct cli_common *common, int argc, char **argv)
{
    const char *name = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &name);
    if (cli_store_open(common, &s, &err) != VOX_OK || record(s, name, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else {
        if (common->json)
            status = cli_json_print(json_pack("{s:s}", "removed", name));
        else
            cli_say(common, "profile %s: removed", name);
        after_change(common, s, "trunk-profile-removed", name);
    }
    store_close(&s);
    return status;
}
