#include <string.h>

#include <capf/message.h>

#include "options.h"

enum { OPT_ISSUER = SERVE_OPT_OWN, OPT_ISSUER_KEY, OPT_JOURNAL, OPT_KEY_TIMEOUT, OPT_ACCEPT_EXPIRED_MIC };

enum { KEY_TIMEOUT_DEFAULT = 30 * 60, STEP_DEFAULT = 10 };

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "Certificates:", 1},
    {"cert", SERVE_OPT_CERT, "PEM", 0,
     "certificate to show, its chain after it; without it the store's CAPF certificate", 1},
    {"key", SERVE_OPT_KEY, "KEYSOURCE", 0, "its private key; without it looked for in the certificate's file", 1},
    {"issuer", OPT_ISSUER, "PEM", 0, "certificate of the CA that issues; without it the one that is shown", 1},
    {"issuer-key", OPT_ISSUER_KEY, "KEYSOURCE", 0, "its private key; without it looked for in the issuer's file", 1},
    {"password-file", SERVE_OPT_PASSWORD_FILE, "FILE", 0, "password of an encrypted --key: the first line of FILE", 1},
    {"store", SERVE_OPT_STORE, "URL", 0, "phones and what they were given: sqlite:PATH (default $VOXTRUST_STORE)", 1},
    {"journal", OPT_JOURNAL, "FOLDER", 0, "the signer's journal (default: capf, beside the store)", 1},
    SERVE_ROWS_NETWORK(":3804"),
    {NULL, 0, NULL, 0, "Phones:", 3},
    {"key-timeout", OPT_KEY_TIMEOUT, "SECONDS", 0, "for a phone to make its key (default 1800)", 3},
    {"accept-expired-mic", OPT_ACCEPT_EXPIRED_MIC, NULL, 0, "believe manufacturers' certificates that have ended, too",
     3},
    SERVE_ROWS_LIMITS("10"),
    SERVE_ROWS_RUNNING("session"),
    {0},
};

static bool own(void *arg, int key, const char *value, char *complaint)
{
    struct options *o = arg;

    switch (key) {
    case OPT_ISSUER:
        o->issuer = value;
        return true;
    case OPT_ISSUER_KEY:
        o->issuer_key = value;
        return true;
    case OPT_JOURNAL:
        o->journal = value;
        return true;
    case OPT_KEY_TIMEOUT:
        return serve_option_number(value, 1, 86400, &o->key_timeout_s, complaint);
    case OPT_ACCEPT_EXPIRED_MIC:
        o->accept_expired_mic = true;
        return true;
    default:
        return false;
    }
}

bool options_parse(int argc, char **argv, struct options *out)
{
    struct serve_options_params p = {
        .program = "voxcapfd",
        .doc = "Give phones certificates of their own (CAPF, TCP 3804).\v"
               "HUP reloads certificates, keys, profile, policy and limits; TERM finishes open messages and stops.",
        .table = table,
        .listen = ":3804",
        .limits = serve_limits_default(),
        .own = own,
        .arg = out,
    };

    memset(out, 0, sizeof *out);
    out->key_timeout_s = KEY_TIMEOUT_DEFAULT;
    p.limits.idle_s = STEP_DEFAULT;
    p.limits.message_max = CAPF_MESSAGE_LIMIT;
    if (!serve_options_parse(argc, argv, &p, &out->serve))
        return false;
    out->serve.limits.drain_s = out->key_timeout_s; /* a reload cuts off no phone that makes its key */
    return true;
}
