/*
 * What build and publish share: the options that say how a list is made, and what they say about it afterwards.
 */
#ifndef VOXLIST_MAKING_H
#define VOXLIST_MAKING_H

#include <argp.h>
#include <jansson.h>

#include <cli/verb.h>
#include <cluster/compose.h>
#include <ctl/verify.h>
#include <libcert/store.h>

struct making {
    enum digest digest;
    uint16_t signer_version;
    bool has_timestamp;
    uint32_t timestamp;
};

enum { MAKING_DIGEST = 'd', MAKING_SIGNER_VERSION = 0x200, MAKING_TIMESTAMP };

#define MAKING_OPTIONS                                                                                        \
    {"digest", MAKING_DIGEST, "DIGEST", 0, "sha1, sha256 or sha512 (default); old phones know sha1 only", 0}, \
        {"signer-version",                                                                                    \
         MAKING_SIGNER_VERSION,                                                                               \
         "VERSION",                                                                                           \
         0,                                                                                                   \
         "1.0 (default), 1.1 (phones take EC certificates and fetch by HTTPS) or none",                       \
         0},                                                                                                  \
    {                                                                                                         \
        "timestamp", MAKING_TIMESTAMP, "TIME", 0,                                                             \
            "time inside the list: RFC 3339 or @SECONDS (default: now, or $SOURCE_DATE_EPOCH)", 0             \
    }

/* making_defaults(): sha512, 1.0. making_parse(key, arg, state, m): ARGP_ERR_UNKNOWN when key is none of
 * MAKING_OPTIONS. */
struct making making_defaults(void);
error_t making_parse(int key, char *arg, struct argp_state *state, struct making *m);

/* making_time(common, m): fill in the time stamp when no option gave one. The exit status. */
int making_time(const struct cli_common *common, struct making *m);

/* making_params(m, filename): parameters with everything but signer and members. */
struct ctl_build_params making_params(const struct making *m, const char *filename);

/* making_findings(common, subject, found, n): warnings to standard error. making_findings_json(found, n): an array;
 * NULL without memory. */
void making_findings(const struct cli_common *common, const char *subject, const struct lint_finding *found, size_t n);
json_t *making_findings_json(const struct lint_finding *found, size_t n);

/* making_notes(common, c): what the composition left out, to standard error. */
void making_notes(const struct cli_common *common, const struct composed *c);

/* making_sha256(data, out): lower-case hex. */
void making_sha256(struct bytes_view data, char out[static 65]);

#endif
