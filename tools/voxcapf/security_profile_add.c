#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/phonemodel.h>

#include "find_profile.h"
#include "profile.h"
#include "view_profile.h"
#include "voxcapf.h"

enum { OPT_MODEL = 0x100, OPT_PROTOCOL, OPT_TRANSPORT, OPT_KEY_ORDER, OPT_TFTP };

struct add_args {
    struct phone_profile p;
    const char *name;
    bool has_mode, has_transport, has_order, has_rsa, has_ec;
};

static const struct argp_option options[] = {
    {"model", OPT_MODEL, "MODEL", 0, "for that model: 8841, a family as 88xx, or any (default)", 0},
    {"protocol", OPT_PROTOCOL, "PROTOCOL", 0, "sip (default) or sccp", 0},
    {"mode", 'm', "MODE", 0, "non-secure, authenticated (TLS that signs and hides nothing) or encrypted", 0},
    {"transport", OPT_TRANSPORT, "HOW", 0, "of SIP: tls, tcp, udp or tcp+udp (default: tls; with non-secure tcp+udp)",
     0},
    {"port", 'p', "N", 0, "of SIP (default: 5061; with non-secure 5060)", 0},
    {"auth", 'a', "PROOF", 0, "how phones prove to CAPF who they are: string (default), null, lsc or mic", 0},
    {"key", 'k', "KIND", 0,
     "the key that CAPF orders: rsa:BITS or ec:CURVE; both, for an order with two (default: rsa:2048)", 0},
    {"key-order", OPT_KEY_ORDER, "ORDER", 0,
     "rsa, ec, or ec-preferred: EC where the model takes it, else RSA (default: as the keys that are named)", 0},
    {"tftp-encrypted", OPT_TFTP, NULL, 0, "the TFTP server encrypts the phone's configuration", 0},
    {0},
};

static unsigned parse_port(const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long n = strtoul(arg, &end, 10);

    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < 1 || n > 65535)
        argp_error(state, "--port %s: a number from 1 to 65535", arg);
    return (unsigned)n;
}

static void take_key(struct add_args *a, const char *arg, struct argp_state *state)
{
    struct vox_error err;
    struct key_spec key;

    if (phone_key_parse(arg, &key, &err) != VOX_OK)
        argp_error(state, "--key: %s", err.text);
    if (key.type == KEY_RSA ? a->has_rsa : a->has_ec)
        argp_error(state, "--key: one RSA key and one EC key at most");
    if (key.type == KEY_RSA) {
        a->p.rsa = key;
        a->has_rsa = true;
    } else {
        a->p.ec = key;
        a->has_ec = true;
    }
}

/* What the keys that are named say of the order, and the order of keys that are not named. */
static void settle_keys(struct add_args *a, struct argp_state *state)
{
    if (!a->has_order)
        a->p.key_order = a->has_rsa && a->has_ec ? PHONE_KEYS_EC_PREFERRED : a->has_ec ? PHONE_KEYS_EC : PHONE_KEYS_RSA;
    if (a->has_rsa && a->p.key_order == PHONE_KEYS_EC)
        argp_error(state, "--key-order ec has no RSA key");
    if (a->has_ec && a->p.key_order == PHONE_KEYS_RSA)
        argp_error(state, "--key-order rsa has no EC key");
    if (!a->has_rsa && a->p.key_order != PHONE_KEYS_EC)
        (void)phone_key_parse("rsa:2048", &a->p.rsa, NULL);
    if (!a->has_ec && a->p.key_order != PHONE_KEYS_RSA)
        (void)phone_key_parse("ec:P-384", &a->p.ec, NULL);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct add_args *a = state->input;

    switch (key) {
    case OPT_MODEL:
        if (!phone_profile_model(arg, a->p.model))
            argp_error(state, "--model %s: not known; a model as 8841, a family as 88xx, or any", arg);
        return 0;
    case OPT_PROTOCOL:
        if (!phone_protocol_parse(arg, &a->p.protocol))
            argp_error(state, "--protocol %s: sip or sccp", arg);
        return 0;
    case 'm':
        if (!trunk_mode_parse(arg, &a->p.mode))
            argp_error(state, "--mode %s: non-secure, authenticated or encrypted", arg);
        a->has_mode = true;
        return 0;
    case OPT_TRANSPORT:
        if (!trunk_transport_parse(arg, &a->p.transport))
            argp_error(state, "--transport %s: tls, tcp, udp or tcp+udp", arg);
        a->has_transport = true;
        return 0;
    case 'p':
        a->p.port = parse_port(arg, state);
        return 0;
    case 'a':
        if (!phone_proof_parse(arg, &a->p.proof))
            argp_error(state, "--auth %s: string, null, lsc or mic", arg);
        return 0;
    case 'k':
        take_key(a, arg, state);
        return 0;
    case OPT_KEY_ORDER:
        if (!phone_key_order_parse(arg, &a->p.key_order))
            argp_error(state, "--key-order %s: rsa, ec or ec-preferred", arg);
        a->has_order = true;
        return 0;
    case OPT_TFTP:
        a->p.encrypted_config = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well (quote blanks)", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        if (!a->has_mode)
            argp_error(state, "which --mode: non-secure, authenticated or encrypted?");
        settle_keys(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME",
    .doc =
        "Make a security profile for phones. What cannot work is refused with the reason. 'voxcapf assign' gives it to "
        "phones, 'voxcapf template set' to all that have none.\v"
        "A name may have blanks.",
};

static enum vox_err complete(struct add_args *a, struct vox_error *err)
{
    const bool secure = a->p.mode != TRUNK_NON_SECURE, sip = a->p.protocol == PHONE_SIP;
    enum vox_err code = trunk_profile_name_check(a->name, err);

    if (code != VOX_OK)
        return code;
    (void)strncpy(a->p.name, a->name, sizeof a->p.name - 1);
    if (!a->has_transport)
        a->p.transport = secure ? TRUNK_TLS : sip ? TRUNK_TCP_UDP : TRUNK_TCP;
    if (a->p.port == 0 && sip)
        a->p.port = secure ? TRUNK_PORT_SIPS : TRUNK_PORT_SIP;
    return phone_profile_check(&a->p, err);
}

static enum vox_err record(struct store *s, const struct phone_profile *p, struct vox_error *err)
{
    char what[256];
    int tls_min;
    enum vox_err code = store_begin(s, err);

    if (code != VOX_OK)
        return code;
    (void)snprintf(what, sizeof what, "voxcapf security-profile add %s (%s, %s, %s)", p->name,
                   phone_profile_model_word(p->model), phone_protocol_word(p->protocol), trunk_mode_word(p->mode));
    if ((code = find_tls_min(s, &tls_min, err)) != VOX_OK ||
        (code = phone_profile_fits(p, "", tls_min, err)) != VOX_OK || (code = phone_profile_add(s, p, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

/* What works, and is not what one may think. */
static void warn(const struct cli_common *common, struct store *s, const struct phone_profile *p)
{
    struct capf_profile limits;
    struct phone_model m;

    if (p->mode == TRUNK_AUTHENTICATED)
        cli_warn(common, p->name, "authenticated is TLS with NULL-SHA: calls are signed, and nothing is hidden");
    if (p->mode != TRUNK_NON_SECURE && p->proof == PHONE_BY_STRING)
        cli_warn(common, p->name,
                 "a string is entered on a phone that is registered non-secure; without an LSC it is not in mode %s: "
                 "--auth mic for the first one",
                 trunk_mode_word(p->mode));
    if (p->proof == PHONE_BY_NULL)
        cli_warn(common, p->name, "without a proof whoever comes first under the name of such a phone is believed");
    if (p->key_order == PHONE_KEYS_EC_PREFERRED && phone_model_find(p->model, &m) && m.no_ec)
        cli_warn(common, p->name, "model %s takes no EC certificate: its keys will be RSA", p->model);
    if (p->key_order != PHONE_KEYS_EC && profile_read(s, &limits, NULL) == VOX_OK && !profile_takes(&limits, &p->rsa))
        cli_warn(common, p->name, "keys of rsa:%u are not certified: 'voxcapf profile' shows rsa-min and rsa-max",
                 p->rsa.rsa_bits);
}

static int tell(const struct cli_common *common, const struct phone_profile *p)
{
    char keys[VIEW_KEYS_MAX], port[24] = "";

    if (common->json)
        return cli_json_print(view_profile_json(p, NULL, 0));
    view_profile_keys(p, keys);
    if (p->port != 0)
        (void)snprintf(port, sizeof port, " on port %u", p->port);
    cli_say(common, "profile %s for %s: %s, %s by %s%s; proof: %s, key: %s%s", p->name,
            p->model[0] != '\0' ? p->model : "any model", trunk_mode_word(p->mode), phone_protocol_word(p->protocol),
            trunk_transport_word(p->transport), port, phone_proof_word(p->proof), keys,
            p->encrypted_config ? "; encrypted configuration" : "");
    return EXIT_DONE;
}

int voxcapf_security_profile_add(struct cli_common *common, int argc, char **argv)
{
    struct add_args a = {.p = {.proof = PHONE_BY_STRING}};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (complete(&a, &err) != VOX_OK || cli_store_open(common, &s, &err) != VOX_OK || record(s, &a.p, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else {
        status = tell(common, &a.p);
        warn(common, s, &a.p);
    }
    store_close(&s);
    return status;
}
