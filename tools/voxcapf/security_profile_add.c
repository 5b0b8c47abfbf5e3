#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "find_profile.h"
#include "profile_fields.h"
#include "view_profile.h"
#include "voxcapf.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct profile_fields *a = state->input;

    if (key == ARGP_KEY_END && a->name != NULL && !a->has_mode)
        argp_error(state, "which --mode: non-secure, authenticated or encrypted?");
    return profile_fields_parse(key, arg, state, a);
}

static const struct argp argp = {
    .options = profile_fields_options,
    .parser = parse,
    .args_doc = "NAME",
    .doc =
        "Make a security profile for phones. What cannot work is refused with the reason. 'voxcapf assign' gives it to "
        "phones, 'voxcapf template set' to all that have none.\v"
        "A name may have blanks.",
};

static enum vox_err record(struct store *s, const struct phone_profile *p, struct vox_error *err)
{
    char what[256];
    int tls_min;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(what, sizeof what, "voxcapf security-profile add %s (%s, %s, %s)", p->name,
                   phone_profile_model_word(p->model), phone_protocol_word(p->protocol), trunk_mode_word(p->mode));
    if ((code = find_tls_min(s, &tls_min, err)) != VOX_OK ||
        (code = phone_profile_fits(p, "", tls_min, err)) != VOX_OK || (code = phone_profile_add(s, p, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

int voxcapf_security_profile_add(struct cli_common *common, int argc, char **argv)
{
    struct profile_fields a = {.name = NULL};
    struct phone_profile p = {.name = ""};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (profile_fields_apply(&a, &p, &err) != VOX_OK || cli_store_open(common, &s, &err) != VOX_OK ||
        record(s, &p, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        if (common->json)
            status = cli_json_print(view_profile_json(&p, NULL, 0));
        else
            profile_fields_say(common, &p);
        profile_fields_warn(common, s, &p);
    }
    store_close(&s);
    return status;
}
