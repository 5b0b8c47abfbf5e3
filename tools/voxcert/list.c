#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>

#include <cluster/owner.h>
#include "voxcert.h"

struct list_args {
    const char *place; /* as a service or trust store is spelt; NULL: all */
    const char *node;
    long expiring; /* days; -1: whatever the date */
    bool all;
};

static const struct argp_option options[] = {
    {"node", 'n', "NODE", 0, "only what belongs to this node", 0},
    {"expiring", 'e', "DAYS", 0, "only what ends within DAYS, or has ended", 0},
    {"all", 'a', NULL, 0, "retired ones, too", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list_args *a = state->input;
    enum service service;
    char *end;

    switch (key) {
    case 'n':
        a->node = arg;
        return 0;
    case 'e':
        errno = 0;
        a->expiring = strtol(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0)
            argp_error(state, "--expiring %s: a number of days", arg);
        return 0;
    case 'a':
        a->all = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->place != NULL)
            argp_error(state, "one STORE or SERVICE at a time: %s", arg);
        a->place = service_parse(arg, &service) ? service_name(service) : trust_store_parse(arg);
        if (a->place == NULL)
            argp_error(state, "'%s' is neither a service nor a trust store ('voxcert show' takes IDs)", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[STORE|SERVICE]",
    .doc = "List certificates: where each stands and how long it is valid.",
};

static bool wanted(const struct list_args *a, const struct store_binding *b, int64_t now)
{
    return a->expiring < 0 || (b->cert != NULL && view_days(b->cert, now) < a->expiring);
}

static int print_json(const struct list_args *a, const struct store_binding *list, size_t n, int64_t now)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *one, *cert;

        if (!wanted(a, &list[i], now))
            continue;
        one = view_binding_json(&list[i]);
        cert = list[i].cert != NULL ? view_cert_json(list[i].cert, now) : NULL;
        if (cert != NULL)
            (void)json_object_update(one, cert);
        json_decref(cert);
        (void)json_array_append_new(all, one);
    }
    return cli_json_print(json_pack("{s:o}", "certificates", all));
}

static void add_row(struct cli_table *t, const struct store_binding *b, int64_t now)
{
    char id[VIEW_ID_MAX], days[24] = "-", number[12], until[CLOCK_RFC3339_MAX] = "-", key[64] = "-";
    char name[300] = "(waits for the CA's answer)";
    const char *role = role_word(b->role);

    view_id(b->cert, id);
    if (b->cert != NULL) {
        (void)snprintf(days, sizeof days, "%" PRId64, view_days(b->cert, now));
        clock_format(cert_not_after(b->cert), until);
        until[strcspn(until, "T")] = '\0';
        cert_key_text(b->cert, key, sizeof key);
        view_name(b->cert, name, sizeof name);
    }
    if (role == NULL) {
        (void)snprintf(number, sizeof number, "%d", b->role);
        role = b->role == ROLE_NONE ? "" : number;
    }
    cli_table_row(
        t, (const char *const[]){id, b->place, b->node, bind_state_word(b->state), role, key, until, days, name});
}

static int print_table(const struct cli_common *common, const struct list_args *a, const struct store_binding *list,
                       size_t n, int64_t now)
{
    struct cli_table *t = cli_table_new();
    size_t rows = 0;

    cli_table_column(t, "ID", CLI_COL_LEFT);
    cli_table_column(t, "PLACE", CLI_COL_LEFT);
    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "STATE", CLI_COL_LEFT);
    cli_table_column(t, "ROLE", CLI_COL_LEFT);
    cli_table_column(t, "KEY", CLI_COL_LEFT);
    cli_table_column(t, "UNTIL", CLI_COL_LEFT);
    cli_table_column(t, "DAYS LEFT", CLI_COL_RIGHT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < n; i++) {
        if (!wanted(a, &list[i], now))
            continue;
        add_row(t, &list[i], now);
        rows++;
    }
    if (rows > 0)
        cli_table_print(t);
    else if (n > 0)
        cli_say(common, "none ends within %ld days", a->expiring);
    else
        cli_say(common, "no certificates%s%s", a->place != NULL ? " in " : " yet: 'voxcert new SERVICE' makes one",
                a->place != NULL ? a->place : "");
    cli_table_free(&t);
    return EXIT_DONE;
}

int voxcert_list(struct cli_common *common, int argc, char **argv)
{
    struct list_args a = {.expiring = -1};
    struct store_binding *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int64_t now = clock_now();
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    const struct store_binding_filter f = {.place = a.place, .node = a.node, .state = -1, .live = !a.all};
    if (cli_store_open(common, &s, &err) != VOX_OK ||
        (a.node != NULL && a.node[0] != '\0' && owner_node_known(s, a.node, &err) != VOX_OK) ||
        store_bindings(s, &f, &list, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(&a, list, n, now);
    else
        status = print_table(common, &a, list, n, now);
    store_bindings_free(&list, n);
    store_close(&s);
    return status;
}
