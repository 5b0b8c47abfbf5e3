#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/tlsconn.h>

#include "find.h"
#include "view_trunk.h"
#include "voxtrunk.h"

struct add_args {
    const char *name, *profile;
    const char *destinations[LIMIT_TRUNK_DESTINATIONS];
    size_t n;
};

static const struct argp_option options[] = {
    {"profile", 'p', "NAME", 0, "its security profile", 0},
    {"destination", 'd', "HOST[:PORT]", 0,
     "the far end; repeat it, up to 16 (default port: 5061 with TLS, else 5060; IPv6: [2001:db8::9]:5061)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct add_args *a = state->input;

    switch (key) {
    case 'p':
        a->profile = arg;
        return 0;
    case 'd':
        if (a->n == LIMIT_TRUNK_DESTINATIONS)
            argp_error(state, "--destination %s: one too many, a trunk has up to %d", arg, LIMIT_TRUNK_DESTINATIONS);
        a->destinations[a->n++] = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        if (a->profile == NULL)
            argp_error(state, "which --profile? ('voxtrunk profile list')");
        if (a->n == 0)
            argp_error(state, "to which --destination HOST[:PORT]?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Make a trunk to a device: a gateway, a session border controller, a conference bridge, another server.\v"
           "Next: 'voxtrunk upload' or 'voxtrunk fetch' for the device's certificate, 'voxtrunk export' for what the "
           "device must have, 'voxtrunk probe' to see whether it works.",
};

static enum vox_err destination(const char *text, unsigned port, struct trunk_destination *out, struct vox_error *err)
{
    struct tlsconn_target target;
    enum vox_err code = tlsconn_target_parse(text, port, &target, err);

    if (code == VOX_OK && text[0] == '[' && strchr(target.host, ':') == NULL)
        code = vox_fail(err, VOX_E_USAGE, "brackets are for IPv6 addresses: %.80s", text);
    if (code == VOX_OK)
        code = trunk_host(target.host, out->host, err);
    if (code != VOX_OK) {
        (void)vox_error_prefix(err, "--destination");
        return code;
    }
    out->port = (unsigned)strtoul(target.port, NULL, 10);
    return VOX_OK;
}

static enum vox_err build(struct store *s, const struct add_args *a, struct trunk *t, struct vox_error *err)
{
    struct trunk_profile *p = NULL;
    enum vox_err code = trunk_name_check(a->name, err);

    if (code != VOX_OK || (code = find_profile(s, a->profile, &p, err)) != VOX_OK)
        return code;
    (void)snprintf(t->name, sizeof t->name, "%s", a->name);
    (void)snprintf(t->profile, sizeof t->profile, "%s", p->name);
    for (; t->n < a->n && code == VOX_OK; t->n++)
        code = destination(a->destinations[t->n], p->outgoing == TRUNK_TLS ? TRUNK_PORT_SIPS : TRUNK_PORT_SIP,
                           &t->destinations[t->n], err);
    trunk_profiles_free(&p, 1);
    return code;
}

static enum vox_err record(struct store *s, const struct add_args *a, struct trunk *t, struct vox_error *err)
{
    char what[256];
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(what, sizeof what, "voxtrunk add %.64s (profile %.64s)", a->name, a->profile);
    if ((code = build(s, a, t, err)) != VOX_OK || (code = trunk_add(s, t, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

int voxtrunk_add(struct cli_common *common, int argc, char **argv)
{
    struct add_args a = {0};
    struct trunk t = {.n = 0};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || record(s, &a, &t, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else {
        if (common->json)
            status = cli_json_print(view_trunk_json(&t));
        else
            cli_say(common, "trunk %s: profile %s, %zu destination%s", t.name, t.profile, t.n, t.n == 1 ? "" : "s");
        after_change(common, s, "trunk-added", t.name);
    }
    store_close(&s);
    return status;
}
