#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "voxtrust.h"

struct log_args {
    size_t last;
    bool verify;
};

enum { OPTION_VERIFY = 0x100 };

static const struct argp_option options[] = {
    {"last", 'n', "N", 0, "only the newest N entries", 0},
    {"verify", OPTION_VERIFY, NULL, 0, "check the hash chain: exit 1 when an entry was changed, removed or moved", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct log_args *a = state->input;
    char *end;

    switch (key) {
    case 'n':
        errno = 0;
        a->last = strtoul(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || a->last == 0 || errno != 0)
            argp_error(state, "--last %s: a number from 1", arg);
        return 0;
    case OPTION_VERIFY:
        a->verify = true;
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
    .doc = "Show who changed what and when, oldest first. Each entry is chained to the one before by a hash.",
};

static int verify(struct cli_common *common, struct store *s)
{
    struct vox_error err;
    struct audit_entry *list = NULL;
    int64_t count = 0;
    size_t n = 0;
    enum vox_err code = audit_verify(s, &count, &err);

    if (common->json && (code == VOX_OK || code == VOX_E_NO)) {
        int status = cli_json_print(json_pack("{s:b, s:I, s:s?}", "valid", code == VOX_OK, "entries", (json_int_t)count,
                                              "reason", code == VOX_OK ? NULL : err.text));
        return status != EXIT_DONE ? status : cli_status(code);
    }
    if (code != VOX_OK || (code = audit_entries(s, 1, &list, &n, &err)) != VOX_OK)
        return cli_report(common, "audit log", &err);
    cli_say(common, "%" PRId64 " entr%s, each follows from the one before; the last hash is\n%s", count,
            count == 1 ? "y" : "ies", n > 0 ? list[0].hash : "none");
    audit_entries_free(&list, n);
    return EXIT_DONE;
}

static int print(struct cli_common *common, const struct audit_entry *list, size_t n)
{
    if (common->json) {
        json_t *all = json_array();

        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(all, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "number",
                                                       (json_int_t)list[i].number, "time", list[i].time, "who",
                                                       list[i].who, "what", list[i].what, "result", list[i].result,
                                                       "hash", list[i].hash));
        return cli_json_print(json_pack("{s:o}", "entries", all));
    }
    struct cli_table *t = cli_table_new();
    cli_table_column(t, "#", CLI_COL_RIGHT);
    cli_table_column(t, "TIME", CLI_COL_LEFT);
    cli_table_column(t, "WHO", CLI_COL_LEFT);
    cli_table_column(t, "WHAT", CLI_COL_LEFT);
    cli_table_column(t, "RESULT", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        char number[24];

        (void)snprintf(number, sizeof number, "%" PRId64, list[i].number);
        cli_table_row(t, (const char *const[]){number, list[i].time, list[i].who, list[i].what, list[i].result});
    }
    cli_table_print(t);
    cli_table_free(&t);
    return EXIT_DONE;
}

int voxtrust_log(struct cli_common *common, int argc, char **argv)
{
    struct audit_entry *list = NULL;
    struct log_args a = {0};
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (a.verify)
        status = verify(common, s);
    else if (audit_entries(s, a.last, &list, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = print(common, list, n);
    audit_entries_free(&list, n);
    store_close(&s);
    return status;
}
