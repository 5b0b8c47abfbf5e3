#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s", arg);
    return 0;
}

static const struct argp argp = {.parser = parse, .doc = "List the servers of the cluster."};

json_t *node_json(const struct store_node *n)
{
    const char *words[SERVICES_MAX];
    json_t *services = json_array();
    size_t count = services_words(n->services, words);

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(services, json_string(words[i]));
    return json_pack("{s:s, s:s?, s:s?, s:o}", "name", n->name, "dns", n->dns[0] != '\0' ? n->dns : NULL, "ip",
                     n->ip[0] != '\0' ? n->ip : NULL, "services", services);
}

static int print_json(const struct store_node *nodes, size_t n)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(all, node_json(&nodes[i]));
    return cli_json_print(json_pack("{s:o}", "nodes", all));
}

void node_print(const struct store_node *nodes, size_t n)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "SERVICES", CLI_COL_LEFT);
    cli_table_column(t, "DNS NAME", CLI_COL_LEFT);
    cli_table_column(t, "ADDRESS", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        char services[64];

        services_text(nodes[i].services, services, sizeof services);
        cli_table_row(t, (const char *const[]){nodes[i].name, services, nodes[i].dns, nodes[i].ip});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxtrust_node_list(struct cli_common *common, int argc, char **argv)
{
    struct store_node *nodes = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_nodes(s, &nodes, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(nodes, n);
    else if (n == 0)
        cli_say(common, "no nodes yet: voxtrust node add NAME");
    else
        node_print(nodes, n);
    store_nodes_free(&nodes, n);
    store_close(&s);
    return status;
}
