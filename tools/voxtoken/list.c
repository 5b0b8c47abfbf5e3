#include <stdlib.h>

#include <cli/output.h>
#include <cli/report.h>

#include "voxtoken.h"

static const struct argp_option options[] = {REACH_OPTION_MODULE, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected: %s", arg);
    return reach_parse(key, arg, state, state->input);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "List the tokens that are plugged in, and how their PINs stand. No PIN is needed.\v"
           "PIN: ok; low (a wrong one was tried); final try (the next wrong one locks it); locked; unset; to be "
           "changed; none.",
};

static void row(struct cli_table *t, const struct token_info *i)
{
    const char *const cells[] = {i->label, i->serial, i->model,
                                 i->initialized ? token_pin_word(i->pin) : "not initialized",
                                 i->pinpad ? "reader" : "here"};

    cli_table_row(t, cells);
}

static enum vox_err collect(const struct cli_common *common, struct token_agent *a, struct cli_table *table,
                            json_t *list, size_t *n, struct vox_error *err)
{
    size_t slots;
    enum vox_err code = token_count(a, &slots, err);

    *n = 0;
    for (size_t i = 0; code == VOX_OK && i < slots; i++) {
        struct token_info t;

        if ((code = token_at(a, i, &t, err)) != VOX_OK)
            break;
        (void)json_array_append_new(list, reach_token_json(&t));
        if (t.trouble[0] != '\0') {
            cli_warn(common, NULL, "%s", t.trouble);
            continue;
        }
        if (!t.initialized) /* SoftHSM keeps one ready; readers of HSMs have many */
            continue;
        row(table, &t);
        (*n)++;
    }
    return code;
}

int voxtoken_list(struct cli_common *common, int argc, char **argv)
{
    struct reach r = {0};
    struct token_agent *a;
    struct cli_table *table = cli_table_new();
    json_t *list = json_array();
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &r);
    cli_table_column(table, "TOKEN", CLI_COL_TRUNCATE);
    cli_table_column(table, "SERIAL NUMBER", CLI_COL_LEFT);
    cli_table_column(table, "MODEL", CLI_COL_TRUNCATE);
    cli_table_column(table, "PIN", CLI_COL_LEFT);
    cli_table_column(table, "ENTERED", CLI_COL_LEFT);
    if (reach_agent(&r, NULL, &a, &err) != VOX_OK || collect(common, a, table, list, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = cli_json_print(json_incref(list));
    else if (n > 0)
        cli_table_print(table);
    else
        cli_say(common, "No token is plugged in, or no reader can be seen.");
    json_decref(list);
    cli_table_free(&table);
    return status;
}
