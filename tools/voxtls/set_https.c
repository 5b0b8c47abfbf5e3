#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "change.h"
#include "voxtls.h"

/* One of the two settings for HTTPS: they differ in their words only. */
struct https_setting {
    const char *name, *key; /* to people, in JSON */
    const char *wanted;     /* what may be said */
    enum vox_err (*parse)(const char *text, struct tls_settings *s, struct vox_error *err);
    const char *(*text)(const struct tls_settings *s);
};

static const struct https_setting ciphers = {"https-ciphers", "https_ciphers",
                                             "which level: same, strongest, medium or all?",
                                             tlspolicy_https_ciphers_parse, tlspolicy_https_ciphers_text};
static const struct https_setting keys = {"https-keys", "https_keys", "which keys: all or rsa?",
                                          tlspolicy_https_keys_parse, tlspolicy_https_keys_text};

struct https_args {
    const struct https_setting *which;
    const char *value;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct https_args *a = state->input;
    struct tls_settings any = tlspolicy_settings_default();
    struct vox_error err;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->value != NULL)
            argp_error(state, "one value, not '%s' as well", arg);
        if (a->which->parse(arg, &any, &err) != VOX_OK)
            argp_error(state, "%s", err.text);
        a->value = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->value == NULL)
            argp_error(state, "%s", a->which->wanted);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp ciphers_argp = {
    .parser = parse,
    .args_doc = "same|strongest|medium|all",
    .doc = "Say which ciphers servers should take where they speak HTTPS (ports 443 and 8443).\v"
           "same: those of 'voxtls set ciphers'. No listener of ours speaks HTTPS: 'voxtls matrix' and 'voxtls audit' "
           "go by it. A minimum version below 1.2 takes all of them, whatever is set here.",
};

static const struct argp keys_argp = {
    .parser = parse,
    .args_doc = "all|rsa",
    .doc = "Say with which keys servers should speak HTTPS: the vendor's parameter HTTPS Ciphers.\v"
           "rsa: RSA certificates alone, and no cipher with ECDSA (the vendor's 'RSA Ciphers Only'). all: EC "
           "certificates as well.",
};

static int set(struct cli_common *common, const struct https_args *a)
{
    const struct https_setting *which = a->which;
    struct tls_settings from, to;
    struct store *s = NULL;
    struct vox_error err;
    bool changed = false;
    int status = EXIT_DONE;
    enum vox_err code;

    if ((code = cli_store_open(common, &s, &err)) == VOX_OK && (code = store_tls_settings(s, &from, &err)) == VOX_OK) {
        to = from;
        code = which->parse(a->value, &to, &err);
        changed = !tlspolicy_settings_equal(&from, &to);
    }
    if (code == VOX_OK && changed)
        code = change_settings(s, &from, &to, &err);
    if (code != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        if (which == &ciphers && tlspolicy_https(&to).ciphers != TLS_CIPHERS_ALL &&
            tlspolicy_https(&to).min_version < 0x0303)
            cli_warn(common, NULL, "in effect: all, until the minimum version is 1.2 or 1.3");
        if (common->json)
            status = cli_json_print(json_pack("{s:s, s:s, s:b}", which->key, which->text(&to), "was",
                                              which->text(&from), "changed", changed));
        else
            cli_say(common, changed ? "%s: %s" : "%s: %s already", which->name, which->text(&to));
    }
    store_close(&s);
    return status;
}

int voxtls_set_https_ciphers(struct cli_common *common, int argc, char **argv)
{
    struct https_args a = {.which = &ciphers};

    cli_parse(common, &ciphers_argp, argc, argv, &a);
    return set(common, &a);
}

int voxtls_set_https_keys(struct cli_common *common, int argc, char **argv)
{
    struct https_args a = {.which = &keys};

    cli_parse(common, &keys_argp, argc, argv, &a);
    return set(common, &a);
}
