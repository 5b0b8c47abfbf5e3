/* Whose certificate it is: a service at a node, or a service of the whole cluster. */
#ifndef CLUSTER_OWNER_H
#define CLUSTER_OWNER_H

#include <libcert/store.h>

struct owner {
    enum service service;
    const char *place;             /* service_name() */
    char *cluster;                 /* the cluster's name */
    struct store_node *nodes;      /* all of them, by name */
    const struct store_node *node; /* NULL: the cluster's */
    size_t nnodes;
};

/*
 * owner_find(s, word, node, out, err): the service named by word at the node named by node; node NULL: the only node
 * that there is. Errors: VOX_E_USAGE (no service; a node for a service of the cluster; no node where there are
 * several: which ones), VOX_E_INPUT (no such node). Free with owner_free().
 */
enum vox_err owner_find(struct store *s, const char *word, const char *node, struct owner *out, struct vox_error *err);
void owner_free(struct owner *o);

/* owner_node(o): the node's name, "" for the cluster. owner_text(o, out, outlen): "TVS of node cm1", "CAPF". */
const char *owner_node(const struct owner *o);
void owner_text(const struct owner *o, char *out, size_t outlen);

/* owner_active(s, o, out, n, err): its active bindings. Free with store_bindings_free(). */
enum vox_err owner_active(struct store *s, const struct owner *o, struct store_binding **out, size_t *n,
                          struct vox_error *err);

/* owner_not_rotating(s, o, err): VOX_E_EXISTS when a rotation of it is open (libcert/rotations.h): its certificates are
 * not to be changed otherwise meanwhile. */
enum vox_err owner_not_rotating(struct store *s, const struct owner *o, struct vox_error *err);

/* owner_others_stand_still(s, o, err): VOX_E_NO when o is one of CallManager, TVS and ITLRecovery, which vouch for each
 * other, and a rotation of another one of them is open: phones that lose two at once can be helped by hand alone. */
enum vox_err owner_others_stand_still(struct store *s, const struct owner *o, struct vox_error *err);

/* owner_binding_free(s, id, err): VOX_E_INPUT when the binding with that id is the old or the new one of an open
 * rotation: neither may vanish meanwhile, or nothing could be rolled back. */
enum vox_err owner_binding_free(struct store *s, const char *id, struct vox_error *err);

/*
 * owner_node_known(s, node, err): there is a node of that name. Errors: VOX_E_INPUT with the names that there are.
 */
enum vox_err owner_node_known(struct store *s, const char *node, struct vox_error *err);

/* owner_service_unknown(word, err): VOX_E_USAGE with the services that there are, and what a trust store is for. */
enum vox_err owner_service_unknown(const char *word, struct vox_error *err);

#endif
