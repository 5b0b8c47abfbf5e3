/*
 * One `voxrotate run` of a rotation at a time: two would tell the same twice, and whichever comes second to a step
 * would take the other for a stranger. Single steps by hand are not kept out. Source: voxrotate(1), run.
 */
#ifndef VOXROTATE_RUN_LOCK_H
#define VOXROTATE_RUN_LOCK_H

#include "voxrotate.h"

/*
 * run_lock(t, err): for the rest of the process, whatever ends it; t->s and t->owner say for what. Errors: VOX_E_IO
 * (whose process runs it already; the file beside the store), VOX_E_CRYPTO, VOX_E_INPUT (a path that is too long).
 */
enum vox_err run_lock(const struct turn *t, struct vox_error *err);

#endif
