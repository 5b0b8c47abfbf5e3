/*
 * What phones may hold of the lists of a folder, and what they would do with a new one.
 */
#ifndef CLUSTER_HELD_H
#define CLUSTER_HELD_H

#include "publish.h"

/*
 * held_judge(s, p, dir, offered, r, err): fill r->accept, r->held and r->first with the worst verdict over what phones
 * may hold: what the history has as current for dir, and what stands in dir if that is something else. Errors:
 * VOX_E_STORE, VOX_E_MEMORY.
 */
enum vox_err held_judge(struct store *s, const struct publish_params *p, const char *dir,
                        const struct ctl_list *offered, struct publish_result *r, struct vox_error *err);

/* held_current(lists, n, name, dir): the current version of that file, NULL if none. */
const struct store_list *held_current(const struct store_list *lists, size_t n, const char *name, const char *dir);

#endif
