#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "order.h"
#include "voxcapf.h"

enum { DAY = 24 * 3600, HOUR = 3600, DAYS_DEFAULT = 60, DAYS_MAX = 36500, PER_HOUR_DEFAULT = 500 };

struct renew_args {
    long days, per_hour;
    enum phone_proof proof;
    bool check;
};

enum { OPT_EXPIRING = 'e', OPT_PER_HOUR = 0x100, OPT_CHECK };

static const struct argp_option options[] = {
    {"expiring", OPT_EXPIRING, "DAYS", 0, "those whose certificate ends within DAYS (default 60)", 0},
    {"per-hour", OPT_PER_HOUR, "N", 0, "that many in an hour (default 500)", 0},
    {"auth", 'a', "PROOF", 0, "how they prove who they are: lsc (default) or mic", 0},
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
        a->per_hour = number(arg, 1000000, "--per-hour", state);
        return 0;
    case 'a':
        if (!phone_proof_parse(arg, &a->proof) || (a->proof != PHONE_BY_LSC && a->proof != PHONE_BY_MIC))
            argp_error(state, "--auth %s: lsc or mic", arg);
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
    .doc = "Let phones whose certificates end soon install new ones, with the proof that they have: the certificate "
           "itself. Each gets a moment before which voxcapfd does not serve it, so that they do not come all at once; "
           "those that wait already are left alone, and new ones queue behind them.",
};

struct candidate {
    char name[PHONE_NAME_MAX + 1];
    int64_t ends;
};

struct plan {
    const struct renew_args *a;
    int64_t now, before;
    struct candidate *list;
    size_t n, cap;
    int64_t behind; /* the last moment that was given away earlier */
    size_t ended;   /* cannot prove anything with what they have */
    size_t busy;    /* something waits for them already */
    bool no_memory;
};

static bool look(void *arg, const struct phone *p)
{
    struct plan *plan = arg;

    if (p->operation != PHONE_NONE && p->not_before > plan->behind)
        plan->behind = p->not_before;
    if (p->lsc_not_after == 0 || p->lsc_not_after >= plan->before)
        return true;
    if (p->operation != PHONE_NONE) {
        plan->busy++;
        return true;
    }
    if (p->lsc_not_after <= plan->now && plan->a->proof == PHONE_BY_LSC) {
        plan->ended++;
        return true;
    }
    if (plan->n == plan->cap) {
        size_t cap = plan->cap == 0 ? 256 : plan->cap * 2;
        struct candidate *more = reallocarray(plan->list, cap, sizeof *more);

        if (more == NULL) {
            plan->no_memory = true;
            return false;
        }
        plan->list = more;
        plan->cap = cap;
    }
    memcpy(plan->list[plan->n].name, p->name, sizeof p->name);
    plan->list[plan->n++].ends = p->lsc_not_after;
    return true;
}

/* Whose certificate ends first comes first. */
static int by_end(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return x->ends < y->ends ? -1 : x->ends > y->ends ? 1 : strcmp(x->name, y->name);
}

static int64_t moment_of(const struct plan *plan, size_t i)
{
    int64_t step = plan->behind > plan->now ? HOUR / plan->a->per_hour : 0;
    int64_t first = plan->behind > plan->now ? plan->behind + (step > 0 ? step : 1) : plan->now;

    return first + (int64_t)i * HOUR / plan->a->per_hour;
}

static enum vox_err draw_up(struct store *s, struct plan *plan, struct vox_error *err)
{
    enum vox_err code = phones_each(s, NULL, look, plan, err);

    if (code == VOX_OK && plan->no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK && plan->n > 0)
        qsort(plan->list, plan->n, sizeof *plan->list, by_end);
    return code;
}

static enum vox_err audit(struct store *s, const struct plan *plan, struct vox_error *err)
{
    char what[200];

    (void)snprintf(what, sizeof what, "voxcapf renew (%zu phones, expiring within %ld days, %ld per hour, by %s)",
                   plan->n, plan->a->days, plan->a->per_hour, phone_proof_word(plan->a->proof));
    return audit_append(s, what, "done", err);
}

/* In one transaction with the reading: nobody gives the same moments away meanwhile. */
static enum vox_err renew(struct store *s, struct plan *plan, struct vox_error *err)
{
    struct order order = order_default();
    struct order_result r;
    struct cli_progress *bar = NULL;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    order.proof = plan->a->proof;
    order.generate = 0;
    code = draw_up(s, plan, err);
    if (code == VOX_OK)
        bar = cli_progress_new("phones", plan->n);
    for (size_t i = 0; i < plan->n && code == VOX_OK; i++) {
        order.not_before = moment_of(plan, i);
        code = order_apply(s, NULL, plan->list[i].name, &order, plan->now, &r, err);
        cli_progress_update(bar, i + 1);
    }
    cli_progress_free(&bar);
    if (code == VOX_OK && plan->n > 0 && !plan->a->check)
        code = audit(s, plan, err);
    if (code == VOX_OK && plan->n > 0 && !plan->a->check)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct plan *plan)
{
    char last[CLOCK_RFC3339_MAX] = "";
    size_t late = 0;

    for (size_t i = 0; i < plan->n; i++)
        late += plan->a->proof == PHONE_BY_LSC && plan->list[i].ends <= moment_of(plan, i);
    if (plan->n > 0)
        clock_format(moment_of(plan, plan->n - 1), last);
    if (common->json)
        return cli_json_print(json_pack("{s:b, s:I, s:s?, s:I, s:I, s:I}", "scheduled", !plan->a->check, "phones",
                                        (json_int_t)plan->n, "last", plan->n > 0 ? last : NULL, "ended",
                                        (json_int_t)plan->ended, "waiting_already", (json_int_t)plan->busy, "too_late",
                                        (json_int_t)late));
    if (plan->n == 0)
        cli_say(common, "No phone is to be renewed.");
    else
        cli_say(common, "%zu phone%s %s, the last from %s on", plan->n, plan->n == 1 ? "" : "s",
                plan->a->check ? "would be renewed" : "to be renewed", last);
    if (plan->busy > 0)
        cli_say(common, "%zu with something to do already: left alone", plan->busy);
    if (late > 0)
        cli_warn(common, NULL, "%zu certificates end before their turn comes: more in an hour, or sooner", late);
    if (plan->ended > 0)
        cli_warn(
            common, NULL,
            "%zu certificates have ended and prove nothing any more: 'voxcapf list --expiring 0' shows the phones, "
            "'voxcapf set DEVICE --install --auth string' or 'mic' helps",
            plan->ended);
    return EXIT_DONE;
}

int voxcapf_renew(struct cli_common *common, int argc, char **argv)
{
    struct renew_args a = {.days = DAYS_DEFAULT, .per_hour = PER_HOUR_DEFAULT, .proof = PHONE_BY_LSC};
    struct plan plan = {.a = &a, .now = clock_now()};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    plan.before = plan.now + a.days * DAY;
    if (cli_store_open(common, &s, &err) != VOX_OK || renew(s, &plan, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(common, &plan);
    free(plan.list);
    store_close(&s);
    return status;
}
