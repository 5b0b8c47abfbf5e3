#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "phones_pick.h"
#include "voxtrust.h"

enum { OPT_BY = 'b', CELLS = 3 };

/* What phones are counted by. */
enum by { BY_LISTS, BY_SEEN, BY_LSC, BY_MODEL, BY_COUNT };
static const char *const by_words[BY_COUNT] = {"lists", "seen", "lsc", "model"};

struct count_args {
    struct phones_pick pick;
    enum by by;
};

static const struct argp_option options[] = {
    {"by", OPT_BY, "WHAT", 0, "count by lists (and model; this is the default), seen, lsc, or model", 0},
    PICK_OPTIONS,
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct count_args *a = state->input;

    if (key != OPT_BY)
        return pick_parse(key, arg, state, &a->pick);
    for (a->by = 0; a->by < BY_COUNT && strcmp(arg, by_words[a->by]) != 0; a->by++)
        ;
    if (a->by == BY_COUNT)
        argp_error(state, "--by %s: lists, seen, lsc or model", arg);
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Count phones by the lists that they hold, by when they were last seen, by their LSC, or by model.\v"
        "CTL and ITL are versions of 'voxlist history', none, or ? where nothing is known. Last seen: within the last "
        "day, week (7 days), month (30), quarter (90), earlier, or never. An LSC is valid, ending (within 60 days), "
        "ended, none, or unknown when CAPF does not know the phone.",
};

struct group {
    char cells[CELLS][INVENTORY_LIST_MAX];
    int64_t count;
};

struct counter {
    const struct count_args *a;
    int64_t now;
    struct group *groups;
    size_t n, room;
    int64_t unheard;
    bool no_memory;
};

static void cells_of(const struct counter *c, const struct inventory_row *r, struct group *g)
{
    const char *model = r->phone.model;

    *g = (struct group){.count = 1};
    switch (c->a->by) {
    case BY_LISTS:
        memcpy(g->cells[0], r->phone.ctl, sizeof g->cells[0]);
        memcpy(g->cells[1], r->phone.itl, sizeof g->cells[1]);
        (void)snprintf(g->cells[2], sizeof g->cells[2], "%s", model);
        break;
    case BY_SEEN:
        (void)snprintf(g->cells[0], sizeof g->cells[0], "%s", pick_seen_word(r->phone.seen, c->now));
        break;
    case BY_LSC:
        (void)snprintf(g->cells[0], sizeof g->cells[0], "%s", pick_lsc_word(r, c->now));
        break;
    case BY_MODEL:
    case BY_COUNT:
        (void)snprintf(g->cells[0], sizeof g->cells[0], "%s", model);
        break;
    }
}

static bool count(void *arg, const struct inventory_row *r)
{
    struct counter *c = arg;
    struct group g, *more;

    if (c->a->by == BY_LISTS && r->phone.seen == 0 && r->phone.how[0] == '\0') {
        c->unheard++;
        return true;
    }
    cells_of(c, r, &g);
    for (size_t i = 0; i < c->n; i++) {
        if (memcmp(c->groups[i].cells, g.cells, sizeof g.cells) == 0) {
            c->groups[i].count++;
            return true;
        }
    }
    if (c->n == c->room) {
        c->room = c->room * 2 + 16;
        if ((more = realloc(c->groups, c->room * sizeof *more)) == NULL) {
            c->no_memory = true;
            return false;
        }
        c->groups = more;
    }
    c->groups[c->n++] = g;
    return true;
}

/* Spans of time and states of LSCs from good to bad, the rest by what stands in it. */
static int rank(const char *word)
{
    static const char *const words[] = {"day",   "week",   "month", "quarter", "earlier", "never",
                                        "valid", "ending", "ended", "none",    "unknown"};

    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static int in_order(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int by = rank(x->cells[0]) - rank(y->cells[0]);

    return by != 0 ? by : memcmp(x->cells, y->cells, sizeof x->cells);
}

static json_t *group_json(const struct phones_held *held, const struct counter *c, const struct group *g)
{
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];
    const char *const model = g->cells[c->a->by == BY_LISTS ? 2 : 0];

    if (c->a->by == BY_SEEN || c->a->by == BY_LSC)
        return json_pack("{s:s, s:I}", by_words[c->a->by], g->cells[0], "phones", (json_int_t)g->count);
    json_t *doc = json_pack("{s:o, s:I}", "model", model[0] != '\0' ? json_string(model) : json_null(), "phones",
                            (json_int_t)g->count);

    if (c->a->by == BY_LISTS) {
        held_words(held, g->cells[0], ctl);
        held_words(held, g->cells[1], itl);
        (void)json_object_set_new(doc, "ctl", json_string(ctl));
        (void)json_object_set_new(doc, "ctl_sha256", json_string(g->cells[0]));
        (void)json_object_set_new(doc, "itl", json_string(itl));
        (void)json_object_set_new(doc, "itl_sha256", json_string(g->cells[1]));
    }
    return doc;
}

static int print_json(const struct phones_held *held, const struct counter *c)
{
    json_t *all = json_array();

    for (size_t i = 0; i < c->n; i++)
        (void)json_array_append_new(all, group_json(held, c, &c->groups[i]));
    return cli_json_print(
        json_pack("{s:s, s:o, s:I}", "by", by_words[c->a->by], "groups", all, "nothing_known", (json_int_t)c->unheard));
}

static void print_row(struct cli_table *t, const struct phones_held *held, const struct counter *c,
                      const struct group *g)
{
    char n[24], ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];

    (void)snprintf(n, sizeof n, "%" PRId64, g->count);
    if (c->a->by != BY_LISTS) {
        const char *const cells[] = {n, g->cells[0][0] != '\0' ? g->cells[0] : "-"};

        cli_table_row(t, cells);
        return;
    }
    held_words(held, g->cells[0], ctl);
    held_words(held, g->cells[1], itl);
    const char *const cells[] = {n, ctl, itl, g->cells[2][0] != '\0' ? g->cells[2] : "-"};

    cli_table_row(t, cells);
}

static void print_table(const struct phones_held *held, const struct counter *c)
{
    static const char *const titles[BY_COUNT] = {"", "SEEN WITHIN", "LSC", "MODEL"};
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "PHONES", CLI_COL_RIGHT);
    if (c->a->by == BY_LISTS) {
        cli_table_column(t, "CTL", CLI_COL_RIGHT);
        cli_table_column(t, "ITL", CLI_COL_RIGHT);
        cli_table_column(t, "MODEL", CLI_COL_LEFT);
    } else {
        cli_table_column(t, titles[c->a->by], CLI_COL_LEFT);
    }
    for (size_t i = 0; i < c->n; i++)
        print_row(t, held, c, &c->groups[i]);
    cli_table_print(t);
    cli_table_free(&t);
    if (c->unheard > 0)
        printf("Of %" PRId64 " more phones nothing is known but what CAPF knows.\n", c->unheard);
}

static enum vox_err count_all(struct store *s, const struct phones_held *held, struct counter *c, struct vox_error *err)
{
    enum vox_err code = pick_each(s, held, &c->a->pick, c->now, count, c, err);

    if (code == VOX_OK && c->no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (c->n > 0)
        qsort(c->groups, c->n, sizeof *c->groups, in_order);
    return code;
}

int voxtrust_phones_count(struct cli_common *common, int argc, char **argv)
{
    struct count_args a = {.pick = PHONES_PICK_ANY};
    struct counter c = {.a = &a, .now = clock_now()};
    struct phones_held *held = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || held_read(s, &held, &err) != VOX_OK ||
        count_all(s, held, &c, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(held, &c);
    else if (c.n == 0 && c.unheard == 0)
        cli_say(common, "No such phone is known: 'voxtrust phones import FILE' learns from access logs and tables.");
    else
        print_table(held, &c);
    free(c.groups);
    held_free(&held);
    store_close(&s);
    return status;
}
