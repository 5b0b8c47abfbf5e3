#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "phones_held.h"
#include "voxtrust.h"

static const struct argp argp = {
    .doc = "Count phones by the lists that they hold and by model.\v"
           "CTL and ITL are versions of 'voxlist history', none, or ? where nothing is known.",
};

static json_t *group_json(const struct phones_held *held, const struct inventory_group *g)
{
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];

    held_words(held, g->ctl, ctl);
    held_words(held, g->itl, itl);
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:I}", "ctl", ctl, "ctl_sha256", g->ctl, "itl", itl, "model",
                     g->model[0] != '\0' ? json_string(g->model) : json_null(), "itl_sha256", g->itl, "phones",
                     (json_int_t)g->count);
}

static int print_json(const struct phones_held *held, const struct inventory_group *groups, size_t n, int64_t unheard)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(all, group_json(held, &groups[i]));
    return cli_json_print(json_pack("{s:o, s:I}", "groups", all, "nothing_known", (json_int_t)unheard));
}

static void print_table(const struct phones_held *held, const struct inventory_group *groups, size_t n, int64_t unheard)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "PHONES", CLI_COL_RIGHT);
    cli_table_column(t, "CTL", CLI_COL_RIGHT);
    cli_table_column(t, "ITL", CLI_COL_RIGHT);
    cli_table_column(t, "MODEL", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        char count[24], ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];

        (void)snprintf(count, sizeof count, "%" PRId64, groups[i].count);
        held_words(held, groups[i].ctl, ctl);
        held_words(held, groups[i].itl, itl);
        const char *const cells[] = {count, ctl, itl, groups[i].model[0] != '\0' ? groups[i].model : "-"};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
    if (unheard > 0)
        printf("Of %" PRId64 " more phones nothing is known but what CAPF knows.\n", unheard);
}

int voxtrust_phones_count(struct cli_common *common, int argc, char **argv)
{
    struct inventory_group *groups = NULL;
    struct phones_held *held = NULL;
    struct store *s = NULL;
    int64_t unheard = 0;
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || held_read(s, &held, &err) != VOX_OK ||
        inventory_groups(s, &groups, &n, &unheard, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(held, groups, n, unheard);
    else if (n == 0 && unheard == 0)
        cli_say(common, "No phone is known: 'voxtrust phones import FILE' learns from access logs and tables.");
    else
        print_table(held, groups, n, unheard);
    free(groups);
    held_free(&held);
    store_close(&s);
    return status;
}
