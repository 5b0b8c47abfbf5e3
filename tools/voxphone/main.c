#include "voxphone.h"

static const struct cli_verb verbs[] = {
    {"boot", "", "start phones: lists, configuration, CAPF, call manager", voxphone_boot},
    {"show", "[NAME...]", "what phones hold", voxphone_show},
    {"what-if", "LIST...", "would phones take a list, as they are now?", voxphone_what_if},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxphone",
    .summary = "Virtual phones, that decide as phones do whom to trust.",
    .description = "What they hold lies in a folder and counts the next time. No store is needed.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
