/* The counters and gauges of voxcapfd, in the order in which they are shown. */
#ifndef VOXCAPFD_COUNTERS_H
#define VOXCAPFD_COUNTERS_H

#include <capf/session.h>
#include <libcert/serve.h>

enum counter {
    COUNT_SESSIONS, /* and those after it: by result, CAPF_R_NOTHING first */
    COUNT_ISSUES = COUNT_SESSIONS + CAPF_RESULT_COUNT - 1,
    COUNT_ISSUE_MILLISECONDS,
    COUNT_SIGNED,
    COUNT_SIGN_REFUSED,
    COUNT_SIGN_FAILED,
    COUNT_ROUNDS,
    COUNT_ROUNDS_FAILED,
    GAUGE_SESSIONS_OPEN,
    GAUGE_PENDING,
    GAUGE_LOCKED,
    GAUGE_FAILED,
    GAUGE_EXPIRING,
    GAUGE_STORE_FAILING,
    COUNTERS,
};

extern const struct serve_counter counters[COUNTERS];

#endif
