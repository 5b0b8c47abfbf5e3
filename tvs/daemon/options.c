#include <string.h>

#include <tvs/message.h>

#include "options.h"

enum { OPT_EC_CERT = SERVE_OPT_OWN, OPT_EC_KEY, OPT_TTL, OPT_REFUSE_EXPIRED };

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "Certificate:", 1},
    {"cert", SERVE_OPT_CERT, "PEM", 0,
     "certificate to show, its chain after it; without it the store's TVS certificate", 1},
    {"key", SERVE_OPT_KEY, "KEYSOURCE", 0, "its private key; without it looked for in the certificate's file", 1},
    {"ec-cert", OPT_EC_CERT, "PEM", 0, "an EC certificate beside it, for peers that prefer one", 1},
    {"ec-key", OPT_EC_KEY, "KEYSOURCE", 0, "its private key", 1},
    {"password-file", SERVE_OPT_PASSWORD_FILE, "FILE", 0, "password of an encrypted key: the first line of FILE", 1},
    {"store", SERVE_OPT_STORE, "URL", 0, "what is trusted: sqlite:PATH (default $VOXTRUST_STORE)", 1},
    SERVE_ROWS_NETWORK(":2445"),
    {NULL, 0, NULL, 0, "Answers:", 3},
    {"ttl", OPT_TTL, "SECONDS", 0, "how long a phone may keep an answer (default 86400)", 3},
    {"refuse-expired", OPT_REFUSE_EXPIRED, NULL, 0, "answer 'not trusted' for certificates outside their validity", 3},
    SERVE_ROWS_LIMITS("30"),
    SERVE_ROWS_RUNNING("answer"),
    {0},
};

static bool own(void *arg, int key, const char *value, char *complaint)
{
    struct options *o = arg;

    switch (key) {
    case OPT_EC_CERT:
        o->ec_cert = value;
        return true;
    case OPT_EC_KEY:
        o->ec_key = value;
        return true;
    case OPT_TTL:
        return serve_option_number(value, 0, UINT32_MAX, &o->ttl, complaint);
    case OPT_REFUSE_EXPIRED:
        o->refuse_expired = true;
        return true;
    default:
        return false;
    }
}

bool options_parse(int argc, char **argv, struct options *out)
{
    const struct serve_options_params p = {
        .program = "voxtvsd",
        .doc = "Answer phones that ask whether to trust a certificate which their lists do not hold (TVS, TCP 2445).\v"
               "HUP reloads certificate, key, policy and limits; TERM finishes open messages and stops.",
        .table = table,
        .listen = ":2445",
        .limits = serve_limits_default(),
        .own = own,
        .arg = out,
    };

    memset(out, 0, sizeof *out);
    out->ttl = TVS_TTL_DEFAULT;
    return serve_options_parse(argc, argv, &p, &out->serve);
}
