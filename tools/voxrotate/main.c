#include "voxrotate.h"

static const struct cli_verb verbs[] = {
    {"plan", "SERVICE", "what depends on a certificate, and the steps", voxrotate_plan},
    {"stage", "SERVICE", "make a new one known beside the old", voxrotate_stage},
    {"activate", "SERVICE", "take the new one into use, and prove it", voxrotate_activate},
    {"retire", "SERVICE", "forget the old one", voxrotate_retire},
    {"rollback", "SERVICE", "undo all of it", voxrotate_rollback},
    {"run", "SERVICE", "all steps, each when its time has come", voxrotate_run},
    {"status", "", "rotations and how far they are", voxrotate_status},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxrotate",
    .summary = "Replace a service's certificate without losing phones.",
    .description = "Every step can be interrupted at any moment, and run again: it goes on where it was.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
