#include "voxtrunk.h"

static const struct cli_verb verbs[] = {
    {"profile add", "NAME", "make a security profile: mode, transports, names of certificates", voxtrunk_profile_add},
    {"profile list", "", "the security profiles", voxtrunk_profile_list},
    {"profile show", "NAME", "all about one profile, and who uses it", voxtrunk_profile_show},
    {"profile remove", "NAME", "remove a profile that no trunk uses", voxtrunk_profile_remove},
    {"add", "NAME", "make a trunk: a profile and up to 16 destinations", voxtrunk_add},
    {"list", "", "the trunks, and how long their certificates are valid", voxtrunk_list},
    {"show", "NAME", "all about one trunk", voxtrunk_show},
    {"remove", "NAME", "remove a trunk, and the certificates that came for it alone", voxtrunk_remove},
    {"upload", "TRUNK FILE", "put the device's certificate into CallManager-trust", voxtrunk_upload},
    {"fetch", "TRUNK", "take the certificate that the live device shows", voxtrunk_fetch},
    {"probe", "TRUNK", "try a real TLS handshake with every destination", voxtrunk_probe},
    {"export", "TRUNK", "write what the device must trust, and its configuration", voxtrunk_export},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxtrunk",
    .summary = "Secure SIP trunks: what call managers and the devices at the far end must know of each other.",
    .description = "A trunk has a security profile and 1 to 16 destinations; certificates of its device stand in "
                   "CallManager-trust.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
