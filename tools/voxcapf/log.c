#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>
#include <libcert/ledger.h>

#include "device.h"
#include "voxcapf.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **device = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (*device != NULL)
            argp_error(state, "one DEVICE at a time: %s", arg);
        *device = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which DEVICE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "DEVICE",
    .doc =
        "Show what happened to a phone, oldest first: the audit log's entries that name it, and its certificates. What "
        "'voxcapf import' and 'voxcapf renew' did to many at once stands in 'voxtrust log' only.",
};

/* One thing that happened. */
struct event {
    char *time, *who, *what, *result; /* owned */
    size_t order;                     /* of adding, for those of one second */
};

struct events {
    struct event *list;
    size_t n;
    bool no_memory;
};

static void add(struct events *ev, const char *time, const char *who, const char *what, const char *result)
{
    struct event *more = reallocarray(ev->list, ev->n + 1, sizeof *more);
    struct event *e;

    if (more == NULL) {
        ev->no_memory = true;
        return;
    }
    ev->list = more;
    e = &ev->list[ev->n];
    *e = (struct event){strdup(time), strdup(who), strdup(what), strdup(result), ev->n};
    ev->n++;
    if (e->time == NULL || e->who == NULL || e->what == NULL || e->result == NULL)
        ev->no_memory = true;
}

static void events_free(struct events *ev)
{
    for (size_t i = 0; i < ev->n; i++) {
        free(ev->list[i].time);
        free(ev->list[i].who);
        free(ev->list[i].what);
        free(ev->list[i].result);
    }
    free(ev->list);
}

static bool add_entry(void *arg, const struct ledger_entry *e)
{
    struct events *ev = arg;
    char what[200], fingerprint[CERT_FINGERPRINT_MAX], until[CLOCK_RFC3339_MAX], when[CLOCK_RFC3339_MAX];

    cert_fingerprint(e->cert, fingerprint);
    clock_format(cert_not_after(e->cert), until);
    clock_format(e->issued, when);
    (void)snprintf(what, sizeof what, "certificate %.12s, until %s", fingerprint, until);
    add(ev, when, "", what, "issued");
    if (e->delivered != 0) {
        clock_format(e->delivered, when);
        add(ev, when, "", what, "delivered");
    }
    return !ev->no_memory;
}

/* Times are texts that sort. */
static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    int order = strcmp(x->time, y->time);

    return order != 0 ? order : x->order < y->order ? -1 : x->order > y->order;
}

static enum vox_err gather(struct store *s, const char *device, struct events *ev, struct vox_error *err)
{
    struct audit_entry *list;
    size_t n;
    enum vox_err code = phone_name_check(device, err);

    if (code != VOX_OK || (code = audit_entries_about(s, device, &list, &n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++)
        add(ev, list[i].time, list[i].who, list[i].what, list[i].result);
    audit_entries_free(&list, n);
    code = ledger_each(s, device, add_entry, ev, err);
    if (code == VOX_OK && ev->no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK && ev->n > 0)
        qsort(ev->list, ev->n, sizeof *ev->list, by_time);
    return code;
}

static int print(const struct cli_common *common, const char *device, const struct events *ev)
{
    struct cli_table *t;

    if (common->json) {
        json_t *all = json_array();

        for (size_t i = 0; i < ev->n; i++)
            (void)json_array_append_new(all, json_pack("{s:s, s:s?, s:s, s:s}", "time", ev->list[i].time, "who",
                                                       ev->list[i].who[0] != '\0' ? ev->list[i].who : NULL, "what",
                                                       ev->list[i].what, "result", ev->list[i].result));
        return cli_json_print(json_pack("{s:s, s:o}", "device", device, "events", all));
    }
    if (ev->n == 0) {
        cli_say(common, "Nothing is recorded about %s.", device);
        return EXIT_DONE;
    }
    t = cli_table_new();
    cli_table_column(t, "TIME", CLI_COL_LEFT);
    cli_table_column(t, "WHO", CLI_COL_LEFT);
    cli_table_column(t, "WHAT", CLI_COL_LEFT);
    cli_table_column(t, "RESULT", CLI_COL_LEFT);
    for (size_t i = 0; i < ev->n; i++)
        cli_table_row(t,
                      (const char *const[]){ev->list[i].time, ev->list[i].who, ev->list[i].what, ev->list[i].result});
    cli_table_print(t);
    cli_table_free(&t);
    return EXIT_DONE;
}

int voxcapf_log(struct cli_common *common, int argc, char **argv)
{
    struct events events = {.list = NULL};
    const char *device = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &device);
    if (cli_store_open(common, &s, &err) != VOX_OK || gather(s, device, &events, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = print(common, device, &events);
    events_free(&events);
    store_close(&s);
    return status;
}
