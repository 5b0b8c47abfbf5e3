#include <cli/report.h>
#include <cluster/hooks.h>

#include "voxcert.h"

void after_change(const struct cli_common *common, struct store *s, const char *event, const char *place,
                  const char *node)
{
    const struct hooks_event e = {.program = common->program, .name = event, .subject = place, .node = node};

    hooks_run(s, &e, cli_hook, common, NULL);
}
