#include "voxcapf.h"

static const struct cli_verb verbs[] = {
    {"set", "DEVICE...", "what phones are to do when they come, and how they prove who they are", voxcapf_set},
    {"import", "CSV", "the same for many phones, from a table", voxcapf_import},
    {"list", "[PREFIX]", "phones and how far they are", voxcapf_list},
    {"show", "DEVICE...", "all about a phone, with its certificates", voxcapf_show},
    {"export", "DEVICE...", "write phones' certificates for other programs", voxcapf_export},
    {"remove", "DEVICE...", "forget phones; their certificates stay recorded", voxcapf_remove},
    {"log", "DEVICE", "what happened to a phone", voxcapf_log},
    {"renew", "", "let phones whose certificates end soon renew them, some at a time", voxcapf_renew},
    {"profile", "[NAME=VALUE]...", "what phones' certificates are like, and which keys are certified", voxcapf_profile},
    {"ca mode", "[here|offline ID]", "who issues: CAPF itself, or a CA that is elsewhere", voxcapf_ca_mode},
    {"ca dump", "", "write the keys that wait for that CA into a file", voxcapf_ca_dump},
    {"ca sign", "FILE", "at the CA: certify the keys of such a file", voxcapf_ca_sign},
    {"ca import", "FILE", "take the CA's certificates, for phones to fetch", voxcapf_ca_import},
    {"enroll", "HOST[:PORT]", "do what a phone does: for tests and trouble-shooting", voxcapf_enroll},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxcapf",
    .summary = "Phones and their own certificates (LSCs): who may have one from voxcapfd, and who has.",
    .description = "DEVICE: a phone's name, as SEP0123456789AB.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
