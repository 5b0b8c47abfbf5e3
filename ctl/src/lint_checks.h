/*
 * The linter's tables: a row per check. Private to ctl.
 */
#ifndef CTL_SRC_LINT_CHECKS_H
#define CTL_SRC_LINT_CHECKS_H

#include <ctl/verify.h>

struct lint;

/* One check. whole looks at the list, record at one record; one of them is NULL. */
struct lint_check {
    const char *code;
    enum lint_severity severity;
    void (*whole)(struct lint *t, const struct ctl_list *l);
    void (*record)(struct lint *t, const struct ctl_list *l, size_t i);
};

/* A run of the linter. */
struct lint {
    int64_t now;
    const struct lint_check *check; /* the one that runs */
    int record;                     /* the one it looks at, -1 */
    struct lint_finding *found;
    size_t n, cap;
    bool no_memory;
};

/* lint_report(t, fmt, ...): the running check found something, in a clause without a full stop. */
void lint_report(struct lint *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Checks on a record against its certificate and its neighbours; ends with code NULL. */
extern const struct lint_check lint_record_checks[];

#endif
