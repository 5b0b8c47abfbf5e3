/* The process that has the store: who may have what, the state machines' effects, the ledger, the audit log. A service
 * of libcert/serve.h. */
#ifndef VOXCAPFD_STATE_H
#define VOXCAPFD_STATE_H

#include <libcert/serve.h>

struct state_options {
    const char *store_url;
    const char *issuer_path; /* certificate file; NULL: the store's CAPF certificate */
    unsigned key_timeout_s;  /* a phone has this long for its key, and again with each REQUEST_IN_PROGRESS */
    bool accept_expired_mic; /* see struct capf_trust */
    bool one_key;            /* the CA's key is the one of the certificate that is shown */
};

/* state_service(o, files): the row of the table of services; o outlives serve_run(). files: the store's database. */
struct serve_service state_service(const struct state_options *o, const char *files);

#endif
