#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/printable.h>

#include "status.h"
#include "voxtrust.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s", arg);
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .doc = "Show the cluster on one screen: nodes, certificates and their days left, published lists, phones, and what "
           "needs attention.\v"
           "Exit status 1 when something needs attention. With --quiet nothing else is printed.",
};

static json_t *cert_json(const struct store_binding *b, int64_t now)
{
    char fingerprint[CERT_FINGERPRINT_MAX], until[CLOCK_RFC3339_MAX];
    json_t *one = json_pack("{s:s, s:s?, s:s}", "place", b->place, "node", b->node[0] != '\0' ? b->node : NULL, "state",
                            bind_state_word(b->state)),
           *rest;

    if (b->cert == NULL)
        rest = json_pack("{s:n, s:n, s:n}", "fingerprint", "not_after", "days_left");
    else {
        cert_fingerprint(b->cert, fingerprint);
        clock_format(cert_not_after(b->cert), until);
        rest = json_pack("{s:s, s:s, s:I}", "fingerprint", fingerprint, "not_after", until, "days_left",
                         (json_int_t)clock_days_between(now, cert_not_after(b->cert)));
    }
    (void)json_object_update(one, rest);
    json_decref(rest);
    return one;
}

static json_t *phones_json(const struct phones_tally *t)
{
    json_t *states = json_object();

    for (int i = 0; i < PHONE_STATE_COUNT; i++)
        (void)json_object_set_new(states, phone_state_word((enum phone_state)i), json_integer(t->by_state[i]));
    return json_pack("{s:I, s:o, s:I, s:I, s:I, s:I}", "all", (json_int_t)t->all, "states", states, "locked",
                     (json_int_t)t->locked, "with_lsc", (json_int_t)t->with_lsc, "lsc_ending", (json_int_t)t->ending,
                     "lsc_ended", (json_int_t)t->ended);
}

static int print_json(const struct status *st, int64_t now)
{
    json_t *nodes = json_array(), *certs = json_array(), *lists = json_array(), *attention = json_array(),
           *canaries = json_array();

    for (size_t i = 0; i < st->nnodes; i++)
        (void)json_array_append_new(nodes, node_json(&st->nodes[i]));
    for (size_t i = 0; i < st->ncerts; i++)
        (void)json_array_append_new(certs, cert_json(&st->certs[i], now));
    for (size_t i = 0; i < st->nlists; i++)
        (void)json_array_append_new(lists, json_pack("{s:I, s:s, s:s, s:o, s:s, s:s, s:b}", "version",
                                                     (json_int_t)st->lists[i].number, "kind", st->lists[i].kind, "name",
                                                     st->lists[i].name, "dir", cli_json_text(st->lists[i].dir),
                                                     "published", st->lists[i].published, "sha256", st->lists[i].sha256,
                                                     "matches", st->list_ok[i]));
    for (size_t i = 0; i < st->ncanaries; i++)
        (void)json_array_append_new(
            canaries, json_pack("{s:s, s:o, s:s, s:s, s:I}", "kind", st->canaries[i].kind, "dir",
                                cli_json_text(st->canaries[i].dir), "step", canary_step_word(st->canaries[i].step),
                                "sha256", st->canaries[i].sha256, "phones", (json_int_t)st->canary_phones[i].n));
    for (size_t i = 0; i < st->nattention; i++)
        (void)json_array_append_new(attention, json_string(st->attention[i]));
    return cli_json_print(json_pack("{s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:o, s:I}", "cluster",
                                    st->cluster, "mode", st->mode != NULL ? st->mode : "non-secure", "nodes", nodes,
                                    "certificates", certs, "lists", lists, "canaries", canaries, "phones",
                                    phones_json(&st->phones), "trunks", "all", (json_int_t)st->ntrunks, "ending",
                                    (json_int_t)st->trunks_ending, "ended", (json_int_t)st->trunks_ended, "attention",
                                    attention, "attention_left_out", (json_int_t)st->nmore));
}

static void print_services(const struct status *st, int64_t now)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "CERTIFICATE", CLI_COL_LEFT);
    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "STATE", CLI_COL_LEFT);
    cli_table_column(t, "DAYS LEFT", CLI_COL_RIGHT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < st->ncerts; i++) {
        const struct store_binding *b = &st->certs[i];
        char days[24] = "-", *subject = NULL;

        if (!status_is_service(b->place))
            continue;
        if (b->cert != NULL) {
            (void)snprintf(days, sizeof days, "%" PRId64, clock_days_between(now, cert_not_after(b->cert)));
            (void)name_text(cert_subject_der(b->cert), NAME_RFC4514, &subject,
                            NULL); /* shown empty when memory is out */
        }
        cli_table_row(t, (const char *const[]){b->place, b->node, bind_state_word(b->state), days,
                                               subject != NULL ? subject : ""});
        free(subject);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

/* Hundreds may have been uploaded: a line per trust store. They come sorted by place. */
static void print_trust_stores(const struct status *st, int64_t now)
{
    for (size_t i = 0, next; i < st->ncerts; i = next) {
        int64_t soonest = INT64_MAX;
        char place[64];

        for (next = i; next < st->ncerts && strcmp(st->certs[next].place, st->certs[i].place) == 0; next++) {
            const struct cert *c = st->certs[next].cert;

            if (c != NULL && cert_not_after(c) < soonest)
                soonest = cert_not_after(c);
        }
        printable_escape(place, sizeof place, st->certs[i].place);
        if (!status_is_service(st->certs[i].place) && soonest != INT64_MAX)
            printf("%s: %zu certificate%s, the first ends in %" PRId64 " days\n", place, next - i,
                   next - i == 1 ? "" : "s", clock_days_between(now, soonest));
    }
}

static bool has_canary(const struct status *st, const struct store_list *l)
{
    for (size_t i = 0; i < st->ncanaries; i++)
        if (strcmp(st->canaries[i].kind, l->kind) == 0 && strcmp(st->canaries[i].dir, l->dir) == 0)
            return true;
    return false;
}

static void print_lists(const struct status *st)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "LIST", CLI_COL_LEFT);
    cli_table_column(t, "VERSION", CLI_COL_RIGHT);
    cli_table_column(t, "PUBLISHED", CLI_COL_LEFT);
    cli_table_column(t, "STATE", CLI_COL_LEFT);
    cli_table_column(t, "FOLDER", CLI_COL_LEFT);
    for (size_t i = 0; i < st->nlists; i++) {
        char number[24];

        (void)snprintf(number, sizeof number, "%" PRId64, st->lists[i].number);
        cli_table_row(t, (const char *const[]){st->lists[i].name, number, st->lists[i].published,
                                               st->list_ok[i]                  ? "up to date"
                                               : has_canary(st, &st->lists[i]) ? "canary"
                                                                               : "see below",
                                               st->lists[i].dir});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

static void print_canaries(const struct status *st)
{
    for (size_t i = 0; i < st->ncanaries; i++)
        printf("Canary of the %s in %s: %zu phones (%s)\n", st->canaries[i].kind, st->canaries[i].dir,
               st->canary_phones[i].n, canary_step_word(st->canaries[i].step));
}

static void print_phones(const struct phones_tally *t)
{
    printf("Phones: %" PRId64, t->all);
    for (int i = 0; i < PHONE_STATE_COUNT; i++) {
        if (t->by_state[i] > 0)
            printf(", %" PRId64 " %s", t->by_state[i], phone_state_word((enum phone_state)i));
    }
    if (t->locked > 0)
        printf(", %" PRId64 " locked", t->locked);
    printf("\nPhones with a certificate: %" PRId64, t->with_lsc);
    if (t->with_lsc > 0)
        printf(", of which %" PRId64 " end within %d days and %" PRId64 " have ended", t->ending, STATUS_WARN_DAYS,
               t->ended);
    putchar('\n');
}

static void print_trunks(const struct status *st)
{
    printf("Trunks: %zu", st->ntrunks);
    if (st->trunks_ending + st->trunks_ended > 0)
        printf(", %zu with a certificate that ends within %d days, %zu with one that has ended", st->trunks_ending,
               STATUS_WARN_DAYS, st->trunks_ended);
    putchar('\n');
}

static void print_attention(const struct status *st, const char *indent)
{
    for (size_t i = 0; i < st->nattention; i++)
        printf("%s%s\n", indent, st->attention[i]);
    if (st->nmore > 0)
        printf("%s... and %zu more\n", indent, st->nmore);
}

static void print_text(const struct status *st, int64_t now)
{
    const char *strong = cli_colour(STDOUT_FILENO, "1"), *alarm = cli_colour(STDOUT_FILENO, "1;33"),
               *good = cli_colour(STDOUT_FILENO, "32"), *off = cli_colour(STDOUT_FILENO, "0");

    printf("%sCluster %s%s, %s\n", strong, st->cluster != NULL ? st->cluster : "", off,
           st->mode != NULL ? st->mode : "non-secure");
    if (st->nnodes > 0) {
        putchar('\n');
        node_print(st->nodes, st->nnodes);
    }
    if (st->ncerts > 0) {
        putchar('\n');
        print_services(st, now);
        print_trust_stores(st, now);
    }
    if (st->nlists > 0) {
        putchar('\n');
        print_lists(st);
        print_canaries(st);
    }
    if (st->phones.all > 0) {
        putchar('\n');
        print_phones(&st->phones);
    }
    if (st->ntrunks > 0) {
        putchar('\n');
        print_trunks(st);
    }
    putchar('\n');
    if (st->nattention == 0)
        printf("%sNothing needs attention.%s\n", good, off);
    else
        printf("%sNeeds attention:%s\n", alarm, off);
    print_attention(st, "  ");
}

int voxtrust_status(struct cli_common *common, int argc, char **argv)
{
    struct status *st = calloc(1, sizeof *st);
    struct store *s = NULL;
    struct vox_error err;
    int64_t now = clock_now();
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, NULL);
    if (st == NULL) {
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
        return cli_report(common, NULL, &err);
    }
    if (cli_store_open(common, &s, &err) != VOX_OK || status_gather(s, now, st, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        if (common->json)
            status = print_json(st, now);
        else if (common->quiet)
            print_attention(st, "");
        else
            print_text(st, now);
        if (status == EXIT_DONE && st->nattention > 0)
            status = EXIT_NO;
        status_free(st);
    }
    store_close(&s);
    free(st);
    return status;
}
