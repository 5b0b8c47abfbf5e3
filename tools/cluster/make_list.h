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
    const char *dir,
        *name; /* where it is to be published: what phones hold of it decides on the signer; NULL: nowhere */
    const struct composed *composed;
    struct ctl_build_params params; /* all but signer and members */
    const struct password_source *pass;
    const struct composed_anchor *signer; /* this one and no other; NULL: whoever suits phones best */
};

/*
 * cluster_make_list(s, m, out, by, err): the list, signed by the first anchor whose signature phones know that hold
 * what was published last; by another one when phones would take it by themselves only from that: a cluster that has
 * just got an ITLRecovery certificate, or tokens, introduces them under the signature that phones know. Of several
 * tokens one that is plugged in signs; when all are away, nobody else does. Of a list that is published nowhere the
 * first anchor signs that can. *by: who signed, borrowed of m->composed. Errors: of keys, building and reading the
 * store. Free out with bytes_free().
 */
enum vox_err cluster_make_list(struct store *s, const struct list_making *m, struct bytes *out,
                               const struct composed_anchor **by, struct vox_error *err);

#endif
