#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>

#include "bundle_file.h"
#include "voxtrust.h"

enum { SUBJECT_TEXT = 200 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return bundle_file_arg(key, arg, state, state->input);
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Show what a bundle of a cluster holds. Needs no store.",
};

static void print_certs(const struct foreign *f)
{
    struct cli_table *t = cli_table_new();
    const int64_t now = clock_now();

    cli_table_column(t, "SERVICE", CLI_COL_LEFT);
    cli_table_column(t, "NODE", CLI_COL_LEFT);
    cli_table_column(t, "STATE", CLI_COL_LEFT);
    cli_table_column(t, "ID", CLI_COL_LEFT);
    cli_table_column(t, "DAYS", CLI_COL_RIGHT);
    cli_table_column(t, "SUBJECT", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < f->ncerts; i++) {
        const struct foreign_cert *c = &f->certs[i];
        char id[VIEW_ID_MAX], days[24], subject[SUBJECT_TEXT];

        view_id(c->cert, id);
        view_name(c->cert, subject, sizeof subject);
        (void)snprintf(days, sizeof days, "%lld", (long long)view_days(c->cert, now));
        const char *const cells[] = {
            service_name(c->service), c->node[0] != '\0' ? c->node : "-", bind_state_word(c->state), id, days, subject};
        cli_table_row(t, cells);
    }
    cli_table_print(t);
    cli_table_free(&t);
}

static int show(const struct cli_common *common, const struct bundle_file *b)
{
    const struct foreign *f = &b->foreign;
    char groups[BUNDLE_GROUPS_MAX];

    if (common->json)
        return cli_json_print(bundle_file_json(b));
    bundle_file_groups(b->digest, groups);
    bundle_file_say(common, f);
    cli_say(common, "SHA-256 %s\n", groups);
    for (size_t i = 0; i < f->nnodes; i++) {
        char services[32];

        services_text(f->nodes[i].services, services, sizeof services);
        printf("node %s: %s%s%s (%s)\n", f->nodes[i].name, f->nodes[i].dns,
               f->nodes[i].dns[0] != '\0' && f->nodes[i].ip[0] != '\0' ? ", " : "", f->nodes[i].ip, services);
    }
    for (size_t i = 0; i < f->nlists; i++)
        printf("list %s: %zu bytes\n", f->lists[i].name, f->lists[i].data.len);
    print_certs(f);
    return EXIT_DONE;
}

int voxtrust_bundle_show(struct cli_common *common, int argc, char **argv)
{
    const char *file = NULL;
    struct bundle_file b;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &file);
    if (bundle_file_open(file, &b, &err) != VOX_OK)
        status = cli_report(common, file, &err);
    else
        status = show(common, &b);
    bundle_file_clear(&b);
    return status;
}
