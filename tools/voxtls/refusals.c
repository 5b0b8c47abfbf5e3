#include "refusals.h"

#include <stdio.h>

#include <cli/report.h>

void refusals_add(struct refusals *r, size_t line, const char *why)
{
    if (r->n < REFUSALS_SHOWN) {
        r->first[r->n].line = line;
        (void)snprintf(r->first[r->n].why, sizeof r->first[r->n].why, "%s", why);
    }
    r->n++;
}

int refusals_tell(const struct cli_common *common, const char *file, const struct refusals *r)
{
    struct vox_error err;

    if (r->n == 0)
        return EXIT_DONE;
    for (size_t i = 0; i < r->n && i < REFUSALS_SHOWN; i++) {
        (void)vox_fail(&err, VOX_E_INPUT, "line %zu: %s", r->first[i].line, r->first[i].why);
        (void)cli_report(common, file, &err);
    }
    (void)vox_fail(&err, VOX_E_INPUT, "%zu line%s refused%s; nothing was done", r->n, r->n == 1 ? "" : "s",
                   r->n > REFUSALS_SHOWN ? " (the first ones are shown)" : "");
    return cli_report(common, file, &err);
}
