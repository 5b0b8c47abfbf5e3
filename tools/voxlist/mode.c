#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <cluster/mode.h>

#include "offer.h"
#include "voxlist.h"

struct mode_args {
    bool set, mixed, force;
    int64_t force_lost;
};

enum { OPTION_FORCE = 'f' };

static const struct argp_option options[] = {
    {"force", OPTION_FORCE, "N", 0, "change it although so many known phones would be locked out", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct mode_args *a = state->input;

    if (key == OPTION_FORCE) {
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    }
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
    .options = options,
    .parser = parse,
    .args_doc = "[mixed|non-secure]",
    .doc = "Show or change the security mode of the cluster.\v"
           "mixed: the CTL holds the call managers' certificates, and phones may register encrypted. non-secure: it "
           "holds their names only. Phones learn of a change when the CTL and the ITLs are published: before it is "
           "made, it is "
           "told what the phones that are known would do with those, and nothing is changed when some would be locked "
           "out.",
};

static int print_json(bool mixed, bool changed, const struct mode_outlook *outlook, const struct vox_error *why_not)
{
    return cli_json_print(json_pack("{s:s, s:b, s:o, s:o}", "mode", cluster_mode_word(mixed), "changed", changed,
                                    "known_phones", outlook != NULL ? impact_json(&outlook->impact) : json_null(),
                                    "error", why_not != NULL ? cli_json_text(why_not->text) : json_null()));
}

/* What stands between the change and the phones. */
static void say_next(const struct cli_common *common, bool mixed)
{
    cli_say(common, "The cluster is in %s mode now. Phones learn of it when the lists are published:",
            cluster_mode_word(mixed));
    cli_say(common, "  voxlist publish ctl --to DIR");
    cli_say(common, "  voxlist publish itl --to DIR    (for each TFTP node: --node NODE)");
    cli_say(common, "Then restart the call managers, and reset the phones.");
}

static void say_phones(const struct cli_common *common, bool mixed, const struct mode_outlook *outlook)
{
    char known[256];

    if (!outlook->lists) {
        cli_warn(common, NULL, "the lists of %s mode cannot be made yet: %s", cluster_mode_word(mixed),
                 outlook->why_not);
    } else if (outlook->impact.all > 0) {
        impact_text(&outlook->impact, known, sizeof known);
        cli_say(common, "The CTL of %s mode: of %" PRId64 " known phones %s", cluster_mode_word(mixed),
                outlook->impact.all, known);
    }
}

static int refused(const struct cli_common *common, bool mixed, const struct mode_outlook *outlook,
                   const struct vox_error *err)
{
    if (common->json)
        (void)print_json(!mixed, false, outlook, err);
    int status = cli_report(common, NULL, err);
    if (outlook->impact.lost > 0)
        (void)fprintf(stderr,
                      "Nothing was changed. 'voxtrust phones list' tells what each phone holds; --force=%" PRId64
                      " changes the mode nevertheless.\n",
                      outlook->impact.lost);
    return status;
}

static int change(struct cli_common *common, struct store *s, const struct mode_args *a)
{
    struct mode_outlook outlook;
    struct vox_error err;

    if (cluster_mode_outlook(s, a->mixed, &outlook, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    say_phones(common, a->mixed, &outlook);
    if (impact_allowed(&outlook.impact, a->force_lost, &err) != VOX_OK)
        return refused(common, a->mixed, &outlook, &err);
    if (!cli_confirm(common, "Change the cluster to %s mode?", cluster_mode_word(a->mixed))) {
        vox_fail(&err, VOX_E_NO, "the mode was not changed (--yes answers the question)");
        return cli_report(common, NULL, &err);
    }
    if (cluster_mode_set(s, a->mixed, a->force_lost, "voxlist mode", &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (common->json)
        return print_json(a->mixed, true, &outlook, NULL);
    say_next(common, a->mixed);
    return EXIT_DONE;
}

int voxlist_mode(struct cli_common *common, int argc, char **argv)
{
    struct mode_args a = {.set = false, .force_lost = IMPACT_NOT_FORCED};
    struct store *s = NULL;
    struct vox_error err;
    bool mixed = false;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || cluster_is_mixed(s, &mixed, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (a.set && a.mixed != mixed)
        status = change(common, s, &a);
    else if (common->json)
        status = print_json(mixed, false, NULL, NULL);
    else if (a.set)
        cli_say(common, "The cluster is in %s mode already.", cluster_mode_word(mixed));
    else
        printf("%s\n", cluster_mode_word(mixed));
    store_close(&s);
    return status;
}
