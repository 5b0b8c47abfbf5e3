#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "find_profile.h"
#include "view_profile.h"
#include "voxcapf.h"

static error_t parse_none(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s ('voxcapf security-profile show NAME' shows one)", arg);
    return 0;
}

static const struct argp list_argp = {
    .parser = parse_none,
    .doc = "List the security profiles of phones, and how many phones have each. Those that the template gives to all "
           "others are not counted: TEMPLATE tells for which models it does.",
};

static void print_table(const struct phone_profile *list, size_t n, const struct phone_template *templates,
                        size_t ntemplates)
{
    static const struct {
        const char *title;
        int flags;
    } columns[] = {{"PROFILE", CLI_COL_LEFT}, {"MODEL", CLI_COL_LEFT},       {"PROTOCOL", CLI_COL_LEFT},
                   {"MODE", CLI_COL_LEFT},    {"BY", CLI_COL_LEFT},          {"PORT", CLI_COL_RIGHT},
                   {"AUTH", CLI_COL_LEFT},    {"KEY", CLI_COL_LEFT},         {"TFTP", CLI_COL_LEFT},
                   {"PHONES", CLI_COL_RIGHT}, {"TEMPLATE", CLI_COL_TRUNCATE}};
    struct cli_table *t = cli_table_new();

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        cli_table_column(t, columns[i].title, columns[i].flags);
    for (size_t i = 0; i < n; i++) {
        const struct phone_profile *p = &list[i];
        char port[16] = "-", keys[VIEW_KEYS_MAX], phones[24], models[VIEW_MODELS_MAX];

        if (p->port != 0)
            (void)snprintf(port, sizeof port, "%u", p->port);
        (void)snprintf(phones, sizeof phones, "%" PRId64, p->assigned);
        view_profile_keys(p, keys);
        view_profile_models(p->name, templates, ntemplates, models);
        cli_table_row(t, (const char *const[]){p->name, phone_profile_model_word(p->model),
                                               phone_protocol_word(p->protocol), trunk_mode_word(p->mode),
                                               trunk_transport_word(p->transport), port, phone_proof_word(p->proof),
                                               keys, p->encrypted_config ? "encrypted" : "plain", phones,
                                               models[0] != '\0' ? models : "-"});
    }
    cli_table_print(t);
    cli_table_free(&t);
}

int voxcapf_security_profile_list(struct cli_common *common, int argc, char **argv)
{
    struct phone_profile *list = NULL;
    struct phone_template *templates = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0, ntemplates = 0;
    int status = EXIT_DONE;

    cli_parse(common, &list_argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || phone_profiles(s, &list, &n, &err) != VOX_OK ||
        phone_templates(s, &templates, &ntemplates, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (common->json) {
        json_t *all = json_array();

        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(all, view_profile_json(&list[i], templates, ntemplates));
        status = cli_json_print(json_pack("{s:o}", "profiles", all));
    } else if (n > 0) {
        print_table(list, n, templates, ntemplates);
    } else {
        cli_say(common, "no profiles yet: voxcapf security-profile add NAME --mode encrypted --auth mic");
    }
    free(list);
    free(templates);
    store_close(&s);
    return status;
}

/* --- show --- */

struct show_args {
    const char *name;
    bool devices;
};

enum { OPT_DEVICES = 0x100 };

static const struct argp_option show_options[] = {
    {"devices", OPT_DEVICES, NULL, 0, "the names of the phones that have it, too", 0},
    {0},
};

static error_t parse_show(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    switch (key) {
    case OPT_DEVICES:
        a->devices = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well (quote blanks)", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp show_argp = {
    .options = show_options,
    .parser = parse_show,
    .args_doc = "NAME",
    .doc = "Show a security profile of phones, and who has it.",
};

struct users {
    const struct phone_profile *p;
    json_t *assigned, *by_template;
};

static bool add_user(void *arg, const struct phone_device *d)
{
    struct users *u = arg;

    if (d->profile == u->p)
        (void)json_array_append_new(d->by == PHONE_PROFILE_ASSIGNED ? u->assigned : u->by_template,
                                    json_string(d->name));
    return true;
}

static void print_devices(const char *label, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        printf("  %-16s%s\n", i == 0 ? label : "", json_string_value(json_array_get(names, i)));
}

static void print_profile(const struct phone_profile *p, const char *models, size_t by_template)
{
    char keys[VIEW_KEYS_MAX];

    view_profile_keys(p, keys);
    printf("Profile %s\n", p->name);
    printf("  model           %s\n", phone_profile_model_word(p->model));
    printf("  mode            %s\n", trunk_mode_word(p->mode));
    printf("  protocol        %s by %s", phone_protocol_word(p->protocol), trunk_transport_word(p->transport));
    if (p->port != 0)
        printf(", port %u", p->port);
    printf("\n  proof           %s\n", phone_proof_word(p->proof));
    printf("  key             %s\n", keys);
    printf("  configuration   %s\n", p->encrypted_config ? "encrypted by the TFTP server" : "not encrypted");
    printf("  assigned to     %" PRId64 " phone%s\n", p->assigned, p->assigned == 1 ? "" : "s");
    if (models[0] != '\0')
        printf("  template        for %s: %zu known phone%s without a profile of %s own\n", models, by_template,
               by_template == 1 ? "" : "s", by_template == 1 ? "its" : "their");
}

static int show(const struct cli_common *common, const struct show_args *a, struct users *u,
                const struct phone_template *templates, size_t n)
{
    char models[VIEW_MODELS_MAX];

    view_profile_models(u->p->name, templates, n, models);
    if (common->json) {
        json_t *doc = view_profile_json(u->p, templates, n);

        (void)json_object_set_new(doc, "by_template", json_integer((json_int_t)json_array_size(u->by_template)));
        if (a->devices) {
            (void)json_object_set(doc, "devices", u->assigned);
            (void)json_object_set(doc, "template_devices", u->by_template);
        }
        return cli_json_print(doc);
    }
    print_profile(u->p, models, json_array_size(u->by_template));
    if (a->devices) {
        print_devices("assigned", u->assigned);
        print_devices("by template", u->by_template);
    }
    return EXIT_DONE;
}

int voxcapf_security_profile_show(struct cli_common *common, int argc, char **argv)
{
    struct users u = {.assigned = json_array(), .by_template = json_array()};
    struct phone_template *templates = NULL;
    struct phone_book *book = NULL;
    struct show_args a = {.name = NULL};
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &show_argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || phone_book_open(s, &book, &err) != VOX_OK ||
        find_profile(s, book, a.name, &u.p, &err) != VOX_OK || phone_templates(s, &templates, &n, &err) != VOX_OK ||
        phone_book_each(book, add_user, &u, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = show(common, &a, &u, templates, n);
    json_decref(u.assigned);
    json_decref(u.by_template);
    free(templates);
    phone_book_free(&book);
    store_close(&s);
    return status;
}
