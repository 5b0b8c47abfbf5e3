#include "profile_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_MODEL = 0x100, OPT_PROTOCOL, OPT_TRANSPORT, OPT_KEY_ORDER, OPT_TFTP, OPT_TFTP_PLAIN };

const struct argp_option profile_fields_options[] = {
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
    {"tftp-plain", OPT_TFTP_PLAIN, NULL, 0, "it does not", 0},
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

static void take_key(struct profile_fields *a, const char *arg, struct argp_state *state)
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

/* What goes with what in the arguments alone. */
static void check_keys(const struct profile_fields *a, struct argp_state *state)
{
    if (a->has_order && a->has_rsa && a->p.key_order == PHONE_KEYS_EC)
        argp_error(state, "--key-order ec has no RSA key");
    if (a->has_order && a->has_ec && a->p.key_order == PHONE_KEYS_RSA)
        argp_error(state, "--key-order rsa has no EC key");
}

error_t profile_fields_parse(int key, char *arg, struct argp_state *state, struct profile_fields *a)
{
    switch (key) {
    case OPT_MODEL:
        if (!phone_profile_model(arg, a->p.model))
            argp_error(state, "--model %s: not known; a model as 8841, a family as 88xx, or any", arg);
        a->has_model = true;
        return 0;
    case OPT_PROTOCOL:
        if (!phone_protocol_parse(arg, &a->p.protocol))
            argp_error(state, "--protocol %s: sip or sccp", arg);
        a->has_protocol = true;
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
        a->has_proof = true;
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
    case OPT_TFTP_PLAIN:
        if (a->has_tftp && a->p.encrypted_config != (key == OPT_TFTP))
            argp_error(state, "one of --tftp-encrypted and --tftp-plain");
        a->p.encrypted_config = key == OPT_TFTP;
        a->has_tftp = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well (quote blanks)", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        check_keys(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool profile_fields_any(const struct profile_fields *a)
{
    return a->has_model || a->has_protocol || a->has_mode || a->has_transport || a->p.port != 0 || a->has_proof ||
           a->has_rsa || a->has_ec || a->has_order || a->has_tftp;
}

/* What the keys that are named say of the order, and the order of keys that are not named. */
static void apply_keys(const struct profile_fields *a, struct phone_profile *p)
{
    if (!a->has_rsa && !a->has_ec && !a->has_order)
        return;
    p->rsa = p->ec = (struct key_spec){.type = KEY_RSA};
    p->key_order = a->has_order              ? a->p.key_order
                   : a->has_rsa && a->has_ec ? PHONE_KEYS_EC_PREFERRED
                   : a->has_ec               ? PHONE_KEYS_EC
                                             : PHONE_KEYS_RSA;
    if (a->has_rsa)
        p->rsa = a->p.rsa;
    else if (p->key_order != PHONE_KEYS_EC)
        (void)phone_key_parse("rsa:2048", &p->rsa, NULL);
    if (a->has_ec)
        p->ec = a->p.ec;
    else if (p->key_order != PHONE_KEYS_RSA)
        (void)phone_key_parse("ec:P-384", &p->ec, NULL);
}

/* A mode and a protocol have their transport and port, unless others are named. */
static void apply_transport(const struct profile_fields *a, bool moved, struct phone_profile *p)
{
    const bool secure = p->mode != TRUNK_NON_SECURE, sip = p->protocol == PHONE_SIP;

    if (a->has_transport)
        p->transport = a->p.transport;
    else if (moved)
        p->transport = secure ? TRUNK_TLS : sip ? TRUNK_TCP_UDP : TRUNK_TCP;
    if (a->p.port != 0)
        p->port = a->p.port;
    else if (moved)
        p->port = !sip ? 0 : secure ? TRUNK_PORT_SIPS : TRUNK_PORT_SIP;
}

enum vox_err profile_fields_apply(const struct profile_fields *a, struct phone_profile *p, struct vox_error *err)
{
    const bool fresh = p->name[0] == '\0';
    const enum phone_protocol protocol = a->has_protocol ? a->p.protocol : p->protocol;
    const enum trunk_mode mode = a->has_mode ? a->p.mode : p->mode;
    const bool moved = fresh || protocol != p->protocol || mode != p->mode;
    enum vox_err code = trunk_profile_name_check(a->name, err);

    if (code != VOX_OK)
        return code;
    if (fresh) {
        (void)snprintf(p->name, sizeof p->name, "%s", a->name);
        (void)phone_key_parse("rsa:2048", &p->rsa, NULL);
    }
    if (a->has_model)
        memcpy(p->model, a->p.model, sizeof p->model);
    p->protocol = protocol;
    p->mode = mode;
    if (a->has_proof)
        p->proof = a->p.proof;
    if (a->has_tftp)
        p->encrypted_config = a->p.encrypted_config;
    apply_transport(a, moved, p);
    apply_keys(a, p);
    return phone_profile_check(p, err);
}
