#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>

#include "claim.h"
#include "find.h"
#include "handshake.h"
#include "view_trunk.h"
#include "voxtrunk.h"

enum { TIMEOUT_MS = 10000, OPT_FINGERPRINT = 0x100 };

struct fetch_args {
    const char *trunk, *destination;
    struct cli_fingerprint fingerprint;
};

static const struct argp_option options[] = {
    {"destination", 'd', "HOST[:PORT]", 0, "which of the trunk's destinations, when it has several", 0},
    {"fingerprint", OPT_FINGERPRINT, "HEX", 0, "demand this SHA-256 fingerprint (with or without ':'), ask nothing", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct fetch_args *a = state->input;

    switch (key) {
    case 'd':
        a->destination = arg;
        return 0;
    case OPT_FINGERPRINT:
        cli_fingerprint_parse(arg, state, &a->fingerprint);
        return 0;
    case ARGP_KEY_ARG:
        if (a->trunk != NULL)
            argp_error(state, "one TRUNK, not '%s' as well", arg);
        a->trunk = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->trunk == NULL)
            argp_error(state, "for which TRUNK?");
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
        "Take the certificate that the live device shows, with the issuers that it shows, into CallManager-trust. It "
        "is shown, and taken when you say yes, or when it has the fingerprint that you name; judged as 'voxtrunk "
        "upload' does.\v"
        "Whoever sits between you and the device can show his own: compare the fingerprint with what the device's "
        "administrator reads to you. Exit status 1 when it is another one, or not taken.",
};

static enum vox_err pick_destination(const struct fetch_args *a, const struct trunk *t, size_t *index,
                                     struct vox_error *err)
{
    if (a->destination != NULL)
        return find_destination(t, a->destination, index, err);
    *index = 0;
    return t->n == 1 ? VOX_OK
                     : vox_fail(err, VOX_E_USAGE, "trunk %s has %zu destinations: say which with --destination",
                                t->name, t->n);
}

/* Has it shown that the key is its own? We are asked for a certificate after that; that none is shown, as nobody of
 * ours is to be proved here, may be why it ends the handshake. */
static bool proved(const struct handshake *h)
{
    return h->code == VOX_OK || (h->asked && h->alert != HANDSHAKE_NO_ALERT);
}

/*
 * The device's own, and intermediates that lead from it upwards. No root: whoever sits in between can add one that
 * signed an intermediate's key once more, and the fingerprint of the device's own says nothing about that.
 */
static void take_issuers(struct claim *c, const struct handshake *h)
{
    const struct anchors shown = {.certs = h->shown, .n = h->nshown};

    c->n = anchors_chain(&shown, h->shown[0], c->certs, LIMIT_CHAIN_DEPTH);
    if (c->n > 1 && cert_self_issued(c->certs[c->n - 1]))
        c->n--;
}

static int take(struct cli_common *common, const struct fetch_args *a, struct claim *c, const struct handshake *h,
                const char *where, struct store *s)
{
    struct cli_common answered = *common;
    struct vox_error err;

    if (h->nshown == 0 || !proved(h)) {
        vox_fail(&err, h->code != VOX_OK ? h->code : VOX_E_INPUT, "%s",
                 h->code != VOX_OK ? h->err.text : "the device shows no certificate");
        return cli_report(common, where, &err);
    }
    if (!common->json && !common->quiet) {
        json_t *doc = view_cert_json(h->shown[0], c->now);

        printf("%s shows\n", where);
        view_print(doc, stdout);
        json_decref(doc);
    }
    if (cli_fingerprint_match(&a->fingerprint, "the device", h->shown[0], &err) != VOX_OK)
        return cli_report(common, where, &err);
    take_issuers(c, h);
    answered.yes = common->yes || a->fingerprint.given;
    return claim_make(&answered, "fetch", where, c, s, "Trust it in CallManager-trust? Compare the fingerprint first.");
}

int voxtrunk_fetch(struct cli_common *common, int argc, char **argv)
{
    struct fetch_args a = {0};
    struct ourside ours = {.nchain = 0};
    struct claim c = {.ours = &ours, .now = clock_now()};
    struct trunk_profile *profile = NULL;
    struct trunk *trunk = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t index;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK || find_both(s, a.trunk, &trunk, &profile, &err) != VOX_OK ||
        claim_allowed(trunk, profile, &err) != VOX_OK || pick_destination(&a, trunk, &index, &err) != VOX_OK ||
        ourside_trust(s, &ours, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        const struct handshake_params params = {.to = &trunk->destinations[index],
                                                .ours = &ours,
                                                .how = HANDSHAKE_ANYTHING, /* nothing is believed yet */
                                                .timeout_ms = TIMEOUT_MS};
        char where[VIEW_DESTINATION_MAX];
        struct handshake h;

        c.trunk = trunk;
        c.profile = profile;
        view_destination(params.to, where);
        if (handshake(&params, &h, &err) != VOX_OK)
            status = cli_report(common, where, &err);
        else
            status = take(common, &a, &c, &h, where, s);
        handshake_clear(&h);
    }
    ourside_clear(&ours);
    trunk_profiles_free(&profile, profile != NULL ? 1 : 0);
    free(trunk);
    store_close(&s);
    return status;
}
