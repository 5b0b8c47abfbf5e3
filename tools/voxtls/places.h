/* Targets become hosts with ports, each with what the vendor's tables expect of it. */
#ifndef VOXTLS_PLACES_H
#define VOXTLS_PLACES_H

#include <libcert/tlsports.h>
#include <libcert/tlsscan.h>

#include "targets.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_VIOLATION };

struct finding {
    enum severity severity;
    const char *code; /* a stable word */
    char *text;       /* one sentence */
};

/* The word for a port, by what is worst about it. */
enum verdict {
    VERDICT_CONFORMING,
    VERDICT_NOT_LISTENING,
    VERDICT_UNREACHABLE,
    VERDICT_SILENT,
    VERDICT_NOT_TLS,
    VERDICT_TOO_OLD,     /* takes a version below those of the policy */
    VERDICT_REFUSED,     /* does not take one that the policy has */
    VERDICT_CIPHERS,     /* takes ciphers that the policy leaves out */
    VERDICT_CERTIFICATE, /* something is wrong with its certificate */
    VERDICTS,
};

struct place {
    struct tlsscan_port *scan;
    char *application; /* "AXL, Tomcat"; "" if the tables know none */
    uint8_t expected;  /* TLSPORTS_1_0 ... */
    bool https;        /* ciphers for HTTPS go with it */
    bool pinned;       /* asked for by its number, so it has to be there */
    enum verdict verdict;
    struct finding *findings;
    size_t nfindings;
};

struct place_host {
    const char *name; /* as it was given */
    struct tlsscan_host scan;
    char unresolved[200];  /* why it has no address; "": it has */
    size_t first, nplaces; /* in places.v */
    bool reached;          /* something answered there */
};

struct places {
    struct place_host *hosts;
    size_t nhosts;
    struct place *v;
    struct tlsscan_port *scans; /* in the order of v */
    size_t n;
};

struct places_params {
    struct tls_settings policy;
    const uint16_t *ports; /* instead of those of the tables; NULL: none */
    size_t nports;
    uint16_t sip_port; /* where SIP-SIG is; 0: 5061 */
};

/* places_know_application(name): do the tables have it? */
bool places_know_application(const char *name);

/* places_make(t, p, out, err): out refers to t. The same host and port twice is one. Errors: VOX_E_MEMORY. Free with
 * places_free(). */
enum vox_err places_make(const struct targets *t, const struct places_params *p, struct places *out,
                         struct vox_error *err);
void places_free(struct places *p);

/* places_resolve(p): find the hosts' addresses; ports of those that have none are TLSSCAN_UNREACHABLE then. */
void places_resolve(struct places *p);

#endif
