#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "find.h"
#include "view_trunk.h"
#include "voxtrunk.h"

static error_t parse_none(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s ('voxtrunk profile show NAME' shows one)", arg);
    return 0;
}

static const struct argp list_argp = {
    .parser = parse_none,
    .doc = "List the security profiles.",
};

static const struct argp show_argp = {
    .parser = cli_one_name,
    .args_doc = "NAME",
    .doc = "Show a security profile, and which trunks use it.",
};

static void print_table(const struct trunk_profile *list, size_t n)
{
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "PROFILE", CLI_COL_LEFT);
    cli_table_column(t, "MODE", CLI_COL_LEFT);
    cli_table_column(t, "OUT", CLI_COL_LEFT);
    cli_table_column(t, "IN", CLI_COL_LEFT);
    cli_table_column(t, "PORT", CLI_COL_RIGHT);
    cli_table_column(t, "DIGEST", CLI_COL_LEFT);
    cli_table_column(t, "SUBJECT NAMES", CLI_COL_TRUNCATE);
    for (size_t i = 0; i < n; i++) {
        char port[16], names[LIMIT_TRUNK_NAMES + 1] = "";
        size_t used = 0;

        (void)snprintf(port, sizeof port, "%u", list[i].port);
        for (size_t k = 0; k < list[i].nnames && used < sizeof names; k++)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", k > 0 ? " " : "", list[i].names[k]);
        cli_table_row(t, (const char *const[]){
                             list[i].name, trunk_mode_word(list[i].mode), trunk_transport_word(list[i].outgoing),
                             trunk_transport_word(list[i].incoming), port, list[i].digest ? "yes" : "no", names});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxtrunk_profile_list(struct cli_common *common, int argc, char **argv)
{
    struct trunk_profile *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &list_argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || trunk_profiles(s, NULL, &list, &n, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (common->json) {
        json_t *all = json_array();

        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(all, view_profile_json(&list[i]));
        status = cli_json_print(json_pack("{s:o}", "profiles", all));
    } else if (n > 0) {
        print_table(list, n);
    } else {
        cli_say(common, "no profiles yet: voxtrunk profile add NAME --mode encrypted");
    }
    trunk_profiles_free(&list, n);
    store_close(&s);
    return status;
}

static int show(const struct cli_common *common, const struct trunk_profile *p, const struct trunk *trunks, size_t n)
{
    json_t *users = json_array();
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(trunks[i].profile, p->name) == 0)
            (void)json_array_append_new(users, json_string(trunks[i].name));
    }
    if (common->json) {
        json_t *doc = view_profile_json(p);

        (void)json_object_set_new(doc, "trunks", users);
        return cli_json_print(doc);
    }
    printf("Profile %s\n", p->name);
    view_profile_print(p);
    for (; found < json_array_size(users); found++)
        printf("%s%s", found == 0 ? "  used by         " : ", ", json_string_value(json_array_get(users, found)));
    printf("%s\n", found == 0 ? "  used by         no trunk" : "");
    json_decref(users);
    return EXIT_DONE;
}

int voxtrunk_profile_show(struct cli_common *common, int argc, char **argv)
{
    const char *name = NULL;
    struct trunk_profile *p = NULL;
    struct trunk *trunks = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &show_argp, argc, argv, &name);
    if (cli_store_open(common, &s, &err) != VOX_OK || find_profile(s, name, &p, &err) != VOX_OK ||
        trunks_list(s, NULL, &trunks, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = show(common, p, trunks, n);
    free(trunks);
    trunk_profiles_free(&p, p != NULL ? 1 : 0);
    store_close(&s);
    return status;
}
