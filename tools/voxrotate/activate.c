#include <cli/report.h>
#include <libcert/clock.h>

#include "voxrotate.h"

static const struct argp_option options[] = {TURN_OPTIONS, PROOF_OPTIONS, {0}};

struct activate_args {
    struct turn_args t;
    struct proof proof;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct activate_args *a = state->input;

    if (key == PROOF_AT || key == PROOF_WAIT || key == PROOF_NONE)
        return proof_parse(key, arg, state, &a->proof);
    return turn_parse(key, arg, state, &a->t);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Make the certificate that was staged the service's own, publish the lists, run the hooks, and prove by a "
           "handshake "
           "that it is shown.\v"
           "Phones that do not believe it yet are counted first; when there are some, nothing is changed (exit status "
           "1). Run "
           "again after a reload: it goes on with the proof.",
};

enum vox_err step_activate(struct turn *t, const struct proof *p, struct vox_error *err)
{
    const enum rotation_step fine[] = {ROTATION_STAGED, ROTATION_ACTIVATING, ROTATION_ACTIVATED};
    const struct turn_change change = {.during = ROTATION_ACTIVATING,
                                       .after = ROTATION_ACTIVATED,
                                       .old_state = BIND_RETIRING,
                                       .new_state = BIND_ACTIVE,
                                       .verb = "activate"};
    struct store_binding b;
    enum vox_err code;

    if ((code = turn_must_be(t, "be activated", fine, 3, err)) != VOX_OK ||
        (code = turn_binding(t, t->r->new_id, &b, err)) != VOX_OK)
        return code;
    if (t->r->step == ROTATION_STAGED && cert_not_after(b.cert) < clock_now())
        code =
            vox_fail(err, VOX_E_NO, "the new certificate has ended meanwhile: 'voxrotate rollback %s'", t->owner.place);
    else if (t->r->step == ROTATION_STAGED)
        code = ask_phones(t, b.cert, err);
    if (code == VOX_OK && t->r->step != ROTATION_ACTIVATED && (code = turn_change(t, &change, err)) == VOX_OK)
        turn_hooks(t, "activated");
    if (code == VOX_OK)
        next_say(t, ROTATION_ACTIVATED);
    if (code == VOX_OK && (code = proof_show(t, p, b.cert, err)) != VOX_OK)
        (void)vox_error_prefix(err, "it is activated, but not shown: reload the service and run this again");
    store_binding_clear(&b);
    return code;
}

int voxrotate_activate(struct cli_common *common, int argc, char **argv)
{
    struct activate_args a = {.t = {.force_lost = IMPACT_NOT_FORCED}};
    struct turn t = {.common = common};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    t.password_file = a.t.password_file;
    t.force_lost = a.t.force_lost;
    if (turn_begin(&t, a.t.service, a.t.node, &err) != VOX_OK || step_activate(&t, &a.proof, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    turn_clear(&t);
    return status;
}
