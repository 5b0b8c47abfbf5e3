/* A device's certificate on its way into CallManager-trust, for a trunk: what upload and fetch share. */
#ifndef VOXTRUNK_CLAIM_H
#define VOXTRUNK_CLAIM_H

#include <cli/verb.h>
#include <libcert/bundle.h>
#include <libcert/peercheck.h>

#include "ourside.h"

struct claim {
    const struct trunk *trunk;
    const struct trunk_profile *profile;
    const struct ourside *ours;            /* trust alone will do */
    struct cert *certs[LIMIT_CHAIN_DEPTH]; /* borrowed: the device's, then its issuers */
    size_t n;
    int64_t now;
};

/*
 * claim_make(common, verb, subject, c, ask): judge the certificates against the profile and what is trusted; say each
 * reason; show what is replaced; ask (always when ask is not NULL: that question; else only when something is
 * replaced); put them into CallManager-trust and note whose they are, in one transaction. verb and subject, a file or
 * an address, are for the audit log and messages. The exit status; unless it is 0 nothing was changed.
 */
int claim_make(const struct cli_common *common, const char *verb, const char *subject, const struct claim *c,
               struct store *s, const char *ask);

/* claim_allowed(t, p, err): does the profile look at certificates at all? VOX_E_INPUT if not. */
enum vox_err claim_allowed(const struct trunk *t, const struct trunk_profile *p, struct vox_error *err);

#endif
