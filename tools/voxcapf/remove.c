#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/phoneprofiles.h>

#include "device.h"
#include "voxcapf.h"

static const struct argp argp = {
    .parser = devices_parse,
    .args_doc = "DEVICE...",
    .doc = "Forget phones, what they were to do, and which security profile each was assigned: all of them or none. "
           "voxcapfd then refuses them as unknown. The "
           "certificates that they were given stay in the ledger, and stay valid.",
};

static enum vox_err audit(struct store *s, const struct devices *d, struct vox_error *err)
{
    char *names = devices_text(d), *what = NULL;
    enum vox_err code;

    if (names == NULL || asprintf(&what, "voxcapf remove %s", names) < 0) {
        free(names);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    code = audit_append(s, what, "done", err);
    free(names);
    free(what);
    return code;
}

static enum vox_err remove_all(struct store *s, const struct devices *d, struct vox_error *err)
{
    struct phone p;
    enum vox_err code = store_begin(s, err);

    for (size_t i = 0; i < d->n && code == VOX_OK; i++) {
        code = device_get(s, d->names[i], &p, err);
        if (code == VOX_OK)
            code = phone_remove(s, d->names[i], err);
        if (code == VOX_OK)
            code = phone_profile_unassign(s, d->names[i], NULL, err);
    }
    if (code == VOX_OK)
        code = audit(s, d, err);
    if (code == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct devices *d)
{
    if (common->json) {
        json_t *names = json_array();

        for (size_t i = 0; i < d->n; i++)
            (void)json_array_append_new(names, json_string(d->names[i]));
        return cli_json_print(json_pack("{s:o}", "removed", names));
    }
    for (size_t i = 0; i < d->n; i++)
        cli_say(common, "%s: removed; the certificates that it was given stay in the ledger", d->names[i]);
    return EXIT_DONE;
}

int voxcapf_remove(struct cli_common *common, int argc, char **argv)
{
    struct devices devices = {NULL, 0};
    struct store *s = NULL;
    struct vox_error err;
    struct phone p;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &devices);
    code = devices_check(&devices, &err);
    if (code == VOX_OK)
        code = cli_store_open(common, &s, &err);
    for (size_t i = 0; i < devices.n && code == VOX_OK; i++) /* a slip is told before the question */
        code = device_get(s, devices.names[i], &p, &err);
    if (code == VOX_OK &&
        !cli_confirm(common, "Remove %s%s?", devices.names[0], devices.n > 1 ? " and the others" : ""))
        code = vox_fail(&err, VOX_E_NO, "nothing was removed (--yes answers the question)");
    if (code == VOX_OK)
        code = remove_all(s, &devices, &err);
    status = code == VOX_OK ? tell(common, &devices) : cli_report(common, NULL, &err);
    devices_free(&devices);
    store_close(&s);
    return status;
}
