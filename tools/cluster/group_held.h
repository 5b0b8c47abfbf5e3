/* What the phones of a group hold, by the inventory, as acceptance.md wants it. */
#ifndef CLUSTER_GROUP_HELD_H
#define CLUSTER_GROUP_HELD_H

#include <ctl/accept.h>
#include <libcert/inventory.h>
#include <libcert/store.h>

enum { GROUP_LISTS_KEPT = 64 };

/* Lists that phones hold, each read once: a ring, as groups come sorted by what they hold. {0} to begin with.
 * group_lists_clear(l): give them up. */
struct group_lists {
    struct {
        char sha256[INVENTORY_LIST_MAX];
        struct ctl_list *list; /* NULL: its bytes are not known */
    } known[GROUP_LISTS_KEPT];
    size_t n;
};

void group_lists_clear(struct group_lists *l);

/*
 * group_held(s, l, g, tvs, out, is_known, err): what phones of g hold; *is_known false when it cannot be said. One list
 * that is known and one of which nothing was heard: phones ask for both at each start, so there is none of the other
 * (store.md 8.5). out borrows tvs and lists of l: good until the next call but some. Errors: VOX_E_STORE, VOX_E_MEMORY.
 */
enum vox_err group_held(struct store *s, struct group_lists *l, const struct inventory_group *g,
                        const struct accept_tvs *tvs, struct accept_held *out, bool *is_known, struct vox_error *err);

#endif
