/*
 * A blank ITL: the vendor's "Prepare Cluster for Rollback to pre 8.0". Its TVS and TFTP records are emptied, so phones
 * that hold it check no configuration and take any other ITL. Source: docs/formats/trust-list.md 3, acceptance.md 4.
 */
#ifndef VOXLIST_BLANK_H
#define VOXLIST_BLANK_H

#include <cli/verb.h>
#include <ctl/list.h>
#include <libcert/store.h>

/* blank_members(m, n): empty those that phones check configurations or ask a TVS by; those without a name to keep are
 * left out. How many remain. */
size_t blank_members(struct ctl_member *m, size_t n);

/* blank_confirm(common, s, err): say on standard error what such a list does, and ask. Errors: VOX_E_NO, VOX_E_STORE.
 */
enum vox_err blank_confirm(const struct cli_common *common, struct store *s, struct vox_error *err);

#endif
