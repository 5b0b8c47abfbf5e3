#include <stdio.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/identity.h>

#include "voxtls.h"

enum setting { ALL, MIN_VERSION, CIPHERS, HTTPS_CIPHERS, HTTPS_KEYS, COMMON_CRITERIA };

static const char *const names[] = {NULL, "min-version", "ciphers", "https-ciphers", "https-keys", "common-criteria"};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    enum setting *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*a != ALL)
        argp_error(state, "one setting, not '%s' as well", arg);
    for (enum setting i = MIN_VERSION; i <= COMMON_CRITERIA; i++) {
        if (strcmp(arg, names[i]) == 0)
            *a = i;
    }
    if (*a == ALL)
        argp_error(state, "no such setting: '%s' (min-version, ciphers, https-ciphers, https-keys or common-criteria)",
                   arg);
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[min-version|ciphers|https-ciphers|https-keys|common-criteria]",
    .doc = "Show the TLS policy, or one setting of it: what is set and what is in effect.\v"
           "They differ where one setting overrules another: in Common Criteria mode a minimum of 1.0 behaves as 1.1, "
           "and a minimum below 1.2 takes all ciphers, because the old versions know none of the others.",
};

/* Ciphers that are in effect. */
static const char *ciphers_of(const struct tls_policy *p)
{
    return tlspolicy_ciphers_text(p->min_version < 0x0303 ? TLS_CIPHERS_ALL : p->ciphers);
}

static int print_json(const struct tls_settings *s)
{
    const struct tls_policy p = tlspolicy_of(s, false), https = tlspolicy_https(s);

    return cli_json_print(json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:{s:s, s:s, s:s, s:s, s:s}}", "min_version", tlspolicy_version_text(s->min_version),
        "ciphers", tlspolicy_ciphers_text(s->ciphers), "https_ciphers", tlspolicy_https_ciphers_text(s), "https_keys",
        tlspolicy_https_keys_text(s), "common_criteria", s->common_criteria, "effective", "min_version",
        tlspolicy_version_text(p.min_version), "ciphers", ciphers_of(&p), "https_ciphers", ciphers_of(&https),
        "cipher_list", tlspolicy_cipher_list(&p), "cipher_suites", tlspolicy_cipher_suites(&p)));
}

static int print_all(const struct cli_common *common, const struct tls_settings *s)
{
    const struct tls_policy p = tlspolicy_of(s, false), https = tlspolicy_https(s);
    const char *keys = tlspolicy_https_keys_text(s), *mode = s->common_criteria ? "on" : "off";
    struct cli_table *t = cli_table_new();

    cli_table_column(t, "SETTING", CLI_COL_LEFT);
    cli_table_column(t, "SET", CLI_COL_LEFT);
    cli_table_column(t, "IN EFFECT", CLI_COL_LEFT);
    cli_table_row(t, (const char *const[]){names[MIN_VERSION], tlspolicy_version_text(s->min_version),
                                           tlspolicy_version_text(p.min_version)});
    cli_table_row(t, (const char *const[]){names[CIPHERS], tlspolicy_ciphers_text(s->ciphers), ciphers_of(&p)});
    cli_table_row(t, (const char *const[]){names[HTTPS_CIPHERS], tlspolicy_https_ciphers_text(s), ciphers_of(&https)});
    cli_table_row(t, (const char *const[]){names[HTTPS_KEYS], keys, keys});
    cli_table_row(t, (const char *const[]){names[COMMON_CRITERIA], mode, mode});
    cli_table_print(t);
    cli_table_free(&t);
    if (p.min_version < 0x0304)
        cli_say(common, "\nTLS up to 1.2: %s", tlspolicy_cipher_list(&p));
    cli_say(common, "%sTLS 1.3: %s", p.min_version < 0x0304 ? "" : "\n", tlspolicy_cipher_suites(&p));
    return EXIT_DONE;
}

/* One value, for scripts; what overrules it goes to standard error. */
static int print_one(const struct cli_common *common, enum setting which, const struct tls_settings *s)
{
    const struct tls_policy p = tlspolicy_of(s, false), https = tlspolicy_https(s);
    const char *value = which == MIN_VERSION     ? tlspolicy_version_text(s->min_version)
                        : which == CIPHERS       ? tlspolicy_ciphers_text(s->ciphers)
                        : which == HTTPS_CIPHERS ? tlspolicy_https_ciphers_text(s)
                        : which == HTTPS_KEYS    ? tlspolicy_https_keys_text(s)
                        : s->common_criteria     ? "on"
                                                 : "off";

    printf("%s\n", value);
    if (which == MIN_VERSION && p.min_version != s->min_version)
        cli_warn(common, NULL, "in effect: %s, by Common Criteria mode", tlspolicy_version_text(p.min_version));
    if (which == CIPHERS && strcmp(value, ciphers_of(&p)) != 0)
        cli_warn(common, NULL, "in effect: %s, by the minimum version below 1.2", ciphers_of(&p));
    if (which == HTTPS_CIPHERS && strcmp(tlspolicy_ciphers_text(https.ciphers), ciphers_of(&https)) != 0)
        cli_warn(common, NULL, "in effect: %s, by the minimum version below 1.2", ciphers_of(&https));
    return EXIT_DONE;
}

int voxtls_show(struct cli_common *common, int argc, char **argv)
{
    enum setting which = ALL;
    struct tls_settings set;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &which);
    if (cli_store_open(common, &s, &err) != VOX_OK || store_tls_settings(s, &set, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(&set);
    else
        status = which == ALL ? print_all(common, &set) : print_one(common, which, &set);
    store_close(&s);
    return status;
}
