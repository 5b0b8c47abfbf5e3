#include "voxtls.h"

static const struct cli_verb verbs[] = {
    {"show", "[SETTING]", "the TLS policy: what is set, and what is in effect", voxtls_show},
    {"set min-version", "VERSION", "the oldest TLS that is spoken: 1.0, 1.1, 1.2 or 1.3", voxtls_set_min_version},
    {"set ciphers", "LEVEL", "which ciphers are taken: strongest, medium or all", voxtls_set_ciphers},
    {"set https-ciphers", "LEVEL", "the same for HTTPS: same, strongest, medium or all", voxtls_set_https_ciphers},
    {"set https-keys", "KEYS", "which keys HTTPS servers show: all or rsa", voxtls_set_https_keys},
    {"common-criteria", "on|off", "Common Criteria mode: TLS 1.0 is off everywhere", voxtls_common_criteria},
    {"matrix", "", "which port takes which TLS versions under the policy", voxtls_matrix},
    {"audit", "HOST...", "what servers really take, compared with the policy", voxtls_audit},
    {"legacy", "", "what the policy breaks on old phones, and what helps", voxtls_legacy},
    {NULL, NULL, NULL, NULL},
};

static const struct cli_program program = {
    .name = "voxtls",
    .summary = "The cluster's TLS policy: minimum version, ciphers, Common Criteria mode.",
    .description = "voxtvsd and voxcapfd follow a change within a second; connections that are open go on.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
