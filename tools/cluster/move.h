/*
 * What phones of this cluster would do when they start at another one: its lists are offered to them instead. Played by
 * the rules of acceptance.md, group by group of the inventory. The TVS that they reach are those of this cluster: a
 * phone goes on with the addresses of its old configuration until it has taken the new lists.
 */
#ifndef CLUSTER_MOVE_H
#define CLUSTER_MOVE_H

#include <ctl/accept.h>
#include <libcert/inventory.h>

#include "cluster/foreign.h"

struct move_group {
    struct inventory_group phones;
    bool is_known; /* what they hold; false: no verdict */
    enum accept_verdict verdict;
    const char *rule;       /* of acceptance.md that decided; "" without a verdict */
    enum cluster_list list; /* the list that it was about */
    char why[384];          /* a sentence on that */
    bool keeps_ctl;         /* holds a CTL, and the other cluster has none: it stays on the phone */
};

struct move {
    struct move_group *groups;
    size_t n;
    int64_t unheard; /* phones of which only CAPF knows */
    int64_t all, accept, first, by_tvs, lost, unknown;
};

/*
 * move_judge(s, f, out, err): phones are offered the CTL, then the ITL of f, and both again at a second start, for what
 * was refused may be vouched for by what was taken. Of several ITLs the one that they take worst counts. Errors:
 * VOX_E_INPUT (f has no list), VOX_E_STORE, VOX_E_MEMORY. Clear with move_clear().
 */
enum vox_err move_judge(struct store *s, const struct foreign *f, struct move *out, struct vox_error *err);
void move_clear(struct move *m);

#endif
