#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <libcert/audit.h>

#include "voxlist.h"

struct mode_args {
    bool set, mixed;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct mode_args *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (a->set)
        argp_error(state, "one mode, not '%s' as well", arg);
    if (strcasecmp(arg, "mixed") == 0)
        a->mixed = true;
    else if (strcasecmp(arg, "non-secure") != 0)
        argp_error(state, "'%s': mixed or non-secure", arg);
    a->set = true;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[mixed|non-secure]",
    .doc = "Show or change the security mode of the cluster.\v"
           "mixed: the CTL holds the call managers' certificates, and phones may register encrypted. non-secure: it "
           "holds their names only. Phones learn of a change when the CTL and the ITLs are published.",
};

static const char *word(bool mixed)
{
    return mixed ? "mixed" : "non-secure";
}

static enum vox_err set(struct store *s, bool mixed, struct vox_error *err)
{
    enum vox_err code;
    char what[64];

    (void)snprintf(what, sizeof what, "voxlist mode %s", word(mixed));
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = store_setting_set(s, "mode", word(mixed), err)) == VOX_OK &&
        (code = audit_append(s, what, "done", err)) == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static int print_json(bool mixed, bool changed)
{
    return cli_json_print(json_pack("{s:s, s:b}", "mode", word(mixed), "changed", changed));
}

/* What stands between the change and the phones. */
static void say_next(const struct cli_common *common, bool mixed)
{
    cli_say(common, "The cluster is in %s mode now. Phones learn of it when the lists are published:", word(mixed));
    cli_say(common, "  voxlist publish ctl --to DIR");
    cli_say(common, "  voxlist publish itl --to DIR    (for each TFTP node: --node NODE)");
    cli_say(common, "Then restart the call managers, and reset the phones.");
}

static int change(struct cli_common *common, struct store *s, bool mixed)
{
    struct vox_error err;

    if (!cli_confirm(common, "Change the cluster to %s mode?", word(mixed))) {
        vox_fail(&err, VOX_E_NO, "the mode was not changed (--yes answers the question)");
        return cli_report(common, NULL, &err);
    }
    if (set(s, mixed, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (common->json)
        return print_json(mixed, true);
    say_next(common, mixed);
    return EXIT_DONE;
}

int voxlist_mode(struct cli_common *common, int argc, char **argv)
{
    struct mode_args a = {.set = false};
    struct store *s = NULL;
    struct vox_error err;
    bool mixed = false;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || cluster_is_mixed(s, &mixed, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (a.set && a.mixed != mixed)
        status = change(common, s, a.mixed);
    else if (common->json)
        status = print_json(mixed, false);
    else if (a.set)
        cli_say(common, "The cluster is in %s mode already.", word(mixed));
    else
        printf("%s\n", word(mixed));
    store_close(&s);
    return status;
}
