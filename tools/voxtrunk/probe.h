/* The two halves of probe: calling the device, and being called by it. */
#ifndef VOXTRUNK_PROBE_H
#define VOXTRUNK_PROBE_H

#include <cli/verb.h>

#include "verdict.h"

struct probe_args {
    const char *trunk, *node, *destination, *listen;
    unsigned timeout_ms; /* of a handshake */
    unsigned count;      /* calls to wait for */
    unsigned wait_s;     /* how long */
};

/* probe_listen(common, a, p): wait for the device to call in, judge each call as it comes; the exit status. */
int probe_listen(const struct cli_common *common, const struct probe_args *a, const struct verdict_params *p);

/* probe_finish(common, p, list, good): print the document that all verdicts make, or nothing; the exit status. Steals
 * list. */
int probe_finish(const struct cli_common *common, const struct verdict_params *p, json_t *list, bool good);

#endif
