/* Who issues, and how: the signer's key, certificate and settings. */
#ifndef CAPF_DAEMON_SIGN_ISSUER_H
#define CAPF_DAEMON_SIGN_ISSUER_H

#include <libcert/store.h>

#include "sign.h"

#include <capf/issuer.h>

/*
 * sign_issuer_open(o, journal_dir, out, err): settings "capf.*" from the store, certificate and key from the files that
 * o names or the store's active CAPF certificate; checked, but for its dates. Where the CA is elsewhere both are NULL:
 * what is not needed is not read. *journal_dir: where the journal belongs; free(). Errors: as capf_issuer_check() and
 * those of files and store. sign_issuer_clear(i): the key is wiped.
 */
enum vox_err sign_issuer_open(const struct sign_options *o, struct capf_issuer *out, char **journal_dir,
                              struct vox_error *err);
void sign_issuer_clear(struct capf_issuer *i);

/* sign_profile_read(s, out, err): the default with the store's settings "capf.NAME". */
enum vox_err sign_profile_read(struct store *s, struct capf_profile *out, struct vox_error *err);

#endif
