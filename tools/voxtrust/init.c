#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/limits.h>

#include "voxtrust.h"

static const struct argp_option options[] = {
    {"cluster", 'c', "NAME", 0, "the cluster's name (default: cluster); becomes the organisation of new certificates",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **cluster = state->input;

    switch (key) {
    case 'c':
        *cluster = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Make an empty store: a database that holds what the cluster knows, and beside it a folder for private "
           "keys that only its owner can enter. A store that exists is not touched.",
};

/* An organisation's name is at most 64 characters (X.520, ub-organization-name). */
static bool usable(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > 64)
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    }
    return true;
}

/* The chain of the audit log begins with the store. */
static enum vox_err first_entry(struct store *s, const char *cluster, struct vox_error *err)
{
    char what[128] = "voxtrust init ";

    strncat(what, cluster, sizeof what - strlen(what) - 1);
    return audit_append(s, what, "done", err);
}

int voxtrust_init(struct cli_common *common, int argc, char **argv)
{
    const char *cluster = "cluster";
    struct store *s = NULL;
    struct vox_error err;
    char *url;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &cluster);
    if (!usable(cluster))
        return cli_usage(common, "a cluster's name has 1 to 64 characters, none of them a control character");
    if ((url = cli_store_url(common)) == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    enum vox_err code = store_create(url, cluster, &s, &err);
    if (code == VOX_E_EXISTS)
        (void)vox_fail(&err, code, "there is a store already; it was not touched");
    if (code == VOX_OK && (code = first_entry(s, cluster, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "the store is made, but its audit log could not begin");
    if (code != VOX_OK) {
        /* A scheme that is not known may carry a password. */
        status = cli_report(common, code == VOX_E_USAGE ? NULL : url, &err);
    } else if (common->json) {
        status = cli_json_print(json_pack("{s:s, s:o, s:o}", "cluster", cluster, "store", cli_json_text(store_path(s)),
                                          "keys", cli_json_text(store_key_dir(s))));
    } else {
        cli_say(common, "cluster %s\n  store         %s\n  private keys  %s", cluster, store_path(s), store_key_dir(s));
        cli_say(common, "Next: voxtrust node add NAME --dns NAME --ip ADDRESS --services ccm,tftp,capf,tvs");
    }
    store_close(&s);
    free(url);
    return status;
}
