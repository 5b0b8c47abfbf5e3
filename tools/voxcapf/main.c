#include "voxcapf.h"

static const struct cli_verb verbs[] = {
    {"set", "DEVICE...", "what phones are to do when they come, and how they prove who they are", voxcapf_set},
    {"import", "CSV", "the same for many phones, from a table", voxcapf_import},
    {"adopt", "FILE", "take over certificates that phones have from elsewhere", voxcapf_adopt},
    {"list", "[PREFIX]", "phones and how far they are", voxcapf_list},
    {"show", "DEVICE...", "all about a phone, with its certificates", voxcapf_show},
    {"export", "DEVICE...", "write phones' certificates for other programs", voxcapf_export},
    {"remove", "DEVICE...", "forget phones; their certificates stay recorded", voxcapf_remove},
    {"log", "DEVICE", "what happened to a phone", voxcapf_log},
    {"renew", "", "let phones whose certificates end soon renew them, some at a time", voxcapf_renew},
    {"profile", "[NAME=VALUE]...", "what phones' certificates are like, and which keys are certified", voxcapf_profile},
    {"security-profile add", "NAME", "make a security profile: mode, transport, proof and key",
     voxcapf_security_profile_add},
    {"security-profile change", "NAME", "change what it says, for all phones that have it",
     voxcapf_security_profile_change},
    {"security-profile list", "", "the security profiles, and how many phones have each",
     voxcapf_security_profile_list},
    {"security-profile show", "NAME", "all about one, and who has it", voxcapf_security_profile_show},
    {"security-profile remove", "NAME", "remove one that nobody has", voxcapf_security_profile_remove},
    {"template show", "", "which profile phones have that none was assigned to", voxcapf_template_show},
    {"template set", "PROFILE", "say so, for a model, a family or any", voxcapf_template_set},
    {"template clear", "MODEL|any", "take that back", voxcapf_template_clear},
    {"assign", "PROFILE [DEVICE...]", "give a profile to phones: by name, by pattern, from a table", voxcapf_assign},
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
