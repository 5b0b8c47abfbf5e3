/* Where the list comes from that is to be published: built from the store, or a file that was signed before. */
#ifndef VOXLIST_LIST_SOURCE_H
#define VOXLIST_LIST_SOURCE_H

#include "making.h"

struct list_source {
    enum cluster_list kind;
    const char *dir, *name; /* where it is to be published: what phones hold of it decides on the signer */
    const char *node;       /* ITL: whose; NULL: the only one */
    const char *file;       /* the signed list; NULL: build one */
    const char *signer;     /* the anchor that signs: a service, or the first digits of its SHA-256; NULL: any */
    const char *password_file;
    const struct making *making;
};

/* list_source_take(common, s, src, out, err): the list; says what was left out, and which signer was picked.
 * VOX_E_USAGE: no such signer. Free out with bytes_free(). */
enum vox_err list_source_take(struct cli_common *common, struct store *s, const struct list_source *src,
                              struct bytes *out, struct vox_error *err);

#endif
