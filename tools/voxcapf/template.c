#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "find_profile.h"
#include "voxcapf.h"

struct template_args {
    const char *name; /* of a profile, or a model to clear */
    struct phone_template t;
    bool has_model;
};

/* --- set --- */

enum { OPT_MODEL = 0x100 };

static const struct argp_option set_options[] = {
    {"model", OPT_MODEL, "MODEL", 0, "of that model or family only (default: the profile's own, or any)", 0},
    {0},
};

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
    struct template_args *a = state->input;

    switch (key) {
    case OPT_MODEL:
        if (!phone_profile_model(arg, a->t.model))
            argp_error(state, "--model %s: not known; a model as 8841, a family as 88xx, or any", arg);
        a->has_model = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one PROFILE, not '%s' as well (quote blanks)", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which PROFILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp set_argp = {
    .options = set_options,
    .parser = parse_set,
    .args_doc = "PROFILE",
    .doc =
        "Say which security profile a phone has that none was assigned to. The row of its model counts before that of "
        "its family, and this before the one for any.",
};

static enum vox_err record_set(struct store *s, struct template_args *a, struct vox_error *err)
{
    const struct phone_profile *p;
    struct phone_book *book = NULL;
    char what[160];
    int tls_min;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    if ((code = phone_book_open(s, &book, err)) == VOX_OK &&
        (code = find_profile(s, book, a->name, &p, err)) == VOX_OK) {
        (void)snprintf(a->t.profile, sizeof a->t.profile, "%s", p->name);
        if (!a->has_model)
            (void)snprintf(a->t.model, sizeof a->t.model, "%s", p->model);
        (void)snprintf(what, sizeof what, "voxcapf template set %s (%s)", p->name,
                       phone_profile_model_word(a->t.model));
        if ((code = find_tls_min(s, &tls_min, err)) == VOX_OK &&
            (code = phone_profile_fits(p, a->t.model, tls_min, err)) == VOX_OK &&
            (code = phone_template_set(s, &a->t, err)) == VOX_OK &&
            (code = audit_append(s, what, "done", err)) == VOX_OK)
            code = store_commit(s, err);
    }
    store_rollback(s);
    phone_book_free(&book);
    return code;
}

int voxcapf_template_set(struct cli_common *common, int argc, char **argv)
{
    struct template_args a = {.name = NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &set_argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || record_set(s, &a, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = cli_json_print(
            json_pack("{s:s, s:s}", "model", phone_profile_model_word(a.t.model), "profile", a.t.profile));
    else
        cli_say(common, "%s%s without a profile of their own: %s",
                a.t.model[0] != '\0' ? "phones of " : "phones of any model", a.t.model, a.t.profile);
    store_close(&s);
    return status;
}

/* --- clear --- */

static error_t parse_clear(int key, char *arg, struct argp_state *state)
{
    struct template_args *a = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one MODEL, not '%s' as well", arg);
        if (!phone_profile_model(arg, a->t.model))
            argp_error(state, "'%s': not known; a model as 8841, a family as 88xx, or any", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which MODEL: 8841, 88xx, any?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp clear_argp = {
    .parser = parse_clear,
    .args_doc = "MODEL|any",
    .doc = "Take a row out of the template.",
};

static enum vox_err record_clear(struct store *s, const struct template_args *a, struct vox_error *err)
{
    char what[80];
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(what, sizeof what, "voxcapf template clear %s", phone_profile_model_word(a->t.model));
    code = phone_template_clear(s, a->t.model, err);
    if (code == VOX_E_NOT_FOUND)
        code = vox_fail(err, VOX_E_INPUT, "the template has no row for %s: 'voxcapf template show'",
                        phone_profile_model_word(a->t.model));
    if (code == VOX_OK && (code = audit_append(s, what, "done", err)) == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

int voxcapf_template_clear(struct cli_common *common, int argc, char **argv)
{
    struct template_args a = {.name = NULL};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &clear_argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || record_clear(s, &a, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = cli_json_print(json_pack("{s:s}", "cleared", phone_profile_model_word(a.t.model)));
    else
        cli_say(common, "template: no row for %s any more", phone_profile_model_word(a.t.model));
    store_close(&s);
    return status;
}

/* --- show --- */

static error_t parse_show(int key, char *arg, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "unexpected: %s", arg);
    return 0;
}

static const struct argp show_argp = {
    .parser = parse_show,
    .doc = "Show the universal device template: which security profile a phone has that none was assigned to.",
};

int voxcapf_template_show(struct cli_common *common, int argc, char **argv)
{
    struct phone_template *list = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status = EXIT_DONE;

    cli_parse(common, &show_argp, argc, argv, NULL);
    if (cli_store_open(common, &s, &err) != VOX_OK || phone_templates(s, &list, &n, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (common->json) {
        json_t *all = json_array();

        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(all, json_pack("{s:s, s:s}", "model", phone_profile_model_word(list[i].model),
                                                       "profile", list[i].profile));
        status = cli_json_print(json_pack("{s:o}", "template", all));
    } else if (n > 0) {
        struct cli_table *t = cli_table_new();

        cli_table_column(t, "MODEL", CLI_COL_LEFT);
        cli_table_column(t, "PROFILE", CLI_COL_LEFT);
        for (size_t i = 0; i < n; i++)
            cli_table_row(t, (const char *const[]){phone_profile_model_word(list[i].model), list[i].profile});
        cli_table_print(t);
        cli_table_free(&t);
    } else {
        cli_say(common, "the template is empty: phones that none was assigned to have no profile (voxcapf template set "
                        "PROFILE)");
    }
    free(list);
    store_close(&s);
    return status;
}
