#include "move.h"

#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>

#include "group_held.h"
#include "impact.h"

enum { STARTS = 2 };

/* Lists that are offered there. */
struct offered {
    struct ctl_list *lists[LIMIT_FOREIGN_LISTS];
    enum cluster_list kind[LIMIT_FOREIGN_LISTS];
    size_t n;
};

/* The first list that was refused. */
struct refusal {
    struct accept_result r; /* rule NULL: none was */
    enum cluster_list list;
};

/* One list at a start. Taken ones count from then on; a refusal is noted, the first one stays. */
static bool offer(struct accept_held *held, const struct ctl_list *l, enum cluster_list kind, struct move_group *g,
                  struct refusal *refusal)
{
    struct accept_result r;

    accept_list(held, l, &r);
    if (r.verdict == ACCEPT_REFUSED) {
        if (refusal->r.rule == NULL)
            *refusal = (struct refusal){r, kind};
        return false;
    }
    if (r.verdict != ACCEPT_IGNORED) {
        if (kind == CLUSTER_CTL)
            held->ctl = l;
        else
            held->itl = l;
    }
    if (g->rule == NULL || r.verdict > g->verdict) {
        g->verdict = r.verdict;
        g->rule = r.rule;
        g->list = kind;
        memcpy(g->why, r.why, sizeof g->why);
    }
    return true;
}

/* All starts with these two; ctl, itl: NULL if there is none. */
static void play(struct accept_held held, const struct ctl_list *ctl, const struct ctl_list *itl, struct move_group *g)
{
    struct refusal refusal = {.r = {.rule = NULL}};
    bool has_ctl = ctl == NULL, has_itl = itl == NULL;

    g->rule = NULL;
    for (int start = 0; start < STARTS && !(has_ctl && has_itl); start++) {
        has_ctl = has_ctl || offer(&held, ctl, CLUSTER_CTL, g, &refusal);
        has_itl = has_itl || offer(&held, itl, CLUSTER_ITL, g, &refusal);
    }
    if (has_ctl && has_itl)
        return;
    g->verdict = ACCEPT_REFUSED;
    g->rule = refusal.r.rule;
    g->list = refusal.list;
    memcpy(g->why, refusal.r.why, sizeof g->why);
}

/* With each ITL that there is; the worst counts. */
static void play_all(const struct offered *o, const struct accept_held *held, struct move_group *g)
{
    const struct ctl_list *ctl = NULL;
    struct move_group one = *g;
    bool first = true;

    for (size_t i = 0; i < o->n; i++)
        if (o->kind[i] == CLUSTER_CTL)
            ctl = o->lists[i];
    for (size_t i = 0; i < o->n; i++) {
        if (o->kind[i] != CLUSTER_ITL)
            continue;
        play(*held, ctl, o->lists[i], &one);
        if (first || one.verdict > g->verdict)
            *g = one;
        first = false;
    }
    if (first)
        play(*held, ctl, NULL, g);
    g->keeps_ctl = ctl == NULL && held->ctl != NULL;
}

static void add_up(struct move *m, const struct move_group *g)
{
    const int64_t n = g->phones.count;

    m->all += n;
    if (!g->is_known) {
        m->unknown += n;
        return;
    }
    switch (g->verdict) {
    case ACCEPT_YES:
    case ACCEPT_IGNORED:
        m->accept += n;
        break;
    case ACCEPT_FIRST_TRUST:
        m->first += n;
        break;
    case ACCEPT_IF_TVS:
        m->by_tvs += n;
        break;
    case ACCEPT_REFUSED:
        m->lost += n;
        break;
    }
}

static enum vox_err read_offered(const struct foreign *f, struct offered *o, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < f->nlists && o->n < LIMIT_FOREIGN_LISTS; i++) {
        code = ctl_list_read(f->lists[i].data.data, f->lists[i].data.len, &o->lists[o->n], err);
        if (code == VOX_OK)
            o->kind[o->n++] = f->lists[i].kind;
    }
    if (code == VOX_OK && o->n == 0)
        code =
            vox_fail(err, VOX_E_INPUT,
                     "the bundle holds no list: cluster %s has published none, so there is nothing for phones to take "
                     "there. Publish there, and export again",
                     f->cluster);
    return code;
}

enum vox_err move_judge(struct store *s, const struct foreign *f, struct move *out, struct vox_error *err)
{
    struct inventory_group *groups = NULL;
    struct group_lists lists = {.n = 0};
    struct offered o = {.n = 0};
    struct impact_tvs tvs = {.nbindings = 0};
    struct accept_held held;
    enum vox_err code;

    *out = (struct move){.n = 0};
    if ((code = read_offered(f, &o, err)) != VOX_OK ||
        (code = impact_tvs_read(s, ACCEPT_FOR_LISTS, NULL, &tvs, err)) != VOX_OK ||
        (code = inventory_groups(s, &groups, &out->n, &out->unheard, err)) != VOX_OK)
        goto out;
    if ((out->groups = calloc(out->n + 1, sizeof *out->groups)) == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    for (size_t i = 0; code == VOX_OK && i < out->n; i++) {
        struct move_group *g = &out->groups[i];

        g->phones = groups[i];
        g->rule = "";
        if ((code = group_held(s, &lists, &g->phones, &tvs.tvs, &held, &g->is_known, err)) != VOX_OK)
            break;
        if (g->is_known)
            play_all(&o, &held, g);
        add_up(out, g);
    }
    out->all += out->unheard;
    out->unknown += out->unheard;
out:
    for (size_t i = 0; i < o.n; i++)
        ctl_list_free(&o.lists[i]);
    group_lists_clear(&lists);
    impact_tvs_clear(&tvs);
    free(groups);
    return code;
}

void move_clear(struct move *m)
{
    free(m->groups);
    *m = (struct move){.n = 0};
}
