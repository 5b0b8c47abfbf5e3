#include "voxsign.h"

static const struct cli_verb verbs[] = {
    {"sign", "PATH...", "sign files, or all files of a folder, for phones that hold a trust list", voxsign_sign},
    {"verify", "FILE...", "who signed, and is it unchanged?", voxsign_verify},
    {"show", "FILE...", "show the header of signed and encrypted files", voxsign_show},
    {"strip", "FILE", "write what a signed file holds", voxsign_strip},
    {"encrypt", "FILE", "encrypt a configuration for one phone, sign it, and write its stub", voxsign_encrypt},
    {"decrypt", "FILE", "decrypt a configuration with the phone's key", voxsign_decrypt},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxsign",
    .summary = "Sign and encrypt the configuration files of phones; verify and take apart signed ones.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
