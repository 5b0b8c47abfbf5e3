#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <libcert/audit.h>

#include "voxlist.h"

struct bridge_args {
    bool set, on;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct bridge_args *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (a->set)
        argp_error(state, "on or off, not '%s' as well", arg);
    if (strcasecmp(arg, "on") == 0)
        a->on = true;
    else if (strcasecmp(arg, "off") != 0)
        argp_error(state, "'%s': on or off", arg);
    a->set = true;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[on|off]",
    .doc =
        "Show or change whether ITLs name the signers of other clusters.\v"
        "CTLs always name what stands in Phone-SAST-trust; with on, ITLs do so, too. Phones that hold such a list take "
        "the lists of the other cluster by themselves, without a TVS: for the time in which phones move. See "
        "'voxtrust bundle'. Phones learn of a change when the ITLs are published.",
};

static enum vox_err set(struct store *s, bool on, struct vox_error *err)
{
    enum vox_err code;

    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = cluster_set_bridged(s, on, err)) == VOX_OK &&
        (code = audit_append(s, on ? "voxlist bridge on" : "voxlist bridge off", "done", err)) == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static enum vox_err count_foreign(struct store *s, size_t *out, struct vox_error *err)
{
    const struct store_binding_filter f = {.place = "Phone-SAST-trust", .state = BIND_ACTIVE};
    struct store_binding *list;
    enum vox_err code;

    if ((code = store_bindings(s, &f, &list, out, err)) == VOX_OK)
        store_bindings_free(&list, *out);
    return code;
}

static int tell(const struct cli_common *common, const struct bridge_args *a, bool was, size_t n)
{
    const bool on = a->set ? a->on : was;

    if (common->json)
        return cli_json_print(
            json_pack("{s:b, s:b, s:I}", "bridge", on, "changed", on != was, "signers", (json_int_t)n));
    if (!a->set) {
        printf("%s\n", on ? "on" : "off");
        return EXIT_DONE;
    }
    if (on == was)
        cli_say(common, "The bridge is %s already.", on ? "on" : "off");
    else if (on && n == 0)
        cli_say(common, "ITLs name what stands in Phone-SAST-trust when they are published next:");
    else if (on)
        cli_say(common, "ITLs name the %zu certificate%s of Phone-SAST-trust when they are published next:", n,
                n == 1 ? "" : "s");
    else
        cli_say(common, "ITLs name the cluster's own signers alone when they are published next:");
    if (on != was)
        cli_say(common, "  voxlist publish itl --to DIR    (for each TFTP node: --node NODE)");
    if (on && n == 0)
        cli_warn(
            common, NULL,
            "Phone-SAST-trust is empty: there is nothing to name yet ('voxtrust bundle import', 'voxcert upload')");
    return EXIT_DONE;
}

int voxlist_bridge(struct cli_common *common, int argc, char **argv)
{
    struct bridge_args a = {.set = false};
    struct store *s = NULL;
    struct vox_error err;
    bool was = false;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || cluster_is_bridged(s, &was, &err) != VOX_OK ||
        count_foreign(s, &n, &err) != VOX_OK || (a.set && a.on != was && set(s, a.on, &err) != VOX_OK))
        status = cli_report(common, NULL, &err);
    else
        status = tell(common, &a, was, n);
    store_close(&s);
    return status;
}
