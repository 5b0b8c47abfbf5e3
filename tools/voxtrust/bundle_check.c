#include <inttypes.h>
#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "bundle_file.h"
#include "bundle_steps.h"
#include "phones_held.h"
#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return bundle_file_arg(key, arg, state, state->input);
}

static const struct argp argp = {
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

static int print_json(const struct check *c)
{
    const struct move *m = &c->m;
    json_t *groups = json_array(), *steps = json_array();

    for (size_t i = 0; i < m->n; i++)
        (void)json_array_append_new(groups, group_json(c, &m->groups[i]));
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
    if (!c->common->json) {
        if (c->m.n > 0)
            print_groups(c);
        else
            cli_say(c->common,
                    "What phones hold is not known: 'voxtrust phones import FILE' learns it from access logs.");
        if (c->m.lost > 0)
            cli_say(c->common, "Which they are: voxtrust phones list --ctl VERSION --itl VERSION");
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
    const char *file = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &file);
    if (bundle_file_open(file, &c.b, &err) != VOX_OK)
        status = cli_report(common, file, &err);
    else if (cli_store_open(common, &c.s, &err) != VOX_OK || held_read(c.s, &c.held, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (move_judge(c.s, &c.b.foreign, &c.m, &err) != VOX_OK ||
             steps_find(c.s, &c.b.foreign, file, &c.m, &c.steps, &err) != VOX_OK)
        status = cli_report(common, err.code == VOX_E_INPUT ? file : NULL, &err);
    else
        status = tell(&c);
    move_clear(&c.m);
    held_free(&c.held);
    bundle_file_clear(&c.b);
    store_close(&c.s);
    return status;
}
