#include <cli/report.h>
#include <cluster/hooks.h>

#include "voxtrunk.h"

void after_change(const struct cli_common *common, struct store *s, const char *event, const char *name)
{
    const struct hooks_event e = {.program = common->program, .name = event, .subject = name, .node = ""};

    hooks_run(s, &e, cli_hook, common, NULL);
}
