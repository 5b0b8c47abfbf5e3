#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "voxtrust.h"

struct add_args {
    char *name;
    char *dns;
    char *ip;
    const char *services;
};

static const struct argp_option options[] = {
    {"dns", 'd', "NAME", 0, "DNS name by which phones reach it", 0},
    {"ip", 'i', "ADDRESS", 0, "IPv4 or IPv6 address", 0},
    {"services", 's', "LIST", 0, "what it runs: ccm, tftp, capf, tvs; commas between (default ccm,tftp)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct add_args *a = state->input;

    switch (key) {
    case 'd':
        a->dns = arg;
        return 0;
    case 'i':
        a->ip = arg;
        return 0;
    case 's':
        a->services = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one node at a time: %s", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which NAME?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Add a server of the cluster. Its certificates are made afterwards, with voxcert.",
};

/* Two nodes with one address are a slip that phones would pay for. */
static enum vox_err check_unique(struct store *s, const struct store_node *n, struct vox_error *err)
{
    struct store_node *nodes;
    size_t count;
    enum vox_err code = store_nodes(s, &nodes, &count, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < count && code == VOX_OK; i++) {
        if (strcasecmp(nodes[i].name, n->name) == 0) /* it stands in file names and DNS names */
            code = vox_fail(err, VOX_E_EXISTS, "there is a node of that name already");
        else if (n->ip[0] != '\0' && strcmp(nodes[i].ip, n->ip) == 0)
            code = vox_fail(err, VOX_E_EXISTS, "the address %s is node %s's already", n->ip, nodes[i].name);
        else if (n->dns[0] != '\0' && strcasecmp(nodes[i].dns, n->dns) == 0)
            code = vox_fail(err, VOX_E_EXISTS, "the DNS name %s is node %s's already", n->dns, nodes[i].name);
    }
    store_nodes_free(&nodes, count);
    return code;
}

static enum vox_err add(struct store *s, const struct store_node *n, struct vox_error *err)
{
    char what[512], services[64];
    enum vox_err code;

    services_text(n->services, services, sizeof services);
    (void)snprintf(what, sizeof what, "voxtrust node add %.64s (%s%s%.253s%s%.46s)", n->name, services,
                   n->dns[0] != '\0' ? " " : "", n->dns, n->ip[0] != '\0' ? " " : "", n->ip);
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = check_unique(s, n, err)) != VOX_OK || (code = store_node_add(s, n, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

/* The certificates that it needs now. */
static void say_next(const struct cli_common *common, const struct store_node *n)
{
    if ((n->services & (NODE_CCM | NODE_TFTP)) != 0)
        cli_say(common, "Next: voxcert new CallManager --node %s", n->name);
    if ((n->services & NODE_TVS) != 0)
        cli_say(common, "Next: voxcert new TVS --node %s", n->name);
}

int voxtrust_node_add(struct cli_common *common, int argc, char **argv)
{
    struct add_args a = {.services = "ccm,tftp"};
    struct store_node n = {0};
    struct store *s = NULL;
    struct vox_error err;
    char ip[64] = "", none[] = "", services[64];

    cli_parse(common, &argp, argc, argv, &a);
    n.name = a.name;
    n.dns = a.dns != NULL ? a.dns : none;
    n.ip = ip;
    if (node_check_name(a.name, &err) != VOX_OK || (a.dns != NULL && node_check_dns(a.dns, &err) != VOX_OK) ||
        (a.ip != NULL && node_check_ip(a.ip, ip, sizeof ip, &err) != VOX_OK) ||
        services_parse(a.services, &n.services, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    enum vox_err code = add(s, &n, &err);
    store_close(&s);
    if (code != VOX_OK)
        return cli_report(common, a.name, &err);
    services_text(n.services, services, sizeof services);
    if (common->json)
        return cli_json_print(node_json(&n));
    cli_say(common, "node %s added: %s%s%s%s%s", n.name, services, n.dns[0] != '\0' ? "  " : "", n.dns,
            n.ip[0] != '\0' ? "  " : "", n.ip);
    say_next(common, &n);
    return EXIT_DONE;
}
