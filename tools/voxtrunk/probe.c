#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "find.h"
#include "number.h"
#include "view_trunk.h"
#include "voxtrunk.h"

enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304, OPT_NODE = 0x100, OPT_LISTEN, OPT_COUNT, OPT_WAIT, OPT_TIMEOUT };
enum { TIMEOUT_DEFAULT = 10, TIMEOUT_MAX = 600, WAIT_DEFAULT = 300, WAIT_MAX = 86400, COUNT_MAX = 1000 };

static const struct argp_option options[] = {
    {"destination", 'd', "HOST[:PORT]", 0, "only this destination of the trunk", 0},
    {"node", OPT_NODE, "NODE", 0, "the node that calls: its CallManager certificate is shown (default: the only one)",
     0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "how long a device may take (default: 10)", 0},
    {"listen", OPT_LISTEN, "ADDR:PORT", 0, "wait there for the device to call in, and judge it as it comes", 0},
    {"count", OPT_COUNT, "N", 0, "with --listen: how many calls to wait for (default: 1)", 0},
    {"wait", OPT_WAIT, "SECONDS", 0, "with --listen: how long to wait for them (default: 300)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct probe_args *a = state->input;

    switch (key) {
    case 'd':
        a->destination = arg;
        return 0;
    case OPT_NODE:
        a->node = arg;
        return 0;
    case OPT_TIMEOUT:
        a->timeout_ms = 1000 * number_parse(state, "--timeout", arg, 1, TIMEOUT_MAX);
        return 0;
    case OPT_LISTEN:
        a->listen = arg;
        return 0;
    case OPT_COUNT:
        a->count = number_parse(state, "--count", arg, 1, COUNT_MAX);
        return 0;
    case OPT_WAIT:
        a->wait_s = number_parse(state, "--wait", arg, 1, WAIT_MAX);
        return 0;
    case ARGP_KEY_ARG:
        if (a->trunk != NULL)
            argp_error(state, "one TRUNK, not '%s' as well", arg);
        a->trunk = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->trunk == NULL)
            argp_error(state, "which TRUNK?");
        if (a->listen == NULL && (a->count != 0 || a->wait_s != 0))
            argp_error(state, "--count and --wait go with --listen");
        if (a->listen != NULL && a->destination != NULL)
            argp_error(state, "--listen waits for the device, --destination calls it");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TRUNK",
    .doc =
        "Make a real TLS handshake with every destination of a trunk, as a call manager would, and say what it would "
        "say.\v"
        "Nothing is sent beyond the handshake. Exit status 1 when a call manager would refuse a destination.",
};

/* Nothing in common with the policy: what would it speak? */
static void look_wider(const struct handshake_params *p, struct handshake *h, struct verdict *v)
{
    struct handshake_params wider = *p;
    struct handshake other;
    struct vox_error ignored;

    wider.how = HANDSHAKE_ANYTHING;
    if (handshake(&wider, &other, &ignored) == VOX_OK && other.code == VOX_OK) {
        v->n = 0; /* the reason, in place of its symptom */
        if (p->how == HANDSHAKE_NULL_SHA)
            verdict_add(v, "null-cipher", true,
                        "it does not offer TLS_RSA_WITH_NULL_SHA, the one cipher of mode authenticated: it would speak "
                        "%s with %s. A profile with --mode encrypted takes that",
                        other.version, other.cipher);
        else
            verdict_add(v, "policy", true,
                        "it has nothing in common with the TLS policy (minimum %s, ciphers %s): it would speak %s with "
                        "%s. See voxtls show",
                        tlspolicy_version_text(p->ours->policy.min_version),
                        tlspolicy_ciphers_text(p->ours->policy.min_version < TLS_1_2 ? TLS_CIPHERS_ALL
                                                                                     : p->ours->policy.ciphers),
                        other.version, other.cipher);
        if (h->nshown == 0) { /* show at least who it is */
            h->shown = other.shown;
            h->nshown = other.nshown;
            other.shown = NULL;
            other.nshown = 0;
        }
    }
    handshake_clear(&other);
}

static enum vox_err probe_one(const struct probe_args *a, const struct verdict_params *p, json_t **out, bool *good,
                              struct vox_error *err)
{
    const struct handshake_params params = {
        .to = p->to,
        .ours = p->ours,
        .how = p->profile->mode == TRUNK_AUTHENTICATED ? HANDSHAKE_NULL_SHA : HANDSHAKE_AS_POLICY,
        .timeout_ms = a->timeout_ms,
    };
    char destination[VIEW_DESTINATION_MAX];
    struct verdict v = {.good = true};
    struct handshake h;
    enum vox_err code = handshake(&params, &h, err);

    if (code == VOX_OK) {
        verdict_handshake(&h, &v);
        if ((h.code == VOX_E_CRYPTO || verdict_hung_up(&h)) && h.nshown == 0)
            look_wider(&params, &h, &v);
        verdict_cert(p, &h, &v);
        view_destination(p->to, destination);
        *out = verdict_json(&h, &v, p->now);
        (void)json_object_set_new(*out, "destination", json_string(destination));
        *good = v.good;
    }
    handshake_clear(&h);
    return code;
}

int probe_finish(const struct cli_common *common, const struct verdict_params *p, json_t *list, bool good)
{
    int status = EXIT_DONE;

    if (common->json)
        status = cli_json_print(json_pack("{s:s, s:s, s:b, s:O}", "trunk", p->trunk->name, "profile", p->profile->name,
                                          "ok", good, "probes", list));
    json_decref(list);
    return status != EXIT_DONE ? status : good ? EXIT_DONE : EXIT_NO;
}

/* The destinations that are meant: all, or the one that --destination names. */
static enum vox_err narrow(const struct probe_args *a, const struct trunk *t, size_t *first, size_t *past,
                           struct vox_error *err)
{
    *first = 0;
    *past = t->n;
    if (a->destination == NULL)
        return VOX_OK;
    if (find_destination(t, a->destination, first, err) != VOX_OK)
        return err->code;
    *past = *first + 1;
    return VOX_OK;
}

static int probe_all(const struct cli_common *common, const struct probe_args *a, struct verdict_params *p)
{
    json_t *list = json_array();
    struct vox_error err;
    size_t first, past;
    bool all_good = true;

    if (narrow(a, p->trunk, &first, &past, &err) != VOX_OK) {
        json_decref(list);
        return cli_report(common, NULL, &err);
    }
    for (size_t i = first; i < past; i++) {
        json_t *one = NULL;
        bool good = false;

        p->to = &p->trunk->destinations[i];
        if (probe_one(a, p, &one, &good, &err) != VOX_OK) {
            json_decref(list);
            return cli_report(common, NULL, &err);
        }
        all_good = all_good && good;
        if (!common->json && !(common->quiet && good)) {
            verdict_print(json_string_value(json_object_get(one, "destination")), one);
            (void)fflush(stdout); /* the next one may take its time */
        }
        (void)json_array_append_new(list, one);
    }
    return probe_finish(common, p, list, all_good);
}

/* Is there TLS to be tried, under the present policy? */
static enum vox_err may_probe(const struct trunk *t, const struct trunk_profile *p, const struct ourside *ours,
                              struct vox_error *err)
{
    if (p->mode == TRUNK_NON_SECURE)
        return vox_fail(err, VOX_E_INPUT,
                        "trunk %s has the profile %s, which is non-secure: there is no TLS to be tried", t->name,
                        p->name);
    if (p->mode == TRUNK_AUTHENTICATED && ours->policy.min_version >= TLS_1_3)
        return vox_fail(err, VOX_E_INPUT,
                        "profile %s is authenticated, which is TLS with NULL-SHA; TLS 1.3, the minimum here, does not "
                        "have it. A profile with --mode encrypted, or voxtls set min-version 1.2",
                        p->name);
    return VOX_OK;
}

int voxtrunk_probe(struct cli_common *common, int argc, char **argv)
{
    struct probe_args a = {.timeout_ms = 1000 * TIMEOUT_DEFAULT};
    struct trunk_profile *profile = NULL;
    struct ourside ours = {.nchain = 0};
    struct trunk *trunk = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    a.count = a.count != 0 ? a.count : 1;
    a.wait_s = a.wait_s != 0 ? a.wait_s : WAIT_DEFAULT;
    if (cli_store_open(common, &s, &err) != VOX_OK || find_both(s, a.trunk, &trunk, &profile, &err) != VOX_OK ||
        ourside_trust(s, &ours, &err) != VOX_OK || may_probe(trunk, profile, &ours, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        struct verdict_params p = {.trunk = trunk, .profile = profile, .ours = &ours, .now = clock_now()};

        ourside_clear(&ours);
        if (ourside_open(s, a.node, &ours, &err) != VOX_OK)
            status = cli_report(common, NULL, &err);
        else
            status = a.listen != NULL ? probe_listen(common, &a, &p) : probe_all(common, &a, &p);
    }
    ourside_clear(&ours);
    trunk_profiles_free(&profile, profile != NULL ? 1 : 0);
    free(trunk);
    store_close(&s);
    return status;
}
