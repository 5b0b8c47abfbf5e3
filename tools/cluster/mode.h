/*
 * The cluster's security mode, and what phones would do with the lists of another one. Source:
 * docs/formats/trust-list.md 5.3, acceptance.md.
 */
#ifndef CLUSTER_MODE_H
#define CLUSTER_MODE_H

#include "cluster/impact.h"

/* cluster_mode_word(mixed): "mixed", "non-secure". */
const char *cluster_mode_word(bool mixed);

/* What stands before a change of mode. */
struct mode_outlook {
    bool lists;                       /* the cluster's lists can be made in that mode */
    char why_not[VOX_ERROR_TEXT_MAX]; /* else: why they cannot */
    struct impact impact;             /* of the CTL in that mode, under the signature that phones take best */
};

/*
 * cluster_mode_outlook(s, mixed, out, err): reckoned in a transaction that is undone: nothing is changed, nothing
 * signed. Errors: VOX_E_STORE, VOX_E_MEMORY.
 */
enum vox_err cluster_mode_outlook(struct store *s, bool mixed, struct mode_outlook *out, struct vox_error *err);

/*
 * cluster_mode_set(s, mixed, forced, what, err): change it, with an audit entry that begins with what. VOX_E_NO when
 * phones would be locked out and forced is not their number (impact_allowed()); then nothing is changed.
 */
enum vox_err cluster_mode_set(struct store *s, bool mixed, int64_t forced, const char *what, struct vox_error *err);

#endif
