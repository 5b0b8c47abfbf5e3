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
#include <libcert/notices.h>

#include <cluster/naming.h>
#include "voxcert.h"
#include "watch.h"

enum { DAYS_DEFAULT = 30, DAYS_UNSET = -1, OPT_METRICS = 0x600, OPT_NOTIFY, OPT_AT };

struct args {
    int days;
    int at[WATCH_AT_MAX];
    size_t nat;
    bool notify;
    const char *metrics;
};

static const struct argp_option options[] = {
    {"days", 'd', "N", 0,
     "say so when a certificate ends within N days (default: 30; with --notify the largest of --at)", 0},
    {"notify", OPT_NOTIFY, NULL, 0,
     "run the hooks for certificates that have come nearer to their end than a threshold of --at, once for each", 0},
    {"at", OPT_AT, "DAYS,...", 0, "thresholds for --notify and --metrics (default: 60,30,7)", 0},
    {"metrics", OPT_METRICS, "FILE", 0, "write what was found for a monitoring system ('-': standard output)", 0},
    {0},
};

/* A number of days at the start of text; *rest is what follows it. -1: none, or too many. */
static int parse_days(const char *text, char **rest)
{
    long value;

    errno = 0;
    value = strtol(text, rest, 10);
    return text[0] < '0' || text[0] > '9' || errno != 0 || value > NOTICE_DAYS_MAX ? -1 : (int)value;
}

static void parse_at(struct args *a, const char *text, struct argp_state *state)
{
    const char *p = text;
    char *rest;

    a->nat = 0;
    do {
        int days = parse_days(p, &rest);

        for (size_t i = 0; i < a->nat; i++)
            if (a->at[i] == days)
                days = -1;
        if (days < 1 || (*rest != ',' && *rest != '\0') || a->nat == WATCH_AT_MAX)
            argp_error(state, "--at %s: up to %d different numbers from 1 to %d with commas between", text,
                       WATCH_AT_MAX, NOTICE_DAYS_MAX);
        a->at[a->nat++] = days;
        p = rest + 1;
    } while (*rest == ',');
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    char *rest;

    switch (key) {
    case 'd':
        a->days = parse_days(arg, &rest);
        if (a->days < 0 || *rest != '\0')
            argp_error(state, "--days %s: a number from 0 to %d", arg, NOTICE_DAYS_MAX);
        return 0;
    case OPT_NOTIFY:
        a->notify = true;
        return 0;
    case OPT_AT:
        parse_at(a, arg, state);
        return 0;
    case OPT_METRICS:
        a->metrics = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected: %s (all certificates are checked)", arg);
        return 0;
    case ARGP_KEY_END:
        if (a->days == DAYS_UNSET) {
            a->days = DAYS_DEFAULT;
            for (size_t i = 0; a->notify && i < a->nat; i++)
                a->days = i == 0 || a->at[i] > a->days ? a->at[i] : a->days;
        }
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
        "key is there for its owner alone. For a timer: tell people by hooks, and a monitoring system by a file.\v"
        "Exit status 1 when there is a finding, 4 when people should be told and were not, or the file was not "
        "written.",
};

/* All words of findings: a monitoring system wants to see those that are not found, too. */
static const char *const codes[] = {"expired",        "expiring",  "not-yet-valid", "weak-key", "key-type",
                                    "weak-signature", "extension", "chain",         "key-file"};
enum { NCODES = sizeof codes / sizeof codes[0] };

/* Where findings go: a row or an object each. */
struct report {
    json_t *all;
    struct cli_table *table;
    size_t n, checked;
    struct watch_count counts[NCODES + 1];
};

static void add(struct report *r, const struct store_binding *b, const char *code, const char *text)
{
    char id[VIEW_ID_MAX], fingerprint[CERT_FINGERPRINT_MAX];

    r->n++;
    for (size_t i = 0; i < NCODES; i++)
        if (strcmp(r->counts[i].code, code) == 0)
            r->counts[i].n++;
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
    char path[PATH_MAX], text[PATH_MAX + 300], owner[FILE_USER_MAX];
    int private;

    if (!naming_key_path(s, b->key_source, path, sizeof path))
        return;
    private = file_is_private(path);
    if (private == 0)
        (void)snprintf(text, sizeof text, "its private key can be read by others, and is not used: chmod 600 %s", path);
    else if (private < 0)
        (void)snprintf(text, sizeof text, "its private key is not to be had: %s: %s", path, strerror(errno));
    else if (file_stranger(path, owner, sizeof owner))
        (void)snprintf(text, sizeof text, "its private key cannot be read by %s, whose folder it is in: chown %s %s",
                       owner, owner, path);
    else
        return;
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

static void check_all(const struct watch *w, const struct anchors *anchors, int days, struct report *r)
{
    for (size_t i = 0; i < NCODES; i++)
        r->counts[i].code = codes[i];
    cli_table_column(r->table, "ID", CLI_COL_LEFT);
    cli_table_column(r->table, "PLACE", CLI_COL_LEFT);
    cli_table_column(r->table, "NODE", CLI_COL_LEFT);
    cli_table_column(r->table, "FINDING", CLI_COL_LEFT);
    cli_table_column(r->table, "WHAT IS WRONG", CLI_COL_LEFT);
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].cert == NULL)
            continue; /* a request */
        check_binding(w->s, &w->list[i], anchors, days, w->now, r);
        r->checked++;
    }
}

static int print(const struct watch *w, const struct args *a, struct report *r)
{
    const struct cli_common *common = w->common;

    if (common->json) {
        json_t *doc =
            json_pack("{s:b, s:I, s:O}", "ok", r->n == 0, "checked", (json_int_t)r->checked, "findings", r->all);

        if (a->notify) {
            (void)json_object_set_new(doc, "told", json_integer((json_int_t)w->told));
            (void)json_object_set_new(doc, "waiting", json_integer((json_int_t)w->waiting));
        }
        return cli_json_print(doc);
    }
    if (a->metrics != NULL && strcmp(a->metrics, "-") == 0)
        return EXIT_DONE;
    if (r->n > 0)
        cli_table_print(r->table);
    else
        cli_say(common, "%zu certificate%s checked, nothing found", r->checked, r->checked == 1 ? "" : "s");
    if (w->told > 0)
        cli_say(common, "told of %zu certificate%s", w->told, w->told == 1 ? "" : "s");
    return EXIT_DONE;
}

/* What one of them cannot do does not keep the others from it. */
static int check(struct watch *w, const struct args *a, const struct anchors *anchors)
{
    struct report r = {.all = w->common->json ? json_array() : NULL, .table = w->common->json ? NULL : cli_table_new()};
    int told = EXIT_DONE, written = EXIT_DONE, printed;
    struct vox_error err;

    check_all(w, anchors, a->days, &r);
    if (watch_tell(w, a->notify, &err) != VOX_OK)
        told = cli_report(w->common, NULL, &err);
    if (a->metrics != NULL && watch_metrics(w, r.counts, a->metrics, &err) != VOX_OK)
        written = cli_report(w->common, a->metrics, &err);
    printed = print(w, a, &r);
    json_decref(r.all);
    cli_table_free(&r.table);
    if (told == EXIT_USAGE)
        return told;
    if (told != EXIT_DONE || written != EXIT_DONE || printed != EXIT_DONE)
        return EXIT_ENVIRONMENT;
    return r.n > 0 ? EXIT_NO : EXIT_DONE;
}

int voxcert_check(struct cli_common *common, int argc, char **argv)
{
    const struct store_binding_filter f = {.state = -1, .live = true};
    const struct trunk_cert_filter all = {.trunk = NULL};
    struct args a = {.days = DAYS_UNSET, .at = {60, 30, 7}, .nat = 3};
    struct watch w = {.common = common, .now = clock_now()};
    struct store_binding *list = NULL;
    struct anchors anchors = {0};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (a.metrics != NULL && strcmp(a.metrics, "-") == 0 && common->json)
        return cli_usage(common, "--metrics - and --json both want standard output");
    memcpy(w.at, a.at, sizeof w.at);
    w.nat = a.nat;
    if (cli_store_open(common, &w.s, &err) != VOX_OK || store_bindings(w.s, &f, &list, &w.n, &err) != VOX_OK ||
        trunk_certs(w.s, &all, &w.trunks, &w.ntrunks, &err) != VOX_OK ||
        anchors_read(w.s, NULL, &anchors, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        w.list = list;
        status = check(&w, &a, &anchors);
    }
    anchors_free(&anchors);
    trunk_certs_free(&w.trunks, w.ntrunks);
    store_bindings_free(&list, w.n);
    store_close(&w.s);
    return status;
}
