#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>

#include "list_source.h"
#include "offer.h"
#include "voxlist.h"

struct publish_args {
    bool has_kind, force;
    int64_t force_lost;
    enum cluster_list kind;
    const char *to, *node, *password_file, *list, *signer;
    const char **devices; /* room for every argument */
    size_t ndevices;
    struct making making;
};

enum {
    OPTION_TO = 't',
    OPTION_FORCE = 'f',
    OPTION_NODE = 0x300,
    OPTION_DEVICE,
    OPTION_PASSWORD,
    OPTION_LIST,
    OPTION_SIGNER
};

static const struct argp_option options[] = {
    {"to", OPTION_TO, "DIR", 0, "folder that phones fetch their files from", 1},
    FORCE_OPTION(1),
    {"node", OPTION_NODE, "NODE", 0, "the TFTP node whose ITL it is", 1},
    {"device", OPTION_DEVICE, "SEP...", 0, "for this device only, under its own file name; may be repeated", 1},
    {"list", OPTION_LIST, "FILE", 0,
     "publish this signed list (from 'attach' or 'build') in place of one from the store", 1},
    {"signer", OPTION_SIGNER, "ID", 0,
     "the anchor that signs: a service or the first digits of a certificate's SHA-256 (default: one that phones know, "
     "tokens first)",
     1},
    {"password-file", OPTION_PASSWORD, "FILE", 0, "password of the signer's private key ('-': standard input)", 1},
    MAKING_OPTIONS,
    {NULL, 0, NULL, 0, NULL, 0},
};

bool voxlist_is_device(const char *name)
{
    const size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    }
    return len >= 1 && len <= 64 && strncmp(name, "File", 4) != 0;
}

static void finish(const struct publish_args *a, struct argp_state *state)
{
    if (!a->has_kind)
        argp_error(state, "which list: ctl or itl?");
    if (a->to == NULL)
        argp_error(state, "where do phones fetch their files? --to DIR");
    if (a->signer != NULL && a->list != NULL)
        argp_error(state, "--signer: the list of --list is signed already");
    if (a->node != NULL && a->kind == CLUSTER_CTL)
        argp_error(state, "--node: there is one CTL for all nodes");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct publish_args *a = state->input;

    switch (key) {
    case OPTION_TO:
        a->to = arg;
        return 0;
    case OPTION_FORCE:
        force_parse(arg, state, &a->force, &a->force_lost);
        return 0;
    case OPTION_NODE:
        a->node = arg;
        return 0;
    case OPTION_LIST:
        a->list = arg;
        return 0;
    case OPTION_SIGNER:
        a->signer = arg;
        return 0;
    case OPTION_PASSWORD:
        a->password_file = arg;
        return 0;
    case OPTION_DEVICE:
        if (!voxlist_is_device(arg))
            argp_error(state, "--device %s: a device's name is letters, digits, '-' and '_', as in SEP0123456789AB",
                       arg);
        a->devices[a->ndevices++] = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->has_kind)
            argp_error(state, "one list at a time, not '%s' as well", arg);
        if (!cluster_list_parse(arg, &a->kind))
            argp_error(state, "'%s' is no kind of list: ctl or itl", arg);
        a->has_kind = true;
        return 0;
    case ARGP_KEY_END:
        finish(a, state);
        return 0;
    default:
        return making_parse(key, arg, state, &a->making);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "ctl|itl --to DIR",
    .doc =
        "Build a trust list from the store and put it where phones fetch it.\v"
        "Before anything changes, the list is verified and held against what phones have from there: when they would "
        "refuse it, exit status 1. What was published stays in the history: see 'voxlist history' and 'voxlist "
        "rollback'.",
};

/* CTLFile.tlv, or CTLSEP0123456789AB.tlv for each device. Free each and the array. */
static char **file_names(const struct publish_args *a, size_t *n)
{
    char **names = calloc(a->ndevices + 1, sizeof *names);

    *n = 0;
    if (names == NULL)
        return NULL;
    if (a->ndevices == 0 && (names[0] = strdup(cluster_list_filename(a->kind))) != NULL)
        *n = 1;
    for (size_t i = 0; i < a->ndevices; i++) {
        if (asprintf(&names[*n], "%s%s.tlv", a->kind == CLUSTER_CTL ? "CTL" : "ITL", a->devices[i]) < 0)
            break;
        ++*n;
    }
    return names;
}

int voxlist_publish(struct cli_common *common, int argc, char **argv)
{
    struct publish_args a = {.making = making_defaults(), .force_lost = IMPACT_NOT_FORCED};
    struct store *store = NULL;
    struct offer o = {.common = common, .note = "publish"};
    struct bytes list = {NULL, 0};
    struct vox_error err;
    char **names = NULL;
    int status;

    if ((a.devices = calloc((size_t)argc, sizeof *a.devices)) == NULL) {
        vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    cli_parse(common, &argp, argc, argv, &a);
    if ((status = making_time(common, &a.making)) != EXIT_DONE)
        goto out;
    if ((names = file_names(&a, &o.nnames)) == NULL || o.nnames == 0) {
        vox_fail(&err, VOX_E_MEMORY, "no memory");
        status = cli_report(common, NULL, &err);
        goto out;
    }
    const struct list_source src = {.kind = a.kind,
                                    .dir = a.to,
                                    .name = names[0],
                                    .node = a.node,
                                    .file = a.list,
                                    .signer = a.signer,
                                    .password_file = a.password_file,
                                    .making = &a.making};
    if (cli_store_open(common, &store, &err) != VOX_OK ||
        list_source_take(common, store, &src, &list, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    o.store = store;
    o.kind = a.kind;
    o.list = bytes_view_of(&list);
    o.dir = a.to;
    o.names = (const char *const *)names;
    o.force = a.force;
    o.force_lost = a.force_lost;
    status = offer_publish(&o);
out:
    for (size_t i = 0; i < o.nnames; i++)
        free(names[i]);
    free(names);
    free(a.devices);
    bytes_free(&list);
    store_close(&store);
    return status;
}
