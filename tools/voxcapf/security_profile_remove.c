#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "find_profile.h"
#include "voxcapf.h"

static const struct argp argp = {
    .parser = cli_one_name,
    .args_doc = "NAME",
    .doc = "Remove a security profile. One that a phone has, or the template names, is not removed.",
};

static enum vox_err record(struct store *s, const char *name, struct vox_error *err)
{
    const struct phone_profile *p;
    struct phone_book *book = NULL;
    char what[128];
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(what, sizeof what, "voxcapf security-profile remove %.64s", name);
    if ((code = phone_book_open(s, &book, err)) != VOX_OK || (code = find_profile(s, book, name, &p, err)) != VOX_OK ||
        (code = phone_profile_remove(s, name, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    phone_book_free(&book);
    return code;
}

int voxcapf_security_profile_remove(struct cli_common *common, int argc, char **argv)
{
    const char *name = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &name);
    if (cli_store_open(common, &s, &err) != VOX_OK || record(s, name, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = cli_json_print(json_pack("{s:s}", "removed", name));
    else
        cli_say(common, "profile %s: removed", name);
    store_close(&s);
    return status;
}
