#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "change.h"
#include "voxtls.h"

struct ciphers_args {
    bool set;
    enum tls_cipher_level level;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct ciphers_args *a = state->input;
    struct vox_error err;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->set)
            argp_error(state, "one level, not '%s' as well", arg);
        if (tlspolicy_ciphers_parse(arg, &a->level, &err) != VOX_OK)
            argp_error(state, "%s", err.text);
        a->set = true;
        return 0;
    case ARGP_KEY_END:
        if (!a->set)
            argp_error(state, "which level: strongest, medium or all?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "strongest|medium|all",
    .doc = "Say which ciphers are taken.\v"
           "strongest: ECDHE with AES-256-GCM. medium: and AES-128-GCM. all: and AES-CBC with SHA-1 and RSA key "
           "exchange, which old phones speak. A minimum version below 1.2 takes all of them, whatever is set here.",
};

int voxtls_set_ciphers(struct cli_common *common, int argc, char **argv)
{
    struct ciphers_args a = {.set = false};
    struct tls_settings from, to;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_tls_settings(s, &from, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    to = from;
    to.ciphers = a.level;
    const bool changed = !tlspolicy_settings_equal(&from, &to);

    if (changed && change_settings(s, &from, &to, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    if (a.level != TLS_CIPHERS_ALL && tlspolicy_of(&to, false).min_version < 0x0303)
        cli_warn(common, NULL, "in effect: all, until the minimum version is 1.2 or 1.3");
    if (common->json)
        status = cli_json_print(json_pack("{s:s, s:s, s:b}", "ciphers", tlspolicy_ciphers_text(to.ciphers), "was",
                                          tlspolicy_ciphers_text(from.ciphers), "changed", changed));
    else
        cli_say(common, changed ? "ciphers: %s" : "ciphers: %s already", tlspolicy_ciphers_text(to.ciphers));
out:
    store_close(&s);
    return status;
}
