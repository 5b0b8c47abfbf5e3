#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/compose.h>
#include <libcert/file.h>
#include <libcert/limits.h>

#include "voxlist.h"

struct history_args {
    bool has_kind;
    enum cluster_list kind;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct history_args *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (a->has_kind || !cluster_list_parse(arg, &a->kind))
        argp_error(state, "'%s': ctl, itl, or nothing for both", arg);
    a->has_kind = true;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[ctl|itl]",
    .doc = "Show every version of the trust lists that was published, the newest first.\v"
           "'current' is what phones are served; 'not in place' was recorded, but another file stands there: publish "
           "again, or roll back.",
};

/* Does the current version of a file really stand there? */
static bool in_place(const struct store_list *l)
{
    struct bytes file;
    char path[PATH_MAX];
    bool same;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", l->dir, l->name) >= sizeof path ||
        file_read(path, LIMIT_LIST_FILE, &file, NULL) != VOX_OK)
        return false;
    same = bytes_equal(bytes_view_of(&file), bytes_view_of(&l->data));
    bytes_free(&file);
    return same;
}

static const char *state_of(const struct store_list *l)
{
    if (!l->current)
        return "";
    return in_place(l) ? "current" : "not in place";
}

static int print_json(const struct store_list *lists, size_t n)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct store_list *l = &lists[i];

        (void)json_array_append_new(
            all, json_pack("{s:I, s:s, s:s, s:o, s:s, s:I, s:s, s:s, s:s, s:b, s:o}", "version", (json_int_t)l->number,
                           "kind", l->kind, "name", l->name, "dir", cli_json_text(l->dir), "published", l->published,
                           "bytes", (json_int_t)l->data.len, "sha256", l->sha256, "signer", l->signer, "note", l->note,
                           "current", l->current, "in_place", l->current ? json_boolean(in_place(l)) : json_null()));
    }
    return cli_json_print(all);
}

static void print_table(const struct store_list *lists, size_t n)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "VERSION", CLI_COL_RIGHT);
    cli_table_column(t, "PUBLISHED", CLI_COL_LEFT);
    cli_table_column(t, "FILE", CLI_COL_LEFT);
    cli_table_column(t, "BYTES", CLI_COL_RIGHT);
    cli_table_column(t, "SIGNER", CLI_COL_LEFT);
    cli_table_column(t, "STATE", CLI_COL_LEFT);
    cli_table_column(t, "NOTE", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < n; i++) {
        const struct store_list *l = &lists[i];
        char version[24], bytes[24], path[PATH_MAX], signer[17];

        (void)snprintf(version, sizeof version, "%lld", (long long)l->number);
        (void)snprintf(bytes, sizeof bytes, "%zu", l->data.len);
        (void)snprintf(path, sizeof path, "%s/%s", l->dir, l->name);
        (void)snprintf(signer, sizeof signer, "%.16s", l->signer);
        cli_table_row(t, (const char *const[]){version, l->published, path, bytes, signer, state_of(l), l->note});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxlist_history(struct cli_common *common, int argc, char **argv)
{
    struct history_args a = {.has_kind = false};
    struct store_list *lists = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;
    size_t n = 0;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK ||
        store_lists(s, a.has_kind ? cluster_list_word(a.kind) : NULL, true, &lists, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(lists, n);
    else if (n == 0)
        cli_say(common, "Nothing has been published yet: 'voxlist publish ctl --to DIR' does that.");
    else
        print_table(lists, n);
    store_lists_free(&lists, n);
    store_close(&s);
    return status;
}
