/* All phones whose states lie in a folder. */
#ifndef VOXPHONE_STATES_H
#define VOXPHONE_STATES_H

#include "voxphone.h"

/*
 * states_each(common, o, names, n, each, arg, err): open every phone of o->state by name, or those of names (n > 0),
 * and call each, which may return false to stop. Errors: VOX_E_IO (no such folder, or phone), VOX_E_INPUT (a damaged
 * state).
 */
enum vox_err states_each(struct cli_common *common, const struct phone_options *o, char *const *names, int n,
                         bool (*each)(void *arg, struct phone_boot *b), void *arg, struct vox_error *err);

#endif
