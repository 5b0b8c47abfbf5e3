#include <cli/report.h>

#include "voxrotate.h"

static const struct argp_option options[] = {TURN_OPTIONS, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return turn_parse(key, arg, state, state->input);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Undo a rotation that is not retired: the old certificate is the service's again, and the lists that were "
           "served "
           "before are published again, byte for byte.",
};

static enum vox_err rollback(struct turn *t, struct vox_error *err)
{
    const enum rotation_step fine[] = {ROTATION_STAGING, ROTATION_STAGED, ROTATION_ACTIVATING, ROTATION_ACTIVATED,
                                       ROTATION_ROLLING_BACK};
    const struct turn_change change = {.during = ROTATION_ROLLING_BACK,
                                       .after = ROTATION_ROLLED_BACK,
                                       .old_state = BIND_ACTIVE,
                                       .new_state = BIND_RETIRED,
                                       .verb = "rollback"};
    enum vox_err code = turn_must_be(t, "be rolled back", fine, 5, err);
    const bool was_active = code == VOX_OK && t->r->step != ROTATION_STAGING && t->r->step != ROTATION_STAGED;

    if (code != VOX_OK || (code = turn_change(t, &change, err)) != VOX_OK)
        return code;
    turn_hooks(t, "rolled-back");
    next_say(t, ROTATION_ROLLED_BACK);
    if (was_active)
        cli_say(t->common,
                "Whatever took the new one up goes back to the old one: services that were reloaded, trunk peers, "
                "configurations that were signed anew");
    return VOX_OK;
}

int voxrotate_rollback(struct cli_common *common, int argc, char **argv)
{
    struct turn_args a = {.force_lost = IMPACT_NOT_FORCED};
    struct turn t = {.common = common};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    t.password_file = a.password_file;
    t.force_lost = a.force_lost;
    if (turn_begin(&t, a.service, a.node, &err) != VOX_OK || rollback(&t, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    turn_clear(&t);
    return status;
}
