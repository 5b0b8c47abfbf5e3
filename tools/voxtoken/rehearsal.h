/* A rehearsal: two software tokens that are thrown away take the place of the real ones; all steps are the same. */
#ifndef VOXTOKEN_REHEARSAL_H
#define VOXTOKEN_REHEARSAL_H

#include <limits.h>

#include <cluster/prepared.h>
#include <libcert/token.h>

#include "voxtoken.h"

struct rehearsal {
    char dir[PATH_MAX];                                         /* everything that it makes; removed at its end */
    char uri[2][TOKEN_URI_MAX];                                 /* keys on the two tokens */
    struct cert *cert[2];                                       /* and their certificates */
    char list[PATH_MAX], folder[PATH_MAX], store_url[PATH_MAX]; /* where the list, what is published, and a store go */
};

/*
 * rehearsal_begin(r, err): SoftHSM and a temporary folder. VOX_E_IO: it is not installed; no folder.
 *
 * rehearsal_watch(r, status): false in the process that plays; true in the one that waited for it: the folder is gone
 * then, also when the other one was stopped by Ctrl-C or fell, and *status is its exit status. A signal that ended it
 * ends this one as well. Before any token is asked, as agents are not shared.
 *
 * rehearsal_tokens(common, r, err): make the tokens, keys and certificates. rehearsal_list(r, p, err): in p, the
 * certificates of the signer and of the next SAST become those of the two tokens; the check number stays the one that
 * people compare. Errors: VOX_E_IO, VOX_E_INPUT, VOX_E_CRYPTO. rehearsal_end(r): what it holds in memory.
 */
enum vox_err rehearsal_begin(struct rehearsal *r, struct vox_error *err);
bool rehearsal_watch(struct rehearsal *r, int *status);
enum vox_err rehearsal_tokens(struct cli_common *common, struct rehearsal *r, struct vox_error *err);
enum vox_err rehearsal_list(const struct rehearsal *r, struct prepared_list *p, struct vox_error *err);
void rehearsal_end(struct rehearsal *r);

/* rehearsal_pin: of both tokens; it is shown, as it protects nothing. */
extern const char rehearsal_pin[];

#endif
