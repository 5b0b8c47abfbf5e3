#include "voxlist.h"

static const struct cli_verb verbs[] = {
    {"build", "ctl|itl", "build and sign a list", voxlist_build},
    {"prepare", "ctl|itl", "build a list to be signed on another machine", voxlist_prepare},
    {"attach", "FILE SIGNATURE", "put the signature from there into the list", voxlist_attach},
    {"show", "FILE...", "show lists: signer, records, certificates", voxlist_show},
    {"verify", "FILE", "is it sound, and will phones that hold an older one take it", voxlist_verify},
    {"diff", "OLD NEW", "what changed from one list to another", voxlist_diff},
    {"publish", "ctl|itl", "build from the store and put it where phones fetch it", voxlist_publish},
    {"history", "[ctl|itl]", "every version that was published", voxlist_history},
    {"rollback", "N", "publish version N again", voxlist_rollback},
    {"forget", "DIR|FILE", "phones fetch from that folder, or that list, no longer", voxlist_forget},
    {"rescue", "ctl|itl", "which key can still sign what phones take, and a list by it", voxlist_rescue},
    {"mode", "[mixed|non-secure]", "show or change the cluster's security mode", voxlist_mode},
    {"canary start", "ctl|itl --to DIR", "give a list to some phones first", voxlist_canary_start},
    {"canary status", "", "which phones of it have been seen with the list", voxlist_canary_status},
    {"canary promote", "[ctl|itl]", "give it to more phones, or to all", voxlist_canary_promote},
    {"canary withdraw", "[ctl|itl]", "take it back, if phones would take the other one", voxlist_canary_withdraw},
    {"bridge", "[on|off]", "do ITLs name the signers of other clusters", voxlist_bridge},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxlist",
    .summary = "trust lists of phones: CTL and ITL",
    .description = "A list that a phone cannot trace to what it holds locks it out. 'voxlist verify --against' and "
                   "'voxlist publish' find out before the phones do.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
