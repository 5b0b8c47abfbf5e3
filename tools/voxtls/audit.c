#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>
#include <libcert/identity.h>

#include "places.h"
#include "report.h"
#include "voxtls.h"

enum { PORTS_MAX = 64, TIMEOUT_MAX_S = 300, TIMEOUT_S = 5, JOBS = 64, INVENTORY_MAX = 4 * 1024 * 1024 };

struct audit_args {
    struct targets targets;
    const char *inventory, *html;
    uint16_t ports[PORTS_MAX];
    size_t nports;
    uint16_t sip_port;
    enum target_table table;
    unsigned timeout_s, jobs;
    bool own_policy; /* not the store's */
    struct tls_settings policy;
    char **hosts;
    size_t nhosts;
};

enum {
    OPT_INVENTORY = 0x100,
    OPT_PORT,
    OPT_SIP_PORT,
    OPT_TABLE,
    OPT_TIMEOUT,
    OPT_JOBS,
    OPT_HTML,
    OPT_MIN_VERSION,
    OPT_CIPHERS,
    OPT_COMMON_CRITERIA,
    OPT_HTTPS_CIPHERS,
    OPT_HTTPS_KEYS,
};

static const struct argp_option options[] = {
    {"inventory", OPT_INVENTORY, "FILE", 0, "more hosts: one a line, or host,port,application,kind (-: standard input)",
     0},
    {"port", OPT_PORT, "PORT", 0, "this port instead of those of the tables; may be given several times", 0},
    {"sip-port", OPT_SIP_PORT, "PORT", 0, "where SIP-SIG listens (default: 5061)", 0},
    {"table", OPT_TABLE, "TABLE", 0, "whose ports: callmanager (default), presence or all", 0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "how long to wait for each answer (default: 5)", 0},
    {"jobs", OPT_JOBS, "N", 0, "connections at once, at most 8 of them to one host (default: 64)", 0},
    {"html", OPT_HTML, "FILE", 0, "write a report, one page that needs nothing else", 0},
    {"min-version", OPT_MIN_VERSION, "VERSION", 0, "judge by this minimum, without a store", 0},
    {"ciphers", OPT_CIPHERS, "LEVEL", 0, "judge by this cipher level, without a store (default: medium)", 0},
    {"https-ciphers", OPT_HTTPS_CIPHERS, "LEVEL", 0, "and for HTTPS by this one (default: same)", 0},
    {"https-keys", OPT_HTTPS_KEYS, "KEYS", 0, "and there by these kinds of keys: all (default) or rsa", 0},
    {"common-criteria", OPT_COMMON_CRITERIA, NULL, 0, "judge by Common Criteria mode, without a store", 0},
    {0},
};

/* A whole number of an option. */
static unsigned number(struct argp_state *state, const char *option, const char *arg, unsigned max)
{
    char *end;
    const unsigned long n = strtoul(arg, &end, 10);

    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < 1 || n > max)
        argp_error(state, "--%s %.40s: a number from 1 to %u", option, arg, max);
    return (unsigned)n;
}

static void parse_table(const char *arg, struct argp_state *state, struct audit_args *a)
{
    static const struct {
        const char *word;
        enum target_table table;
    } words[] = {{"callmanager", TABLE_CALL_MANAGER}, {"presence", TABLE_PRESENCE}, {"all", TABLE_ALL}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(arg, words[i].word) == 0) {
            a->table = words[i].table;
            return;
        }
    }
    argp_error(state, "--table %.40s: callmanager, presence or all", arg);
}

/* What belongs to the policy that is judged by. */
static bool parse_policy(int key, const char *arg, struct argp_state *state, struct audit_args *a)
{
    struct vox_error err;

    if (key == OPT_MIN_VERSION && tlspolicy_version_parse(arg, &a->policy.min_version, &err) != VOX_OK)
        argp_error(state, "--min-version: %s", err.text);
    if (key == OPT_CIPHERS && tlspolicy_ciphers_parse(arg, &a->policy.ciphers, &err) != VOX_OK)
        argp_error(state, "--ciphers: %s", err.text);
    if (key == OPT_HTTPS_CIPHERS && tlspolicy_https_ciphers_parse(arg, &a->policy, &err) != VOX_OK)
        argp_error(state, "--https-ciphers: %s", err.text);
    if (key == OPT_HTTPS_KEYS && tlspolicy_https_keys_parse(arg, &a->policy, &err) != VOX_OK)
        argp_error(state, "--https-keys: %s", err.text);
    if (key == OPT_COMMON_CRITERIA)
        a->policy.common_criteria = true;
    if (key != OPT_MIN_VERSION && key != OPT_CIPHERS && key != OPT_COMMON_CRITERIA && key != OPT_HTTPS_CIPHERS &&
        key != OPT_HTTPS_KEYS)
        return false;
    a->own_policy = true;
    return true;
}

static void check_args(struct argp_state *state, const struct audit_args *a)
{
    if (a->nhosts == 0 && a->inventory == NULL)
        argp_error(state, "which HOST? (or --inventory FILE)");
    if (a->own_policy && a->policy.common_criteria && a->policy.min_version > 0x0303)
        argp_error(state, "Common Criteria mode knows no minimum of 1.3");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct audit_args *a = state->input;

    if (parse_policy(key, arg, state, a))
        return 0;
    switch (key) {
    case OPT_INVENTORY:
        a->inventory = arg;
        return 0;
    case OPT_PORT:
        if (a->nports == PORTS_MAX)
            argp_error(state, "at most %d ports", PORTS_MAX);
        a->ports[a->nports++] = (uint16_t)number(state, "port", arg, 65535);
        return 0;
    case OPT_SIP_PORT:
        a->sip_port = (uint16_t)number(state, "sip-port", arg, 65535);
        return 0;
    case OPT_TABLE:
        parse_table(arg, state, a);
        return 0;
    case OPT_TIMEOUT:
        a->timeout_s = number(state, "timeout", arg, TIMEOUT_MAX_S);
        return 0;
    case OPT_JOBS:
        a->jobs = number(state, "jobs", arg, LIMIT_SCAN_JOBS);
        return 0;
    case OPT_HTML:
        a->html = arg;
        return 0;
    case ARGP_KEY_ARGS:
        a->hosts = state->argv + state->next;
        a->nhosts = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        check_args(state, a);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "HOST...",
    .doc = "Ask the ports of servers which TLS versions and ciphers they take and which certificates they show, and "
           "compare that with the policy. HOST: a name, an address, [IPv6], or HOST:PORT for one port.\v"
           "The servers see connections that end after their first answer, one for each version and cipher that they "
           "take. Exit status 1 when something violates the policy, 4 when nothing could be reached."};

static enum vox_err read_policy(const struct cli_common *common, struct audit_args *a, struct vox_error *err)
{
    struct store *s = NULL;
    enum vox_err code;

    if (a->own_policy)
        return VOX_OK;
    if ((code = cli_store_open(common, &s, err)) == VOX_OK)
        code = store_tls_settings(s, &a->policy, err);
    store_close(&s);
    if (code == VOX_E_NOT_FOUND)
        return vox_fail(err, code,
                        "no store to take the policy from: run 'voxtrust init' first, or name the policy "
                        "with --min-version, --ciphers, --common-criteria");
    return code;
}

/* Arguments and inventory; the exit status. */
static int gather(const struct cli_common *common, struct audit_args *a)
{
    struct refusals refused = {.n = 0};
    struct vox_error err;
    struct bytes file;

    for (size_t i = 0; i < a->nhosts; i++) {
        if (targets_add(&a->targets, a->hosts[i], a->table, &err) != VOX_OK)
            return cli_report(common, NULL, &err);
    }
    if (a->inventory == NULL)
        return EXIT_DONE;
    if (cli_read(a->inventory, INVENTORY_MAX, &file, &err) != VOX_OK)
        return cli_report(common, a->inventory, &err);
    const enum vox_err code = targets_read(&a->targets, bytes_view_of(&file), a->table, &refused, &err);

    bytes_free(&file);
    return code != VOX_OK ? cli_report(common, a->inventory, &err) : refusals_tell(common, a->inventory, &refused);
}

static void show_progress(void *arg, size_t done)
{
    cli_progress_update(arg, done);
}

static enum vox_err look(const struct audit_args *a, struct places *places, struct vox_error *err)
{
    const struct places_params p = {
        .policy = a->policy, .ports = a->ports, .nports = a->nports, .sip_port = a->sip_port};
    enum vox_err code = places_make(&a->targets, &p, places, err);

    if (code != VOX_OK)
        return code;
    places_resolve(places);
    struct cli_progress *bar = cli_progress_new("ports", places->n);
    const struct tlsscan_params scan = {
        .timeout_ms = a->timeout_s * 1000, .jobs = a->jobs, .progress = show_progress, .arg = bar};

    code = tlsscan_run(&scan, places->scans, places->n, err);
    cli_progress_free(&bar);
    return code;
}

static int tell(const struct cli_common *common, const struct audit_args *a, struct audit_report *r)
{
    struct vox_error err;
    int status = EXIT_DONE;

    report_sum(r);
    if (a->html != NULL && report_html(a->html, r, &err) != VOX_OK)
        return cli_report(common, a->html, &err);
    if (common->json)
        status = cli_json_print(report_json(r));
    else if (a->html == NULL || strcmp(a->html, "-") != 0)
        report_print(common, r);
    if (status != EXIT_DONE)
        return status;
    if (r->reached == 0) {
        (void)vox_fail(&err, VOX_E_IO, "nothing could be reached: no host, or no port of it, answers");
        return cli_report(common, NULL, &err);
    }
    return report_ok(r) ? EXIT_DONE : EXIT_NO;
}

int voxtls_audit(struct cli_common *common, int argc, char **argv)
{
    struct audit_args a = {
        .table = TABLE_CALL_MANAGER, .timeout_s = TIMEOUT_S, .jobs = JOBS, .policy = tlspolicy_settings_default()};
    struct places places = {.n = 0};
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (common->json && a.html != NULL && strcmp(a.html, "-") == 0)
        return cli_usage(common, "--json and --html - both want standard output");
    if ((status = gather(common, &a)) != EXIT_DONE)
        goto out;
    struct audit_report r = {.places = &places, .policy = &a.policy, .now = clock_now()};

    if (read_policy(common, &a, &err) != VOX_OK || look(&a, &places, &err) != VOX_OK ||
        judge(&places, &a.policy, r.now, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(common, &a, &r);
out:
    places_free(&places);
    targets_free(&a.targets);
    return status;
}
