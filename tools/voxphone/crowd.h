/* Many phones at once, a process each. */
#ifndef VOXPHONE_CROWD_H
#define VOXPHONE_CROWD_H

#include "voxphone.h"

/* crowd_name(first, i, out, err): the i-th name from first on: its last hexadecimal digits count up. Errors:
 * VOX_E_USAGE (no such digits, too many). */
enum vox_err crowd_name(const char *first, unsigned i, char out[static PHONE_NAME_MAX + 1], struct vox_error *err);

struct crowd {
    struct cli_common *common;
    const struct phone_options *o;
    const char *first;
    unsigned count, jobs;
    void (*each)(void *arg, const json_t *doc); /* phone_boot_json() of each that ended, in any order */
    void *arg;
};

/* crowd_boot(c, err): all of them; a signal ends them all. Errors: VOX_E_IO (no process, or interrupted), VOX_E_MEMORY.
 * A phone that could not start has a document with "reached" false and its error as a step. */
enum vox_err crowd_boot(const struct crowd *c, struct vox_error *err);

#endif
