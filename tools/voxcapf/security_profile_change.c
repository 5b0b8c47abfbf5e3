#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "find_profile.h"
#include "profile_fields.h"
#include "refusals.h"
#include "view_profile.h"
#include "voxcapf.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct profile_fields *a = state->input;

    if (key == ARGP_KEY_END && a->name != NULL && !profile_fields_any(a))
        argp_error(state, "what is to be changed?");
    return profile_fields_parse(key, arg, state, a);
}

static const struct argp argp = {
    .options = profile_fields_options,
    .parser = parse,
    .args_doc = "NAME",
    .doc =
        "Change what a security profile says, for all phones that have it. What is not named stays. It is refused when "
        "it cannot work for one of them; what waits for a phone already stays as it was ordered.\v"
        "A default of 'security-profile add' counts where the mode or the protocol changes.",
};

/* Everybody who has the profile, asked about the new one. */
struct users {
    const struct phone_profile *was, *now;
    int tls_min;
    struct refusals *refused;
};

static bool ask_user(void *arg, const struct phone_device *d)
{
    struct users *u = arg;
    struct vox_error why;

    if (d->profile == u->was && phone_profile_fits(u->now, d->model, u->tls_min, &why) != VOX_OK) {
        (void)vox_error_prefix(&why, "%s", d->name);
        refusals_add(u->refused, 0, why.text);
    }
    return true;
}

static enum vox_err ask_template(struct store *s, const struct users *u, struct vox_error *err)
{
    struct phone_template *list;
    size_t n;
    enum vox_err code = phone_templates(s, &list, &n, err);

    for (size_t i = 0; i < n && code == VOX_OK; i++) {
        if (strcmp(list[i].profile, u->now->name) != 0)
            continue;
        if (list[i].model[0] == '\0' && u->now->model[0] != '\0')
            code = vox_fail(err, VOX_E_INPUT, "the template has it for any model: 'voxcapf template clear any' first");
        else if ((code = phone_profile_fits(u->now, list[i].model, u->tls_min, err)) != VOX_OK)
            (void)vox_error_prefix(err, "the template has it for %s", phone_profile_model_word(list[i].model));
    }
    free(list);
    return code;
}

static enum vox_err ask_all(struct store *s, const struct phone_book *book, struct users *u, struct vox_error *err)
{
    enum vox_err code = find_tls_min(s, &u->tls_min, err);

    if (code == VOX_OK)
        code = phone_profile_fits(u->now, "", u->tls_min, err);
    if (code == VOX_OK)
        code = ask_template(s, u, err);
    return code == VOX_OK ? phone_book_each(book, ask_user, u, err) : code;
}

/* VOX_OK with refusals: nothing was written. */
static enum vox_err change(struct store *s, const struct profile_fields *a, struct phone_profile *now,
                           struct refusals *refused, struct vox_error *err)
{
    struct users u = {.now = now, .refused = refused};
    struct phone_book *book = NULL;
    char what[128];
    enum vox_err code = store_begin(s, err);

    if (code == VOX_OK && (code = phone_book_open(s, &book, err)) == VOX_OK &&
        (code = find_profile(s, book, a->name, &u.was, err)) == VOX_OK) {
        *now = *u.was;
        (void)snprintf(what, sizeof what, "voxcapf security-profile change %s", now->name);
        if ((code = profile_fields_apply(a, now, err)) == VOX_OK && (code = ask_all(s, book, &u, err)) == VOX_OK &&
            refused->n == 0 && (code = phone_profile_change(s, now, err)) == VOX_OK &&
            (code = audit_append(s, what, "done", err)) == VOX_OK)
            code = store_commit(s, err);
    }
    store_rollback(s);
    phone_book_free(&book);
    return code;
}

static int tell(const struct cli_common *common, struct store *s, const struct phone_profile *p)
{
    struct phone_template *list;
    struct vox_error err;
    size_t n;
    int status = EXIT_DONE;

    if (phone_templates(s, &list, &n, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (common->json)
        status = cli_json_print(view_profile_json(p, list, n));
    else
        profile_fields_say(common, p);
    profile_fields_warn(common, s, p);
    free(list);
    return status;
}

int voxcapf_security_profile_change(struct cli_common *common, int argc, char **argv)
{
    struct profile_fields a = {.name = NULL};
    struct refusals refused = {.n = 0};
    struct phone_profile now;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || change(s, &a, &now, &refused, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (refused.n > 0)
        status = refusals_tell(common, NULL, &refused);
    else
        status = tell(common, s, &now);
    store_close(&s);
    return status;
}
