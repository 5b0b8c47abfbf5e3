/*
 * The cluster's lists as the store knows it: who signs, which records, in which order. Source:
 * docs/formats/trust-list.md 5.3.
 */
#ifndef CLUSTER_COMPOSE_H
#define CLUSTER_COMPOSE_H

#include <ctl/list.h>
#include <libcert/store.h>

#include "cluster/key_open.h"
#include "cluster/list_kind.h"

struct compose_params {
    enum cluster_list kind;
    const char *node; /* ITL: whose; NULL: the only one that runs tftp */
};

enum { COMPOSE_NOTES_MAX = 16, COMPOSE_ANCHORS_MAX = 12 };

/* A SAST member whose private key is the cluster's own, or on a token of its administrators. */
struct composed_anchor {
    const struct cert *cert;
    const char *key_source; /* as the store keeps it */
    const char *place;      /* the service, or Phone-SAST-trust: a token */
    bool token;
};

/* What a list is to be built of. Owns all that it points to. */
struct composed {
    struct ctl_member *members;
    size_t nmembers;
    struct composed_anchor anchors[COMPOSE_ANCHORS_MAX]; /* who can sign; the first one should */
    size_t nanchors;
    char notes[COMPOSE_NOTES_MAX][256]; /* what was left out and how to mend it */
    size_t nnotes;

    struct store_binding *bindings; /* what the members borrow */
    size_t nbindings;
    struct store_node *nodes;
    size_t nnodes;
    char **texts;
    size_t ntexts;
};

/*
 * cluster_compose(s, p, out, err): from the active certificates. Errors: VOX_E_INPUT with the command that mends it: no
 * node that runs ccm or tftp, no such node or it runs no tftp, several to choose from, a node without CallManager
 * certificate, nothing to sign with; VOX_E_STORE, VOX_E_MEMORY. Free with composed_free().
 */
enum vox_err cluster_compose(struct store *s, const struct compose_params *p, struct composed *out,
                             struct vox_error *err);
void composed_free(struct composed *c);

#endif
