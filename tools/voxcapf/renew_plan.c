#include "renew_plan.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600 };

struct drawing {
    const struct renew_wish *wish;
    struct renew_plan *plan;
    size_t cap;
    int64_t behind; /* the last turn that was given away earlier */
    bool no_memory;
};

static bool grow(struct drawing *d)
{
    size_t cap = d->cap == 0 ? 256 : d->cap * 2;
    struct renewal *more;

    if (d->plan->n < d->cap)
        return true;
    if ((more = reallocarray(d->plan->list, cap, sizeof *more)) == NULL)
        return false;
    d->plan->list = more;
    d->cap = cap;
    return true;
}

static bool look(void *arg, const struct phone *p)
{
    struct drawing *d = arg;
    struct renewal *r;

    if (p->operation != PHONE_NONE && p->not_before > d->behind)
        d->behind = p->not_before;
    if (p->lsc_not_after == 0 || p->lsc_not_after >= d->wish->before)
        return true;
    if (p->operation != PHONE_NONE) {
        d->plan->busy++;
        return true;
    }
    if (!grow(d)) {
        d->no_memory = true;
        return false;
    }
    r = &d->plan->list[d->plan->n++];
    memcpy(r->name, p->name, sizeof r->name);
    r->ends = p->lsc_not_after;
    return true;
}

/* Proof and key of one. VOX_E_INPUT: its profile cannot work, and all is as before. */
static enum vox_err settle(const struct phone_book *book, const struct renew_wish *wish, struct renewal *r,
                           struct vox_error *err)
{
    struct order_from from = {.by = PHONE_PROFILE_NONE};
    enum vox_err code = VOX_OK;

    r->order = order_default();
    r->order.generate = 0;
    r->order.has_proof = wish->has_proof;
    r->order.proof = wish->has_proof ? wish->proof : PHONE_BY_LSC;
    if (phone_book_any(book))
        code = order_resolve(book, r->name, &r->order, &from, err);
    if (r->order.proof != PHONE_BY_LSC && r->order.proof != PHONE_BY_MIC) {
        r->order.proof = PHONE_BY_LSC;
        from.proof = false;
    }
    r->by_profile = code == VOX_OK && (from.proof || from.key);
    return code;
}

/* A profile that does not fit does not stand between a phone and its next certificate: the kind of key that it has
 * works. */
static enum vox_err settle_all(struct store *s, struct renew_plan *plan, const struct renew_wish *wish,
                               struct vox_error *err)
{
    struct phone_book *book = NULL;
    struct vox_error why;
    size_t n = plan->n;
    enum vox_err code = phone_book_open(s, &book, err);

    plan->n = 0;
    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        struct renewal *r = &plan->list[i];
        enum vox_err one = settle(book, wish, r, &why);

        if (one != VOX_OK && one != VOX_E_INPUT) {
            *err = why;
            code = one;
        } else if (r->order.proof == PHONE_BY_LSC && r->ends <= wish->now) {
            plan->ended++;
        } else {
            if (one == VOX_E_INPUT && plan->misfits++ == 0)
                plan->misfit = why;
            plan->list[plan->n++] = *r;
        }
    }
    phone_book_free(&book);
    return code;
}

/* Whose certificate ends first comes first. */
static int by_end(const void *a, const void *b)
{
    const struct renewal *x = a, *y = b;

    return x->ends < y->ends ? -1 : x->ends > y->ends ? 1 : strcmp(x->name, y->name);
}

static void give_turns(const struct drawing *d)
{
    long per_hour = d->wish->per_hour;
    int64_t step = HOUR / per_hour > 0 ? HOUR / per_hour : 1;
    int64_t first = d->behind > d->wish->now ? d->behind + step : d->wish->now;
    struct renew_plan *plan = d->plan;

    for (size_t i = 0; i < plan->n; i++) {
        struct renewal *r = &plan->list[i];

        r->order.not_before = first + (int64_t)i * HOUR / per_hour;
        plan->nprofiles += r->by_profile;
        plan->nmic += r->order.proof == PHONE_BY_MIC;
        plan->late += r->order.proof == PHONE_BY_LSC && r->ends <= r->order.not_before;
    }
}

enum vox_err renew_plan_draw_up(struct store *s, const struct renew_wish *wish, struct renew_plan *out,
                                struct vox_error *err)
{
    struct drawing d = {.wish = wish, .plan = out};
    enum vox_err code;

    memset(out, 0, sizeof *out);
    code = phones_each(s, NULL, look, &d, err);
    if (code == VOX_OK && d.no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK)
        code = settle_all(s, out, wish, err);
    if (code != VOX_OK)
        return code;
    if (out->n > 0)
        qsort(out->list, out->n, sizeof *out->list, by_end);
    give_turns(&d);
    return VOX_OK;
}

void renew_plan_free(struct renew_plan *p)
{
    free(p->list);
    memset(p, 0, sizeof *p);
}
