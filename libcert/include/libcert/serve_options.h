/*
 * Options that all daemons have: command line, then configuration file, and the warnings about what a daemon shows.
 * Each daemon brings its whole table, with rows of its own among those of all; the texts that are alike stand here.
 */
#ifndef LIBCERT_SERVE_OPTIONS_H
#define LIBCERT_SERVE_OPTIONS_H

#include <argp.h>

#include <libcert/cert.h>
#include <libcert/log.h>
#include <libcert/serve.h>

enum { SERVE_CIDR_MAX = 64 };

/* Keys of rows; a daemon's own begin with SERVE_OPT_OWN. */
enum serve_option_key {
    SERVE_OPT_CERT = 256,
    SERVE_OPT_KEY,
    SERVE_OPT_PASSWORD_FILE,
    SERVE_OPT_STORE,
    SERVE_OPT_LISTEN,
    SERVE_OPT_LEGACY_LISTEN,
    SERVE_OPT_LEGACY_FROM,
    SERVE_OPT_STATUS,
    SERVE_OPT_HANDSHAKE,
    SERVE_OPT_IDLE,
    SERVE_OPT_PER_SOURCE,
    SERVE_OPT_TOTAL,
    SERVE_OPT_WORKERS,
    SERVE_OPT_USER,
    SERVE_OPT_LOG_LEVEL,
    SERVE_OPT_CONFIG,
    SERVE_OPT_CHECK_CONFIG,
    SERVE_OPT_SANDBOX_TEST,
    SERVE_OPT_OWN,
    SERVE_OPT_END = SERVE_OPT_OWN + 32,
};

/* Rows of the groups 2 (network), 4 (limits and processes) and 5 (running). port: ":2445". idle: the default of
 * --idle-timeout. line: what a line of the level info stands for. */
#define SERVE_ROWS_NETWORK(port)                                                                                 \
    {NULL, 0, NULL, 0, "Network:", 2}, {"listen",                                                                \
                                        SERVE_OPT_LISTEN,                                                        \
                                        "ADDR:PORT",                                                             \
                                        0,                                                                       \
                                        "address to serve (default " port ", IPv6 and IPv4); can be repeated",   \
                                        2},                                                                      \
        {"legacy-listen",                                                                                        \
         SERVE_OPT_LEGACY_LISTEN,                                                                                \
         "ADDR:PORT",                                                                                            \
         0,                                                                                                      \
         "address that speaks TLS 1.0 and up, for old phones; can be repeated",                                  \
         2},                                                                                                     \
        {"legacy-from",                                                                                          \
         SERVE_OPT_LEGACY_FROM,                                                                                  \
         "CIDR",                                                                                                 \
         0,                                                                                                      \
         "network of the old phones; can be repeated; all others are refused there",                             \
         2},                                                                                                     \
    {                                                                                                            \
        "status", SERVE_OPT_STATUS, "ADDR:PORT", 0, "loopback address or unix:PATH for /metrics and /healthz", 2 \
    }
#define SERVE_ROWS_LIMITS(idle)                                                                                         \
    {NULL, 0, NULL, 0, "Limits and processes:", 4},                                                                     \
        {"handshake-timeout", SERVE_OPT_HANDSHAKE, "SECONDS", 0, "for the TLS handshake (default 10)", 4},              \
        {"idle-timeout", SERVE_OPT_IDLE, "SECONDS", 0, "without a message, and for one message (default " idle ")", 4}, \
        {"max-per-source", SERVE_OPT_PER_SOURCE, "N", 0, "open connections of one address (default 10000)", 4},         \
        {"max-connections", SERVE_OPT_TOTAL, "N", 0, "open connections in all (default 16000)", 4},                     \
        {"workers", SERVE_OPT_WORKERS, "N", 0, "net processes (default one per core)", 4},                              \
    {                                                                                                                   \
        "user", SERVE_OPT_USER, "NAME", 0, "user to become when started as root (default voxtrust, else nobody)", 4     \
    }
#define SERVE_ROWS_RUNNING(line)                                                                                      \
    {NULL, 0, NULL, 0, "Running:", 5},                                                                                \
        {"config", SERVE_OPT_CONFIG, "FILE", 0, "lines of OPTION = VALUE; what the command line says goes first", 5}, \
        {"check-config", SERVE_OPT_CHECK_CONFIG, NULL, 0, "say whether it could start, and stop", 5},                 \
        {"sandbox-test",                                                                                              \
         SERVE_OPT_SANDBOX_TEST,                                                                                      \
         NULL,                                                                                                        \
         0,                                                                                                           \
         "give up rights as a net process does, try what must be forbidden, and stop",                                \
         5},                                                                                                          \
    {                                                                                                                 \
        "log-level", SERVE_OPT_LOG_LEVEL, "LEVEL", 0,                                                                 \
            "error, warning, notice, info (default: a line for each " line ") or debug", 5                            \
    }

struct serve_options {
    const char *cert, *key, *password_file; /* NULL: not said */
    const char *store_url;                  /* --store, $VOXTRUST_STORE, or where root keeps it */
    const char *config;
    struct serve_listener listeners[SERVE_LISTENERS_MAX];
    size_t nlisteners;
    bool any_legacy;
    const char *legacy_from[SERVE_CIDR_MAX + 1]; /* NULL-terminated */
    size_t nlegacy_from;
    const char *status_address;
    const char *user;
    unsigned workers;
    struct serve_limits limits;
    bool check_config, sandbox_test;
    enum log_level log_level;
};

enum { SERVE_COMPLAINT_MAX = 256 };

struct serve_options_params {
    const char *program;
    const char *doc;                 /* as struct argp has it */
    const struct argp_option *table; /* ends with a row without name and text */
    const char *listen;              /* where to listen when nothing is said */
    struct serve_limits limits;      /* defaults */
    /* own(arg, key, value, complaint): a row of the daemon's own; false: complaint (SERVE_COMPLAINT_MAX bytes) says
     * why. */
    bool (*own)(void *arg, int key, const char *value, char *complaint);
    void *arg;
};

/*
 * serve_options_parse(argc, argv, p, out): for main() alone. Misuse is said on standard error with exit 2; --help and
 * --version exit 0. false: the configuration file is bad (said; exit 3). Texts live as long as the process.
 */
bool serve_options_parse(int argc, char **argv, const struct serve_options_params *p, struct serve_options *out);

/* serve_option_number(value, min, max, out, complaint): for own(). */
bool serve_option_number(const char *value, unsigned long min, unsigned long max, unsigned *out, char *complaint);

/* serve_warn_of_key(source): in the log, when the key's file is open to others. serve_warn_of_dates(c): when c is not
 * valid now. It is shown all the same: phones that have no clock yet look at the list, not at the dates. */
void serve_warn_of_key(const char *source);
void serve_warn_of_dates(const struct cert *c);

#endif
