#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/wanted.h>
#include <libcert/clock.h>

#include "run_lock.h"
#include "voxrotate.h"

enum { OPT_UNTIL = 0x600, OPT_OR_AFTER, OPT_GRACE, OPT_EVERY, OPT_ONCE, OPT_ANSWER };
enum { DAY = 24 * 3600, UNTIL_PERCENT = 95, EVERY_S = 60, EVERY_MAX = 86400, AFTER_MAX = 3650 };

static const struct argp_option options[] = {
    TURN_OPTIONS,
    PROOF_OPTIONS,
    {"answer", OPT_ANSWER, "FILE", 0, "the CA's answer to the request that 'voxcert csr' made, with its chain", 0},
    {"until", OPT_UNTIL, "PERCENT", 0, "activate when so many of the known phones believe it (default 95)", 0},
    {"or-after", OPT_OR_AFTER, "DAYS", 0, "or after this time, if no known phone would be locked out", 0},
    {"grace", OPT_GRACE, "DAYS", 0, "how long after that the old one is still believed (default 7)", 0},
    {"every", OPT_EVERY, "SECONDS", 0, "how often to look (default 60)", 0},
    {"once", OPT_ONCE, NULL, 0, "do what is due now and do not wait", 0},
    {0},
};

struct run_args {
    struct turn_args t;
    struct proof proof;
    const char *answer;
    unsigned until, grace, every;
    int64_t after_s; /* -1: never */
    bool once;
};

static unsigned long number(const char *arg, const char *option, unsigned long min, unsigned long max, const char *unit,
                            const struct argp_state *state)
{
    unsigned long n;
    char *end;

    errno = 0;
    n = strtoul(arg, &end, 10);
    if (*end == '%' && strcmp(unit, "percent") == 0)
        end++;
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max)
        argp_error(state, "--%s %s: %lu to %lu %s", option, arg, min, max, unit);
    return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct run_args *a = state->input;

    switch (key) {
    case OPT_ANSWER:
        a->answer = arg;
        return 0;
    case OPT_UNTIL:
        a->until = (unsigned)number(arg, "until", 1, 100, "percent", state);
        return 0;
    case OPT_OR_AFTER:
        a->after_s = (int64_t)number(arg, "or-after", 0, AFTER_MAX, "days", state) * DAY;
        return 0;
    case OPT_GRACE:
        a->grace = grace_parse(arg, state);
        return 0;
    case OPT_EVERY:
        a->every = (unsigned)number(arg, "every", 1, EVERY_MAX, "seconds", state);
        return 0;
    case OPT_ONCE:
        a->once = true;
        return 0;
    case PROOF_AT:
    case PROOF_WAIT:
    case PROOF_NONE:
        return proof_parse(key, arg, state, &a->proof);
    default:
        return turn_parse(key, arg, state, &a->t);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc =
        "All steps of a rotation, each when its time has come: stage; wait until phones have followed; activate, and "
        "see that the new certificate is shown; wait for the time of grace; retire.\v"
        "It can be interrupted at any moment, and started again; what was done by hand meanwhile counts. With --once "
        "it fits a timer. No phone is given up for lost by the percentage: known phones that would be locked out are "
        "waited for, unless --force names at least their number.",
};

/* What it waits for; "" when the step is due. */
struct waiting {
    char text[VOX_ERROR_TEXT_MAX + 8];
};

/* Have so many followed? Phones that would ask a TVS have not: they are told by their lists what they are to believe.
 */
static enum vox_err judge_staged(struct turn *t, const struct run_args *a, struct waiting *w, struct vox_error *err)
{
    struct store_binding b;
    struct impact i;
    char text[256];
    enum vox_err code;

    if ((code = turn_binding(t, t->r->new_id, &b, err)) != VOX_OK)
        return code;
    code = ask_count(t, b.cert, &i, err);
    store_binding_clear(&b);
    if (code != VOX_OK)
        return code;
    const bool late = a->after_s >= 0 && clock_now() >= t->r->changed + a->after_s;

    impact_text(&i, text, sizeof text);
    if (i.lost > (a->t.force_lost > 0 ? a->t.force_lost : 0))
        (void)snprintf(w->text, sizeof w->text,
                       "%" PRId64 " known phone%s not believe the new certificate yet, %s first (%s)", i.lost,
                       i.lost == 1 ? " does" : "s do", i.nnames > 0 ? i.names[0] : "?", text);
    else if (!late &&
             (i.all == 0 ? t->owner.service != SERVICE_TOMCAT : (i.accept + i.first) * 100 < (int64_t)a->until * i.all))
        (void)snprintf(w->text, sizeof w->text, "%u %% of the phones are to believe the new certificate (%s)%s",
                       a->until, text,
                       i.all == 0 && a->after_s < 0 ? "; --or-after DAYS would go on without knowing any" : "");
    t->force_lost = i.lost > 0 ? i.lost : IMPACT_NOT_FORCED; /* what impact_allowed() wants is the very number */
    return VOX_OK;
}

/* What happens from now on, from look to look. */
struct running {
    const struct run_args *a;
    struct turn t;
    struct waiting w;
    char node[160]; /* whose it is; "" for the cluster */
    bool locked;    /* nobody else runs it */
    bool begun;     /* this run has seen it open */
    bool proved;    /* the new certificate is shown */
    bool done;
};

/* A refusal is waited out: phones come, services are reloaded, days pass. */
static enum vox_err wait_out(struct running *r, enum vox_err code, bool also_io, const struct vox_error *err)
{
    if (code != VOX_E_NO && !(also_io && code == VOX_E_IO))
        return code;
    (void)snprintf(r->w.text, sizeof r->w.text, "%s", err->text);
    return VOX_OK;
}

static enum vox_err run_stage(struct running *r, struct vox_error *err)
{
    const struct wanted wanted = {
        .service = r->a->t.service, .node = r->a->t.node, .pass = cli_password(r->t.common, r->a->t.password_file)};

    return step_stage(&r->t, &wanted, r->a->answer, err);
}

static enum vox_err run_activate(struct running *r, struct vox_error *err)
{
    const enum vox_err code = step_activate(&r->t, &r->a->proof, err);

    r->proved = code == VOX_OK;
    return wait_out(r, code, r->t.r->step == ROTATION_ACTIVATED, err);
}

static enum vox_err run_retire(struct running *r, struct vox_error *err)
{
    enum vox_err code = step_retire(&r->t, r->a->grace, err);

    r->done = code == VOX_OK;
    return wait_out(r, code, false, err);
}

static enum vox_err lock(struct running *r, struct vox_error *err)
{
    enum vox_err code = r->locked ? VOX_OK : run_lock(&r->t, err);

    r->locked = code == VOX_OK;
    return code;
}

/* One step, if one is due. */
static enum vox_err step(struct running *r, struct vox_error *err)
{
    struct turn *t = &r->t;
    enum vox_err code;

    if (t->r == NULL && r->begun)
        return vox_fail(err, VOX_E_NO, "somebody else has ended the rotation: see 'voxrotate status --all'");
    r->begun = true;
    switch (t->r == NULL ? ROTATION_STAGING : t->r->step) {
    case ROTATION_STAGING:
        return run_stage(r, err);
    case ROTATION_STAGED:
        if ((code = judge_staged(t, r->a, &r->w, err)) != VOX_OK || r->w.text[0] != '\0')
            return code;
        return run_activate(r, err);
    case ROTATION_ACTIVATING:
        return run_activate(r, err);
    case ROTATION_ACTIVATED:
        return r->proved ? run_retire(r, err) : run_activate(r, err);
    case ROTATION_RETIRING:
        return run_retire(r, err);
    default:
        return vox_fail(err, VOX_E_INPUT, "it is being rolled back: 'voxrotate rollback %s' ends that", t->owner.place);
    }
}

static int tell_json(const struct running *r, enum rotation_step at)
{
    return cli_json_print(json_pack("{s:s, s:s, s:s, s:s?}", "service", r->a->t.service, "node", r->node, "step",
                                    rotation_step_word(at), "waits", r->w.text[0] != '\0' ? r->w.text : NULL));
}

static int run(struct cli_common *common, const struct run_args *a)
{
    const struct timespec pause = {.tv_sec = a->every};
    struct running r = {.a = a};
    enum rotation_step at = ROTATION_STAGING;
    struct vox_error err;
    char told[sizeof r.w.text] = "";
    enum vox_err code;

    for (;;) {
        r.t = (struct turn){
            .common = common, .password_file = a->t.password_file, .force_lost = a->t.force_lost, .terse = true};
        r.w.text[0] = '\0';
        if ((code = turn_begin(&r.t, a->t.service, a->t.node, &err)) == VOX_OK && (code = lock(&r, &err)) == VOX_OK &&
            (code = step(&r, &err)) == VOX_OK)
            at = r.t.r->step;
        (void)snprintf(r.node, sizeof r.node, "%s", owner_node(&r.t.owner));
        turn_clear(&r.t);
        if (code != VOX_OK)
            return cli_report(common, NULL, &err);
        if (r.w.text[0] != '\0' && strcmp(r.w.text, told) != 0) {
            cli_say(common, "Waits: %s", r.w.text);
            (void)fflush(stdout);
            memcpy(told, r.w.text, sizeof told);
        }
        if (r.done || (r.w.text[0] != '\0' && a->once))
            break;
        if (r.w.text[0] != '\0')
            (void)nanosleep(&pause, NULL);
    }
    if (r.done)
        cli_say(common, "Retired: nothing names the old certificate any more.");
    return common->json ? tell_json(&r, at) : EXIT_DONE;
}

int voxrotate_run(struct cli_common *common, int argc, char **argv)
{
    struct run_args a = {.t = {.force_lost = IMPACT_NOT_FORCED},
                         .until = UNTIL_PERCENT,
                         .grace = GRACE_DAYS,
                         .every = EVERY_S,
                         .after_s = -1};

    cli_parse(common, &argp, argc, argv, &a);
    return run(common, &a);
}
