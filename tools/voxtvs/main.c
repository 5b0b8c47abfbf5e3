#include "voxtvs.h"

static const struct cli_verb verbs[] = {
    {"verify", "HOST[:PORT] CERT...", "ask whether certificates are trusted", voxtvs_verify},
    {"query", "HOST[:PORT]", "ask for a certificate by name", voxtvs_query},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxtvs",
    .summary = "Ask a TVS responder what a phone would ask.",
    .description = "Exit status 0: trusted, 1: not.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
