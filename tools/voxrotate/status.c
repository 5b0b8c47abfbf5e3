#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "voxrotate.h"

enum { OPT_ALL = 'a' };

static const struct argp_option options[] = {
    {"all", OPT_ALL, NULL, 0, "those that have ended, too", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    bool *all = state->input;

    (void)arg;
    if (key != OPT_ALL)
        return ARGP_ERR_UNKNOWN;
    *all = true;
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "List the rotations that are open, and how far each is.",
};

static int print_json(const struct rotation *list, size_t n)
{
    char started[CLOCK_RFC3339_MAX], changed[CLOCK_RFC3339_MAX];
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++) {
        clock_format(list[i].started, started);
        clock_format(list[i].changed, changed);
        (void)json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s}", "service", list[i].place, "node",
                                                   list[i].node, "step", rotation_step_word(list[i].step), "started",
                                                   started, "since", changed));
    }
    return cli_json_print(json_pack("{s:o}", "rotations", all));
}

static void print_table(const struct rotation *list, size_t n)
{
    char started[CLOCK_RFC3339_MAX], changed[CLOCK_RFC3339_MAX];
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "SERVICE", CLI_COL_LEFT);
    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "STEP", CLI_COL_LEFT);
    cli_table_column(t, "SINCE", CLI_COL_LEFT);
    cli_table_column(t, "STARTED", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        clock_format(list[i].started, started);
        clock_format(list[i].changed, changed);
        const char *const cells[] = {list[i].place, list[i].node[0] != '\0' ? list[i].node : "-",
                                     rotation_step_word(list[i].step), changed, started};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxrotate_status(struct cli_common *common, int argc, char **argv)
{
    struct rotation *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    bool all = false;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &all);
    if (cli_store_open(common, &s, &err) != VOX_OK || rotations_read(s, all, &list, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(list, n);
    else if (n == 0)
        cli_say(common, "No rotation is open: 'voxrotate plan SERVICE' tells what one would mean.");
    else
        print_table(list, n);
    rotations_free(&list, n);
    store_close(&s);
    return status;
}
