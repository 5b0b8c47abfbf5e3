#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/ledger.h>

#include "voxrotate.h"

enum { OPT_GRACE = 0x600, OPT_NOW, DAY = 24 * 3600, GRACE_MAX = 3650 };

static const struct argp_option options[] = {
    TURN_OPTIONS,
    {"grace", OPT_GRACE, "DAYS", 0, "how long after 'activate' the old one is still believed (default 7)", 0},
    {"now", OPT_NOW, NULL, 0, "at once", 0},
    {0},
};

struct retire_args {
    struct turn_args t;
    unsigned grace;
};

unsigned grace_parse(const char *arg, const struct argp_state *state)
{
    unsigned long n;
    char *end;

    errno = 0;
    n = strtoul(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || n > GRACE_MAX)
        argp_error(state, "--grace %s: 0 to %d days", arg, GRACE_MAX);
    return (unsigned)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct retire_args *a = state->input;

    switch (key) {
    case OPT_GRACE:
        a->grace = grace_parse(arg, state);
        return 0;
    case OPT_NOW:
        a->grace = 0;
        return 0;
    default:
        return turn_parse(key, arg, state, &a->t);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "End a rotation: publish the lists without the old certificate.\v"
           "Not before the time of grace is over, nor while phones have certificates that the old CAPF issued and that "
           "have not "
           "ended, nor when known phones would be locked out.",
};

/* Phones whose certificates the old CAPF issued. */
struct issued {
    const struct cert *issuer;
    int64_t now, n;
    char first[PHONE_NAME_MAX + 1];
};

static bool note_phone(void *arg, const struct ledger_entry *e)
{
    struct issued *i = arg;

    if (cert_not_after(e->cert) >= i->now && cert_verify_signed_by(e->cert, i->issuer) && i->n++ == 0)
        memcpy(i->first, e->device, sizeof i->first);
    return true;
}

static enum vox_err check_issued(const struct turn *t, const struct cert *old, struct vox_error *err)
{
    struct issued i = {.issuer = old, .now = clock_now()};
    enum vox_err code;

    if (t->owner.service != SERVICE_CAPF)
        return VOX_OK;
    if ((code = ledger_latest(t->s, note_phone, &i, err)) != VOX_OK || i.n == 0 || i.n == t->force_lost)
        return code;
    return vox_fail(
        err, VOX_E_NO,
        "%" PRId64 " phones have certificates that the old CAPF issued, %s among them: call managers would not "
        "believe them any more. 'voxcapf renew' gives them new ones; --force=%" PRId64 " retires it all the same",
        i.n, i.first, i.n);
}

static enum vox_err check_grace(const struct turn *t, unsigned days, struct vox_error *err)
{
    const int64_t until = t->r->changed + (int64_t)days * DAY;
    char when[CLOCK_RFC3339_MAX];

    if (clock_now() >= until)
        return VOX_OK;
    clock_format(until, when);
    return vox_fail(
        err, VOX_E_NO,
        "the old certificate is to be believed until %s, for phones that have not followed (--grace 0 retires it at "
        "once)",
        when);
}

enum vox_err step_retire(struct turn *t, unsigned grace_days, struct vox_error *err)
{
    const enum rotation_step fine[] = {ROTATION_ACTIVATED, ROTATION_RETIRING};
    const struct turn_change change = {.during = ROTATION_RETIRING,
                                       .after = ROTATION_RETIRED,
                                       .old_state = BIND_RETIRED,
                                       .new_state = BIND_ACTIVE,
                                       .verb = "retire"};
    struct store_binding old;
    enum vox_err code;

    if ((code = turn_must_be(t, "be retired", fine, 2, err)) != VOX_OK)
        return code;
    if (t->r->step == ROTATION_ACTIVATED) {
        if ((code = turn_binding(t, t->r->old_id, &old, err)) != VOX_OK)
            return code;
        if ((code = check_grace(t, grace_days, err)) == VOX_OK)
            code = check_issued(t, old.cert, err);
        store_binding_clear(&old);
        if (code != VOX_OK)
            return code;
    }
    if ((code = turn_change(t, &change, err)) == VOX_OK)
        turn_hooks(t, "retired");
    return code;
}

int voxrotate_retire(struct cli_common *common, int argc, char **argv)
{
    struct retire_args a = {.t = {.force_lost = IMPACT_NOT_FORCED}, .grace = GRACE_DAYS};
    struct turn t = {.common = common};
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    t.password_file = a.t.password_file;
    t.force_lost = a.t.force_lost;
    if (turn_begin(&t, a.t.service, a.t.node, &err) != VOX_OK || step_retire(&t, a.grace, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        next_say(&t, ROTATION_RETIRED);
    turn_clear(&t);
    return status;
}
