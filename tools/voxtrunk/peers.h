/* Our call managers, as a device sees them: what it must trust, where it calls, which names they show. */
#ifndef VOXTRUNK_PEERS_H
#define VOXTRUNK_PEERS_H

#include <cluster/anchors.h>

#include "recipe.h"

struct peers {
    struct tls_policy policy;
    struct cert **certs; /* self-signed certificates of call managers, or the issuers of others, each once */
    size_t ncerts;
    struct recipe_node *nodes;
    size_t nnodes;
    char *names[RECIPE_NAMES_MAX]; /* of the certificates, as hosts, each once */
    size_t nnames;
};

/*
 * peers_read(s, out, err): certs and names of every active CallManager and CallManager-ECDSA certificate. Errors:
 * VOX_E_NOT_FOUND (none), VOX_E_INPUT (an issuer is not in CallManager-trust). Free with peers_free().
 */
enum vox_err peers_read(struct store *s, struct peers *out, struct vox_error *err);

/* peers_nodes(s, p, err): and the nodes of the service ccm. Errors: VOX_E_INPUT (none, or one without DNS name and
 * address). */
enum vox_err peers_nodes(struct store *s, struct peers *p, struct vox_error *err);
void peers_free(struct peers *p);

#endif
