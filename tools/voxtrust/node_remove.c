#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/role.h>

#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **name = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (*name != NULL)
            argp_error(state, "one node at a time: %s", arg);
        *name = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which NAME?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Forget a server of the cluster. Its certificates must be deleted first; lists must be published again "
           "afterwards.",
};

/* The 'voxcert delete' that takes this one away. */
static void advise(const struct store_binding *b, char *out, size_t outlen)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    enum service service;

    if (service_parse(b->place, &service)) {
        (void)snprintf(out, outlen, "voxcert delete %s --node %s%s", b->place, b->node,
                       b->state == BIND_PENDING  ? " --pending"
                       : b->state == BIND_ACTIVE ? " --force"
                                                 : "");
        return;
    }
    cert_fingerprint(b->cert, fingerprint);
    (void)snprintf(out, outlen, "voxcert delete %.12s --from %s --node %s", fingerprint, b->place, b->node);
}

/* Whoever is removed must not leave certificates behind that lists would go on naming. */
static enum vox_err check_bare(struct store *s, const char *name, struct vox_error *err)
{
    const struct store_binding_filter f = {.node = name, .state = -1, .live = true};
    struct store_binding *list;
    char advice[256];
    size_t n;
    enum vox_err code = store_bindings(s, &f, &list, &n, err);

    if (code != VOX_OK)
        return code;
    if (n > 0) {
        advise(&list[0], advice, sizeof advice);
        code = vox_fail(err, VOX_E_INPUT, "it still has %zu certificate%s (%s%s): %s first", n, n == 1 ? "" : "s",
                        list[0].place, n > 1 ? ", ..." : "", advice);
    }
    store_bindings_free(&list, n);
    return code;
}

int voxtrust_node_remove(struct cli_common *common, int argc, char **argv)
{
    const char *name = NULL;
    struct store *s = NULL;
    struct vox_error err;
    char what[128];
    enum vox_err code;

    cli_parse(common, &argp, argc, argv, &name);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    (void)snprintf(what, sizeof what, "voxtrust node remove %.64s", name);
    if ((code = store_begin(s, &err)) == VOX_OK &&
        ((code = check_bare(s, name, &err)) != VOX_OK || (code = store_node_remove(s, name, &err)) != VOX_OK ||
         (code = audit_append(s, what, "done", &err)) != VOX_OK || (code = store_commit(s, &err)) != VOX_OK))
        store_rollback(s);
    store_close(&s);
    if (code == VOX_E_NOT_FOUND)
        code = vox_fail(&err, VOX_E_INPUT, "no such node: 'voxtrust node list' shows them");
    if (code != VOX_OK)
        return cli_report(common, name, &err);
    if (common->json)
        return cli_json_print(json_pack("{s:s}", "removed", name));
    cli_say(common, "node %s removed; publish the lists again", name);
    return EXIT_DONE;
}
