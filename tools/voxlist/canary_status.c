#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/inventory.h>

#include "canary.h"
#include "voxlist.h"

enum { OPT_ALL = 'a', NAMES_SHOWN = 10 };

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
    .doc = "Tell of each canary how many of its phones were seen with its list, how many were seen with another one "
           "since, "
           "and who was not seen.\v"
           "What phones hold is known from 'voxtrust phones import'. Exit status 1 when a phone was seen with another "
           "list since the canary began: it was offered the list and did not take it, or has not asked yet.",
};

/* What became of the phones of one canary. */
struct sighted {
    json_t *with_it, *with_another, *not_seen; /* names */
};

static void sort_in(struct sighted *out, const struct canary *c, const char *name, const struct inventory_phone *p)
{
    const bool itl = strcmp(c->kind, "itl") == 0;
    const char *holds = p == NULL ? "" : itl ? p->itl : p->ctl;
    const int64_t seen = p == NULL ? 0 : itl ? p->itl_seen : p->ctl_seen;
    json_t *where = out->not_seen;

    if (strcmp(holds, c->sha256) == 0)
        where = out->with_it;
    else if (holds[0] != '\0' && seen > c->started)
        where = out->with_another;
    (void)json_array_append_new(where, json_string(name));
}

static enum vox_err look(struct store *s, const struct canary *c, struct sighted *out, struct vox_error *err)
{
    struct canary_phone *phones;
    enum vox_err code;
    size_t n;

    *out = (struct sighted){json_array(), json_array(), json_array()};
    if ((code = canary_phones(s, c->id, &phones, &n, err)) != VOX_OK)
        return code;
    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        struct inventory_phone p;

        code = inventory_get(s, phones[i].name, &p, err);
        sort_in(out, c, phones[i].name, code == VOX_OK ? &p : NULL);
        if (code == VOX_E_NOT_FOUND)
            code = VOX_OK;
    }
    free(phones);
    return code;
}

static void forget(struct sighted *g)
{
    json_decref(g->with_it);
    json_decref(g->with_another);
    json_decref(g->not_seen);
}

static void say_names(const struct cli_common *common, const char *what, const json_t *names)
{
    char text[NAMES_SHOWN * (PHONE_NAME_MAX + 2) + 8] = "";
    size_t used = 0;

    for (size_t i = 0; i < json_array_size(names) && i < NAMES_SHOWN; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? ", " : "",
                                 json_string_value(json_array_get(names, i)));
    if (json_array_size(names) > NAMES_SHOWN)
        (void)snprintf(text + used, sizeof text - used, " ...");
    if (json_array_size(names) > 0)
        cli_say(common, "  %zu %s: %s", json_array_size(names), what, text);
}

static const char *next_step(enum canary_step step)
{
    switch (step) {
    case CANARY_GROWING:
        return "interrupted: 'voxlist canary promote' goes on";
    case CANARY_PROMOTING:
        return "interrupted: 'voxlist canary promote --all' goes on";
    case CANARY_WITHDRAWING:
        return "interrupted: 'voxlist canary withdraw' goes on";
    default:
        return NULL;
    }
}

static void say(const struct cli_common *common, const struct canary *c, const struct sighted *g)
{
    const size_t with = json_array_size(g->with_it), other = json_array_size(g->with_another),
                 unseen = json_array_size(g->not_seen);
    char started[CLOCK_RFC3339_MAX];

    clock_format(c->started, started);
    cli_say(common, "%s in %s, %s, begun %s, list %.12s: %zu of %zu phones were seen with it", c->kind, c->dir,
            canary_step_word(c->step), started, c->sha256, with, with + other + unseen);
    say_names(common, "seen with another list since", g->with_another);
    say_names(common, "not seen since", g->not_seen);
    if (next_step(c->step) != NULL)
        cli_say(common, "  %s", next_step(c->step));
}

static json_t *describe(const struct canary *c, const struct sighted *g)
{
    json_t *doc =
        canary_json(c, json_array_size(g->with_it) + json_array_size(g->with_another) + json_array_size(g->not_seen));

    (void)json_object_set(doc, "with_it", g->with_it);
    (void)json_object_set(doc, "with_another", g->with_another);
    (void)json_object_set(doc, "not_seen", g->not_seen);
    return doc;
}

int voxlist_canary_status(struct cli_common *common, int argc, char **argv)
{
    json_t *docs = json_array();
    struct canary *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;
    bool all = false;
    size_t n = 0;

    cli_parse(common, &argp, argc, argv, &all);
    if (cli_store_open(common, &s, &err) != VOX_OK || canaries_read(s, all, &list, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (n == 0 && !common->json)
        cli_say(common, "No canary is open.");
    for (size_t i = 0; i < n && status != EXIT_ENVIRONMENT; i++) {
        struct sighted g;

        if (look(s, &list[i], &g, &err) != VOX_OK) {
            status = cli_report(common, NULL, &err);
        } else {
            if (json_array_size(g.with_another) > 0 && list[i].step == CANARY_OPEN)
                status = EXIT_NO;
            if (common->json)
                (void)json_array_append_new(docs, describe(&list[i], &g));
            else
                say(common, &list[i], &g);
        }
        forget(&g);
    }
    if (common->json && (status == EXIT_DONE || status == EXIT_NO) && cli_json_print(json_incref(docs)) != EXIT_DONE)
        status = EXIT_ENVIRONMENT;
    json_decref(docs);
    canaries_free(&list, n);
    store_close(&s);
    return status;
}
