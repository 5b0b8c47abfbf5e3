#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capf/issuer.h>
#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>

#include "profile.h"
#include "voxcapf.h"

enum { SETTING_MAX = 48, PAIRS_MAX = 16 };

static void usages_text(const struct capf_profile *p, char *out, size_t outlen)
{
    (void)snprintf(out, outlen, "%s%s%s", p->server_auth ? "server," : "", p->client_auth ? "client," : "",
                   p->ipsec ? "ipsec," : "");
    if (out[0] != '\0')
        out[strlen(out) - 1] = '\0';
    else
        (void)snprintf(out, outlen, "none");
}

static const char *san_word(enum capf_san san)
{
    return san == CAPF_SAN_URI ? "uri" : san == CAPF_SAN_DNS ? "dns" : "none";
}

void profile_value(const struct capf_profile *p, const char *name, char out[static PROFILE_VALUE_MAX])
{
    const struct {
        const char *name;
        unsigned value;
    } numbers[] = {
        {"days", (unsigned)p->days}, {"backdate", (unsigned)p->backdate_s}, {"rsa-min", p->rsa_min},
        {"rsa-max", p->rsa_max},     {"per-device-day", p->per_device_day}, {"per-hour", p->per_hour},
    };

    out[0] = '\0';
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0)
            (void)snprintf(out, PROFILE_VALUE_MAX, "%u", numbers[i].value);
    }
    if (strcmp(name, "digest") == 0)
        (void)snprintf(out, PROFILE_VALUE_MAX, "%s", digest_name((int)p->digest));
    else if (strcmp(name, "san") == 0)
        (void)snprintf(out, PROFILE_VALUE_MAX, "%s", san_word(p->san));
    else if (strcmp(name, "usages") == 0)
        usages_text(p, out, PROFILE_VALUE_MAX);
}

enum vox_err profile_read(struct store *s, struct capf_profile *out, struct vox_error *err)
{
    enum vox_err code = VOX_OK;

    *out = capf_profile_default();
    for (size_t i = 0; capf_profile_name(i) != NULL && code == VOX_OK; i++) {
        char key[SETTING_MAX], *value = NULL;

        (void)snprintf(key, sizeof key, "capf.%s", capf_profile_name(i));
        code = store_setting_get(s, key, &value, err);
        if (code == VOX_OK && value != NULL &&
            (code = capf_profile_set(out, capf_profile_name(i), value, err)) != VOX_OK)
            (void)vox_error_prefix(err, "setting %s of the store", key);
        free(value);
    }
    return code;
}

bool profile_takes(const struct capf_profile *p, const struct key_spec *key)
{
    return key->type != KEY_RSA || (key->rsa_bits >= p->rsa_min && key->rsa_bits <= p->rsa_max);
}

/* The name of the setting in "days=365"; the value in *value. NULL when there is none. */
static const char *find(const char *arg, const char **value)
{
    const char *equals = strchr(arg, '='), *name;

    for (size_t i = 0; equals != NULL && (name = capf_profile_name(i)) != NULL; i++) {
        if (strlen(name) == (size_t)(equals - arg) && strncmp(name, arg, strlen(name)) == 0) {
            *value = equals + 1;
            return name;
        }
    }
    return NULL;
}

struct profile_args {
    const char *pairs[PAIRS_MAX];
    int n;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct profile_args *a = state->input;
    const char *value;

    switch (key) {
    case ARGP_KEY_ARG:
        if (find(arg, &value) == NULL)
            argp_error(state, "'%s': NAME=VALUE is expected, as days=730; 'voxcapf profile' shows the names", arg);
        if (a->n == PAIRS_MAX)
            argp_error(state, "each NAME once: %s", arg);
        a->pairs[a->n++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[NAME=VALUE]...",
    .doc =
        "Show what phones' certificates are like and which keys are certified, or change that: all that is named, or "
        "nothing. NAME=default goes back. voxcapfd takes it when it reloads.",
};

/* Each setting alone is checked by what will read it, and all of them together by reading them back. */
static enum vox_err change(struct store *s, const struct profile_args *a, struct capf_profile *now,
                           struct vox_error *err)
{
    const struct capf_profile standard = capf_profile_default();
    char what[600] = "voxcapf profile", key[SETTING_MAX], text[PROFILE_VALUE_MAX];
    enum vox_err code = store_begin(s, err);

    for (int i = 0; i < a->n && code == VOX_OK; i++) {
        const char *value = "", *name = find(a->pairs[i], &value);
        size_t len = strlen(what);

        if (strcmp(value, "default") == 0) {
            profile_value(&standard, name, text);
            value = text;
        }
        (void)snprintf(key, sizeof key, "capf.%s", name);
        if ((code = capf_profile_set(now, name, value, err)) == VOX_OK)
            code = store_setting_set(s, key, value, err);
        (void)snprintf(what + len, sizeof what - len, " %s=%.40s", name, value);
    }
    if (code == VOX_OK)
        code = profile_read(s, now, err);
    if (code == VOX_OK && now->rsa_min > now->rsa_max)
        code = vox_fail(err, VOX_E_USAGE, "rsa-min %u is more than rsa-max %u", now->rsa_min, now->rsa_max);
    if (code == VOX_OK)
        code = audit_append(s, what, "done", err);
    if (code == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    return code;
}

static int print(const struct cli_common *common, const struct capf_profile *p)
{
    const struct capf_profile standard = capf_profile_default();
    struct cli_table *t = common->json ? NULL : cli_table_new();
    json_t *doc = common->json ? json_object() : NULL;
    char value[PROFILE_VALUE_MAX], usual[PROFILE_VALUE_MAX];

    cli_table_column(t, "NAME", CLI_COL_LEFT);
    cli_table_column(t, "VALUE", CLI_COL_LEFT);
    cli_table_column(t, "DEFAULT", CLI_COL_LEFT);
    for (size_t i = 0; capf_profile_name(i) != NULL; i++) {
        const char *name = capf_profile_name(i);

        profile_value(p, name, value);
        profile_value(&standard, name, usual);
        cli_table_row(t, (const char *const[]){name, value, usual});
        if (doc != NULL)
            (void)json_object_set_new(
                doc, name, value[strspn(value, "0123456789")] == '\0' ? json_integer(atoi(value)) : json_string(value));
    }
    if (common->json)
        return cli_json_print(doc);
    cli_table_print(t);
    cli_table_free(&t);
    return EXIT_DONE;
}

int voxcapf_profile(struct cli_common *common, int argc, char **argv)
{
    struct profile_args a = {.n = 0};
    struct capf_profile p = capf_profile_default();
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK ||
        (a.n > 0 ? change(s, &a, &p, &err) : profile_read(s, &p, &err)) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (a.n == 0 || common->json)
        status = print(common, &p);
    else
        cli_say(common, "profile changed; voxcapfd takes it when it reloads");
    store_close(&s);
    return status;
}
