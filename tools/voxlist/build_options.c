#include "build_options.h"

#include <string.h>

struct build_options build_options_defaults(void)
{
    return (struct build_options){.making = making_defaults()};
}

static void take_member(struct build_options *o, int role, const char *spec, struct argp_state *state)
{
    struct vox_error err;

    if (members_add(&o->members, role, spec, &err) != VOX_OK)
        argp_error(state, "--%s %s: %s", role_word(role), spec, err.text);
}

static void take_kind(struct build_options *o, const char *arg, struct argp_state *state)
{
    if (o->has_kind)
        argp_error(state, "one list at a time, not '%s' as well; certificates go behind options such as --ccm", arg);
    if (!cluster_list_parse(arg, &o->kind))
        argp_error(state, "'%s' is no kind of list: ctl or itl", arg);
    o->has_kind = true;
}

static void finish(const struct build_options *o, struct argp_state *state)
{
    if (!o->has_kind)
        argp_error(state, "which list: ctl or itl?");
    if (o->output == NULL)
        argp_error(state, "where to? -o FILE");
    if (o->node != NULL && o->members.n > 0)
        argp_error(state, "--node is for lists from the store, not from files");
    if (o->node != NULL && o->kind == CLUSTER_CTL)
        argp_error(state, "--node: there is one CTL for all nodes");
    if (o->members.n > 0 && o->signer_cert == NULL && members_first(&o->members, ROLE_SAST) == NULL)
        argp_error(state, "nobody to sign: name a --sast, or --signer-cert and --signer");
}

error_t build_options_parse(int key, char *arg, struct argp_state *state, struct build_options *o)
{
    switch (key) {
    case BUILD_OUTPUT:
        o->output = arg;
        return 0;
    case BUILD_SIGNER_CERT:
        o->signer_cert = arg;
        return 0;
    case BUILD_FILENAME:
        if (arg[0] == '\0' || strchr(arg, '/') != NULL)
            argp_error(state, "--filename: '%s' is no file name", arg);
        o->filename = arg;
        return 0;
    case BUILD_NODE:
        o->node = arg;
        return 0;
    case BUILD_ROLE + ROLE_SAST:
    case BUILD_ROLE + ROLE_CCM:
    case BUILD_ROLE + ROLE_CCM_TFTP:
    case BUILD_ROLE + ROLE_TFTP:
    case BUILD_ROLE + ROLE_CAPF:
    case BUILD_ROLE + ROLE_APP_SERVER:
    case BUILD_ROLE + ROLE_TVS:
        take_member(o, key - BUILD_ROLE, arg, state);
        return 0;
    case ARGP_KEY_ARG:
        take_kind(o, arg, state);
        return 0;
    case ARGP_KEY_END:
        finish(o, state);
        return 0;
    default:
        return making_parse(key, arg, state, &o->making);
    }
}

const char *build_options_filename(const struct build_options *o)
{
    return o->filename != NULL ? o->filename : cluster_list_filename(o->kind);
}

void build_options_free(struct build_options *o)
{
    members_free(&o->members);
}
