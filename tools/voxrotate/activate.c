#include <errno.h>
#include <stdlib.h>

#include <cli/report.h>
#include <libcert/clock.h>

#include "voxrotate.h"

enum { OPT_AT = 0x600, OPT_WAIT, OPT_NO_PROOF, AT_MAX = 32, WAIT_MAX = 86400 };

static const struct argp_option options[] = {
    TURN_OPTIONS,
    {"at", OPT_AT, "HOST:PORT", 0, "where the service is; may be repeated (default: its port at the node)", 0},
    {"wait", OPT_WAIT, "SECONDS", 0, "how long it may take until it shows the new certificate (default 0)", 0},
    {"no-proof", OPT_NO_PROOF, NULL, 0, "do not look whether the new certificate is shown", 0},
    {0},
};

struct activate_args {
    struct turn_args t;
    const char *at[AT_MAX];
    size_t nat;
    unsigned wait_s;
    bool no_proof;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct activate_args *a = state->input;
    unsigned long n;
    char *end;

    switch (key) {
    case OPT_AT:
        if (a->nat == AT_MAX)
            argp_error(state, "--at: at most %d", AT_MAX);
        a->at[a->nat++] = arg;
        return 0;
    case OPT_WAIT:
        errno = 0;
        n = strtoul(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || n > WAIT_MAX)
            argp_error(state, "--wait %s: 0 to %d seconds", arg, WAIT_MAX);
        a->wait_s = (unsigned)n;
        return 0;
    case OPT_NO_PROOF:
        a->no_proof = true;
        return 0;
    default:
        return turn_parse(key, arg, state, &a->t);
    }
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

static enum vox_err activate(struct turn *t, const struct activate_args *a, struct vox_error *err)
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
    if (code == VOX_OK && !a->no_proof && (code = proof_show(t, a->at, a->nat, a->wait_s, b.cert, err)) != VOX_OK)
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
    if (turn_begin(&t, a.t.service, a.t.node, &err) != VOX_OK || activate(&t, &a, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    turn_clear(&t);
    return status;
}
