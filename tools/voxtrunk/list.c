#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>
#include <libcert/trunks.h>

#include "view_trunk.h"
#include "voxtrunk.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s ('voxtrunk show NAME' shows one)", arg);
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .doc = "List the trunks: profile, destinations, and how long the certificates of each are valid.",
};

struct all {
    struct trunk *trunks;
    struct trunk_profile *profiles;
    struct trunk_cert *certs;
    size_t ntrunks, nprofiles, ncerts;
};

static enum vox_err gather(struct store *s, struct all *all, struct vox_error *err)
{
    const struct trunk_cert_filter any = {.trunk = NULL};
    enum vox_err code;

    if ((code = trunks_list(s, NULL, &all->trunks, &all->ntrunks, err)) != VOX_OK ||
        (code = trunk_profiles(s, NULL, &all->profiles, &all->nprofiles, err)) != VOX_OK)
        return code;
    return trunk_certs(s, &any, &all->certs, &all->ncerts, err);
}

static const char *mode_of(const struct all *all, const struct trunk *t)
{
    for (size_t i = 0; i < all->nprofiles; i++) {
        if (strcmp(all->profiles[i].name, t->profile) == 0)
            return trunk_mode_word(all->profiles[i].mode);
    }
    return "";
}

/* How many, and the days until the first ends. */
static size_t certs_of(const struct all *all, const struct trunk *t, int64_t now, int64_t *days)
{
    size_t n = 0;

    *days = INT64_MAX;
    for (size_t i = 0; i < all->ncerts; i++) {
        if (strcmp(all->certs[i].trunk, t->name) != 0)
            continue;
        int64_t left = view_days(all->certs[i].cert, now);

        n++;
        *days = left < *days ? left : *days;
    }
    return n;
}

static int print_json(const struct all *all, int64_t now)
{
    json_t *list = json_array();

    for (size_t i = 0; i < all->ntrunks; i++) {
        json_t *one = view_trunk_json(&all->trunks[i]);
        int64_t days;
        size_t n = certs_of(all, &all->trunks[i], now, &days);

        (void)json_object_set_new(one, "mode", json_string(mode_of(all, &all->trunks[i])));
        (void)json_object_set_new(one, "certificates", json_integer((json_int_t)n));
        (void)json_object_set_new(one, "days_left", n > 0 ? json_integer((json_int_t)days) : json_null());
        (void)json_array_append_new(list, one);
    }
    return cli_json_print(json_pack("{s:o}", "trunks", list));
}

static void print_table(const struct all *all, int64_t now)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "TRUNK", CLI_COL_LEFT);
    cli_table_column(t, "PROFILE", CLI_COL_LEFT);
    cli_table_column(t, "MODE", CLI_COL_LEFT);
    cli_table_column(t, "CERTIFICATES", CLI_COL_RIGHT);
    cli_table_column(t, "DAYS LEFT", CLI_COL_RIGHT);
    cli_table_column(t, "DESTINATIONS", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < all->ntrunks; i++) {
        const struct trunk *one = &all->trunks[i];
        char count[24], left[24] = "-", where[LIMIT_TRUNK_DESTINATIONS * VIEW_DESTINATION_MAX] = "";
        int64_t days;
        size_t n = certs_of(all, one, now, &days), used = 0;

        (void)snprintf(count, sizeof count, "%zu", n);
        if (n > 0)
            (void)snprintf(left, sizeof left, "%" PRId64, days);
        for (size_t k = 0; k < one->n && used < sizeof where; k++) {
            char destination[VIEW_DESTINATION_MAX];

            view_destination(&one->destinations[k], destination);
            used += (size_t)snprintf(where + used, sizeof where - used, "%s%s", k > 0 ? " " : "", destination);
        }
        cli_table_row(t, (const char *const[]){one->name, one->profile, mode_of(all, one), count, left, where});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxtrunk_list(struct cli_common *common, int argc, char **argv)
{
    struct all all = {0};
    struct store *s = NULL;
    struct vox_error err;
    int64_t now = clock_now();
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || gather(s, &all, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(&all, now);
    else if (all.ntrunks > 0)
        print_table(&all, now);
    else
        cli_say(common, "no trunks yet: voxtrunk add NAME --profile P --destination HOST");
    free(all.trunks);
    trunk_profiles_free(&all.profiles, all.nprofiles);
    trunk_certs_free(&all.certs, all.ncerts);
    store_close(&s);
    return status;
}
