/*
 * The cluster's list, made and signed: by the first anchor, unless phones take it better from another.
 */
#ifndef CLUSTER_MAKE_LIST_H
#define CLUSTER_MAKE_LIST_H

#include <ctl/list.h>
#include <libcert/password.h>

#include "cluster/compose.h"

struct list_making {
    enum cluster_list kind;
    const char *dir, *name; /* where it is to be published: what phones hold of it decides on the signer */
    const struct composed *composed;
    struct ctl_build_params params; /* all but signer and members */
    const struct password_source *pass;
};

/*
 * cluster_make_list(s, m, out, by, err): the list signed by the first anchor, unless phones would take it by themselves
 * only from another one: a cluster that has just got its ITLRecovery certificate, or a new one, introduces it under the
 * signature that phones know. *by: who signed, borrowed of m->composed. Errors: of keys, building and reading the
 * store. Free out with bytes_free().
 */
enum vox_err cluster_make_list(struct store *s, const struct list_making *m, struct bytes *out,
                               const struct composed_anchor **by, struct vox_error *err);

#endif
