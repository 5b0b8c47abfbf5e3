#include "voxtoken.h"

static const struct cli_verb verbs[] = {
    {"list", "", "tokens that are plugged in", voxtoken_list},
    {"show", "URI", "what is on a token", voxtoken_show},
    {"new-key", "URI", "make a key and a signer's certificate on a token", voxtoken_new_key},
    {"sign", "FILE", "sign a list that was prepared on another machine", voxtoken_sign},
    {"ceremony", "FILE", "sign a list before witnesses, with two tokens", voxtoken_ceremony},
    {"verify-transcript", "TRANSCRIPT", "check what was done in a ceremony", voxtoken_verify_transcript},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxtoken",
    .summary = "Keys on PKCS#11 tokens: USB eTokens, smart cards, HSMs.",
    .description = "A URI is as in RFC 7512: 'pkcs11:token=SAST1;id=%01'. $VOXTRUST_PKCS11_MODULE names the module "
                   "that all programs use.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
