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
    size_t shown = r->n < REFUSALS_SHOWN ? r->n : REFUSALS_SHOWN;
    const char *what = r->n > 0 && r->first[0].line == 0 ? "phone" : "line";
    struct vox_error err;

    for (size_t i = 0; i < shown; i++) {
        if (r->first[i].line > 0)
            (void)vox_fail(&err, VOX_E_INPUT, "line %zu: %s", r->first[i].line, r->first[i].why);
        else
            (void)vox_fail(&err, VOX_E_INPUT, "%s", r->first[i].why);
        (void)cli_report(common, file, &err);
    }
    (void)vox_fail(&err, VOX_E_INPUT, "%zu %s%s refused%s; nothing was changed", r->n, what, r->n == 1 ? "" : "s",
                   r->n > shown ? " (the first ones are shown)" : "");
    return cli_report(common, file, &err);
}
