#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "change.h"
#include "voxtls.h"

enum { TLS_1_0 = 0x0301, TLS_1_3 = 0x0304 };

struct mode_args {
    bool set, on;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct mode_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->set)
            argp_error(state, "on or off, not '%s' as well", arg);
        if (strcmp(arg, "on") != 0 && strcmp(arg, "off") != 0)
            argp_error(state, "'%s': on or off", arg);
        a->on = strcmp(arg, "on") == 0;
        a->set = true;
        return 0;
    case ARGP_KEY_END:
        if (!a->set)
            argp_error(state, "on or off? ('voxtls show common-criteria' tells which it is)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "on|off",
    .doc = "Switch Common Criteria mode on or off.\v"
           "With it on TLS 1.0 is off, for old phones' listeners too: a minimum version of 1.0 behaves as 1.1, and can "
           "no longer be set. The mode goes with a minimum of 1.1 or 1.2.",
};

/* Why it is not done, or VOX_OK. */
static enum vox_err ask(const struct cli_common *common, const struct tls_settings *to, struct vox_error *err)
{
    if (!to->common_criteria)
        return VOX_OK;
    /* A configured 1.0 behaves as 1.1 and may stay; 1.3 is not among those that the mode knows. */
    if (to->min_version != TLS_1_0 && tlspolicy_settings_check(to, err) != VOX_OK)
        return err->code;
    if (to->min_version == TLS_1_0 && !cli_confirm(common, "The minimum version is 1.0, which behaves as 1.1 in Common "
                                                           "Criteria mode: devices that know TLS 1.0 alone are cut "
                                                           "off. Switch it on?"))
        return vox_fail(err, VOX_E_NO, "Common Criteria mode was not switched on (--yes answers the question)");
    return VOX_OK;
}

int voxtls_common_criteria(struct cli_common *common, int argc, char **argv)
{
    struct mode_args a = {.set = false};
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
    to.common_criteria = a.on;
    const bool changed = a.on != from.common_criteria;

    if (changed && (ask(common, &to, &err) != VOX_OK || change_settings(s, &from, &to, &err) != VOX_OK)) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    if (common->json)
        status = cli_json_print(json_pack("{s:b, s:b, s:b, s:s}", "common_criteria", a.on, "was", from.common_criteria,
                                          "changed", changed, "min_version",
                                          tlspolicy_version_text(tlspolicy_of(&to, false).min_version)));
    else
        cli_say(common, "Common Criteria mode: %s%s", a.on ? "on" : "off", changed ? "" : " already");
out:
    store_close(&s);
    return status;
}
