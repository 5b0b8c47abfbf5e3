#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "profile.h"
#include "renew_plan.h"
#include "voxcapf.h"

enum { DAY = 24 * 3600, DAYS_DEFAULT = 60, DAYS_MAX = 36500, PER_HOUR_DEFAULT = 500 };

struct renew_args {
    long days;
    struct renew_wish wish;
    bool check;
};

enum { OPT_EXPIRING = 'e', OPT_PER_HOUR = 0x100, OPT_CHECK };

static const struct argp_option options[] = {
    {"expiring", OPT_EXPIRING, "DAYS", 0, "those whose certificate ends within DAYS (default 60)", 0},
    {"per-hour", OPT_PER_HOUR, "N", 0, "that many in an hour (default 500)", 0},
    {"auth", 'a', "PROOF", 0,
     "how they prove who they are: lsc or mic (default: as their security profiles say, else lsc)", 0},
    {"check", OPT_CHECK, NULL, 0, "only say how many there are and how long it takes", 0},
    {0},
};

static long number(const char *text, long max, const char *name, struct argp_state *state)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > max)
        argp_error(state, "%s %s: a number from 1 to %ld", name, text, max);
    return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct renew_args *a = state->input;

    switch (key) {
    case OPT_EXPIRING:
        a->days = number(arg, DAYS_MAX, "--expiring", state);
        return 0;
    case OPT_PER_HOUR:
        a->wish.per_hour = number(arg, 1000000, "--per-hour", state);
        return 0;
    case 'a':
        if (!phone_proof_parse(arg, &a->wish.proof) || (a->wish.proof != PHONE_BY_LSC && a->wish.proof != PHONE_BY_MIC))
            argp_error(state, "--auth %s: lsc or mic", arg);
        a->wish.has_proof = true;
        return 0;
    case OPT_CHECK:
        a->check = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Let phones whose certificates end soon install new ones, with the proof and of the kind of key that "
           "their security profiles say, else with the certificate itself and a key as before. Each gets a moment "
           "before which voxcapfd does not serve it, so that they do not come all at once; "
           "those that wait already are left alone, and new ones queue behind them.",
};

static const char *proofs(const struct renew_plan *plan)
{
    return plan->nmic == 0 ? "lsc" : plan->nmic == plan->n ? "mic" : "lsc and mic";
}

static enum vox_err audit(struct store *s, const struct renew_args *a, const struct renew_plan *plan,
                          struct vox_error *err)
{
    char what[200];

    (void)snprintf(what, sizeof what, "voxcapf renew (%zu phones, expiring within %ld days, %ld per hour, by %s)",
                   plan->n, a->days, a->wish.per_hour, proofs(plan));
    return audit_append(s, what, "done", err);
}

/* In one transaction with the reading: nobody gives the same moments away meanwhile. */
static enum vox_err renew(struct store *s, const struct renew_args *a, struct renew_plan *plan, struct vox_error *err)
{
    struct order_result r;
    struct cli_progress *bar = NULL;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    code = renew_plan_draw_up(s, &a->wish, plan, err);
    if (code == VOX_OK)
        bar = cli_progress_new("phones", plan->n);
    for (size_t i = 0; i < plan->n && code == VOX_OK; i++) {
        code = order_apply(s, NULL, plan->list[i].name, &plan->list[i].order, a->wish.now, &r, err);
        cli_progress_update(bar, i + 1);
    }
    cli_progress_free(&bar);
    if (code == VOX_OK && plan->n > 0 && !a->check)
        code = audit(s, a, plan, err);
    if (code == VOX_OK && plan->n > 0 && !a->check)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static void warn(const struct cli_common *common, struct store *s, const struct renew_plan *plan)
{
    struct capf_profile profile;
    size_t uncertified = 0;

    if (profile_read(s, &profile, NULL) == VOX_OK) { /* else voxcapfd says so, and does not start with it */
        for (size_t i = 0; i < plan->n; i++)
            uncertified += plan->list[i].order.has_key && !profile_takes(&profile, &plan->list[i].order.key);
    }
    if (uncertified > 0)
        cli_warn(common, NULL,
                 "%zu keys are of a kind that is not certified: 'voxcapf profile' shows rsa-min and rsa-max",
                 uncertified);
    if (plan->misfits > 0)
        cli_warn(common, NULL, "%zu phone%s a security profile that cannot work, and renew%s as before: %s",
                 plan->misfits, plan->misfits == 1 ? " has" : "s have", plan->misfits == 1 ? "s" : "",
                 plan->misfit.text);
    if (plan->late > 0)
        cli_warn(common, NULL, "%zu certificates end before their turn comes: more in an hour, or sooner", plan->late);
    if (plan->ended > 0)
        cli_warn(
            common, NULL,
            "%zu certificates have ended and prove nothing any more: 'voxcapf list --expiring 0' shows the phones, "
            "'voxcapf set DEVICE --install --auth string' or 'mic' helps",
            plan->ended);
}

static int tell(const struct cli_common *common, const struct renew_args *a, const struct renew_plan *plan)
{
    char last[CLOCK_RFC3339_MAX] = "";

    if (plan->n > 0)
        clock_format(plan->list[plan->n - 1].order.not_before, last);
    if (common->json)
        return cli_json_print(json_pack("{s:b, s:I, s:s?, s:I, s:I, s:I, s:I, s:I}", "scheduled", !a->check, "phones",
                                        (json_int_t)plan->n, "last", plan->n > 0 ? last : NULL, "by_profile",
                                        (json_int_t)plan->nprofiles, "misfits", (json_int_t)plan->misfits, "ended",
                                        (json_int_t)plan->ended, "waiting_already", (json_int_t)plan->busy, "too_late",
                                        (json_int_t)plan->late));
    if (plan->n == 0)
        cli_say(common, "No phone is to be renewed.");
    else
        cli_say(common, "%zu phone%s %s, the last from %s on", plan->n, plan->n == 1 ? "" : "s",
                a->check ? "would be renewed" : "to be renewed", last);
    if (plan->nprofiles > 0)
        cli_say(common, "%zu of them by their security profiles ('voxcapf security-profile list')", plan->nprofiles);
    if (plan->busy > 0)
        cli_say(common, "%zu with something to do already: left alone", plan->busy);
    return EXIT_DONE;
}

int voxcapf_renew(struct cli_common *common, int argc, char **argv)
{
    struct renew_args a = {.days = DAYS_DEFAULT, .wish = {.now = clock_now(), .per_hour = PER_HOUR_DEFAULT}};
    struct renew_plan plan = {.list = NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    a.wish.before = a.wish.now + a.days * DAY;
    if (cli_store_open(common, &s, &err) != VOX_OK || renew(s, &a, &plan, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        status = tell(common, &a, &plan);
        warn(common, s, &plan);
    }
    renew_plan_free(&plan);
    store_close(&s);
    return status;
}
