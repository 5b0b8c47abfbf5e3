#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "bundle_file.h"
#include "bundle_steps.h"
#include "phones_held.h"
#include "voxtrust.h"

enum { OPT_PHONES = 0x100 };

struct check_args {
    const char *file;
    bool phones;      /* each by name */
    const char *only; /* those with this verdict; NULL: all */
};

static const struct argp_option options[] = {
    {"phones", OPT_PHONES, "VERDICT", OPTION_ARG_OPTIONAL,
     "name each phone in place of the steps; only those that are accepted, ignored, first-trust, tvs, refused or "
     "unknown",
     0},
    {0},
};

static bool is_verdict(const char *word)
{
    for (int v = ACCEPT_YES; v <= ACCEPT_REFUSED; v++)
        if (strcmp(word, accept_word((enum accept_verdict)v)) == 0)
            return true;
    return strcmp(word, "unknown") == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct check_args *a = state->input;

    if (key != OPT_PHONES)
        return bundle_file_arg(key, arg, state, &a->file);
    if (arg != NULL && !is_verdict(arg))
        argp_error(state, "--phones=%s: accepted, ignored, first-trust, tvs, refused or unknown", arg);
    a->phones = true;
    a->only = arg;
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Tell for each group of this cluster's phones whether they would take the lists of the other cluster, whose "
           "bundle FILE is, and what is to be done before they move.\v"
           "Exit status 1 when some would refuse them, and be locked out. What phones hold is known from 'voxtrust "
           "phones import'. Nothing is changed.",
};

/* What a verdict is shown by. */
struct check {
    struct cli_common *common;
    struct check_args a;
    struct bundle_file b;
    struct move m;
    struct steps steps;
    struct phones_held *held;
    struct store *s;
};

static const char *verdict(const struct move_group *g)
{
    return g->is_known ? accept_word(g->verdict) : "unknown";
}

static json_t *group_json(const struct check *c, const struct move_group *g)
{
    char ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX];

    held_words(c->held, g->phones.ctl, ctl);
    held_words(c->held, g->phones.itl, itl);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "phones", (json_int_t)g->phones.count, "ctl", ctl,
                     "itl", itl, "model", g->phones.model, "verdict", verdict(g), "list",
                     g->is_known ? cluster_list_word(g->list) : "", "rule", g->rule, "why", g->why, "keeps_ctl",
                     g->keeps_ctl);
}

/* Phones of one group, by name. */
struct naming {
    const struct check *c;
    const struct move_group *g;
    json_t *names; /* or: */
    struct cli_table *table;
};

static bool name_one(void *arg, const struct inventory_phone *p)
{
    const struct naming *n = arg;
    const char *const cells[] = {p->name, p->model[0] != '\0' ? p->model : "-", verdict(n->g), n->g->rule};

    if (n->names != NULL)
        (void)json_array_append_new(n->names, json_string(p->name));
    else
        cli_table_row(n->table, cells);
    return true;
}

static enum vox_err name_group(const struct check *c, const struct move_group *g, json_t *names,
                               struct cli_table *table, struct vox_error *err)
{
    const struct inventory_filter f = {
        .ctl = g->phones.ctl, .itl = g->phones.itl, .model = g->phones.model, .name_prefix = NULL};
    struct naming n = {.c = c, .g = g, .names = names, .table = table};

    if (c->a.only != NULL && strcmp(c->a.only, verdict(g)) != 0)
        return VOX_OK;
    return inventory_each(c->s, &f, name_one, &n, err);
}

static enum vox_err print_phones(const struct check *c, struct vox_error *err)
{
    struct cli_table *t = cli_table_new();
    enum vox_err code = VOX_OK;

    cli_table_column(t, "PHONE", CLI_COL_LEFT);
    cli_table_column(t, "MODEL", CLI_COL_LEFT);
    cli_table_column(t, "THERE", CLI_COL_LEFT);
    cli_table_column(t, "RULE", CLI_COL_LEFT);
    for (size_t i = 0; code == VOX_OK && i < c->m.n; i++)
        code = name_group(c, &c->m.groups[i], NULL, t, err);
    if (code == VOX_OK)
        cli_table_print(t);
    cli_table_free(&t);
    return code;
}

static int print_json(const struct check *c)
{
    const struct move *m = &c->m;
    json_t *groups = json_array(), *steps = json_array();

    for (size_t i = 0; i < m->n; i++) {
        json_t *group = group_json(c, &m->groups[i]), *names = json_array();
        struct vox_error err;

        if (c->a.phones && name_group(c, &m->groups[i], names, NULL, &err) != VOX_OK) {
            json_decref(names);
            json_decref(group);
            json_decref(groups);
            json_decref(steps);
            return cli_report(c->common, NULL, &err);
        }
        (void)json_object_set_new(group, "names", names);
        (void)json_array_append_new(groups, group);
    }
    for (size_t i = 0; i < c->steps.n; i++)
        (void)json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s}", "step", c->steps.s[i].word, "state",
                                                     step_state_word(&c->steps.s[i]), "text", c->steps.s[i].text,
                                                     "command", c->steps.s[i].command));
    return cli_json_print(json_pack("{s:s, s:s, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o}", "cluster",
                                    c->b.foreign.cluster, "digest", c->b.digest, "phones", "all", (json_int_t)m->all,
                                    "accept", (json_int_t)m->accept, "first_trust", (json_int_t)m->first, "by_tvs",
                                    (json_int_t)m->by_tvs, "locked_out", (json_int_t)m->lost, "unknown",
                                    (json_int_t)m->unknown, "groups", groups, "steps", steps));
}

static void print_groups(const struct check *c)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "PHONES", CLI_COL_RIGHT);
    cli_table_column(t, "CTL", CLI_COL_RIGHT);
    cli_table_column(t, "ITL", CLI_COL_RIGHT);
    cli_table_column(t, "MODEL", CLI_COL_LEFT);
    cli_table_column(t, "THERE", CLI_COL_LEFT);
    cli_table_column(t, "WHY", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < c->m.n; i++) {
        const struct move_group *g = &c->m.groups[i];
        char count[24], ctl[HELD_WORDS_MAX], itl[HELD_WORDS_MAX], why[450];

        (void)snprintf(count, sizeof count, "%" PRId64, g->phones.count);
        held_words(c->held, g->phones.ctl, ctl);
        held_words(c->held, g->phones.itl, itl);
        (void)snprintf(why, sizeof why, "%s%s%s%s%s%s", g->is_known ? (g->list == CLUSTER_CTL ? "CTL: " : "ITL: ") : "",
                       g->why, g->is_known ? " (" : "", g->rule, g->is_known ? ")" : "",
                       g->is_known && g->keeps_ctl ? "; it keeps its CTL, for there is none over there" : "");
        const char *const cells[] = {count,      ctl,
                                     itl,        g->phones.model[0] != '\0' ? g->phones.model : "-",
                                     verdict(g), g->is_known ? why : "what they hold is not known"};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

static void print_steps(const struct check *c)
{
    cli_say(c->common, "\nTo move them:");
    for (size_t i = 0; i < c->steps.n; i++) {
        const struct step *st = &c->steps.s[i];

        cli_say(c->common, "%2zu. [%s] %s.", i + 1, step_state_word(st), st->text);
        if (st->state == STEP_TO_DO && st->command[0] != '\0')
            cli_say(c->common, "      %s", st->command);
    }
}

static int tell(const struct check *c)
{
    struct vox_error err;

    if (c->common->json && print_json(c) != EXIT_DONE)
        return EXIT_ENVIRONMENT;
    if (!c->common->json && c->a.phones && print_phones(c, &err) != VOX_OK)
        return cli_report(c->common, NULL, &err);
    if (!c->common->json && !c->a.phones) {
        if (c->m.n > 0)
            print_groups(c);
        else
            cli_say(c->common,
                    "What phones hold is not known: 'voxtrust phones import FILE' learns it from access logs.");
        if (c->m.lost > 0)
            cli_say(c->common, "Which they are: voxtrust bundle check --phones=refused %s", c->a.file);
        if (c->m.unheard > 0)
            cli_say(c->common, "Of %" PRId64 " more phones nothing is known but what CAPF knows.", c->m.unheard);
        print_steps(c);
    }
    if (c->m.lost == 0)
        return EXIT_DONE;
    vox_fail(&err, VOX_E_NO,
             "%" PRId64 " of %" PRId64 " phones would refuse the lists of cluster %s, and be locked out there",
             c->m.lost, c->m.all, c->b.foreign.cluster);
    return cli_report(c->common, NULL, &err);
}

int voxtrust_bundle_check(struct cli_common *common, int argc, char **argv)
{
    struct check c = {.common = common};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &c.a);
    if (bundle_file_open(c.a.file, &c.b, &err) != VOX_OK)
        status = cli_report(common, c.a.file, &err);
    else if (cli_store_open(common, &c.s, &err) != VOX_OK || held_read(c.s, &c.held, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (move_judge(c.s, &c.b.foreign, &c.m, &err) != VOX_OK ||
             steps_find(c.s, &c.b.foreign, c.a.file, &c.m, &c.steps, &err) != VOX_OK)
        status = cli_report(common, err.code == VOX_E_INPUT ? c.a.file : NULL, &err);
    else
        status = tell(&c);
    move_clear(&c.m);
    held_free(&c.held);
    bundle_file_clear(&c.b);
    store_close(&c.s);
    return status;
}
