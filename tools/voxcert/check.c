#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/anchors.h>
#include <cluster/view.h>
#include <libcert/certcheck.h>
#include <libcert/clock.h>
#include <libcert/file.h>

#include <cluster/naming.h>
#include "voxcert.h"

enum { DAYS_DEFAULT = 30 };

static const struct argp_option options[] = {
    {"days", 'd', "N", 0, "say so when a certificate ends within N days (default: 30)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    int *days = state->input;
    char *end;
    long value;

    switch (key) {
    case 'd':
        errno = 0;
        value = strtol(arg, &end, 10);
        if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || value > 36500)
            argp_error(state, "--days %s: a number from 0 to 36500", arg);
        *days = (int)value;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s (all certificates are checked)", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Check every certificate that is in use: dates, key, chain, extensions for its service, and that the private "
        "key is there for its owner alone.\v"
        "Exit status 1 when there is a finding.",
};

/* Where findings go: a row or an object each. */
struct report {
    json_t *all;
    struct cli_table *table;
    size_t n;
};

static void add(struct report *r, const struct store_binding *b, const char *code, const char *text)
{
    char id[VIEW_ID_MAX], fingerprint[CERT_FINGERPRINT_MAX];

    r->n++;
    view_id(b->cert, id);
    cert_fingerprint(b->cert, fingerprint);
    if (r->all != NULL)
        (void)json_array_append_new(r->all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "sha256", fingerprint, "place",
                                                      b->place, "node", b->node, "state", bind_state_word(b->state),
                                                      "code", code, "text", text));
    else
        cli_table_row(r->table, (const char *const[]){id, b->place, b->node, code, text});
}

static void check_key_file(struct store *s, const struct store_binding *b, struct report *r)
{
    char path[PATH_MAX], text[PATH_MAX + 100];
    int private;

    if (!naming_key_path(s, b->key_source, path, sizeof path))
        return;
    private = file_is_private(path);
    if (private == 0)
        (void)snprintf(text, sizeof text, "its private key can be read by others, and is not used: chmod 600 %s", path);
    else if (private < 0)
        (void)snprintf(text, sizeof text, "its private key is not to be had: %s: %s", path, strerror(errno));
    if (private <= 0)
        add(r, b, "key-file", text);
}

static void check_binding(struct store *s, const struct store_binding *b, const struct anchors *anchors, int days,
                          int64_t now, struct report *r)
{
    struct certcheck_finding findings[CERTCHECK_MAX];
    struct certcheck_params p = {
        .now = now, .warn_days = days, .service = -1, .trusted = anchors->certs, .ntrusted = anchors->n};
    enum service service;
    size_t n;

    p.manufacturer = strcmp(b->place, "CAPF-trust") == 0;
    if (service_parse(b->place, &service))
        p.service = (int)service;
    certcheck(b->cert, &p, findings, &n);
    for (size_t i = 0; i < n; i++)
        add(r, b, findings[i].code, findings[i].text);
    check_key_file(s, b, r);
}

static int check(const struct cli_common *common, struct store *s, const struct store_binding *list, size_t n, int days,
                 const struct anchors *anchors)
{
    struct report r = {.all = common->json ? json_array() : NULL, .table = common->json ? NULL : cli_table_new()};
    int64_t now = clock_now();
    size_t checked = 0;
    int status;

    cli_table_column(r.table, "ID", CLI_COL_LEFT);
    cli_table_column(r.table, "PLACE", CLI_COL_LEFT);
    cli_table_column(r.table, "NODE", CLI_COL_LEFT);
    cli_table_column(r.table, "FINDING", CLI_COL_LEFT);
    cli_table_column(r.table, "WHAT IS WRONG", CLI_COL_LEFT);
    for (size_t i = 0; i < n; i++) {
        if (list[i].cert == NULL)
            continue; /* a request */
        check_binding(s, &list[i], anchors, days, now, &r);
        checked++;
    }
    status = r.n > 0 ? EXIT_NO : EXIT_DONE;
    if (common->json) {
        int printed = cli_json_print(
            json_pack("{s:b, s:I, s:o}", "ok", r.n == 0, "checked", (json_int_t)checked, "findings", r.all));

        return printed != EXIT_DONE ? printed : status;
    }
    if (r.n > 0)
        cli_table_print(r.table);
    else
        cli_say(common, "%zu certificate%s checked, nothing found", checked, checked == 1 ? "" : "s");
    cli_table_free(&r.table);
    return status;
}

int voxcert_check(struct cli_common *common, int argc, char **argv)
{
    const struct store_binding_filter f = {.state = -1, .live = true};
    struct store_binding *list = NULL;
    struct anchors anchors = {0};
    struct store *s = NULL;
    struct vox_error err;
    int days = DAYS_DEFAULT, status;
    size_t n = 0;

    cli_parse(common, &argp, argc, argv, &days);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_bindings(s, &f, &list, &n, &err) != VOX_OK ||
        anchors_read(s, NULL, &anchors, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = check(common, s, list, n, days, &anchors);
    anchors_free(&anchors);
    store_bindings_free(&list, n);
    store_close(&s);
    return status;
}
