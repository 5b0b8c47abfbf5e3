#include <inttypes.h>
#include <stdio.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/phones.h>

#include "change.h"
#include "legacy.h"
#include "profile_breaks.h"
#include "voxtls.h"

enum { TLS_1_2 = 0x0303 };

struct version_args {
    int version; /* 0: not given */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct version_args *a = state->input;
    struct vox_error err;

    switch (key) {
    case ARGP_KEY_ARG:
        if (a->version != 0)
            argp_error(state, "one version, not '%s' as well", arg);
        if (tlspolicy_version_parse(arg, &a->version, &err) != VOX_OK)
            argp_error(state, "%s", err.text);
        return 0;
    case ARGP_KEY_END:
        if (a->version == 0)
            argp_error(state, "which version: 1.0, 1.1, 1.2 or 1.3?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "1.0|1.1|1.2|1.3",
    .doc = "Set the oldest TLS version that is spoken. Says first what that breaks, and asks.\v"
           "Check before that every device and application on the network supports it. Listeners for old phones "
           "(--legacy-listen) keep a policy of their own.",
};

struct change {
    struct tls_settings from, to;
    struct phones_tally phones;
    struct profile_breaks profiles;
};

/* Does the table of what breaks apply to what is set now? */
static const struct legacy_row *breaks(const struct change *c, size_t *n)
{
    const struct legacy_row *rows = legacy_rows(n);

    if (c->to.min_version < TLS_1_2)
        *n = 0;
    return rows;
}

static void say_phones(FILE *out, const struct phones_tally *p)
{
    if (p->all == 0) {
        fprintf(out, "The store knows no phones, so which of yours are concerned is not known here.\n\n");
        return;
    }
    fprintf(out,
            "The store knows %" PRId64 " phone%s, %" PRId64
            " with an LSC. Their models are not known here: each that is a legacy phone is "
            "concerned.\n\n",
            p->all, p->all == 1 ? "" : "s", p->with_lsc);
}

static void say_profiles(FILE *out, const struct profile_breaks *p)
{
    if (p->n > 0)
        fprintf(out, "The security profile%s of %zu phone%s (%s%s) will not work any more: %s\n\n",
                p->n == 1 ? "" : "s", p->n, p->n == 1 ? "" : "s", p->first, p->n == 1 ? "" : " ...", p->why);
}

static void say_breaks(FILE *out, const struct change *c)
{
    size_t n;
    const struct legacy_row *rows = breaks(c, &n);

    fprintf(out, "Minimum TLS version %s, instead of %s.\n", tlspolicy_version_text(c->to.min_version),
            tlspolicy_version_text(c->from.min_version));
    if (n == 0 && c->to.min_version < c->from.min_version) {
        fprintf(out, "Nothing breaks by that. Below 1.2 all ciphers are taken, and signatures with SHA-1.\n\n");
        return;
    }
    if (n == 0) {
        fprintf(out, "Whatever knows TLS 1.0 alone is refused, as call managers of release 9.x. The vendor's table of "
                     "what breaks on legacy phones (" LEGACY_MODELS ") begins with 1.2.\n\n");
        say_phones(out, &c->phones);
        say_profiles(out, &c->profiles);
        return;
    }
    if (c->from.min_version >= TLS_1_2)
        fprintf(out, c->to.min_version > c->from.min_version
                         ? "Whatever knows no TLS 1.3 is refused. On legacy phones (" LEGACY_MODELS
                           ") these stay broken, as with 1.2:\n\n"
                         : "On legacy phones (" LEGACY_MODELS ") these stay broken:\n\n");
    else
        fprintf(out, "On legacy phones (" LEGACY_MODELS ") that breaks:\n\n");
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  %s: %s\n      workaround: %s\n", rows[i].feature, rows[i].what,
                rows[i].workaround != NULL ? rows[i].workaround : "none");
    fprintf(out, "\n");
    say_phones(out, &c->phones);
    say_profiles(out, &c->profiles);
}

static json_t *json_of(const struct change *c, bool changed)
{
    json_t *list = json_array();
    size_t n;
    const struct legacy_row *rows = breaks(c, &n);

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "feature", rows[i].feature, "what",
                                                    rows[i].what, "workaround", rows[i].workaround));
    return json_pack("{s:s, s:s, s:b, s:o, s:{s:I, s:I, s:b, s:I}}", "min_version",
                     tlspolicy_version_text(c->to.min_version), "was", tlspolicy_version_text(c->from.min_version),
                     "changed", changed, "breaks", list, "phones", "known", (json_int_t)c->phones.all, "with_lsc",
                     (json_int_t)c->phones.with_lsc, "models_known", false, "profiles_break",
                     (json_int_t)c->profiles.n);
}

/* Whoever has to answer hears what it is about; whoever does not, and wants to hear nothing, does not. */
static void say_first(const struct cli_common *common, const struct change *c)
{
    if (!common->yes || (!common->quiet && !common->json))
        say_breaks(common->json ? stderr : stdout, c);
}

static enum vox_err gather(struct store *s, int version, struct change *c, struct vox_error *err)
{
    const int64_t now = clock_now();
    enum vox_err code = store_tls_settings(s, &c->from, err);

    if (code != VOX_OK)
        return code;
    c->to = c->from;
    c->to.min_version = version;
    if (version != c->from.min_version && (code = tlspolicy_settings_check(&c->to, err)) != VOX_OK)
        return code;
    code = phones_tally(s, now, now, &c->phones, err);
    return code == VOX_OK ? profile_breaks_find(s, &c->from, &c->to, &c->profiles, err) : code;
}

static enum vox_err make(const struct cli_common *common, struct store *s, const struct change *c,
                         struct vox_error *err)
{
    say_first(common, c);
    if (!cli_confirm(common, "Set the minimum TLS version to %s?", tlspolicy_version_text(c->to.min_version)))
        return vox_fail(err, VOX_E_NO, "the minimum version was not changed (--yes answers the question)");
    return change_settings(s, &c->from, &c->to, err);
}

int voxtls_set_min_version(struct cli_common *common, int argc, char **argv)
{
    struct version_args a = {.version = 0};
    struct change c = {.phones = {0}};
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || gather(s, a.version, &c, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    const bool changed = a.version != c.from.min_version;

    if (changed && make(common, s, &c, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
        goto out;
    }
    if (common->json)
        status = cli_json_print(json_of(&c, changed));
    else
        cli_say(common, changed ? "minimum version: %s" : "minimum version: %s already",
                tlspolicy_version_text(a.version));
out:
    store_close(&s);
    return status;
}
